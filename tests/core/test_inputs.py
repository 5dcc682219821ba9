"""Inputs: handles that read late, know their content, and refuse what they cannot be."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.core.errors import PippinError
from pippin.core.inputs import KINDS, Episode, Image, Input, Record, Text


def test_a_file_is_opened_late_and_known_by_its_bytes(tmp_path: Path) -> None:
    item = Image.of(tmp_path / "ü 🍎.png")
    assert (item.name, item.media_type) == (str(tmp_path / "ü 🍎.png"), "image/png")
    (tmp_path / "ü 🍎.png").write_bytes(b"apple")
    assert item.digest() == hashlib.sha256(b"apple").hexdigest() == Image.of(b"apple").digest()
    assert Image.of(item) is item


@pytest.mark.parametrize("path", ["absent", ".", "x\0y", "n" * 300])
def test_what_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PippinError, match="Cannot read") as caught:
        Image.of(path).read()
    assert caught.value.input == path


@given(st.text())
def test_any_text_is_text_or_refused(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        with pytest.raises(PippinError):
            Text.of(text)
    else:
        assert Text.of(text).read().decode() == text


def test_bytes_of_the_command_line_that_are_no_text_are_refused() -> None:
    with pytest.raises(PippinError, match="valid text"):
        Text.of("\udcff")


def test_a_record_is_json() -> None:
    assert Record.of({"b": 1, "a": [2]}).read() == b'{"b": 1, "a": [2]}'
    assert Record.of({"b": 1, "a": [2]}).digest() == Record.of('{"a":[2],"b":1}').digest()
    assert Record.of('{"a": 1}').read() == b'{"a": 1}'
    with pytest.raises(PippinError, match="JSON"):
        Record.of({"a": {1, 2}})


def test_a_row_given_as_a_value_is_called_by_its_first_values() -> None:
    assert Record.of({"weight": 170, "colour": "red/green", "note": None}).name == "weight 170, colour red/green"
    assert Record.of({"weight": 170, "colour": "red/green"}).short_name == "weight 170, colour red/green"
    assert Record(name="folder/rows.csv:3").short_name == "rows.csv:3"
    long = Record.of({f"column {number}": "some words" for number in range(9)}).name
    assert long == "column 0 some words, column 1 some words, …"
    assert len(Record.of({"note": "word " * 99}).name) <= 60
    assert Record.of("no json").name == "no json"


@pytest.mark.parametrize("seed", ["x", "", None, [1]])
def test_an_episode_is_a_seed(seed: Any) -> None:
    assert Episode.of(" 7 ").read() == Episode.of(7).read() == b"7"
    with pytest.raises(PippinError, match="whole number"):
        Episode.of(seed)


def test_a_handle_without_content_says_so() -> None:
    with pytest.raises(PippinError, match="no content"):
        Input(name="nothing").read()
    with pytest.raises(PippinError, match="not a file"):
        Image.of(7)


def test_every_kind_is_listed_under_its_name() -> None:
    assert all(kind.kind == name for name, kind in KINDS.items())
