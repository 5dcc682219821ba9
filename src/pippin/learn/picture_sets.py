"""Sets of pictures whose parts share nothing: near-copies stay together, official parts lose what repeats others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Dataset, Example, split_by_group
from pippin.learn import duplicates

# The names under which data sets keep their official parts.
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")


def grouped(examples: Sequence[Example], thumbnails: Sequence[NDArray[np.uint8]]) -> list[Example]:
    """The examples, each with the smallest key among its near-duplicates as its group."""
    if not examples:
        return []
    cluster = duplicates.clusters(np.stack(thumbnails))
    smallest: dict[int, str] = {}
    for number, example in zip(cluster, examples, strict=True):
        smallest[number] = min(example.key, smallest.get(number, example.key))
    return [replace(example, group=smallest[number]) for number, example in zip(cluster, examples, strict=True)]


def official(examples: Sequence[Example], parts: Sequence[str]) -> Dataset:
    """The parts as they came, less what repeats a picture of a part that is scored on.

    Without a part `test`, `val` is scored on; without (another) `val`, a tenth of `train` is set apart as
    such, where answers have several pictures.
    """
    by_part: dict[str, list[Example]] = defaultdict(list)
    for example, part in zip(examples, parts, strict=True):
        by_part[part].append(example)
    if not by_part["test"]:
        by_part["test"], by_part["val"] = by_part["val"], []
    train, few = _without(by_part["train"], by_part["test"], "train", "test")
    val, fewer = _without(by_part["val"], [*by_part["test"], *train], "val", "train or test")
    if not val:
        train, val = map(list, split_by_group(train, test=0)[:2])
    return Dataset("", tuple(train), tuple(val), tuple(by_part["test"]), official=True, notes=(*few, *fewer))


def _without(
    examples: Iterable[Example], others: Iterable[Example], name: str, where: str
) -> tuple[list[Example], list[str]]:
    """The examples that have no near-duplicate among `others`, and a note on the rest."""
    examples, taken = list(examples), {example.group for example in others}
    kept = [example for example in examples if example.group not in taken]
    left_out = len(examples) - len(kept)
    note = f"{left_out} pictures of {name} are (nearly) the same as one of {where}: left out of {name}."
    return kept, [note] if left_out else []
