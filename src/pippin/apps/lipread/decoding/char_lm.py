"""A language model of characters: counts of what followed what, backed off to shorter contexts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from pippin.apps.lipread.decoding.alphabet import CHARACTERS

Array = np.ndarray
ORDER = 6  # characters, the last included
END = "\n"
SYMBOLS = CHARACTERS + END


class CharacterNgram:
    """Witten and Bell's interpolation (1991) of n-grams up to `ORDER`; no character is ever impossible."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self.counts = counts
        self._logs = lru_cache(maxsize=4096)(self._computed)

    @classmethod
    def fit(cls, sentences: Sequence[str]) -> CharacterNgram:
        """Learn from sentences."""
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            said = END + sentence + END
            for index in range(1, len(said)):
                for length in range(min(ORDER, index + 1)):
                    counts[said[index - length : index]][said[index]] += 1
        return cls(counts)

    def logs(self, before: str) -> Array:
        """Return log probabilities of the next character [29], the end of the sentence last."""
        said = END + before
        return self._logs(said[-(ORDER - 1) :])

    def _computed(self, context: str) -> Array:
        shares = np.full(len(SYMBOLS), 1 / len(SYMBOLS))
        for length in range(len(context) + 1):
            followed = self.counts.get(context[len(context) - length :])
            if not followed:
                break
            seen = np.array([followed.get(symbol, 0) for symbol in SYMBOLS], float)
            kinds = len(followed)
            shares = (seen + kinds * shares) / (seen.sum() + kinds)
        return np.log(shares)
