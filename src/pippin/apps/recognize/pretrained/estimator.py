"""An estimator of the user's own on the pretrained network's features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.pretrained.embedding import embed
from pippin.apps.recognize.pretrained.feature_cache import Features, see
from pippin.core.data import Example
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.learn.sklearn_estimator import Array, SklearnEstimator

_BATCH = 256


class FeatureEstimator(SklearnEstimator):
    """Rows are the points of the few-example head, float32 [1536] (`embedding.embed`)."""

    def __init__(self, config: RecognizeConfig, reference: str) -> None:
        super().__init__(reference)

    def fit_rows(self, examples: Sequence[Example], run: Run) -> tuple[Array, list[Any]]:
        """Return the features and labels of the images that open."""
        batches = list(self.rows(example.input for example in examples))
        problems = [problem for _, batch in batches for problem in batch]
        answers = [example.answer for example, problem in zip(examples, problems, strict=True) if not problem]
        return (np.concatenate([rows for rows, _ in batches if len(rows)]) if answers else self.encoded), answers

    def rows(self, inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
        """Yield the features of the images that open, and for each image its problem, if any."""
        seen = see(inputs)
        while batch := list(islice(seen, _BATCH)):
            features = [found.features for found in batch if isinstance(found, Features)]
            rows = embed(np.stack(features)) if features else np.zeros((0, 0), np.float32)
            yield rows, [None if isinstance(found, Features) else found.message for found in batch]
