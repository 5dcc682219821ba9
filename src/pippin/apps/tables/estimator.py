"""An estimator of the user's own on the encoded columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import values
from pippin.apps.tables.model import batches
from pippin.apps.tables.row_encoder import Encoder
from pippin.core.data import Example
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import SavedState
from pippin.learn.sklearn_estimator import Array, SklearnEstimator


class RowEstimator(SklearnEstimator):
    """Rows are the columns as linear models get them: standardised numbers, counted categories and words."""

    def __init__(self, config: TablesConfig, reference: str) -> None:
        super().__init__(reference)
        self.encoder = Encoder()

    def fit_rows(self, examples: Sequence[Example], run: Run) -> tuple[Array, list[Any]]:
        """Return the encoded rows and their answers; how columns are encoded is learned from these rows alone."""
        rows = [values(example.input) for example in examples]
        self.encoder = Encoder.fit(rows)
        return self.encoder.dense(rows), [example.answer for example in examples]

    def rows(self, inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
        """Yield the encoded rows that can be used, and for each row its problem, if any."""
        for rows, problems in batches(inputs):
            encoded = self.encoder.dense(rows) if rows else np.zeros((0, 0), np.float32)
            yield encoded, [problem or None for problem in problems]

    def save(self) -> SavedState:
        """Return the training rows and the encoding of the columns."""
        saved = super().save()
        return SavedState(saved.tensors, {**saved.config, "columns": self.encoder.facts})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        self.encoder = Encoder(saved.config["columns"])
        super().load(saved)
