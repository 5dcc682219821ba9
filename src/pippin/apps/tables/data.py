"""Tables as examples: what is to be predicted chosen and told, values as they are written, honest parts."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pippin.apps.tables.column_roles import decide, settled_for
from pippin.apps.tables.column_types import LEFT_OUT, ColumnType, Value, as_text, write_types
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.date_text import parse_moment
from pippin.apps.tables.label_choice import Roles, label_text, target
from pippin.apps.tables.number_text import parse_number
from pippin.apps.tables.rows import record, records, values
from pippin.apps.tables.splits import Parts, separate_groups, split, split_by_time, ungroup_repeats
from pippin.apps.tables.table_reader import FORMATS_READ, Read, Row, read
from pippin.core.data import Dataset, Example, Metric, Skipped
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize

__all__ = ["SAMPLE", "load", "records", "values"]

DEFAULTS = TablesConfig()
SAMPLE = Path(__file__).parent / "sample" / "stall.csv"
SIMULATED = "This table was simulated by this project; it tells how to begin, and nothing about fruit."
DOMINANT = 0.9


def load(source: str | None, config: TablesConfig = DEFAULTS) -> Dataset:
    """Return the rows of a table in a file, or of the simulated sample for None, as records with their label or number.

    `config` may name the `label` column, the `task`, columns to `skip`, `types`, and the column of a `group` or a
    `time`. Raises PippinError where there is nothing to learn.
    """
    path = SAMPLE if source is None else Path(source)
    table = table_of(path)
    columns = columns_of(table)
    config = settled_for(columns, config)
    roles = decide(columns, config)
    notes = [SIMULATED] if source is None else []
    notes += [*table.notes, *roles.notes]
    skipped = [Skipped(f"line {line}", why) for line, why in table.skipped]
    examples, rows = _examples(table, roles, config.group, skipped)
    if not examples:
        raise PippinError(f"Every row lacks its label {roles.label!r}; give a table that has them.", input=roles.label)
    (train, val, test), said = _parts(examples, rows, roles, config)
    notes += said
    notes += _notes(examples) if roles.task == "classification" else []
    return Dataset(
        "simulated stall" if source is None else path.name,
        train,
        val,
        test,
        skipped=tuple(skipped),
        notes=tuple(notes),
        metric=Metric("rmse", lower_is_better=True) if roles.task == "regression" else None,
        settings={"label": roles.label, "task": roles.task, "types": write_types(_settled(roles))},
    )


def table_of(path: Path) -> Read:
    """Return the table in a file; PippinError where it has no rows or no columns to learn from."""
    if path.is_dir():
        raise PippinError(f"{path} is a folder; {FORMATS_READ}.", input=path)
    table = read(path)
    if len(table.columns) < 2:
        raise PippinError(f"{path} has no columns to learn from; {FORMATS_READ} with a label column.", input=path)
    if not table.rows:
        raise PippinError(f"{path} has no rows; give a table with some.", input=path)
    return table


def columns_of(table: Read) -> dict[str, list[Value]]:
    """Return the values of each column."""
    return {name: [row[name] for _, row in table.rows] for name in table.columns}


def _settled(roles: Roles) -> dict[str, ColumnType]:
    """Return the types of all columns, those not learned from as left out: what a model must know of another table."""
    left_out = {name: ColumnType(LEFT_OUT) for name in roles.left_out}
    return {**roles.types, **left_out}


def _examples(
    table: Read, roles: Roles, group: str, skipped: list[Skipped]
) -> tuple[list[Example], list[tuple[int, Row]]]:
    """Return an example of each row that has a label, and these rows; the others are added to `skipped`."""
    examples, rows = [], []
    for number, row in table.rows:
        answer = _answer(row[roles.label], roles)
        if answer is None:
            written = row[roles.label]
            why = "its label is missing" if written is None else f"its {roles.label} is no number: {written!r}"
            skipped.append(Skipped(f"row {number}", why))
            continue
        own = {name: row[name] for name in roles.features}
        together = as_text(row[group]) if group and row[group] is not None else ""
        examples.append(_example(own, answer, f"row {number}", roles, together))
        rows.append((number, row))
    return examples, rows


def _answer(value: Value, roles: Roles) -> str | float | None:
    if roles.task == "regression":
        return target(value, roles.types[roles.label])
    return label_text(value) or None


def _example(row: Row, answer: str | float, name: str, roles: Roles, together: str) -> Example:
    item = record(row, name)
    plain = together or json.dumps([_plain(value, roles.types[column]) for column, value in sorted(row.items())])
    return Example(item, answer, item.digest(), hashlib.sha256(plain.encode()).hexdigest())


def _plain(value: Value, found: ColumnType) -> Value:
    """Return a value as near-copies share it: texts without case, signs and spacing, numbers to six digits."""
    if value is None:
        return None
    text = as_text(value).strip()
    if found.kind == "number" and (number := parse_number(text, found.form or ".")) is not None:
        return float(f"{number:.6g}")
    return " ".join(re.findall(r"\w+", text.lower())) or text


def _parts(
    examples: list[Example], rows: Sequence[tuple[int, Row]], roles: Roles, config: TablesConfig
) -> tuple[Parts, list[str]]:
    """Return the examples in three parts, and how they were made."""
    group, time = config.group, config.time
    if group and time:
        raise PippinError("Name a group or a time to split by, not both.", input=group)
    if time:
        return _by_time(examples, [row[time] for _, row in rows], time, roles)
    if group:
        count = len({example.group for example in examples})
        notes = [f"Rows of the same {group!r} are kept in one part ({count} of them)."]
        return split(separate_groups(examples)), notes
    examples, note = ungroup_repeats(examples)
    return split(examples), [note] if note else []


def _by_time(examples: Sequence[Example], column: Sequence[Value], name: str, roles: Roles) -> tuple[Parts, list[str]]:
    examples, repeats = ungroup_repeats(examples)
    moments = [_moment(value, roles.types[name]) for value in column]
    known = [(example, moment) for example, moment in zip(examples, moments, strict=True) if moment is not None]
    if len(known) < 10 or len({moment for _, moment in known}) < 3:
        message = f"{name!r} holds no dates or numbers to order the rows by"
        raise PippinError(f"{message}; name another column with --time.", input=name)
    parts = split_by_time([example for example, _ in known], [moment for _, moment in known])
    if not (parts[0] and parts[2]):
        raise PippinError(f"Nearly all rows have the same {name!r}; name another column with --time.", input=name)
    left = len(examples) - len(known)
    note = f"The last rows by {name!r} are the test part, those before them choose, the first are learned from"
    notes = [note + (f"; {left} without one are left out." if left else ".")]
    return parts, notes + [repeats] * bool(repeats)


def _moment(value: Value, found: ColumnType) -> float | None:
    """Return a position in time: seconds of a date, or a number as it is."""
    if value is None:
        return None
    text = as_text(value).strip()
    if found.kind == "date" and (moment := parse_moment(text, found.form)) is not None:
        return (moment - type(moment)(2000, 1, 1)).total_seconds()
    return parse_number(text, found.form if found.kind == "number" else ".")


def _notes(examples: Sequence[Example]) -> list[str]:
    """Return notes on the labels: one nearly alone, or different ones on equal rows."""
    most, count = Counter(example.answer for example in examples).most_common(1)[0]
    notes, share = [], count / len(examples)
    if share >= DOMINANT:
        notes.append(
            f"{share:.1%} of the rows are {most!r}: always saying so scores an accuracy of {share:.3f}, "
            "so look at balanced_accuracy."
        )
    by_group: dict[str, set[str]] = {}
    for example in examples:
        by_group.setdefault(example.input.digest(), set()).add(example.answer)
    torn = sum(len(labels) > 1 for labels in by_group.values())
    if torn:
        notes.append(f"Equal rows bear different labels, {pluralize(torn, 'time')}: no method can tell them apart.")
    return notes
