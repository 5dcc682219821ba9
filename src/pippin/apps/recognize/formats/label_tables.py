"""Tables that name images and their labels: metadata.csv, metadata.jsonl, or any CSV of file names."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pippin.core.errors import PippinError, reason

SUFFIXES = (".csv", ".tsv", ".jsonl")
HUGGING_FACE = ("metadata.csv", "metadata.jsonl")
MAX_BYTES = 200_000_000

_LABELS = [
    "label",
    "labels",
    "class",
    "category",
    "target",
    "classification",
    "diagnosis",
    "dx",
    "species",
    "breed",
    "y",
]
_PARTS = ["split", "part", "set", "subset", "partition", "usage"]
_GROUPS = [
    "patient",
    "patient_id",
    "patientid",
    "subject",
    "subject_id",
    "person",
    "person_id",
    "camera",
    "site",
    "day",
    "animal_id",
    "lesion_id",
]


@dataclass(frozen=True)
class LabelTable:
    """Rows by column name; `file` is the column of file names, `label` that of labels ("": none)."""

    path: Path
    rows: tuple[Mapping[str, str], ...]
    file: str
    label: str = ""
    part: str = ""
    one_hot: tuple[str, ...] = ()

    def answer(self, row: Mapping[str, str]) -> str:
        """Return the label of a row, "" where it has none."""
        if self.one_hot:
            return next((name for name in self.one_hot if _is_one(row[name])), "")
        return row.get(self.label, "").strip()

    @property
    def groups(self) -> list[str]:
        """Columns whose names say that images of one value belong together (a patient, a camera)."""
        return [name for name in (self.rows[0] if self.rows else ()) if _plain(name) in _GROUPS]

    @property
    def has_labels(self) -> bool:
        """Whether any column holds labels."""
        return bool(self.label or self.one_hot)


def read_rows(path: Path) -> tuple[Mapping[str, str], ...]:
    """Return the rows of a CSV, TSV or JSON Lines file as texts by column; PippinError where it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PippinError(f"{path} is larger than {MAX_BYTES // 10**6} MB; give a smaller table.", input=path)
        text = _decode(path.read_bytes())
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem
    rows = _json_lines(text, path) if path.suffix.lower() == ".jsonl" else _csv(text, path)
    return tuple(rows)


def label_table(path: Path, files: Mapping[str, object]) -> LabelTable | None:
    """Return the table in `path` if one of its columns names images of `files` (by path, name or stem), else None."""
    rows = read_rows(path)
    if not rows:
        return None
    columns = list(rows[0])
    named = {name: sum(known(row[name], files) for row in rows[:500]) for name in columns}
    file = next(
        (name for name in columns if _plain(name) in ("file_name", "filename")), max(named, key=named.__getitem__)
    )
    if not named[file]:
        return None
    others = [name for name in columns if name != file]
    part = next((name for name in others if _plain(name) in _PARTS), "")
    free = [name for name in others if name != part]
    label = _usual_label(free)
    one_hot = () if label else _one_hot(rows, free)
    if not (label or one_hot):
        label = _only_label(rows, free)
    return LabelTable(path, rows, file, label, part, one_hot)


def known(name: str, files: Mapping[str, object]) -> bool:
    """Return whether a cell names one of the files."""
    return bool(name.strip()) and any(form in files for form in forms(name))


def forms(name: str) -> list[str]:
    """Return the names for a cell to match: its path as written, the file's name, and that without its ending."""
    path = name.strip().replace("\\", "/").removeprefix("./")
    last = path.rsplit("/", 1)[-1]
    return [path, last, f"{last}.*"]


def _usual_label(columns: Sequence[str]) -> str:
    return next((name for usual in _LABELS for name in columns if _plain(name) == usual), "")


def _only_label(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> str:
    """Return the only column that may hold labels, else the first of few values."""
    free = [name for name in columns if _plain(name) not in _GROUPS]
    if len(free) == 1:
        return free[0]
    counts = {name: len({row[name] for row in rows}) for name in free}
    return next((name for name, count in counts.items() if 2 <= count <= max(2, len(rows) // 4)), "")


def _one_hot(rows: Sequence[Mapping[str, str]], columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns of one-hot labels: each row has exactly one 1 among 0s; () where there are none."""
    marks = [name for name in columns if all(_is_one(row[name]) or _is_zero(row[name]) for row in rows)]
    whole = len(marks) > 1 and all(sum(_is_one(row[name]) for name in marks) == 1 for row in rows)
    return tuple(marks) if whole else ()


def _is_one(cell: str) -> bool:
    return cell.strip() in ("1", "1.0")


def _is_zero(cell: str) -> bool:
    return cell.strip() in ("0", "0.0")


def _plain(name: str) -> str:
    return "_".join(name.strip().casefold().replace("-", " ").replace("_", " ").split())


def _decode(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _csv(text: str, path: Path) -> list[dict[str, str]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as problem:
        raise PippinError(f"{path} is no table: {problem}; save it as CSV.", input=path) from problem
    if not rows:
        return []
    heading = [name.strip() or f"column {number}" for number, name in enumerate(rows[0], start=1)]
    return [dict(zip(heading, [*row, *[""] * len(heading)], strict=False)) for row in rows[1:] if any(row)]


def _json_lines(text: str, path: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            rows.append({str(name): "" if value is None else str(value) for name, value in row.items()})
        except (ValueError, AttributeError, RecursionError) as problem:
            message = f"Line {number} of {path} is no JSON object; write one for each image."
            raise PippinError(message, input=path) from problem
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name, "") for name in columns} for row in rows]
