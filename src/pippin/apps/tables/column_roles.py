"""What is to be predicted, from which columns, and why others are left out; every choice is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pippin.apps.tables.column_types import ColumnType, Value, as_text, case_variants, infer_types, parse_types
from pippin.apps.tables.columns import follows, gives_away, tells
from pippin.apps.tables.headings import MISSING
from pippin.apps.tables.number_text import parse_number
from pippin.core.errors import PippinError
from pippin.core.report import counted

LABELS = ("label", "labels", "target", "class", "y")  # a column of such a name is the label, or an error
LIKELY = (
    "outcome",
    "diagnosis",
    "response",
    "species",
    "survived",
    "churn",
    "sentiment",
    "intent",
    "category",
)  # is the label where it can be
TASKS = ("auto", "classification", "regression")
MAX_CLASSES_OF_NUMBERS = 10  # different numbers up to which they are classes
LEFT_OUT = "left out"
MAX_TOLD = 12  # notes on single columns
Columns = Mapping[str, Sequence[Value]]


@dataclass
class Roles:
    """The label and the task, columns to learn from, why others are left out (by name), types of all, and notes."""

    label: str
    task: str
    types: dict[str, ColumnType]
    label_why: str = ""
    features: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def decide(columns: Columns, config: Mapping[str, Any]) -> Roles:
    """Choose label, task and features by the settings `label`, `task`, `skip`, `types` and `group`."""
    given = str(config.get("types", ""))
    closed = given.lstrip().startswith("{")
    told = parse_types(given)
    removed = {name for name, found in told.items() if found.kind == LEFT_OUT}
    types = infer_types({name: column for name, column in columns.items() if name not in removed}, given)
    for name in removed & columns.keys():
        types[name] = ColumnType("category", why="left out when the model was made")
    roles = _labelled(columns, types, config)
    unwanted = _unwanted(str(config.get("skip", "")), columns)
    group = str(config.get("group", ""))
    _refuse_unknown(group, columns, "group")
    _refuse_unknown(str(config.get("time", "")), columns, "time")
    for name in columns:
        if name != roles.label:
            why = _left_out(name, columns, roles, unwanted)
            if name == group and name not in told:
                why = "it says which rows belong together"
            if name in removed or (closed and name not in told):
                why = "the model was made without it"
            if why:
                roles.left_out[name] = why
            else:
                roles.features.append(name)
    _tell(columns, roles, told, unwanted)
    learned = [name for name, found in told.items() if closed and found.kind != LEFT_OUT and name not in columns]
    if learned:
        shown = ", ".join(learned[:4]) + (", ..." if len(learned) > 4 else "")
        roles.notes.append(f"The table lacks {counted(len(learned), 'column')} the model learned from ({shown}).")
    if not roles.features:
        why = "; ".join(f"{name!r} is left out: {reason}" for name, reason in list(roles.left_out.items())[:3])
        advice = "give a table with others than the label, or take one in with --types 'NAME=number'"
        raise PippinError(f"No column is left to learn {roles.label!r} from ({why}); {advice}.", input=roles.label)
    return roles


def settled_for(columns: Columns, config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Settings for another table than the one a model learned: columns it lacks are neither skipped nor split by."""
    if not str(config.get("types", "")).lstrip().startswith("{"):
        return config
    lacking = {name: "" for name in ("group", "time", "skip") if config.get(name) not in columns}
    return {**config, **lacking}


def _refuse_unknown(name: str, columns: Columns, purpose: str) -> None:
    if name and name not in columns:
        raise PippinError(f"There is no column {name!r} for {purpose}; there are: {_shown(columns)}.", input=name)


def _shown(columns: Columns) -> str:
    return ", ".join(list(columns)[:20]) + (", ..." if len(columns) > 20 else "")


def _unwanted(skip: str, columns: Columns) -> list[str]:
    names = [skip] if skip in columns else [name.strip() for name in skip.split(",") if name.strip()]
    if unknown := [name for name in names if name not in columns]:
        raise PippinError(f"There is no column {unknown[0]!r} to leave out.", input=unknown[0])
    return names


def _labelled(columns: Columns, types: dict[str, ColumnType], config: Mapping[str, Any]) -> Roles:
    """The label and the task; PippinError where the column meant cannot be learned."""
    task = str(config.get("task", "") or "auto")
    if task not in TASKS:
        raise PippinError(f"The task is {', '.join(TASKS)}; {task!r} is none.", input=task)
    wanted = str(config.get("label", ""))
    _refuse_unknown(wanted, columns, "the label")
    apart = {
        *_unwanted(str(config.get("skip", "")), columns),
        str(config.get("group", "")),
        str(config.get("time", "")),
    }
    free = [name for name in columns if name not in apart]
    lower = {name.strip().lower() for name in columns}
    named = next((name for usual in LABELS for name in free if name.strip().lower() == usual), "")
    if named.lower() == "y" and "z" in lower:  # the sides or the place of something
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
    """The type of a label column: its values as they are written."""
    labels = {label_text(value) for value in column if value is not None}
    return ColumnType("category", why=f"{counted(len(labels), 'label')}, as they are written")


def _likeliest(columns: Columns, types: dict[str, ColumnType], task: str, free: Sequence[str]) -> Roles:
    """The column of a likely name, else the last that can be learned."""
    able = {}
    for name in free:
        own = task_of(name, columns[name], types[name], task)
        fitting = types[name].kind in (("number",) if own == "regression" else ("number", "category"))
        if fitting and not unlearnable(name, columns[name], types[name], own):
            able[name] = own
    if not able:
        raise PippinError("No column can be a label: each has one value only, or too many; name one with --label.")
    likely = next((name for usual in LIKELY for name in able if name.strip().lower() == usual), "")
    name = likely or list(able)[-1]
    return Roles(name, able[name], types, "its name" if likely else "the last that can be one")


def task_of(name: str, column: Sequence[Value], found: ColumnType, task: str) -> str:
    """Classification, or regression where the column holds more different numbers than classes would have."""
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
    """What to know of the label: numbers taken as classes or estimated, spellings that differ, NA as a label."""
    if roles.task == "regression":
        other = "; --task classification takes each number as a label" if task == "auto" else ""
        return [f"{roles.label!r} holds numbers, so it is estimated (regression){other}."]
    labels = [label_text(value) for value in column if value is not None]
    notes = []
    if task == "auto" and all(parse_number(label) is not None for label in set(labels)):
        notes.append(
            f"{roles.label!r} has {len(set(labels))} different numbers, which are taken as labels; "
            "--task regression estimates them."
        )
    if same := case_variants(set(labels)):
        notes.append(f"The labels {' and '.join(map(repr, same))} differ in case only; make them one if they are.")
    if odd := sorted({label for label in labels if label.lower() in MISSING}):
        count = sum(label in odd for label in labels)
        notes.append(f"{' and '.join(map(repr, odd))} ({counted(count, 'row')}) is taken as a label like others.")
    return notes


def unlearnable(name: str, column: Sequence[Value], found: ColumnType, task: str) -> str:
    """Why a column cannot be the label, or nothing."""
    if task == "regression":
        numbers = [parse_number(as_text(value).strip(), found.form) for value in column if value is not None]
        read = {number for number in numbers if number is not None}
        if found.kind not in ("number", "id") or len(read) < 2:
            return f"{name!r} does not hold numbers to estimate ({found.why}); use --task classification."
        return ""
    labels = {label_text(value) for value in column if value is not None}
    present = sum(value is not None for value in column)
    if len(labels) < 2:
        what = "is empty" if not labels else f"is {next(iter(labels))!r} in every row"
        return f"All rows have the same {name!r} (it {what}); a label needs two values or more."
    if len(labels) <= max(2, present // 2):
        return ""
    return f"{name!r} has {len(labels)} different values in {present} rows, too many to be learned as labels."


def label_text(value: Value) -> str:
    """A label as it is written, spaces aside."""
    return " ".join(as_text(value).split()) if value is not None else ""


def _left_out(name: str, columns: Columns, roles: Roles, unwanted: Sequence[str]) -> str:
    """Why a column is not learned from, or nothing."""
    found, column, label = roles.types[name], columns[name], columns[roles.label]
    if name in unwanted:
        return "told so"
    if found.kind == "empty":
        return "it is empty"
    known = [place for place, value in enumerate(label) if value is not None]
    labels = [label_text(label[place]) for place in known]
    undecided = found.why != "told so" and roles.task == "classification"
    if undecided and tells([column[place] for place in known], labels):
        return "it gives the label away (each value goes with one)"
    if found.kind == "id":
        return f"it names the rows ({found.why})" if found.why != "told so" else "it names the rows"
    return ""


def _tell(columns: Columns, roles: Roles, told: Mapping[str, ColumnType], unwanted: Sequence[str]) -> None:
    """Notes on columns left out and on what is unusual in those learned from."""
    notes = []
    for name, why in roles.left_out.items():
        if name not in unwanted and roles.types[name].why != "left out when the model was made":
            notes.append(f"The column {name!r} is left out: {why}.")
    for name in columns:
        if name != roles.label and name not in unwanted and _alone(name, columns, roles):
            advice = (
                f"it is left out; --types '{name}=number' takes it"
                if name in roles.left_out
                else f"if not, --skip {name!r}"
            )
            notes.append(f"{name!r} alone tells the label; is it known beforehand? ({advice})")
    for name in roles.features:
        if roles.types[name].note and name not in told:
            notes.append(f"{name!r} {roles.types[name].note.replace('NAME', name)}.")
        elif roles.types[name].kind == "text":
            notes.append(f"{name!r} is text: --text sentences sets a pretrained encoder in place of its words.")
        elif roles.types[name].kind == "category":
            texts = {as_text(value) for value in columns[name] if value is not None}
            if same := case_variants(texts):
                notes.append(f"In {name!r} {' and '.join(map(repr, same))} differ in case only.")
    more = len(notes) - MAX_TOLD
    roles.notes += notes[:MAX_TOLD]
    if more > 0:
        roles.notes.append(f"{counted(more, 'more note')} on columns: `pippin tables columns FILE` shows all.")


def _alone(name: str, columns: Columns, roles: Roles) -> bool:
    """Whether a column alone tells the label or the number to estimate."""
    found, column, label = roles.types[name], columns[name], columns[roles.label]
    if "gives the label away" in roles.left_out.get(name, ""):
        return False
    if roles.task == "classification":
        known = [place for place, value in enumerate(label) if value is not None]
        return gives_away([column[place] for place in known], [label_text(label[place]) for place in known], found)
    pairs = [(one, target(other, roles.types[roles.label])) for one, other in zip(column, label, strict=True)]
    both = [(one, other) for one, other in pairs if one is not None and other is not None]
    return bool(both) and follows([one for one, _ in both], [other for _, other in both], found)


def target(value: Value, found: ColumnType) -> float | None:
    """The number to estimate, as the column writes numbers; None where there is none."""
    return None if value is None else parse_number(as_text(value).strip(), found.form or ".")
