"""What is taken back is gone: no file of the workspace, database or cache holds it any more."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PIL
from PIL import UnidentifiedImageError

import pippin
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.locks import lock
from pippin.core.provenance import Provenance, record
from pippin.core.report.report import Report
from pippin.core.run_record import ALIVE, Request, RunRecord
from pippin.core.workspace import Workspace, cache
from pippin.verbs import runs
from pippin.verbs.erase import erase_everything

MARK = "zebra-mark-"


def traces(home: Path, *marks: bytes) -> list[str]:
    """The files below a folder that hold one of these byte strings, in their content or their name."""
    found = []
    for path in sorted(home.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        if any(mark in content or mark.decode("latin-1") in str(path.relative_to(home)) for mark in marks):
            found.append(str(path.relative_to(home)))
    return found


def copies(home: Path, image: np.ndarray) -> list[str]:
    """The files that hold an image like this one, however it is encoded, be it within another file."""
    small = shrunk(PIL.fromarray(image))
    found = []
    for path in (path for path in sorted(home.rglob("*")) if path.is_file()):
        for within in images_within(path.read_bytes()):
            if abs(shrunk(within) - small).mean() < 12:
                found.append(str(path.relative_to(home)))
    return found


def shrunk(image: PIL.Image) -> np.ndarray:
    """An image as 8 x 8 grey levels."""
    return np.asarray(image.convert("L").resize((8, 8), PIL.Resampling.BOX)).astype(float)


def images_within(content: bytes) -> Iterator[PIL.Image]:
    """Images that begin anywhere in some bytes."""
    for start in (b"\x89PNG\r\n", b"\xff\xd8\xff", b"RIFF"):
        at = content.find(start)
        while at >= 0:
            with suppress(UnidentifiedImageError, OSError, ValueError, SyntaxError):
                image = PIL.open(io.BytesIO(content[at:]))
                image.load()
                yield image
            at = content.find(start, at + 1)


@pytest.fixture
def image() -> np.ndarray:
    """An image unlike any other: coarse random tiles [96,96,3]."""
    tiles = np.random.default_rng(20).integers(0, 256, (8, 8, 3), np.uint8)
    return np.kron(tiles, np.ones((12, 12, 1), np.uint8))


@pytest.fixture
def file(image: np.ndarray, tmp_path: Path) -> Path:
    """It as a JPEG file that carries a comment."""
    path = tmp_path / f"{MARK}photo.jpg"
    PIL.fromarray(image).save(path, quality=95, comment=b"unmistakable-comment")
    return path


@pytest.fixture(params=["", "elsewhere"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, home: Path) -> str:
    """Corrections in the workspace's own database, or in one that PIPPIN_DATABASE names (searched too)."""
    if request.param:
        home.mkdir(parents=True)
        monkeypatch.setenv("PIPPIN_DATABASE", f"sqlite:///{home / 'elsewhere.sqlite'}")
    return str(request.param)


def marks_of(path: Path) -> tuple[bytes, ...]:
    """What would give a file away: pieces of its bytes, its digest, its name."""
    content = path.read_bytes()
    pieces = [content[at : at + 24] for at in range(0, len(content) - 24, len(content) // 8)]
    return (*pieces, Image.of(path).digest().encode(), Image.of(path).digest()[:32].encode(), MARK.encode())


def test_an_image_that_was_undone_is_nowhere(
    file: Path, image: np.ndarray, home: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pippin.predict("recognize", file)
    pippin.teach("recognize", file, "unmistakable-label")
    if not database:  # in a shared database it lies in pieces, between the pages of the file
        assert copies(home, image), "the test must find what it looks for"
    assert traces(home, *marks_of(file))
    report = pippin.undo("recognize")
    assert MARK in report.title
    assert copies(home, image) == []
    assert traces(home, *marks_of(file), b"unmistakable") == []
    taught = pippin.history("recognize").payload["taught"]
    assert [(one["input"], one["answer"], one["undone"] is not None) for one in taught] == [(None, None, True)]
    assert "taken back" in pippin.history("recognize").show()


def test_one_of_many_corrections_goes_and_the_others_stay(file: Path, home: Path, database: str) -> None:
    others = [item.input for item in registry.get("recognize").load_data(None, {"features": ""}).test[:2]]
    pippin.teach("recognize", others[0], "first")
    pippin.teach("recognize", file, "unmistakable-label")
    pippin.teach("recognize", others[1], "last")
    number = pippin.history("recognize").payload["taught"][1]["id"]
    report = pippin.undo("recognize", correction=number)
    assert report.payload["rows"] == 2
    assert traces(home, *marks_of(file), b"unmistakable") == []
    answers = [one["answer"] for one in pippin.predict("recognize", *others).payload["results"]]
    assert answers == ["first", "last"]
    with pytest.raises(PippinError, match="has no correction"):
        pippin.undo("recognize", correction=number)


def test_an_input_stays_while_a_live_correction_uses_it(miniature: str, home: Path) -> None:
    pippin.train(miniature, epochs=1, progress=False)
    pippin.teach(miniature, "abacus", "late")
    pippin.teach(miniature, "abacus", "middle")
    assert len(list((home / "inputs").iterdir())) == 1
    pippin.undo(miniature)
    assert len(list((home / "inputs").iterdir())) == 1
    assert pippin.predict(miniature, "abacus").payload["results"][0]["answer"] == "late"
    pippin.undo(miniature)
    assert list((home / "inputs").iterdir()) == []


def test_an_image_that_is_another_row_s_answer_stays(home: Path) -> None:
    feedback = Workspace().feedback
    from pippin.core.values import Correction

    small, large = Image(content=b"small", name="s"), Image(content=b"large", name="l")
    feedback.add("app", "one", [Correction(small, large)])
    feedback.add("app", "two", [Correction(large, "label")])
    feedback.undo("app", "two")
    assert sorted(path.read_bytes() for path in (home / "inputs").iterdir()) == [b"large", b"small"]
    feedback.undo("app", "one")
    assert list((home / "inputs").iterdir()) == []


def test_what_an_earlier_version_only_marked_is_erased_when_the_workspace_is_opened(home: Path) -> None:
    from pippin.core.feedback import opened
    from pippin.core.values import Correction

    feedback = Workspace().feedback
    feedback.add("app", "model", [Correction(Image(content=b"unmistakable" * 9, name="marked.png"), "label")])
    with closing(sqlite3.connect(home / "feedback.sqlite")) as connection, connection:
        connection.execute("UPDATE feedback SET undone = 1.0")
    opened.cache_clear()
    assert [row.undone for row in Workspace().feedback.rows("app", "model", undone=True)] == [1.0]
    assert traces(home, b"unmistakable", b"marked.png") == []


def test_no_page_of_a_large_database_keeps_a_name(home: Path) -> None:
    from pippin.core.inputs import Text
    from pippin.core.values import Correction

    feedback = Workspace().feedback
    for number in range(60):
        feedback.add(
            "app", "model", [Correction(Text.of(f"{MARK}{number:03d} {'x' * 40 * (number % 7)}"), f"{MARK}answer")]
        )
    for row in feedback.rows("app", "model")[::2]:
        feedback.undo("app", "model", row.id)
    gone = [f"{MARK}{number:03d}".encode() for number in range(0, 60, 2)]
    left = [f"{MARK}{number:03d}".encode() for number in range(1, 60, 2)]
    assert traces(home, *gone) == []
    assert len(traces(home, *left)) > len(left)
    feedback.erase("app")
    assert traces(home, MARK.encode()) == []


def sent_zip(folder: Path, image: np.ndarray) -> Path:
    """A zip file of labelled images, as a page sends it: `picture` under two labels among others."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    with zipfile.ZipFile(folder / f"{MARK}fruit.zip", "w") as archive:
        for label in ("unmistakable-label", "other"):
            for number in range(4):
                pixels = np.clip(image + rng.integers(0, 4) * (number + 1), 0, 255).astype(np.uint8)
                content = io.BytesIO()
                PIL.fromarray(pixels).save(content, "png")
                archive.writestr(f"{label}/{MARK}{number}.png", content.getvalue())
    return folder / f"{MARK}fruit.zip"


@pytest.mark.parametrize("state", ["finished", "interrupted"])
@pytest.mark.parametrize("what", ["run", "application", "everything"])
def test_what_was_sent_for_a_run_is_nowhere_when_it_is_deleted_or_erased(
    what: str, state: str, image: np.ndarray, home: Path
) -> None:
    space = Workspace()
    folder = space.runs / "recognize-20200101-000000-000000"
    path = sent_zip(folder / "sent" / "data", image)
    pippin.inspect("recognize", str(path), workspace=space)
    Request("recognize", "inspect", {"data": {"path": str(path)}}, begun=1.0).write(folder)
    with runs.work_on(folder, "inspect") as finish:
        if state == "finished":
            finish(Report(title=f"recognize: {MARK}"))
            runs.record_report(folder, Report(title=f"recognize: {MARK}"))
    assert bool(copies(home / "runs", image)) is (state == "interrupted")
    assert copies(home / "cache", image)
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (home / "cache").rglob("*.png")]
    marks = (MARK.encode(), b"unmistakable", *(digest[:32].encode() for digest in digests))
    for digest in digests:  # what a learner keeps of an image goes by its digest
        (cache("features") / f"{digest[:32]}.npy").write_bytes(b"features")
    if what == "run":
        report = pippin.delete_run("recognize", folder.name)
        assert report.payload["deleted"] == folder.name
    elif what == "application":
        pippin.erase("recognize", yes=True)
    else:
        erase_everything(yes=True)
    assert traces(home, *marks) == []
    assert copies(home, image) == []


def test_data_sent_for_a_training_goes_with_the_last_run_that_learns_from_it(miniature: str, home: Path) -> None:
    space = Workspace()
    data = home / "data" / "miniature-20200101-000000-000000" / "words.csv"
    data.parent.mkdir(parents=True)
    data.write_bytes(b"unmistakable")
    names = [f"miniature-20200101-000000-00000{number}" for number in range(2)]
    for name in names:
        (space.runs / name).mkdir(parents=True)
        Request("miniature", "train", {"data": str(data)}, begun=1.0).write(space.runs / name)
        RunRecord(space.runs / name).update(state="failed", verb="train", queued=2.0)
    pippin.delete_run(miniature, names[0])
    assert data.read_bytes() == b"unmistakable"
    pippin.delete_run(miniature, names[1])
    assert traces(home, b"unmistakable", b"words.csv") == []
    assert list((home / "data").iterdir()) == list(space.runs.iterdir()) == []


def test_a_run_that_goes_on_is_not_deleted_and_the_model_of_one_that_ended_stays(miniature: str, home: Path) -> None:
    space = Workspace()
    model = pippin.train(miniature, epochs=1, progress=False).payload["artifact"]
    (folder,) = space.runs.iterdir()
    RunRecord(folder).update(state="running")
    with lock(folder / ALIVE), pytest.raises(PippinError, match=f"stop it first: pippin miniature stop {folder.name}"):
        pippin.delete_run(miniature, folder.name)
    RunRecord(folder).update(state="finished")
    assert model in pippin.delete_run(miniature, folder.name).summary
    assert pippin.models(miniature).payload["models"][0]["id"] == model
    assert pippin.runs(miniature).payload["runs"] == []
    for wrong in (folder.name, "..", "", "other-20200101-000000-000000"):
        with pytest.raises(PippinError, match="There is no run"):
            pippin.delete_run(miniature, wrong)


def test_a_lesson_that_cannot_be_stored_leaves_no_copy(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.core.values import Correction

    feedback = Workspace().feedback
    items = [Correction(Image(content=b"unmistakable", name="a"), "x"), Correction(Image.of(home / "absent"), "y")]
    with pytest.raises(PippinError, match="Cannot read"):
        feedback.add("app", "model", items)
    assert traces(home, b"unmistakable") == []


def test_models_made_from_a_correction_are_named_when_it_is_undone(miniature: str) -> None:
    pippin.train(miniature, epochs=1, progress=False)
    first = pippin.models(miniature).payload["models"][0]["id"]
    pippin.teach(miniature, "abacus", "late")
    child = pippin.train(miniature, from_=first, progress=False).payload["artifact"]
    report = pippin.undo(miniature, model=first)
    assert any(child in note for note in report.notes)


def fill(home: Path, miniature: str, file: Path) -> None:
    """A workspace with something of every kind, of two applications."""
    pippin.train(miniature, epochs=1, progress=False)
    pippin.teach(miniature, "abacus", f"{MARK}label")
    pippin.teach("recognize", file, f"{MARK}label")
    pippin.save_as(miniature, "words")
    for name in (f"{miniature}-20200101-000000-000001", "recognize-0123456789abcdef"):
        (home / "data" / name).mkdir(parents=True)
        (home / "data" / name / f"{MARK}data.csv").write_text(MARK)
    (Workspace().store(miniature) / "notes.json").write_text(f'"{MARK}"')


NONE = {"applications saved under a name": 0, "records of results": 0}


def test_erasing_tells_first_and_then_leaves_nothing_of_one_application(
    miniature: str, file: Path, home: Path, database: str
) -> None:
    fill(home, miniature, file)
    told = pippin.erase(miniature).payload
    assert told["erased"] is False
    counts = {"corrections": 1, "models": 1, "trainings": 1, "data sets sent to learn from": 1}
    assert told["counts"] == {**counts, "notes of applications": 1, **NONE}
    assert traces(home, b"abacus")
    assert pippin.erase(miniature, yes=True).payload["erased"] is True
    others = f"data/recognize-0123456789abcdef/{MARK}data.csv"
    assert traces(home, b"abacus", f"{MARK}data.csv".encode()) == [others]
    assert pippin.erase(miniature).payload["counts"] == dict.fromkeys(told["counts"], 0)
    assert pippin.history("recognize").payload["taught"][0]["answer"] == f"{MARK}label"
    with pytest.raises(PippinError, match="no model for english yet"):
        pippin.predict(miniature, "abacus")


def test_erasing_everything_leaves_nothing_of_yours(
    miniature: str, file: Path, image: np.ndarray, home: Path, database: str
) -> None:
    fill(home, miniature, file)
    pippin.predict("recognize", file.rename(file.with_name("only-predicted.jpg")))
    given = Image.of(file.with_name("only-predicted.jpg"))
    record(home, file.with_name("only-predicted.jpg"), Provenance.of(given, "{}"))
    from pippin.verbs.erase import erase_everything

    report = erase_everything(yes=True)
    assert report.payload["erased"] is True
    digest = Image.of(file.with_name("only-predicted.jpg")).digest()
    assert traces(home, MARK.encode(), b"abacus", b"only-predicted", digest.encode()) == []
    assert copies(home, image) == []
    assert not any((home / "applications").iterdir())
    assert json.loads((home / "use.json").read_text()) == {}
    assert cache("backbone").exists()
    assert pippin.models("recognize").payload["models"][0]["in_use"]


def test_what_a_running_training_needs_is_not_erased(miniature: str, home: Path) -> None:
    run = home / "runs" / f"{miniature}-20200101-000000-000000"
    run.mkdir(parents=True)
    (run / "order.json").write_text("{}")
    with lock(run / ALIVE), pytest.raises(PippinError, match="stop it first: pippin miniature stop"):
        pippin.erase(miniature, yes=True)
    assert run.exists()
    pippin.erase(miniature, yes=True)
    assert not run.exists()


def test_a_saved_application_goes_with_its_erasure(miniature: str, home: Path) -> None:
    pippin.train(miniature, epochs=1, progress=False)
    pippin.save_as(miniature, "words")
    pippin.erase("words", yes=True)
    assert "words" not in registry.names()


def test_the_command_line_asks_for_yes(
    miniature: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    from pippin.cli import main

    pippin.train(miniature, epochs=1, progress=False)
    for words, erased in (("miniature erase", False), ("erase", False), ("erase --yes", True)):
        monkeypatch.setattr("sys.argv", ["pippin", *words.split(), "--json"])
        main()
        assert json.loads(capsys.readouterr().out)["erased"] is erased
    assert not list((home / "artifacts").iterdir())
