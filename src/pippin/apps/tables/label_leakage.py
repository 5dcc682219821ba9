"""What a column tells of the label: whether it is the label under other names, or gives it away alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pippin.apps.tables.column_types import ColumnType, Value, as_text, infer_type
from pippin.apps.tables.number_text import parse_number

MIN_ALONE = 0.98  # accuracy of a single column from which it is told
MIN_ALONE_ID = 0.9  # the same for a column that names the rows
MIN_GAIN = 0.5  # share of the errors of the commonest label that a single column must avoid
MIN_FIT = 0.9999  # correlation with a numeric target from which a single column is told


def kind_of(values: Sequence[Value]) -> str:
    """Return the kind of a column: "number", "category", "date", "text", "id" or "empty"."""
    return infer_type(values).kind


def tells(values: Sequence[Value], labels: Sequence[str]) -> bool:
    """Return whether a column renames the label: each value goes with one label and each label with one value."""
    pairs = Counter((value, label) for value, label in zip(values, labels, strict=True) if value is not None)
    if sum(pairs.values()) < 0.9 * len(labels):
        return False
    often = [pair for pair, count in pairs.items() if count > 1] or list(pairs)
    seen = sum(pairs[pair] for pair in often)
    alone = len({value for value, _ in often}) == len(often) == len({label for _, label in often})
    return alone and len(often) == len(set(labels)) and seen >= 0.99 * sum(pairs.values())


def accuracy_alone(values: Sequence[Value], labels: Sequence[str], found: ColumnType) -> float:
    """Return how often a row's label is that of its likes by this column alone, the row itself left out.

    Likes are rows of the same value, or of the nearest smaller and larger number.
    """
    if found.kind in ("number", "id") and (numbers := _numbers(values, found)):
        return _among_neighbours(numbers, labels)
    by_value: dict[Value, Counter[str]] = defaultdict(Counter)
    for value, label in zip(values, labels, strict=True):
        by_value[None if value is None else as_text(value)][label] += 1
    return sum(map(_told_by_likes, by_value.values())) / len(labels)


def _told_by_likes(counts: Counter[str]) -> int:
    """Return how many rows of one value have a label that most of the others of this value have."""
    (label, most), *others = counts.most_common(2)
    return counts[label] if most > 1 and (not others or most - 1 > others[0][1]) else 0


def _among_neighbours(numbers: Sequence[float], labels: Sequence[str]) -> float:
    """Return the share of rows whose label is that of others of the same number, or of the numbers on both sides."""
    by_number: dict[float, Counter[str]] = defaultdict(Counter)
    for number, label in zip(numbers, labels, strict=True):
        by_number[number][label] += 1
    order = [by_number[number] for number in sorted(by_number)]
    usual = [counts.most_common(1)[0][0] for counts in order]
    right = 0
    for counts, before, own, after in zip(order, usual[:1] + usual[:-1], usual, usual[1:] + usual[-1:], strict=True):
        right += _told_by_likes(counts) if counts.total() > 1 else before == own == after
    return right / len(labels)


def _numbers(values: Sequence[Value], found: ColumnType) -> list[float]:
    """Return the column as numbers, or [] where some are none."""
    read = [parse_number(as_text(value), found.form or ".") if value is not None else None for value in values]
    return [number for number in read if number is not None] if None not in read else []


def gives_away(values: Sequence[Value], labels: Sequence[str], found: ColumnType) -> bool:
    """Return whether a column alone tells the label (nearly) always, far better than the commonest label does."""
    if len(labels) < 20 or found.kind not in ("number", "id", "category"):
        return False
    commonest = Counter(labels).most_common(1)[0][1] / len(labels)
    least = max(MIN_ALONE_ID if found.kind == "id" else MIN_ALONE, 1 - MIN_GAIN * (1 - commonest))
    return accuracy_alone(values, labels, found) >= least


def follows(values: Sequence[Value], targets: Sequence[float], found: ColumnType) -> bool:
    """Return whether a column of numbers is a numeric target in another unit: (nearly) a line, or in the same order.

    The order counts too, since a logarithm or a square tells the number as well as a line does.
    """
    numbers = _numbers(values, found) if found.kind in ("number", "id") else []
    if len(numbers) < 20 or len(set(numbers)) < 3:
        return False
    return _correlates(numbers, targets) or _correlates(_ranks(numbers), _ranks(targets))


def _correlates(x: Sequence[float], y: Sequence[float]) -> bool:
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    xy = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    xx, yy = sum((a - mean_x) ** 2 for a in x), sum((b - mean_y) ** 2 for b in y)
    return bool(xx and yy) and xy * xy >= MIN_FIT * xx * yy


def _ranks(numbers: Sequence[float]) -> list[float]:
    """Return the mean rank of each number among all, equal ones sharing theirs."""
    counts, below = Counter(numbers), 0.0
    places = {}
    for one in sorted(counts):
        places[one] = below + counts[one] / 2
        below += counts[one]
    return [places[one] for one in numbers]
