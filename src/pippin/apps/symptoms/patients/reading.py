"""Inputs as patients: rows of DDXPlus' files, JSON, or a text in everyday words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pippin.apps.symptoms.patients.patient import Patient
from pippin.apps.symptoms.patients.rows import read_packed, read_rows
from pippin.core.errors import PippinError, reason
from pippin.core.inputs import Input, Text

SUFFIXES = (".csv", ".json", ".txt")
MAX_BYTES = 500 * 2**20


def read_patient(item: Input) -> Patient:
    """Read an input; PippinError where it says nothing that can be used."""
    text = decode(item.read(), item.name)
    if text.lstrip().startswith("{"):
        try:
            stored = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise PippinError(f"{item.name} is not valid JSON; give a patient or a text.", input=item.name) from problem
        return read_packed(stored, item.name)
    from pippin.apps.symptoms.text.reading import read_text

    return read_text(text, item.name)


def decode(content: bytes, name: str) -> str:
    """Return the text of bytes in UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise PippinError(f"{name} must be text in UTF-8; save it so.", input=name) from problem


def expand(argument: Any) -> list[Input]:
    """Return the patients an argument stands for: the rows of a CSV file, a file with a text, or the text itself."""
    if isinstance(argument, Input):
        return [argument]
    if isinstance(argument, dict):
        return [packed_input(json.dumps(argument, sort_keys=True), "patient")]
    path = _existing(argument)
    if path is None:
        return [Text.of(argument)]
    text = read_file(path)
    if path.suffix.lower() == ".csv":
        return [packed_input(row.text, f"{path}:{number}") for number, row in enumerate(read_rows(text, str(path)), 1)]
    return [packed_input(text, str(path))]


def _existing(argument: Any) -> Path | None:
    if not str(argument).strip():
        return None
    try:
        path = Path(argument)
        if path.is_file():
            return path
        if path.is_dir():
            raise PippinError(f"{path} is a folder; give a CSV file of patients, or a text.", input=path)
    except (TypeError, OSError, ValueError):
        return None
    if path.suffix.lower() in SUFFIXES and not any(sign in str(argument) for sign in " \n{"):
        raise PippinError(f"There is no file {argument}; check the path.", input=str(argument))
    return None


def read_file(path: Path) -> str:
    """Return the text of a file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PippinError(f"{path} holds more than 500 MB; give it in parts.", input=path)
        return decode(path.read_bytes(), str(path))
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem


def packed_input(text: str, name: str) -> Text:
    """Return a text as an input."""
    return Text(content=text.encode(), name=name, media_type="text/plain")
