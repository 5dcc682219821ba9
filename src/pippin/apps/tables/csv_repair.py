"""Rows of the wrong width, repaired by what their columns usually hold: cells joined, cut or taken as empty."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pippin.apps.tables.csv_dialect import Dialect, split

MAX_PROFILED = 2000  # rows from which a column's profile is made
MAX_WIDTH = 60  # columns of a table whose rows are cut and joined
MAX_CUT = 600  # characters of a cell that is cut into two
UNSEEN = math.log(5e-4)  # of a cell unlike any other of its column
LIKELY = math.log(2e-3)  # from here on a cell fits its column
COST = {"empty": 3.0, "drop": 1.0, "join": 2.0, "cut": 3.0}
_DIGITS, _LETTERS, _WORDS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+"), re.compile(r"A[ A]*")


@dataclass
class Profile:
    """How often a column's cells have which shape (digits counted, words not) and which coarse class."""

    shapes: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    count: int = 0

    def add(self, cell: str) -> None:
        """Count one more cell."""
        self.shapes[shape(cell)] += 1
        self.classes[coarse(cell)] += 1
        self.count += 1

    def log_likelihood(self, cell: str) -> float:
        """Return how well a cell fits the column, from `UNSEEN` up to 0."""
        seen = 0.6 * self.shapes[shape(cell)] + 0.4 * self.classes[coarse(cell)]
        return max(UNSEEN, math.log(seen / self.count)) if seen else UNSEEN


def shape(cell: str) -> str:
    """Return a cell with each digit as 9 and each word as A: "MG-8769" is "A-9999"; long texts are all alike."""
    if len(cell) > 60:
        return "text"
    digits = _DIGITS.sub(lambda run: "9" * min(len(run[0]), 6), cell)
    return _WORDS.sub("A", _LETTERS.sub("A", digits))


def coarse(cell: str) -> str:
    """Return the class of a cell: empty, number, code (signs and digits), word, words, address or text."""
    if not cell:
        return "empty"
    if cell.startswith(("http://", "https://")):
        return "address"
    if re.fullmatch(r"[-+]?\d[\d.,]*", cell):
        return "number"
    if re.search(r"\d", cell) and " " not in cell:
        return f"code {cell[0] if not cell[0].isalnum() else 'a' if cell[0].isalpha() else '9'}"
    words = cell.count(" ") + 1
    return "word" if words == 1 else "words" if words <= 6 else "text"


def profiles(rows: Iterable[Sequence[str]], width: int) -> list[Profile]:
    """Return the profile of each column, from rows of the right width."""
    made = [Profile() for _ in range(width)]
    for cells in rows:
        for profile, cell in zip(made, cells, strict=True):
            profile.add(cell)
    return made


def repair(line: str, dialect: Dialect, columns: Sequence[Profile]) -> list[str] | None:
    """Return the cells of a broken line that fit their columns best; None where nothing fits."""
    readings = [own for own in _readings(line, dialect, len(columns)) if len(own[0]) <= 4 * len(columns) + 8]
    whole = [(_score(cells, columns) - cost, cells) for cells, _, cost in readings if len(cells) == len(columns)]
    fitting = [(score, cells) for score, cells in whole if _fits(cells, columns)]
    if fitting or len(columns) > MAX_WIDTH:
        return max(fitting, default=(0.0, None), key=lambda found: found[0])[1]
    best, chosen = -math.inf, None
    for cells, used, cost in readings:
        score, aligned = align(cells, columns, used.delimiter)
        if aligned is not None and score - cost > best:
            best, chosen = score - cost, aligned
    return chosen if chosen and _fits(chosen, columns) else None


def _score(cells: Sequence[str], columns: Sequence[Profile]) -> float:
    """Return the log-likelihood of a row."""
    return sum(profile.log_likelihood(cell.strip("\"'")) for profile, cell in zip(columns, cells, strict=True))


def _fits(cells: Sequence[str], columns: Sequence[Profile]) -> bool:
    """Return whether every cell is like others of its column."""
    pairs = zip(columns, cells, strict=True)
    return all(profile.log_likelihood(cell.strip("\"'")) > LIKELY for profile, cell in pairs)


def _readings(line: str, dialect: Dialect, width: int) -> Iterator[tuple[list[str], Dialect, float]]:
    """Yield ways to cut a line: as it is, without escapes, with one quote as a letter, by another delimiter."""
    yield split(line, dialect).cells, dialect, 0.0
    if dialect.quote in line:
        plain = dialect._replace(escape="")
        yield split(line, plain).cells, plain, 0.5
        for number in range(min(width, MAX_WIDTH, line.count(dialect.delimiter) + 1)):
            yield split(line, dialect, number).cells, dialect, 0.5
        yield split(line, dialect._replace(quote="")).cells, dialect, 3.0
    for delimiter in ",;\t| ":
        if delimiter != dialect.delimiter and delimiter in line:
            other = dialect._replace(delimiter=delimiter)
            yield split(line, other).cells, other, 2.0


def align(cells: Sequence[str], columns: Sequence[Profile], joiner: str) -> tuple[float, list[str] | None]:
    """Put cells into columns by dynamic programming; log-likelihood less the cost of each change, and the row."""
    joiner = joiner if joiner == " " else f"{joiner} " if joiner in ",;" else joiner
    most = max(2, len(cells) - len(columns) + 2)
    best: list[dict[int, tuple[float, tuple[str, ...]]]] = [{} for _ in range(len(columns) + 1)]
    best[0][0] = (0.0, ())

    def offer(column: int, used: int, score: float, row: tuple[str, ...]) -> None:
        if used not in best[column] or score > best[column][used][0]:
            best[column][used] = score, row

    for column in range(len(columns) + 1):
        for used in range(len(cells) + 1):
            if used not in best[column]:
                continue
            score, row = best[column][used]
            if used < len(cells) and not cells[used]:
                offer(column, used + 1, score - COST["drop"], row)
            if column == len(columns):
                continue
            profile = columns[column]
            offer(column + 1, used, score + profile.log_likelihood("") - COST["empty"], (*row, ""))
            for count in range(1, min(most, len(cells) - used) + 1):
                cell = joiner.join(cells[used : used + count])
                cost = COST["join"] + 0.3 * count if count > 1 else 0.0
                offer(column + 1, used + count, score + profile.log_likelihood(cell.strip("\"'")) - cost, (*row, cell))
            if used < len(cells) and column + 2 <= len(columns) and len(cells) < len(columns):
                gain, pair = _cut(cells[used], profile, columns[column + 1])
                if pair:
                    offer(column + 2, used + 1, score + gain - COST["cut"], (*row, *pair))
    score, whole = best[-1].get(len(cells), (-math.inf, ()))
    return (score, list(whole)) if len(whole) == len(columns) else (-math.inf, None)


def _may_cut(cell: str, at: int, left: Profile) -> bool:
    """Return whether a cell may be cut here: never within a word, within digits only if the left's shape is known."""
    before, after = cell[at - 1], cell[at]
    if before.isdigit() and after.isdigit():
        own = shape(cell[:at])
        return not cell[:at].isdigit() and left.shapes[own] > 0
    return not (before.isalpha() and after.isalpha())


def _cut(cell: str, left: Profile, right: Profile) -> tuple[float, tuple[str, ...]]:
    """Return the best two cells that one is made of."""
    best: tuple[float, tuple[str, ...]] = (-math.inf, ())
    if len(cell) > MAX_CUT:
        return best
    for at in range(1, len(cell)):
        first, second = cell[:at].rstrip("\"' "), cell[at:].lstrip("\"' ")
        if not first or not second or not _may_cut(cell, at, left):
            continue
        score = left.log_likelihood(first) + right.log_likelihood(second)
        if score > best[0]:
            best = score, (first, second)
    return best
