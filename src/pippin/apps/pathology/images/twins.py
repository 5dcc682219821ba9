"""Which images must stay in one part: near-duplicates, and those of one patient.

Two images are twins where `learn.vision.near_duplicates` says so, or where their grey levels at 28 x 28 pixels
correlate above 0.99: the limit at which a visitor to BreastMNIST finds 22 of its 78 validation images in its
training part, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.core.data import Example
from pippin.learn.vision import near_duplicates

SIDE = 28
MIN_CORRELATION = 0.99
_FLAT = 2.0  # levels of standard deviation below which an image is too plain to be told from others
_BLOCK = 1000


class Signatures:
    """What twins are found by, gathered image by image: thumbnails and grey levels."""

    def __init__(self) -> None:
        self._thumbnails: list[NDArray[np.uint8]] = []
        self._grey: list[NDArray[np.float32]] = []

    def add(self, image: PilImage.Image) -> None:
        """Take in an RGB image."""
        self._thumbnails.append(near_duplicates.thumbnail(image))
        small = image.convert("L").resize((SIDE, SIDE), PilImage.Resampling.BILINEAR, reducing_gap=3.0)
        self._grey.append(np.asarray(small, np.float32).ravel())

    def pairs(self) -> NDArray[np.int64]:
        """Return pairs [P,2] of twins, the smaller index first."""
        if not self._grey:
            return np.zeros((0, 2), np.int64)
        near = near_duplicates.near_pairs(np.stack(self._thumbnails))
        return np.unique(np.concatenate([near, _correlated(np.stack(self._grey))]), axis=0)


def _correlated(grey_ND: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return pairs [P,2] of rows that correlate above the limit."""
    centred = grey_ND - grey_ND.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    rows = np.where(length > _FLAT * SIDE, centred / np.maximum(length, 1e-6), 0)
    found = [np.zeros((0, 2), np.int64)]
    for start in range(0, len(rows), _BLOCK):
        first, second = np.nonzero(rows[start : start + _BLOCK] @ rows.T > MIN_CORRELATION)
        pairs = np.stack([first + start, second], axis=1)
        found.append(pairs[pairs[:, 0] < pairs[:, 1]])
    return np.concatenate(found)


def group_examples(
    examples: Sequence[Example], pairs: NDArray[np.int64], patients: Sequence[str]
) -> tuple[Example, ...]:
    """Return the examples, each with the smallest key among its twins and its patient's images as its group.

    No name of a patient becomes part of it.
    """
    owner = _components(len(examples), pairs, patients)
    smallest: dict[int, str] = {}
    for number, example in zip(owner, examples, strict=True):
        smallest[number] = min(example.key, smallest.get(number, example.key))
    return tuple(replace(e, group=smallest[number]) for number, e in zip(owner, examples, strict=True))


def _components(count: int, pairs: NDArray[np.int64], patients: Sequence[str]) -> list[int]:
    """Return a number for each example, the same for those that hang together by pairs or patients."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    members: dict[str, list[int]] = defaultdict(list)
    for index, patient in enumerate(patients):
        if patient:
            members[patient].append(index)
    links = [(group[0], other) for group in members.values() for other in group[1:]]
    for first, second in (*pairs.tolist(), *links):
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    return [root(index) for index in range(count)]


def describe_twins(examples: Sequence[Example], pairs: NDArray[np.int64]) -> list[str]:
    """Return what a user should know of twins: how many images have one, and which have different labels."""
    if not len(pairs):
        return []
    number = len(np.unique(pairs))
    first, second = (examples[index].input.name for index in pairs[0])
    notes = [
        f"{number} of {len(examples)} images have a twin (nearly the same image), such as {first} and {second}: twins "
        "stay in one part, so that none is learned from and scored on."
    ]
    torn = [(a, b) for a, b in pairs.tolist() if examples[a].answer != examples[b].answer]
    if torn:
        one, other = (examples[index] for index in torn[0])
        notes.append(
            f"{len(torn)} pairs of twins have different labels, such as {one.input.name} ({one.answer}) and "
            f"{other.input.name} ({other.answer}): check them."
        )
    return notes
