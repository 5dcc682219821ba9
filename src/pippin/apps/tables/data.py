"""Tables as examples: the label column found, what gives the label away left out, equal rows kept together."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pippin.apps.tables.columns import FORMATS, identifies, kind_of, tells
from pippin.apps.tables.reading import Row, Value, read
from pippin.core.data import Dataset, Example, Metric, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.kinds import Record

SAMPLE = Path(__file__).parent / "sample" / "stall.csv"
SIMULATED = "This table was simulated by this project; it tells how to begin, and nothing about fruit."
USUAL = ("label", "class", "target", "category", "species", "diagnosis", "outcome", "y")
MOST_LABELS = 50
DOMINANT = 0.9


def load(source: str | None, config: Mapping[str, Any] | None = None) -> Dataset:
    """The rows of a CSV or TSV file, or of the simulated sample for None, as records with their label.

    `config` may name the `label` column and columns to `skip`. Raises PippinError where there is nothing to learn.
    """
    path, config = SAMPLE if source is None else Path(source), config or {}
    if path.is_dir():
        raise PippinError(f"{path} is a folder; name a CSV or TSV file.", input=path)
    table = read(path)
    notes = [SIMULATED] if source is None else []
    notes += table.notes
    values = {name: [row[name] for _, row in table.rows] for name in table.columns}
    label = (
        str(config["label"])
        if config.get("task") == "regression"
        else _label(str(config.get("label", "")), values, notes)
    )
    kept = _kept(str(config.get("skip", "")), values, label, notes)
    skipped = [Skipped(f"row {number}", why) for number, why in table.skipped]
    examples = []
    numbers = config.get("task") == "regression"
    for number, row in table.rows:
        if row[label] is None:
            skipped.append(Skipped(f"row {number}", "its label is missing"))
            continue
        examples.append(_example({name: row[name] for name in kept}, _named(row[label]), f"row {number}"))
    if numbers:
        examples = [replace(example, answer=float(example.answer)) for example in examples]
    else:
        notes += _notes(examples, label)
    train, val, test = split_by_group(examples, balanced=not numbers)
    name = "simulated stall" if source is None else path.name
    metric = Metric("rmse", True) if numbers else None
    settings = {"task": "regression" if numbers else "classification", "label": label}
    skipped_rows, said = tuple(skipped), tuple(notes)
    return Dataset(name, train, val, test, skipped=skipped_rows, notes=said, metric=metric, settings=settings)


def records(argument: Any) -> list[Record]:
    """Handles for what `argument` names: the rows of a CSV or TSV file, or one row as a mapping or as JSON."""
    if isinstance(argument, str | Path) and not str(argument).lstrip().startswith("{"):
        return [_record(row, f"row {number}") for number, row in read(Path(argument)).rows]
    item = Record.of(argument)
    values(item)
    return [item]


def values(item: Any) -> Row:
    """The named values of a record; PippinError where it is none."""
    try:
        found = json.loads(item.read())
        plain = all(value is None or isinstance(value, str | int | float) for value in found.values())
    except (ValueError, AttributeError, RecursionError) as problem:
        message = f'{item.name} is no row; write it as JSON, as in {{"weight": 120, "colour": "red"}}'
        raise PippinError(f"{message}, or name a CSV file.", input=item.name) from problem
    if not plain:
        raise PippinError(f"{item.name} holds more than numbers and texts; give one value for each name.")
    return found


def _record(row: Row, name: str) -> Record:
    text = json.dumps(row, sort_keys=True)
    return Record(content=text.encode(), name=name, media_type="application/json")


def _example(row: Row, label: str, name: str) -> Example:
    item = _record(row, name)
    plain = json.dumps([_plain(value) for _, value in sorted(row.items())])
    return Example(item, label, item.digest(), hashlib.sha256(plain.encode()).hexdigest())


def _plain(value: Value) -> Value:
    """A value as near-copies share it: texts without case, signs and spacing, numbers to six digits."""
    if isinstance(value, str):
        return " ".join(re.findall(r"\w+", value.lower()))
    return None if value is None else float(f"{value:.6g}")


def _named(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float) else " ".join(str(value).split())


def _label(wanted: str, values: Mapping[str, Sequence[Value]], notes: list[str]) -> str:
    """The column to learn: the one wanted, or that of a usual name, or the last that has few values."""
    if wanted:
        if wanted not in values:
            there = ", ".join(list(values)[:20])
            raise PippinError(f"There is no column {wanted!r}; there are: {there}.", input=wanted)
        _refuse_unlearnable(wanted, values[wanted])
        return wanted
    usual = [name for name in values if name.lower() in USUAL]
    fitting = [name for name, column in values.items() if not _unlearnable(name, column)]
    if not fitting:
        raise PippinError("No column can be a label: each has one value only, or more than can be learned.")
    chosen = next((name for name in reversed(usual) if name in fitting), fitting[-1])
    notes.append(f"The label is the column {chosen!r}; --label names another.")
    return chosen


def _refuse_unlearnable(name: str, column: Sequence[Value]) -> None:
    if why := _unlearnable(name, column):
        raise PippinError(why, input=name)


def _unlearnable(name: str, column: Sequence[Value]) -> str:
    """Why a column cannot be the label, or nothing."""
    present = [value for value in column if value is not None]
    kinds = set(present)
    if len(kinds) < 2:
        return f"All rows have the same {name!r}; a label needs two values or more."
    if len(kinds) <= max(2, min(MOST_LABELS, len(present) // 2)):
        return ""
    what = "a number to be estimated" if kind_of(column) == "number" else "no label"
    return f"{name!r} has {len(kinds)} different values, so it is {what}; only labels are learned: put it into classes."


def _kept(skip: str, values: Mapping[str, Sequence[Value]], label: str, notes: list[str]) -> list[str]:
    """The columns to learn from; those left out are told, with the reason."""
    unwanted = [name.strip() for name in skip.split(",") if name.strip()]
    if unknown := [name for name in unwanted if name not in values]:
        raise PippinError(f"There is no column {unknown[0]!r} to leave out.", input=unknown[0])
    labels = [_named(value) for value in values[label]]
    known = [place for place, value in enumerate(values[label]) if value is not None]
    kept = []
    for name, column in values.items():
        if name == label or name in unwanted:
            continue
        if kind_of(column) == "empty":
            notes.append(f"The column {name!r} is empty, so it is left out.")
        elif tells([column[place] for place in known], [labels[place] for place in known]):
            notes.append(f"The column {name!r} gives the label away (each value goes with one), so it is left out.")
        elif identifies(column):
            notes.append(f"The column {name!r} names the rows (no two are alike), so it is left out.")
        else:
            kept.append(name)
            notes += _oddities(name, column)
    if not kept:
        raise PippinError("No column is left to learn from; give a table with others than the label.")
    return kept


def _oddities(name: str, column: Sequence[Value]) -> list[str]:
    """What is unusual in a column that is learned from."""
    kind = kind_of(column)
    if kind == "number":
        odd = [value for value in column if isinstance(value, str)]
        return [f"{len(odd)} values of {name!r} are no numbers, such as {odd[0]!r}: taken as missing."] if odd else []
    if kind == "category":
        numbers = sum(isinstance(value, float) for value in column)
        mixed = f"{name!r} holds {numbers} numbers among words: taken as categories; mend it if it should be a number."
        return [mixed] if numbers else []
    if kind in FORMATS:
        return [f"{name!r} holds dates ({kind}): taken as days, months and weekdays."]
    return [f"{name!r} is text: --methods 'sentence encoder, linear' sets a pretrained encoder beside its words."]


def _notes(examples: Sequence[Example], label: str) -> list[str]:
    """What a user should know of the labels: one nearly alone, or different ones on equal rows."""
    if not examples:
        raise PippinError(f"Every row lacks its label {label!r}; give a table that has them.", input=label)
    most, count = Counter(example.answer for example in examples).most_common(1)[0]
    notes, share = [], count / len(examples)
    if share >= DOMINANT:
        notes.append(
            f"{share:.1%} of the rows are {most!r}: always saying so scores an accuracy of {share:.3f}, "
            "so look at balanced_accuracy."
        )
    by_group: dict[str, set[str]] = {}
    for example in examples:
        by_group.setdefault(example.group, set()).add(example.answer)
    torn = sum(len(labels) > 1 for labels in by_group.values())
    if torn:
        notes.append(f"Equal rows bear different labels, {torn} times: no method can tell them apart.")
    return notes
