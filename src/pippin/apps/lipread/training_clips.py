"""A clip to learn from: the mouth, the sentence, and when each word of it was spoken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pippin.apps.lipread.video.frames import RATE

Array = np.ndarray
MAX_WORDS = 500  # different ones, for a network to learn them as such
Spans = tuple[tuple[int, int, str], ...]  # (first frame, frame after the last, word)


@dataclass(frozen=True)
class TrainingClip:
    """A mouth uint8 [T,40,64], what it says, and when it says each word (empty where unknown)."""

    frames: Array
    sentence: str
    spans: Spans = ()

    @classmethod
    def of(cls, frames: Array, sentence: str, words: Sequence[tuple[float, float, str]]) -> TrainingClip:
        """Make a clip from times in seconds; words that end after the frames do are dropped."""
        spans = tuple((round(begin * RATE), min(round(end * RATE), len(frames)), word) for begin, end, word in words)
        whole = bool(spans) and all(begin < end for begin, end, _ in spans)
        return cls(frames, sentence, spans if whole else ())


def vocabulary(lessons: Sequence[TrainingClip]) -> list[str]:
    """Return the words whose times are known, silence ("") first; none where there are too many."""
    words = sorted({word for lesson in lessons for *_, word in lesson.spans})
    return ["", *words] if words and len(words) <= MAX_WORDS else []
