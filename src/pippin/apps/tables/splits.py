"""Examples in three parts: by label, by what belongs together, or by time."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pippin.core.data import Example, split_by_group

BINS = 10  # of a numeric target, each as frequent in every part
TEST, VAL = 0.2, 0.1  # shares
Parts = tuple[tuple[Example, ...], tuple[Example, ...], tuple[Example, ...]]


def ungroup_repeats(examples: Sequence[Example]) -> tuple[list[Example], str]:
    """Separate equal rows where most rows repeat: they are different cases then, and no copies."""
    counts = Counter(example.group for example in examples)
    repeated = sum(count for count in counts.values() if count > 1)
    if repeated <= 0.5 * len(examples):
        return list(examples), ""
    seen: Counter[str] = Counter()
    apart = []
    for example in examples:
        seen[example.group] += 1
        own = hashlib.sha256(f"{example.group} {seen[example.group]}".encode()).hexdigest()
        apart.append(replace(example, key=own, group=own))
    share = repeated / len(examples)
    return apart, f"{share:.0%} of the rows are like others: each counts as a case of its own, also in the test part."


def separate_groups(examples: Sequence[Example]) -> list[Example]:
    """Separate equal rows of different groups: they are different cases, and each may be scored on."""
    groups: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        groups[example.key].add(example.group)
    return [
        replace(example, key=hashlib.sha256(f"{example.group} {example.key}".encode()).hexdigest())
        if len(groups[example.key]) > 1
        else example
        for example in examples
    ]


def split(examples: Sequence[Example]) -> Parts:
    """Split into parts of equal shares of each label, or of each tenth of a numeric target; no group in two."""
    if not examples or not isinstance(examples[0].answer, float):
        return split_by_group(examples)
    order = sorted(examples, key=lambda example: (example.answer, example.key))
    own = {id(example): index * BINS // len(order) for index, example in enumerate(order)}
    bins = {id(example): replace(example, answer=own[id(example)]) for example in examples}
    back = {id(binned): example for example in examples if (binned := bins[id(example)])}
    parts = split_by_group(list(bins.values()))
    train, val, test = (tuple(back[id(binned)] for binned in part) for part in parts)
    return train, val, test


def split_by_time(examples: Sequence[Example], moments: Sequence[float]) -> Parts:
    """Split by time: the last fifth to test, the part before it to choose by, the rest to learn; no moment in two."""
    order = sorted(zip(moments, range(len(examples)), strict=True))
    starts = [_boundary(order, round(share * len(order))) for share in (1 - TEST - VAL, 1 - TEST)]
    own = [examples[index] for _, index in order]
    return tuple(own[: starts[0]]), tuple(own[starts[0] : starts[1]]), tuple(own[starts[1] :])


def _boundary(order: Sequence[tuple[float, int]], position: int) -> int:
    """Return the first index from `place` on where a later moment begins."""
    while 0 < position < len(order) and order[position][0] == order[position - 1][0]:
        position += 1
    return position
