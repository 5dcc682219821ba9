"""What each visitor of a class may take: trainings, disk, pixels; and values of a training are checked before it."""

from __future__ import annotations

import io
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from live import TEACHER, Live, Visitor, live_class
from PIL import Image
from starlette.testclient import TestClient

from pippin import engines
from pippin.core.locks import lock
from pippin.core.run_record import ALIVE, Request, RunRecord
from pippin.web.server_settings import ServerSettings
from pippin.web.supervision import GRACE_SECONDS, Supervisor
from pippin.web.visitor_workspaces import Visitors

TABLE = b"a,b,kind\n" + b"".join(f"{n},{n % 7},{'x' if n % 2 else 'y'}\n".encode() for n in range(200))
QUICK = {"width": 16, "blocks": 1, "threads": 1}


@pytest.fixture
def live(home: Path) -> Iterator[Live]:
    """Serve an empty class; its trainings end with it."""
    with live_class(training_seconds=3600.0) as opened:
        yield opened
    for folder in home.glob("visitors/*/runs/*/"):
        (folder / "stop").touch()
    engines.wait_for_workers(120)
    engines.forget_workers()


def runs(visitor: Visitor, application: str = "tables") -> list[dict[str, Any]]:
    """The visitor's runs."""
    return visitor.post(f"/v1/{application}/runs")[1]["payload"]["runs"]


def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


BAD = [
    {"budget": "99999h"},
    {"budget": "-1s"},
    {"budget": "soon"},
    {"budget": "nan"},
    {"budget": "1m", "epochs": 1},
    {"epochs": 0},
    {"epochs": -3},
    {"threads": 0},
    {"threads": -1},
    {"threads": 100_000},
    {"device": "x; rm"},
    {"device": ""},
    {"device": "gpu"},
]


@pytest.mark.parametrize("values", BAD, ids=map(str, BAD))
def test_a_training_that_cannot_be_is_refused_before_it_begins(
    client: TestClient, values: dict[str, Any], home: Path
) -> None:
    files = [("data", ("a.csv", TABLE, "text/csv"))]
    for answer in (
        client.post("/v1/tables/train", json=values),
        client.post("/v1/tables/train", files=files, data={"arguments": json.dumps(values)}),
    ):
        assert answer.status_code == 400, answer.text
        assert answer.json()["error"]["message"]
    assert not list(home.glob("runs/*"))
    assert not list(home.glob("data/*"))


def test_a_visitor_trains_one_at_a_time_and_the_teacher_can_end_it(live: Live, home: Path) -> None:
    pupil, other = live.visitor(), live.visitor()
    status, told = pupil.post("/v1/tables/train", {"budget": "2h"})
    assert status == 400
    assert "at most 1 h" in told["error"]["message"]
    assert pupil.post("/v1/tables/train", {"budget": "30m", **QUICK})[0] == 200
    for path in ("train", "curve", "compare"):
        status, told = pupil.post(f"/v1/tables/{path}", {"budget": "5s", **QUICK})
        assert status == 409, told
        assert "still goes on" in told["error"]["message"]
    assert other.post("/v1/tables/train", {"budget": "5s", **QUICK})[0] == 200
    teacher = live.visitor(TEACHER)
    rows = json.loads(teacher.get("/v1/teacher")[1])["visitors"]
    (going,) = [run for row in rows for run in row["runs"] if run["visitor"] == pupil.cookies["pippin-visitor"][:32]]
    assert teacher.post("/v1/teacher/stop", {"visitor": going["visitor"], "run": going["run"]})[0] == 200
    until(lambda: not runs(pupil)[0]["alive"])
    assert pupil.post("/v1/tables/train", {"budget": "5s", **QUICK})[0] == 200


def test_many_trainings_at_once_are_one(live: Live, home: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    pupil = live.visitor()
    others = [live.browser(pupil.cookies) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: one.post("/v1/tables/train", {"budget": "30m", **QUICK})[0], others))
    assert sorted(found) == [200] + [409] * 5
    assert len(list(home.glob("visitors/*/runs/*/"))) == 1


def test_what_was_sent_for_a_training_that_never_learned_is_removed(live: Live, home: Path) -> None:
    first, pupil = live.visitor(), live.visitor()
    assert first.post("/v1/tables/train", {"budget": "30m", **QUICK})[0] == 200
    until(lambda: runs(first)[0]["state"] == "running")
    own = home / "visitors" / pupil.cookies["pippin-visitor"][:32]
    status, told = pupil.send("/v1/tables/train", {"data": ("a.csv", TABLE)}, budget="30m", **QUICK)
    assert status == 200, told
    assert len(list(own.glob("data/*"))) == 1
    assert pupil.post("/v1/tables/stop", {"run": told["payload"]["run"]})[0] == 200
    until(lambda: not runs(pupil)[0]["alive"])
    until(lambda: not list(own.glob("data/*")))


def test_a_full_workspace_takes_nothing_in_and_still_answers(home: Path) -> None:
    with live_class(disk=300_000) as live:
        pupil = live.visitor()
        own = home / "visitors" / pupil.cookies["pippin-visitor"][:32]
        own.mkdir(parents=True)
        (own / "models.bin").write_bytes(bytes(299_000))
        status, told = pupil.send("/v1/tables/train", {"data": ("a.csv", TABLE)}, budget="5s", **QUICK)
        assert status == 413
        assert "299 kB of 300 kB" in told["error"]["message"]
        assert not list(own.glob("data/*"))
        assert pupil.post("/v1/recognize/predict", {"inputs": [{"sample": 0}]})[0] == 200
        assert live.visitor().post("/v1/recognize/teach", {"input": {"sample": 0}, "answer": "plum"})[0] == 200
        (own / "models.bin").unlink()
        assert pupil.post("/v1/recognize/teach", {"input": {"sample": 0}, "answer": "plum"})[0] == 200


def image(width: int, height: int, kind: str) -> bytes:
    """A small file of many pixels."""
    file = io.BytesIO()
    Image.new("L", (width, height)).save(file, kind, **({"compression": "tiff_deflate"} if kind == "tiff" else {}))
    return file.getvalue()


@pytest.mark.parametrize("kind", ["png", "tiff", "webp", "gif"])
@pytest.mark.parametrize("path", ["upscale/predict", "recognize/predict", "upscale/added"])
def test_pixels_are_counted_before_they_are_decoded(
    studio: Callable[..., TestClient], path: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = studio(shared=True, token="a-long-secret", rate=1e6, burst=1e6)
    client.get("/v1/queue?token=a-long-secret")
    monkeypatch.setattr(Image.Image, "load", lambda *given: pytest.fail("it was decoded"))
    content = image_of[kind]
    name = "file" if path.endswith("added") else "inputs"
    answer = client.post(f"/v1/{path}", files=[(name, (f"a.{kind}", content, f"image/{kind}"))])
    assert answer.status_code == 400
    assert "25 million pixels" in answer.json()["error"]["message"]


image_of = {kind: image(5001, 5000, kind) for kind in ("png", "tiff", "webp", "gif")}


def run_folder(home: Path, name: str, seconds: float, **request: Any) -> Path:
    """The folder of a run that has worked for so long."""
    folder = home / "runs" / name
    folder.mkdir(parents=True)
    Request("tables", "train", request, begun=time.time()).write(folder)
    RunRecord(folder).update(verb="train", state="running", queued=time.time() + 1, seconds=seconds, learned=True)
    return folder


def test_the_supervisor_ends_what_takes_too_much_of_visitors_alone(tmp_path: Path) -> None:
    rules = ServerSettings(shared=True, training_seconds=100.0, disk=10_000)
    visitors = Visitors(tmp_path / "visitors", 1)
    late, soon, large = (
        run_folder(visitors.root / (name * 32), "tables-20200101-000000-000000", seconds)
        for name, seconds in (("a", 101 + GRACE_SECONDS), ("b", 99), ("c", 1))
    )
    (large.parents[1] / "data.bin").write_bytes(bytes(30_000))
    own = run_folder(tmp_path, "tables-20200101-000000-000000", 1e6)
    with lock(late / ALIVE), lock(soon / ALIVE), lock(large / ALIVE), lock(own / ALIVE):
        Supervisor(rules, visitors, tmp_path).look()
    assert [(folder / "stop").exists() for folder in (late, soon, large, own)] == [True, False, True, False]


def test_data_that_another_run_learns_from_stays(tmp_path: Path) -> None:
    shared, alone = tmp_path / "data" / "one", tmp_path / "data" / "two"
    for folder in (shared, alone, tmp_path / "data" / "by hand"):
        folder.mkdir(parents=True)
        (folder / "a.csv").write_bytes(TABLE)
    for name, state, data in (
        ("tables-1-1-1", "finished", shared),
        ("tables-1-1-2", "failed", shared),
        ("tables-1-1-3", "cancelled", alone),
        ("tables-1-1-4", "failed", tmp_path / "elsewhere"),
    ):
        folder = run_folder(tmp_path, name, 1, data=str(data / "a.csv"))
        RunRecord(folder).update(state=state)
    Supervisor(ServerSettings(), Visitors(tmp_path / "visitors", 1), tmp_path).look()
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["by hand", "one"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_no_process_stays_as_a_zombie(live: Live) -> None:
    pupil = live.visitor()
    assert pupil.post("/v1/tables/train", {"epochs": 1, **QUICK})[0] == 200
    until(lambda: not runs(pupil)[0]["alive"])
    until(lambda: not zombies())


def zombies() -> list[str]:
    """Children of this process that have ended and were not waited for."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = path.read_text().rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        if state == "Z" and int(parent) == os.getpid():
            found.append(path.parent.name)
    return found
