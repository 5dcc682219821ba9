"""Inputs as patients: a list of HPO terms, a description in English, or a phenopacket."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.patients.patient import Patient, make_patient
from pippin.apps.raredisease.patients.phenopacket import read_phenopacket
from pippin.core.errors import PippinError, reason
from pippin.core.inputs import Input, Text

_TERM = re.compile(r"(?P<not>(?:\b(?:no|not|without|excluded)\s*:?\s*|[-!~]\s*))?(?P<id>HP:\d+)\b", re.IGNORECASE)
_REST = re.compile(r"[\s,;|+.]|\band\b|\bpresent\b|\bexcluded\b|\([^()]*\)|:", re.IGNORECASE)
SUFFIXES = (".json", ".jsonl", ".txt", ".gz")
LONELY = (
    "One finding alone says little; give all findings of one patient as one argument, in quotes: "
    "pippin raredisease 'HP:0001250 HP:0000252 -HP:0000365'."
)
MAX_BYTES = 200 * 2**20


def read_patient(item: Input, ontology: Ontology) -> Patient:
    """Read an input; PippinError where it has no finding that can be used."""
    text = _decode(item)
    if text.lstrip().startswith(("{", "[")):
        found = read_phenopacket(text, "" if item.name.lstrip().startswith(("{", "[")) else item.name)
        return make_patient(
            ontology, found.present, found.excluded, found.papers, found.disease, found.name or "The phenopacket"
        )
    terms = list(_TERM.finditer(text))
    if terms and not _REST.sub("", _TERM.sub("", text)):
        present = [match["id"].upper() for match in terms if not match["not"]]
        excluded = [match["id"].upper() for match in terms if match["not"]]
        patient = make_patient(ontology, present, excluded, name=item.name)
        return replace(patient, notes=(*patient.notes, LONELY)) if len(terms) == 1 else patient
    from pippin.apps.raredisease.text.finding import find_patient

    return find_patient(text, ontology, item.name)


def _decode(item: Input) -> str:
    try:
        return item.read().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise PippinError(f"{item.name} is no text in UTF-8; save it in UTF-8.", input=item.name) from problem


def expand(argument: Any) -> list[Input]:
    """Return the patients an argument stands for: a file, a folder of files, or the text itself."""
    if isinstance(argument, Input):
        return [argument]
    if isinstance(argument, dict):
        return [_packet(json.dumps(argument), str(argument.get("id") or "phenopacket"))]
    if isinstance(argument, str) and not argument.strip():
        raise PippinError("No patient is given; give HPO terms, a description in English, or a phenopacket.")
    path = _existing(argument)
    if path is None:
        return [Text.of(argument)]
    return list(read_files(path))


def _existing(argument: Any) -> Path | None:
    try:
        path = Path(argument)
        if path.exists():
            return path
    except (TypeError, OSError, ValueError):
        return None
    if path.suffix.lower() in SUFFIXES and not any(sign in str(argument) for sign in " \n{"):
        raise PippinError(f"There is no file {argument}; check the path.", input=str(argument))
    return None


def read_files(path: Path) -> Iterator[Input]:
    """Yield the patients in a file or a folder: JSON, one JSON a line, or text; also gzipped."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
        if not files:
            raise PippinError(f"{path} has no phenopackets; give files that end in .json or .jsonl.", input=path)
        for file in files:
            yield from read_files(file)
        return
    text = _text_of(path)
    name = str(path)
    if text.lstrip().startswith("["):
        yield from _packets_of_list(text, name)
    elif _is_lines(text):
        lines = [line for line in text.splitlines() if line.strip()]
        yield from (_packet(line, f"{name}:{number}") for number, line in enumerate(lines, 1))
    else:
        yield _packet(text, name)


def _packets_of_list(text: str, name: str) -> Iterator[Input]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise PippinError(f"{name} is not valid JSON; give phenopackets.", input=name) from problem
    for number, value in enumerate(values, 1):
        yield _packet(json.dumps(value if isinstance(value, dict) else [value]), f"{name}:{number}")


def _is_lines(text: str) -> bool:
    """Return whether each line is a phenopacket of its own."""
    first = text.lstrip().partition("\n")[0]
    try:
        return isinstance(json.loads(first), dict) and bool(text.strip().partition("\n")[2])
    except (ValueError, RecursionError):
        return False


def _text_of(path: Path) -> str:
    try:
        content = _unpack(path) if path.suffix == ".gz" else Text(path=path, name=str(path)).read()
        if len(content) > MAX_BYTES:
            raise PippinError(f"{path} holds more than 200 MB; give it in parts.", input=path)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise PippinError(f"{path} is no text in UTF-8; save it in UTF-8.", input=path) from problem
    except (OSError, EOFError) as problem:
        why = reason(problem) if isinstance(problem, OSError) and problem.errno else "it is damaged"
        raise PippinError(f"Cannot read {path}: {why}.", input=path) from problem


def _unpack(path: Path) -> bytes:
    with gzip.open(path) as file:
        return file.read(MAX_BYTES + 1)


def _packet(text: str, name: str) -> Text:
    return Text(content=text.encode(), name=name, media_type="text/plain")
