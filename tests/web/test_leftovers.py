"""What a studio leaves on the disk: nothing when it ends, nothing for long if killed, and no forgotten visitors."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pippin.cli import main
from pippin.core.locks import lock
from pippin.core.run_record import ALIVE
from pippin.web.scratch import ScratchDirectory
from pippin.web.visitor_workspaces import DAY, Visitors


def test_what_a_killed_studio_left_is_removed_by_the_next_and_what_a_living_one_needs_is_not(tmp_path: Path) -> None:
    killed = tmp_path / "killed" / "kept"
    killed.mkdir(parents=True)
    (killed / "figure.png").write_bytes(b"left")
    living = ScratchDirectory(tmp_path)
    (living.folder / "figure.png").write_bytes(b"needed")
    other = ScratchDirectory(tmp_path)
    assert not killed.parent.exists()
    assert (living.folder / "figure.png").exists()
    other.end()
    living.end()
    assert not list(tmp_path.glob("*/"))


def test_a_studio_that_ends_leaves_nothing(studio: Callable[..., TestClient], home: Path) -> None:
    client = studio()
    folder = client.app.app.state.folder
    assert home in folder.parents
    client.post("/v1/miniature/models", json={})
    client.app.app.state.folder.joinpath("sent").write_bytes(b"x")
    client.__exit__(None, None, None)
    assert not folder.exists()
    client.__enter__()  # the fixture ends it once more


def workspace(root: Path, name: str, days: float) -> Path:
    """A visitor's workspace, last visited so many days ago."""
    made = root / name / "runs" / "tables-20200101-000000-000000"
    made.mkdir(parents=True)
    (made / "run.json").write_text("{}")
    os.utime(root / name, (0, time.time() - days * DAY))
    return root / name


def test_a_visitor_who_stays_away_is_forgotten_unless_a_training_runs(tmp_path: Path) -> None:
    old, young, learning, back = (
        workspace(tmp_path, name, days)
        for name, days in (("a" * 32, 31), ("b" * 32, 29), ("c" * 32, 31), ("d" * 32, 31))
    )
    visitors = Visitors(tmp_path, 30)
    assert visitors.home(back.name) == back
    with lock(next((learning / "runs").iterdir()) / ALIVE):
        visitors.tidy()
    assert [folder.exists() for folder in (old, young, learning, back)] == [False, True, True, True]
    os.utime(young, (0, 0))
    Visitors(tmp_path, None).tidy()
    assert young.exists()
    assert not list(tmp_path.glob(".*"))


def test_without_a_day_workspaces_go_when_the_studio_ends(tmp_path: Path) -> None:
    came, learning, of_another_studio = (workspace(tmp_path, name * 32, 0) for name in "abc")
    visitors = Visitors(tmp_path, 0)
    for home in (came, learning):
        visitors.home(home.name)
    with lock(next((learning / "runs").iterdir()) / ALIVE):
        visitors.tidy()
        assert came.exists()
        visitors.end()
    assert [folder.exists() for folder in (came, learning, of_another_studio)] == [False, True, True]
    Visitors(tmp_path, 1).end()
    assert learning.exists()


def test_a_class_forgets_when_it_begins_and_a_visitor_is_known_as_long(
    studio: Callable[..., TestClient], home: Path
) -> None:
    old = workspace(home / "visitors", "a" * 32, 8)
    client = studio(shared=True, token="a-long-secret", days=7)
    client.cookies.set("pippin-token", "a-long-secret")
    assert "Max-Age=604800" in client.get("/v1").headers["set-cookie"]
    end = time.monotonic() + 240
    while old.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not old.exists()


@pytest.mark.parametrize("days", ["-1", "1.5", "always", "", "99999999999999999999"])
def test_a_time_that_is_none_is_refused(
    days: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["pippin", "studio", "--no-browser", "--keep-days", days])
    with pytest.raises(SystemExit):
        main()
    assert "--keep-days" in capsys.readouterr().err
