"""What is to be predicted: the column told, that of a usual name, or the last that can be; a number or a label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pippin.apps.tables.column_types import ColumnType, Value, as_text, case_variants
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.headings import MISSING
from pippin.apps.tables.number_text import parse_number
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize

LABELS = ("label", "labels", "target", "class", "y")  # a column of such a name is the label, or an error
LIKELY = (
    "outcome",
    "result",
    "diagnosis",
    "response",
    "species",
    "survived",
    "churn",
    "sentiment",
    "intent",
    "category",
)
UNLIKELY = ("latitude", "longitude", "lat", "lon", "lng", "long", "fips", "zip", "year", "month", "day", "id", "index")
MAX_CLASSES_OF_NUMBERS = 10  # different numbers up to which they are classes
Columns = Mapping[str, Sequence[Value]]


@dataclass
class Roles:
    """The label and the task, columns to learn from, why others are left out (by name), types of all, and notes.

    `known` are the rows that have a label, `labels` their labels.
    """

    label: str
    task: str
    types: dict[str, ColumnType]
    label_why: str = ""
    features: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    known: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def refuse_unknown(name: str, columns: Columns, purpose: str) -> None:
    if name and name not in columns:
        raise PippinError(f"There is no column {name!r} for {purpose}; there are: {_shown(columns)}.", input=name)


def _shown(columns: Columns) -> str:
    return ", ".join(list(columns)[:20]) + (", ..." if len(columns) > 20 else "")


def unwanted_columns(skip: str, columns: Columns) -> list[str]:
    names = [skip] if skip in columns else [name.strip() for name in skip.split(",") if name.strip()]
    if unknown := [name for name in names if name not in columns]:
        raise PippinError(f"There is no column {unknown[0]!r} to leave out.", input=unknown[0])
    return names


def choose_label(columns: Columns, types: dict[str, ColumnType], config: TablesConfig) -> Roles:
    """Return the label and the task; PippinError where the column meant cannot be learned."""
    task = config.task
    wanted = config.label
    refuse_unknown(wanted, columns, "the label")
    apart = {
        *unwanted_columns(config.skip, columns),
        config.group,
        config.time,
    }
    free = [name for name in columns if name not in apart]
    lower = {name.strip().lower() for name in columns}
    named = next((name for usual in LABELS for name in free if name.strip().lower() == usual), "")
    if named.lower() == "y" and "z" in lower:  # the sides or the position of something
        named = ""
    if wanted or named:
        name = wanted or named
        roles = Roles(name, task_of(name, columns[name], types[name], task), types, "told so" if wanted else "its name")
        if why := unlearnable(name, columns[name], types[name], roles.task):
            raise PippinError(why if wanted else f"{why} Name another with --label.", input=name)
    else:
        roles = _likeliest(columns, types, task, free)
    if roles.task == "classification":
        types[roles.label] = _as_labels(columns[roles.label], types[roles.label])
    if not wanted:
        roles.notes.append(f"The label is the column {roles.label!r} ({roles.label_why}); --label names another.")
    roles.notes += _about_task(roles, columns[roles.label], task)
    return roles


def _as_labels(column: Sequence[Value], found: ColumnType) -> ColumnType:
    """Return the type of a label column: its values as they are written."""
    labels = {label_text(value) for value in column if value is not None}
    return ColumnType("category", why=f"{pluralize(len(labels), 'label')}, as they are written")


def _likeliest(columns: Columns, types: dict[str, ColumnType], task: str, free: Sequence[str]) -> Roles:
    """Return the column of a likely name, else the last that can be learned."""
    able = {}
    for name in free:
        own = task_of(name, columns[name], types[name], task)
        fitting = types[name].kind in (("number",) if own == "regression" else ("number", "category"))
        if fitting and not unlearnable(name, columns[name], types[name], own):
            able[name] = own
    if not able:
        raise PippinError("No column can be a label: each has one value only, or too many; name one with --label.")
    likely = next((name for usual in LIKELY for name in able if name.strip().lower() == usual), "")
    rather = [name for name in able if name.strip().lower() not in UNLIKELY] or list(able)
    name = likely or rather[-1]
    return Roles(name, able[name], types, "its name" if likely else "the last that can be one")


def task_of(name: str, column: Sequence[Value], found: ColumnType, task: str) -> str:
    """Return classification, or regression where the column holds more different numbers than classes would have."""
    if task != "auto":
        return task
    if found.kind not in ("number", "id") or not found.form:
        return "classification"
    numbers = [parse_number(as_text(value), found.form) for value in column if value is not None]
    read = [number for number in numbers if number is not None]
    different, whole = len(set(read)), all(number.is_integer() for number in read)
    if different <= MAX_CLASSES_OF_NUMBERS and 2 * different <= max(4, len(read)):
        return "classification"
    named = name.strip().lower() in ("label", "labels", "class", "category") or name.lower().endswith(
        ("label", "class")
    )
    return "classification" if named and whole and 4 * different <= len(read) else "regression"


def _about_task(roles: Roles, column: Sequence[Value], task: str) -> list[str]:
    """Return notes on the label: numbers taken as classes or estimated, spellings that differ, NA as a label."""
    if roles.task == "regression":
        other = "; --task=classification takes each number as a label" if task == "auto" else ""
        return [f"{roles.label!r} holds numbers, so it is estimated (regression){other}."]
    labels = [label_text(value) for value in column if value is not None]
    notes = []
    if task == "auto" and all(parse_number(label) is not None for label in set(labels)):
        notes.append(
            f"{roles.label!r} has {len(set(labels))} different numbers, which are taken as labels; "
            "--task=regression estimates them."
        )
    if same := case_variants(set(labels)):
        notes.append(f"The labels {' and '.join(map(repr, same))} differ in case only; make them one if they are.")
    if odd := sorted({label for label in labels if label.lower() in MISSING}):
        count = sum(label in odd for label in labels)
        notes.append(f"{' and '.join(map(repr, odd))} ({pluralize(count, 'row')}) is taken as a label like others.")
    return notes


def unlearnable(name: str, column: Sequence[Value], found: ColumnType, task: str) -> str:
    """Return why a column cannot be the label, or nothing."""
    if task == "regression":
        numbers = [parse_number(as_text(value).strip(), found.form) for value in column if value is not None]
        read = {number for number in numbers if number is not None}
        if found.kind not in ("number", "id") or len(read) < 2:
            return f"{name!r} does not hold numbers to estimate ({found.why}); use --task=classification."
        return ""
    labels = {label_text(value) for value in column if value is not None}
    present = sum(value is not None for value in column)
    if len(labels) < 2:
        what = "is empty" if not labels else f"is {next(iter(labels))!r} in every row"
        return f"All rows have the same {name!r} (it {what}); a label needs two values or more."
    if len(labels) <= max(2, present // 2):
        return ""
    note = f" It {found.note}." if "units" in found.note else ""
    return f"{name!r} has {len(labels)} different values in {present} rows, too many to be learned as labels.{note}"


def label_text(value: Value) -> str:
    """Return a label as it is written, spaces aside."""
    return " ".join(as_text(value).split()) if value is not None else ""


def target(value: Value, found: ColumnType) -> float | None:
    """Return the number to estimate, as the column writes numbers; None where there is none."""
    return None if value is None else parse_number(as_text(value).strip(), found.form or ".")
