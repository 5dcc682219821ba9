"""When a random split flatters: rows that follow one another in time, or that belong to the same person."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from pippin.apps.tables.column_types import ColumnType, Value, as_text
from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.date_text import TIME_ONLY, parse_moment

MIN_ROWS = 20
MIN_MOMENTS = 0.9  # share of rows with a date of their own from which a table is a series
MIN_ORDER = 0.95  # share of rows that follow the one before
MIN_MEMBERS = 10  # different ids, each in two rows or more on average
_MEMBER = re.compile(
    r"(.*[\W_])?(id|ids|uuid|guid|patient|subject|participant|person|customer|user|client|student)|.*[a-z]I[dD]"
)


def hint_splits(
    columns: Mapping[str, Sequence[Value]], types: Mapping[str, ColumnType], config: TablesConfig
) -> list[str]:
    """Return notes that name --time or --group where the columns suggest them and neither was given."""
    if config.time or config.group:
        return []
    for name, column in columns.items():
        kind, form = types[name].kind, types[name].form
        if kind == "date" and form != TIME_ONLY and _is_series(column, form):
            return [
                f"The rows follow one another in time: --time {name!r} keeps the last for the test, as for a forecast."
            ]
    for name, column in columns.items():
        if types[name].kind != "id" and _MEMBER.fullmatch(name.lower() if name.isupper() else name):
            values = [value for value in column if value is not None]
            members = len(set(values))
            if MIN_MEMBERS <= members <= len(values) / 2:
                each = f"{len(values) / members:.0f} rows each on average"
                return [
                    f"{name!r} comes in {each}: --group {name!r} keeps those of one together, out of the test part."
                ]
    return []


def _is_series(column: Sequence[Value], form: str) -> bool:
    """Return whether nearly all rows have a moment of their own, in order."""
    moments = [parse_moment(as_text(value), form) for value in column if value is not None]
    known = [moment for moment in moments if moment is not None]
    if len(known) < MIN_ROWS or len(set(known)) < MIN_MOMENTS * len(column):
        return False
    later = sum(after > before for before, after in pairwise(known))
    return max(later, len(known) - 1 - later) >= MIN_ORDER * (len(known) - 1)
