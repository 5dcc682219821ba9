"""The workspace: which models there are, which is in use, and one training at a time."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import miniature as package
import pytest
from subprocess_targets import hold_lock

from pippin.core.artifact import Artifact, write_artifact
from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.paths import home as home_folder
from pippin.core.values import SavedState
from pippin.core.workspace import Workspace, cache

APP = package.application


def write_model(space: Workspace, variant: str = "english", seed: int = 0, application: str = "miniature") -> Artifact:
    facts = {
        "application": application,
        "package": "miniature" if application == "miniature" else application,
        "variant": variant,
        "config": {},
        "data": {"name": "words", "examples": 1, "fingerprint": "f"},
        "scores": {},
        "history": [],
        "created": "2026-01-01T00:00:00Z",
        "seed": seed,
    }
    return write_artifact(space.artifacts, facts, {"model": SavedState()}, frozenset())


def test_home_is_where_the_environment_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Workspace().home == home
    monkeypatch.setenv("PIPPIN_HOME", "~/p")
    assert home_folder() == Path("~/p").expanduser()
    monkeypatch.delenv("PIPPIN_HOME")
    assert home_folder().name == "pippin"


def test_caches_and_stores_are_made_when_asked_for(home: Path) -> None:
    assert cache("backbones").is_dir()
    assert Workspace().store("miniature") == home / "store" / "miniature"
    assert (home / "store" / "miniature").is_dir()


def test_a_home_that_is_a_file_is_one_sentence(home: Path) -> None:
    home.write_bytes(b"")
    for attempt in (lambda: Workspace().store("x"), lambda: Workspace().feedback, lambda: cache("x")):
        with pytest.raises(PippinError, match="choose another folder"):
            attempt()
    with pytest.raises(PippinError), Workspace().lock("train"):
        pass


def test_nothing_is_in_use_at_first() -> None:
    with pytest.raises(PippinError, match="no model for english yet; `pippin miniature train DATA` makes one"):
        Workspace().in_use(APP, "english")
    with pytest.raises(PippinError, match="There is no model 'x'"):
        Workspace().find(APP, "x")


def test_variants_do_not_displace_each_other() -> None:
    space = Workspace()
    english, latin, newer = write_model(space), write_model(space, "latin"), write_model(space, "latin", 1)
    for artifact in (english, latin, newer):
        space.use(APP, artifact)
    assert space.in_use(APP, "english").id == english.id
    assert space.in_use(APP, "latin").id == newer.id
    space.use(APP, latin)
    assert Workspace().in_use(APP, "latin").id == latin.id
    assert [artifact.id for artifact in space.models(APP)] == [english.id, latin.id, newer.id]


def test_a_model_is_found_by_id_or_folder_and_only_by_its_application(tmp_path: Path) -> None:
    space, elsewhere = Workspace(), Workspace(tmp_path / "elsewhere")
    mine, theirs, foreign = write_model(space), write_model(elsewhere, seed=1), write_model(space, application="other")
    assert space.find(APP, mine.id).id == mine.id
    assert space.find(APP, str(theirs.folder)).id == theirs.id
    space.use(APP, theirs)
    assert space.in_use(APP, "english").id == theirs.id
    with pytest.raises(PippinError, match="is a model of `other`, not of `miniature`"):
        space.find(APP, foreign.id)


def test_the_built_in_model_serves_until_another_is_chosen(tmp_path: Path) -> None:
    space, store = Workspace(), Workspace(tmp_path / "built")
    builtin, mine = write_model(store), write_model(space, seed=1)
    app = replace(APP, model=replace(APP.model, folder=builtin.folder))
    assert space.in_use(app, "english").id == builtin.id
    space.use(app, mine)
    assert space.in_use(app, "english").id == mine.id
    assert space.find(app, "builtin").id == space.find(app, builtin.id).id == builtin.id
    space.use(app, space.find(app, "builtin"))
    assert space.in_use(app, "english").id == builtin.id
    assert [artifact.id for artifact in space.models(app)] == [builtin.id, mine.id]


def test_a_damaged_model_is_left_out_of_the_list_and_named_when_used() -> None:
    space = Workspace()
    good, bad = write_model(space), write_model(space, seed=1)
    space.use(APP, bad)
    (bad.folder / "artifact.json").write_text("{}")
    assert [artifact.id for artifact in space.models(APP)] == [good.id]
    with pytest.raises(PippinError, match="changed or damaged"):
        space.in_use(APP, "english")
    space.use(APP, good)
    assert space.in_use(APP, "english").id == good.id


def test_uses_are_one_small_file(home: Path) -> None:
    space = Workspace()
    artifact = write_model(space)
    space.use(APP, artifact)
    assert read_json(home / "use.json") == {"miniature": {"english": artifact.id}}
    (home / "use.json").write_text("{")
    with pytest.raises(PippinError, match=r"use\.json is not valid JSON"):
        space.in_use(APP, "english")


def test_many_choosing_at_once_lose_no_choice() -> None:
    space = Workspace()
    artifacts = [write_model(space, f"variant{number}") for number in range(8)]
    threads = [threading.Thread(target=space.use, args=(APP, artifact)) for artifact in artifacts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {space.in_use(APP, artifact.variant).id for artifact in artifacts} == {a.id for a in artifacts}


def test_a_lock_is_exclusive_and_another_name_is_free() -> None:
    events: list[str] = []
    inside = threading.Event()

    def second() -> None:
        with Workspace().lock("train", lambda: (events.append("waits"), inside.set())[0]):
            events.append("second")

    with Workspace().lock("train"), Workspace().lock("use"):
        thread = threading.Thread(target=second)
        thread.start()
        assert inside.wait(10)
        events.append("first ends")
    thread.join()
    assert events == ["waits", "first ends", "second"]


def test_a_killed_holder_frees_the_lock(home: Path, tmp_path: Path) -> None:
    holder = get_context("spawn").Process(target=hold_lock, args=(home, tmp_path / "ready"))
    holder.start()
    while not (tmp_path / "ready").exists():
        assert holder.is_alive()
        time.sleep(0.01)
    waited: list[int] = []

    def end_holder() -> None:
        waited.append(1)
        holder.kill()
        holder.join()  # on a busy machine a killed process may live on for a while

    with Workspace().lock("train", end_holder):
        assert waited == [1]


def test_each_variant_may_have_a_model_built_in(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space, folder = Workspace(home), home / "package"
    monkeypatch.setattr(type(APP), "folder", property(lambda self: folder))
    (folder / "model").mkdir(parents=True)
    kept = {}
    for variant in ("english", "french"):
        artifact = write_model(space, variant)
        artifact.folder.rename(folder / "model" / variant)
        kept[variant] = artifact.id
    assert space.in_use(APP, "french").id == kept["french"]
    assert space.find(APP, "builtin", "english").id == kept["english"]
    assert space.find(APP, kept["french"]).variant == "french"
    assert {artifact.id for artifact in space.models(APP)} == set(kept.values())
    mine = write_model(space, "french", seed=1)
    space.use(APP, mine)
    assert space.in_use(APP, "french").id == mine.id
    space.use(APP, space.find(APP, "builtin", "french"))
    assert space.in_use(APP, "french").id == kept["french"]
    with pytest.raises(PippinError, match="no model for latin"):
        space.in_use(APP, "latin")
