"""Mouth movements that are none of the phrases a user teaches: single words of the clips a reader learned from.

How near they come to the taught phrases tells how near is near enough (a background model, as speaker verification has:
Reynolds et al. 2000). Only what the network makes of them is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pippin.apps.lipread.corrections import shape
from pippin.apps.lipread.decoding.decoder import NetworkOutputs
from pippin.apps.lipread.training_clips import TrainingClip

Array = np.ndarray
EACH, MAX_WORDS = 3, 60  # clips of a word, and words
AROUND = 4  # frames beside a word that is cut out


def background(lessons: Sequence[TrainingClip], known: Callable[[Array], NetworkOutputs]) -> dict[str, Array]:
    """Return shapes [n,D] by word, of the words whose times are known, those said most often first."""
    cuts: dict[str, list[Array]] = defaultdict(list)
    for lesson in lessons:
        for begin, end, word in lesson.spans:
            cuts[word].append(lesson.frames[max(0, begin - AROUND) : end + AROUND])
    words = sorted(cuts, key=lambda word: (-len(cuts[word]), word))[:MAX_WORDS]
    return {word: np.stack([shape(known(cut)) for cut in cuts[word][:EACH]]).astype(np.float16) for word in words}


def without(bank: Mapping[str, Array], phrases: Sequence[str]) -> Array | None:
    """Return the shapes [N,D] of words that are not among the phrases; None where there is no bank."""
    kept = [shapes for word, shapes in bank.items() if word not in phrases]
    return np.concatenate(kept).astype(np.float32) if kept else None
