"""Which rows are the heading: none, one or several, seen by how they differ from the rows below."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_HEADING = 4  # rows
MAX_LOOKED = 400  # rows below that are looked at
USUAL = ("label", "class", "target", "category", "species", "diagnosis", "outcome", "y")
LONG = 80  # characters from which a cell is hardly a name
_TYPED = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d.,' ]*(e[-+]?\d+)?\s?[%€$)]?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d\d?:\d\d(:\d\d)?.*)?"
    r"|\d\d?:\d\d(:\d\d)?|true|false",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
MISSING = {
    *("#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"),  # errors of Excel
    *("", "na", "n/a", "#n/a", "n.a.", "nan", "null", "none", "?", "-", "--", "---", "–", "—", ".", "<na>"),
}


def heading_rows(rows: Sequence[Sequence[str]]) -> int:
    """Return how many of the first rows are the heading; 0 where the first is content already."""
    if not rows:
        return 0
    if len(rows) == 1:
        return int(_names(rows[0]))
    below = [row for row in rows[1 : MAX_LOOKED + 1] if list(row) != list(rows[0])]
    if not (_is_heading(rows[0], below) if below else _names(rows[0])):
        return 0
    count = 1
    while count < min(MAX_HEADING, len(rows) - 1) and _goes_on(rows, count):
        count += 1
    return count


def typed(cell: str) -> bool:
    """Return whether a cell is a number, a date or a time."""
    return len(cell) <= LONG and bool(_TYPED.fullmatch(cell))


def _names(row: Sequence[str]) -> bool:
    """Return whether a row could be names: words, each once."""
    present = [cell for cell in row if cell]
    return bool(present) and len(set(present)) == len(present) and not any(map(typed, present))


def _is_heading(first: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    if len(first) > 2 and list(first) in ([*map(str, range(len(first)))], [*map(str, range(1, len(first) + 1))]):
        return True  # positions, as pandas writes them
    named = not first[0] and len(first) > 2 and all(first[1:]) and len(set(first)) == len(first)
    if named and all(row[0] for row in below):
        return True  # names of rows, under no name
    score = sum(_speaks(cell, [row[index] for row in below]) for index, cell in enumerate(first))
    if any(cell.lower() in USUAL for cell in first):
        score += 2
    return score > 0 or (score == 0 and _names(first))


def _speaks(cell: str, column: Sequence[str]) -> float:
    """Score one column: above 0 where its first cell is unlike the others, below where it is like them."""
    present = [other for other in column if other.lower() not in MISSING]
    if not cell or not present:
        return 0.5 if cell and not typed(cell) else 0.0
    share = sum(map(typed, present)) / len(present)
    if typed(cell):
        years = sum(bool(_YEAR.fullmatch(other)) for other in present) / len(present)
        return -1.0 if share > 0.5 and not (_YEAR.fullmatch(cell) and years < 0.5) else 0.5
    if share > 0.8:
        return 1.0
    if cell in present:
        return -1.0 if cell.lower() not in USUAL else 0.0
    return _length(cell, present)


def _length(cell: str, present: Sequence[str]) -> float:
    """Score a cell among words: long text where texts are speaks against a heading, a rare or short name for it."""
    if len(cell) > LONG and sum(len(other) > LONG for other in present) > 0.5 * len(present):
        return -1.0
    return 0.3 if len(set(present)) <= 0.5 * len(present) or len(cell) < 0.5 * min(map(len, present)) else 0.0


def _goes_on(rows: Sequence[Sequence[str]], count: int) -> bool:
    """Return whether row `count` belongs to the heading: the same again, or words where numbers or dates are below."""
    row = rows[count]
    if list(row) == list(rows[count - 1]):
        return True
    below = rows[count + 1 : count + 1 + MAX_LOOKED]
    kinds = [index for index in range(len(row)) if _mostly_typed([other[index] for other in below])]
    if len(kinds) < 2 or len(below) < 3:
        return False
    return all(row[index] and row[index].lower() not in MISSING and not typed(row[index]) for index in kinds)


def _mostly_typed(column: Sequence[str]) -> bool:
    present = [cell for cell in column if cell.lower() not in MISSING]
    return len(present) >= 0.5 * len(column) and sum(map(typed, present)) >= 0.95 * len(present) > 0
