"""Sets of images whose parts share nothing: near-copies stay together, official parts lose what repeats others."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Dataset, Example, split_by_group
from pippin.learn.vision import near_duplicates

# The names under which data sets keep their official parts.
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")

# Words of a part's name that say nothing: Training Set, train_images, seg_test.
_FILLERS = frozenset(
    [
        "set",
        "data",
        "dataset",
        "images",
        "image",
        "imgs",
        "img",
        "pictures",
        "photos",
        "files",
        "split",
        "part",
        "samples",
        "seg",
        "full",
    ]
)


def part_of(name: str) -> str:
    """Return the part ("train", "val" or "test") that a folder, file or column's value names, in any wording, or ""."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = [word for word in re.findall(r"[^\W\d_]+", spaced.casefold()) if word not in _FILLERS]
    if len(words) != 1:
        return ""
    return PARTS.get(words[0], "") or PARTS.get(words[0].removesuffix("set").removesuffix("data"), "")


def grouped(
    examples: Sequence[Example], thumbnails: Sequence[NDArray[np.uint8]], groups: Sequence[str] = ()
) -> list[Example]:
    """Return the examples, each with the smallest key among its near-duplicates as its group.

    `groups` are further names of what belongs together ("": nothing): near-duplicates of two of them join them.
    """
    if not examples:
        return []
    members = near_duplicates.clusters(np.stack(thumbnails))
    names = [example.key for example in examples]
    if any(groups):
        names = [_group_key(group) if group else key for group, key in zip(groups, names, strict=True)]
        members = _joined(members, groups)
    smallest: dict[int, str] = {}
    for number, name in zip(members, names, strict=True):
        smallest[number] = min(name, smallest.get(number, name))
    return [
        replace(
            example, group=smallest[number], extra_groups=(name,) if name not in (example.key, smallest[number]) else ()
        )
        for number, name, example in zip(members, names, examples, strict=True)
    ]


def _group_key(group: str) -> str:
    """Return an identity for a group that means the same in any data set."""
    return hashlib.sha256(f"group {group}".encode("utf-8", "surrogateescape")).hexdigest()


def _joined(clusters: NDArray[np.int64], groups: Sequence[str]) -> NDArray[np.int64]:
    """Return numbers of the components in which clusters and named groups hang together."""
    owner: dict[str, int] = {}
    parent = clusters.copy()

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = int(parent[parent[index]])
        return index

    for index, group in enumerate(groups):
        if group:
            low, high = sorted((root(index), root(owner.setdefault(group, index))))
            parent[high] = low
    return np.array([root(index) for index in range(len(parent))], dtype=np.int64)


def official(examples: Sequence[Example], parts: Sequence[str]) -> Dataset:
    """Return the parts as they came, less what repeats an image of a part that is scored on.

    Without a part `test`, `val` is scored on; without (another) `val`, a tenth of `train` is set apart as
    such, where answers have several images.
    """
    by_part: dict[str, list[Example]] = defaultdict(list)
    for example, part in zip(examples, parts, strict=True):
        by_part[part].append(example)
    if not by_part["test"]:
        by_part["test"], by_part["val"] = by_part["val"], []
    train, few, repeats = _without(by_part["train"], by_part["test"], "train", "test")
    val, fewer, more = _without(by_part["val"], [*by_part["test"], *train], "val", "train or test")
    if not val:
        train, val = map(list, split_by_group(train, test=0)[:2])
    parts_left = tuple(train), tuple(val), tuple(by_part["test"])
    return Dataset("", *parts_left, predefined_split=True, notes=(*few, *fewer), repeats=(*repeats, *more))


def _without(
    examples: Iterable[Example], others: Iterable[Example], name: str, where: str
) -> tuple[list[Example], list[str], list[tuple[str, Example]]]:
    """Return the examples that have no near-duplicate among `others`, a note on the rest, and these with their part."""
    examples, others = list(examples), list(others)
    taken = {example.group for example in others}
    kept = [example for example in examples if example.group not in taken]
    repeats = [(name, example) for example in examples if example.group in taken]
    keys = {example.key for example in (*examples, *others)}
    grouped = "" if taken <= keys else ", or of one group with it"
    note = f"{len(repeats)} images of {name} are (nearly) the same as one of {where}{grouped}: left out of {name}."
    return kept, [note] if repeats else [], repeats
