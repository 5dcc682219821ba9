"""Folds for cross-validation: every label in each fold alike, no group torn, in any order of the rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.learn.targets import Target

Array = NDArray[Any]


class Answers(NamedTuple):
    """Encoded targets [N] with their folds [N] and the groups [N] that these keep together."""

    truth: Array
    target: Target
    folds: Array
    groups: Array | None = None


def assign_folds(truth: Array, target: Target, count: int, groups: Array | None = None) -> NDArray[np.int64]:
    """Return the fold (0 to `count` - 1) of each encoded target [N]; rows of a label take turns, as do numbers.

    Rows of one of `groups` [N] stay together: then groups take turns, by the label of their first row.
    """
    if has_groups(groups):
        _, first, group = np.unique(np.asarray(groups), return_index=True, return_inverse=True)
        order = np.argsort(first)
        turns = np.zeros(len(first), np.int64)
        turns[order] = assign_folds(truth[first[order]], target, count)
        return turns[group]
    if target.is_number:
        return np.arange(len(truth), dtype=np.int64) % count
    folds, start = np.zeros(len(truth), np.int64), 0
    for label in range(target.width):
        rows = np.flatnonzero(truth == label)
        folds[rows] = (np.arange(len(rows)) + start) % count
        start += len(rows)
    return folds


def has_groups(groups: Array | None) -> bool:
    """Return whether any two rows belong to one group, and not all do."""
    return groups is not None and 1 < len(np.unique(groups)) < len(groups)


def hold_out(truth: Array, target: Target, groups: Array | None = None, share: int = 4) -> Array:
    """Return positions of one fold of `share`; rows whose label no other fold holds stay out of it."""
    held = assign_folds(truth, target, share, groups) == 0
    if not target.is_number:
        held &= np.isin(truth, truth[~held])
    return np.flatnonzero(held)
