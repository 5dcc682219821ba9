"""Features ticked by a person: what they tell apart, one image left out at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError

MAX_FEATURES, MAX_LETTERS = 10, 30
UNSURE = ""  # where two labels are equally near
LEVEL = 1e-9  # distances that differ by less are equal
_WORD = re.compile(rf"[^\W_][\w-]{{0,{MAX_LETTERS - 1}}}")
Ticks = Mapping[str, frozenset[str]]


def read_ticks(text: str, images: Sequence[str]) -> tuple[Ticks, list[str]]:
    """Return the ticks of each image and all features in order, from "apple 1: round red, banana 1:"; every image once.

    PippinError names what is not among the images, missing, said twice, or no word.
    """
    found: dict[str, frozenset[str]] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, colon, words = part.partition(":")
        name = " ".join(name.split())
        if not colon or name not in images:
            raise PippinError(f"{part[:60]!r} names none of the images: {', '.join(images)}.", input=part[:60])
        if name in found:
            raise PippinError(f"{name} is ticked twice; name each image once.", input=name)
        found[name] = frozenset(map(_read_word, words.split()))
    if missing := [name for name in images if name not in found]:
        raise PippinError(
            f"{missing[0]} is missing; write {missing[0] + ':'!r} where nothing is to be ticked.", input=missing[0]
        )
    features = sorted({word for words in found.values() for word in words})
    if not 1 <= len(features) <= MAX_FEATURES:
        raise PippinError(f"Tick 1 to {MAX_FEATURES} features, not {len(features)}.", input=text[:60])
    return found, features


def _read_word(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise PippinError(
            f"{word[:40]!r} is no feature; a feature is one word of at most {MAX_LETTERS} letters, as red.",
            input=word[:40],
        )
    return word.lower()


def name_by_ticks(rows_NF: NDArray[np.float64], labels: Sequence[str]) -> list[str]:
    """Return the label of each image whose other images' mean ticks are nearest; UNSURE where two are equally near."""
    return [_nearest(rows_NF, labels, place) for place in range(len(labels))]


def _nearest(rows_NF: NDArray[np.float64], labels: Sequence[str], left_out: int) -> str:
    distances = {}
    for label in sorted(set(labels)):
        own = [place for place, one in enumerate(labels) if one == label and place != left_out]
        distances[label] = float(((rows_NF[own].mean(axis=0) - rows_NF[left_out]) ** 2).sum()) if own else np.inf
    best = min(distances.values())
    near = [label for label, distance in distances.items() if distance <= best + LEVEL]
    return near[0] if len(near) == 1 else UNSURE
