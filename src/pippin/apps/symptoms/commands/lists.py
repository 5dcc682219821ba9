"""`read`, `conditions`, `questions`, `sample`: what a text says, what it knows, what it may ask, patients to try."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pippin.apps.symptoms.predictions import NOTICE
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.cells import Table
from pippin.core.report.report import Report


def read(context: Context, text: Annotated[str, "what is wrong, in everyday words"]) -> Report:
    """List what a text says is there and is not."""
    from pippin.apps.symptoms.knowledge.wording import load_wording
    from pippin.apps.symptoms.text.crisis import HELP, is_crisis
    from pippin.apps.symptoms.text.finding import find_mentions
    from pippin.apps.symptoms.text.reading import check_text

    if is_crisis(text):
        return Report(title=HELP, payload={"crisis": HELP})
    check_text(text, text)
    words, mentions = load_wording(), find_mentions(text)
    rows = tuple((evidence_code(one.code, one.option), words[one.code].name, one.status, one.quote) for one in mentions)
    return Report(
        title=f"symptoms: {len(rows)} evidences mentioned",
        tables=(Table(("code", "evidence", "status", "words"), rows),) if rows else (),
        notes=("What is said of relatives or in doubt does not count.", NOTICE),
        payload={"mentions": [one._asdict() for one in mentions]},
    )


def evidence_code(code: str, option: str) -> str:
    """Return a code as DDXPlus writes it."""
    return f"{code}_@_{option}" if option else code


def conditions(context: Context) -> Report:
    """List the conditions it knows, and how severe they are."""
    from pippin.apps.symptoms.knowledge.structure import load_structure

    structure = load_structure()
    rows = tuple((one.name, one.icd10, "severe" if one.severity <= 2 else "") for one in structure.conditions)
    return Report(
        title=f"symptoms: {len(rows)} conditions",
        tables=(Table(("condition", "ICD-10", ""), rows),),
        notes=("Yours may be none of them.", NOTICE),
        payload={"conditions": [one._asdict() for one in structure.conditions]},
    )


def questions(context: Context, word: Annotated[str, "part of a question; none: all"] = "") -> Report:
    """List the questions it may ask, by code."""
    from pippin.apps.symptoms.knowledge.structure import load_structure
    from pippin.apps.symptoms.knowledge.wording import load_wording

    words = load_wording()
    rows = tuple(
        (one.code, words[one.code].question, one.kind)
        for one in load_structure().questions
        if word.lower() in f"{words[one.code].question} {words[one.code].name}".lower()
    )
    if not rows:
        raise PippinError(f"No question has {word[:40]!r} in it; try another word.", input=word[:40])
    return Report(
        title=f"symptoms: {len(rows)} questions",
        tables=(Table(("code", "question", "kind"), rows),),
        payload={"questions": [{"code": code, "question": text, "kind": kind} for code, text, kind in rows]},
    )


def sample(context: Context, file: Annotated[Path, "a new CSV file to write to"]) -> Report:
    """Write the drawn patients of the sample as a CSV file.

    They are drawn from the learned tables; no person has these answers.
    """
    from pippin.apps.symptoms.data import SAMPLE

    if file.exists():
        raise PippinError(f"{file} is there; name a new file.", input=file)
    write_bytes(file, SAMPLE.read_bytes())
    return Report(
        title=f"symptoms: drawn patients in {file}",
        notes=("Drawn from the learned tables; they are no people.", NOTICE),
        payload={"file": str(file)},
        next=f"pippin {context.name} evaluate {file}",
    )
