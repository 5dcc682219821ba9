"""The most frequent answer, for every word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from miniature.config import MiniatureConfig
from pippin.core.data import Dataset
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState


class MostFrequent:
    """Learns one word: the commonest answer."""

    def __init__(self, config: MiniatureConfig) -> None:
        self.answer = ""

    def fit(self, data: Dataset, run: Run) -> None:
        """Count the answers."""
        counts = Counter(str(example.answer) for example in data.train)
        self.answer = max(sorted(counts), key=counts.__getitem__)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Say it."""
        return (Prediction(self.answer) for _ in inputs)

    def save(self) -> SavedState:
        """The one word."""
        return SavedState(config={"answer": self.answer})

    def load(self, saved: SavedState) -> None:
        """The one word again."""
        self.answer = saved.config["answer"]
