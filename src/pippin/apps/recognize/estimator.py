"""An estimator of the user's own on the pretrained network's features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from pippin.apps.recognize.features import Seen, see
from pippin.core.data import Example
from pippin.core.kinds import Input
from pippin.core.run import Run
from pippin.learn.sklearn_estimator import Array, SklearnEstimator

_BATCH = 256


class FeatureEstimator(SklearnEstimator):
    """Rows are square roots of the network's features scaled to length 1, float32 [1280]: no strong one dominates."""

    def fit_rows(self, examples: Sequence[Example], run: Run) -> tuple[Array, list[Any]]:
        """The features and labels of the images that open."""
        batches = list(self.rows(example.input for example in examples))
        problems = [problem for _, batch in batches for problem in batch]
        answers = [example.answer for example, problem in zip(examples, problems, strict=True) if not problem]
        return (np.concatenate([rows for rows, _ in batches if len(rows)]) if answers else self.encoded), answers

    def rows(self, inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
        """The features of the images that open, and for each image its problem, if any."""
        seen = see(inputs)
        while batch := list(islice(seen, _BATCH)):
            features = [found.features for found in batch if isinstance(found, Seen)]
            roots = np.sqrt(np.maximum(np.stack(features), 0)) if features else np.zeros((0, 1), np.float32)
            rows = roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), np.float32(1e-12))
            yield rows, [None if isinstance(found, Seen) else found.message for found in batch]
