"""What a column holds: numbers, categories, dates or text, found by its values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from pippin.apps.tables.reading import Value

MOST_ODD = 0.05  # share of values that may not be what the others are; they count as missing
WORDS = 3.0  # from this mean number of words on strings are text
MOST_REPEATED = 0.5  # texts repeat less often
FORMATS = "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d"


def kind_of(values: Sequence[Value]) -> str:
    """ "number", "category", "text", one of the date FORMATS, or "empty"."""
    present = [value for value in values if value is not None]
    if not present:
        return "empty"
    numbers = sum(isinstance(value, float | int) for value in present)
    if numbers >= (1 - MOST_ODD) * len(present):
        return "number"
    strings = [str(value) for value in present]
    for form in FORMATS:
        if sum(day(value, form) is not None for value in strings) >= (1 - MOST_ODD) * len(strings):
            return form
    words = sum(len(value.split()) for value in strings) / len(strings)
    distinct = len(set(strings)) / len(strings)
    return "text" if words >= WORDS and distinct > MOST_REPEATED else "category"


def day(text: Value, form: str) -> date | None:
    """The date that a text says, in that form; times after it are left out."""
    try:
        return datetime.strptime(str(text).replace("T", " ").split(" ")[0], form).date()
    except ValueError:
        return None


def identifies(values: Sequence[Value]) -> bool:
    """Whether a column names the rows rather than telling of them: counted on, or a short string of its own in each."""
    present = [value for value in values if value is not None]
    if len(present) < 20 or len(set(present)) < 0.98 * len(present):
        return False
    kind = kind_of(values)
    if kind == "number":
        numbers = [float(value) for value in present if isinstance(value, float | int)]
        steps = {after - before for before, after in pairwise(numbers)}
        return steps == {1.0}
    return kind == "category" and sum(len(str(value).split()) for value in present) < 2 * len(present)


def tells(values: Sequence[Value], labels: Sequence[str]) -> bool:
    """Whether a column is the label under other names: each value goes with one label and each label with one value."""
    pairs = Counter((value, label) for value, label in zip(values, labels, strict=True) if value is not None)
    if sum(pairs.values()) < 0.9 * len(labels):
        return False
    often = [pair for pair, count in pairs.items() if count > 1] or list(pairs)
    seen = sum(pairs[pair] for pair in often)
    alone = len({value for value, _ in often}) == len(often) == len({label for _, label in often})
    return alone and len(often) == len(set(labels)) and seen >= 0.99 * sum(pairs.values())
