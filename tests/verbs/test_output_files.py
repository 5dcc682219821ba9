"""Where files of answers go: no application overwrites a file that Pippin did not make of the same input."""

from __future__ import annotations

from pathlib import Path

import miniature as package
import pytest

from pippin.core.errors import PippinError
from pippin.core.inputs import Image, Input
from pippin.core.values import OutputFile, Prediction
from pippin.verbs.output_files import OutputWriter
from pippin.verbs.sources import Source, find_sources


def places(tmp_path: Path, *items: Input, named: bool = False, **options: object) -> OutputWriter:
    sources = [Source(item, is_named=named) for item in items]
    return OutputWriter(package.application, tmp_path / "out", sources, tmp_path / "home", **options)  # type: ignore[arg-type]


def write(found: OutputWriter, item: Input, content: bytes = b"1", name: str = "a.png") -> Prediction:
    return found.write(item, Prediction("x", files=(OutputFile(name, "image/png", content),)))[0]


def item_of(text: str) -> Input:
    return Input(content=text.encode(), name=text)


def test_inputs_without_a_path_are_numbered(tmp_path: Path) -> None:
    one, other = item_of("one"), item_of("other")
    found = places(tmp_path, one, other)
    assert write(found, one, b"1", "../a.png").error is None
    assert write(found, other, b"2").error is None
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {"a.png": b"1", "a-2.png": b"2"}


def test_without_a_folder_answers_that_only_bring_files_along_write_none(tmp_path: Path) -> None:
    item = item_of("one")
    nowhere = OutputWriter(package.application, None, [Source(item)], tmp_path / "home")
    assert nowhere.write(item, Prediction("x", files=(OutputFile("a", "b", b""),)))[1] == []


def test_a_file_of_a_user_is_never_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    target, item = tmp_path / "out" / "a.png", item_of("one")
    target.write_bytes(b"mine")
    for options in ({}, {"skip_existing": True}):
        error = write(places(tmp_path, item, **options), item).error or ""
        assert "Pippin did not make it" in error
        assert "--overwrite" in error
        assert target.read_bytes() == b"mine"
    assert write(places(tmp_path, item, overwrite=True), item).error is None
    assert target.read_bytes() == b"1"


def test_a_result_may_be_made_again_until_it_is_changed(tmp_path: Path) -> None:
    target, item = tmp_path / "out" / "a.png", item_of("one")
    write(places(tmp_path, item), item)
    assert write(places(tmp_path, item), item, b"2").error is None
    assert target.read_bytes() == b"2"
    target.write_bytes(b"2, and a word of mine")
    assert "changed since" in (write(places(tmp_path, item), item, b"3").error or "")


def test_a_result_of_another_input_is_not_replaced(tmp_path: Path) -> None:
    one, other = item_of("one"), item_of("other")
    write(places(tmp_path, one), one)
    assert "made of another input than other" in (write(places(tmp_path, other), other).error or "")


def test_skip_existing_keeps_what_is_of_the_same_input_and_settings(tmp_path: Path) -> None:
    path = tmp_path / "one.txt"
    path.write_text("one")
    target, item = tmp_path / "out" / "a.png", Input.of(path)
    write(places(tmp_path, item, settings="s"), item)
    write(places(tmp_path, item, settings="s", skip_existing=True), item, b"2")
    assert target.read_bytes() == b"1", "nothing changed"
    write(places(tmp_path, item, settings="t", skip_existing=True), item, b"2")
    assert target.read_bytes() == b"2", "other settings"
    path.write_text("another one")
    changed = Input.of(path)
    assert write(places(tmp_path, changed, settings="t", skip_existing=True), changed, b"3").error is None
    assert target.read_bytes() == b"3", "the same file with other content"


def test_an_input_is_never_replaced_not_even_when_asked_to(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "a.png"
    target.write_bytes(b"mine")
    item = Input.of(target)
    assert "is itself an input" in (write(places(tmp_path, item, overwrite=True), item).error or "")
    assert target.read_bytes() == b"mine"


def test_two_files_that_would_become_one_are_told(tmp_path: Path) -> None:
    for name in ("1", "2"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(name.encode())
    items = [Image.of(tmp_path / name / "a.png") for name in ("1", "2")]
    found = places(tmp_path, *items, named=True)
    assert write(found, items[0]).error is None
    assert "as" in (write(found, items[1], b"2").error or "")
    assert (tmp_path / "out" / "a.png").read_bytes() == b"1"


def test_what_a_library_raises_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        path.write_bytes(b"half")
        raise RuntimeError("broken\npipe")

    item = item_of("one")
    answer = places(tmp_path, item).write(item, Prediction("x", files=(OutputFile("a.png", "image/png", fail),)))[0]
    assert answer.error is not None
    assert answer.error.startswith("one cannot be used (RuntimeError: broken pipe)")
    assert not list((tmp_path / "out").iterdir())


def test_sources_know_where_they_lie_whatever_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from pippin.learn.vision.image_files import images

    monkeypatch.chdir(tmp_path)
    for name in ("in/b/a.png", "in/c/a.png", "in/made/a.png", "d.png"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"")
    app = replace(package.application, input="image", data=replace(package.application.data, expand=images))

    def below(*arguments: object, out: str | None = None) -> dict[str, str]:
        found, _ = find_sources(app, arguments, tmp_path, Path(out) if out else None)
        return {source.item.name: str(source.below) for source in found}

    assert below("in/b") == {"in/b/a.png": "."}
    assert below("in") == {"in/b/a.png": "b", "in/c/a.png": "c", "in/made/a.png": "made"}
    assert below("in", "d.png")["in/b/a.png"] == "b"
    assert below("in/*/a.png") == below("in")
    assert below("in", out="in/made") == {"in/b/a.png": "b", "in/c/a.png": "c"}
    assert below("in/made/a.png", out="in/made") == {"in/made/a.png": "."}, "what is named itself is meant"
    _, notes = find_sources(app, ("in",), tmp_path, Path("in/made"))
    assert notes == ("1 file below the folder of --out was left out: results are no inputs.",)
    Path("in/raw.nef").write_bytes(b"")
    assert "1 file of formats that are not read (.nef) was left out" in find_sources(app, ("in",), tmp_path)[1][0]
    assert len(below("in", out="in")) == len(below("in", out=".")) == 3
    with pytest.raises(PippinError):
        find_sources(app, ("in/x*.png",), tmp_path)
