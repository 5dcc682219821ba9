"""Rows of DDXPlus' CSV files as patients."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pippin.apps.symptoms.knowledge.structure import CHOICE, SCALE, SEVERAL, Structure, load_structure
from pippin.apps.symptoms.patients.patient import Patient
from pippin.core.errors import PippinError

# Columns as two releases of the files name them.
COLUMNS = {
    "age": ("age",),
    "sex": ("sex",),
    "condition": ("pathology", "diagnosis"),
    "evidences": ("evidences", "features"),
    "complaint": ("initial_evidence", "feature_id"),
}
_EVIDENCE = re.compile(r"(E_\d+)(?:_@_(V_\d+|\d+))?")
MAX_AGE = 120


class Row(NamedTuple):
    """One row: its patient as JSON, and the condition it names."""

    text: str
    condition: str


def read_rows(text: str, name: str) -> Iterator[Row]:
    """Yield the patients of a CSV file; PippinError where its columns are others."""
    csv.field_size_limit(10**7)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = {known: _column(reader.fieldnames or (), names) for known, names in COLUMNS.items()}
        if not columns["evidences"]:
            raise PippinError(
                f"{name} has no column EVIDENCES; give a CSV file as DDXPlus has them, with AGE, SEX, PATHOLOGY, "
                "EVIDENCES and INITIAL_EVIDENCE.",
                input=name,
            )
        for row in reader:
            values = {known: str(row.get(column) or "") if column else "" for known, column in columns.items()}
            yield Row(json.dumps(_packed(values), sort_keys=True), values["condition"])
    except csv.Error as problem:
        message = f"{name} must be a CSV file of patients as DDXPlus has them: {problem}."
        raise PippinError(message, input=name) from problem


def _column(header: Any, names: tuple[str, ...]) -> str:
    return next((column for column in header if column and column.strip().lower() in names), "")


def _packed(values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"evidences": [match[0] for match in _EVIDENCE.finditer(values["evidences"])]}
    found |= {name: values[name] for name in ("age", "sex", "complaint") if values[name]}
    return found


def read_packed(stored: Mapping[str, Any], name: str) -> Patient:
    """Read a patient as `read_rows` packs it: evidences, and age, sex and complaint where they are known."""
    structure = load_structure()
    evidences = stored.get("evidences")
    if not isinstance(evidences, list) or not evidences:
        raise PippinError(f"{name} names no evidences, such as E_91 or E_54_@_V_181.", input=name)
    answers: dict[int, tuple[int, ...]] = {}
    for evidence in evidences:
        position, option = parse_evidence(str(evidence), structure, name)
        is_more = structure.questions[position].kind == SEVERAL
        answers[position] = (*answers.get(position, ()), option) if is_more else (option,)
    complaint = str(stored.get("complaint") or "").partition("_@_")[0]
    return Patient(
        {position: tuple(dict.fromkeys(options)) for position, options in answers.items()},
        read_age(stored.get("age"), name),
        read_sex(stored.get("sex"), name),
        complaint=structure.index.get(complaint, -1),
        is_whole=True,
        name=name,
    )


def parse_evidence(text: str, structure: Structure, name: str) -> tuple[int, int]:
    """Return the positions of question and option that a code such as "E_54_@_V_181" stands for."""
    code, _, value = text.partition("_@_")
    position = structure.index.get(code)
    if position is None:
        raise PippinError(f"{name}: {text[:40]!r} must be an evidence of DDXPlus.", input=name)
    question = structure.questions[position]
    value = value or ("yes" if question.kind not in (SCALE, CHOICE, SEVERAL) else "")
    if value not in question.options:
        raise PippinError(f"{name}: {text[:40]!r} must be an answer to {code}.", input=name)
    return position, question.options.index(value)


def read_age(value: Any, name: str) -> int | None:
    """Return an age in years, None where there is none; PippinError for anything else."""
    if value in (None, ""):
        return None
    try:
        age = int(float(value))
    except (TypeError, ValueError, OverflowError):
        age = -1
    if not 0 <= age <= MAX_AGE:
        raise PippinError(f"{name}: an age must be from 0 to {MAX_AGE} years, not {str(value)[:20]!r}.", input=name)
    return age


def read_sex(value: Any, name: str) -> str | None:
    """Return F or M, None where there is none; PippinError for anything else."""
    text = str(value or "").strip().upper()[:1]
    if text and text not in "FM":
        raise PippinError(f"{name}: sex must be F or M, or left out, not {str(value)[:20]!r}.", input=name)
    return text or None
