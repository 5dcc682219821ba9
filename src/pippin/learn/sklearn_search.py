"""Learners of scikit-learn, tuned by cross-validation within a stated budget, and kept without pickle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import missing_extra
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState

Array = NDArray[np.float32]

MAX_TO_CHOOSE_BY = 1500  # examples in the cross-validation: the stated budget of tuning, with the few candidates
FOLDS = 3


class TunedEstimator:
    """The settings of least error in three-fold cross-validation; for rows [N,D] in the order of `data.spread`.

    It is saved as what it learned from, and learns again when loaded: scikit-learn's own way to save is pickle, which
    can run code.
    """

    candidates: Sequence[Mapping[str, Any]]

    def __init__(self) -> None:
        self.labels: list[str] = []
        self.rows: Array = np.zeros((0, 0), np.float32)
        self.classes: NDArray[np.int64] = np.zeros(0, np.int64)
        self.chosen: dict[str, Any] = {}
        self.seed = 0
        self._model: Any = None

    def build(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """Return an unfitted scikit-learn estimator for such rows."""
        raise NotImplementedError

    def prepared(self, rows: Array) -> Array:
        """Return rows to learn from as the estimator takes them; what is learned about them is kept for `same`."""
        return rows

    def same(self, rows: Array) -> Array:
        """Return rows to answer, prepared as those it learned from were."""
        return rows

    def learn(self, rows: Array, labels: Sequence[str], run: Run) -> None:
        """Choose the settings, unless the run is to stop, and learn with them."""
        self.labels, self.seed = sorted(set(labels)), run.seed
        self.rows, self.classes = rows, np.array([self.labels.index(label) for label in labels])
        self.chosen = dict(self.candidates[0])
        if len(self.labels) > 1 and min(np.bincount(self.classes)) >= FOLDS and not run.should_stop:
            self.chosen = self._choose(run)
        self._learn()
        run.log(**self.chosen)

    def _choose(self, run: Run) -> dict[str, Any]:
        try:
            from sklearn.model_selection import StratifiedKFold, cross_val_score
        except ImportError as problem:
            raise missing_extra("scikit-learn", "train", "This classical method") from problem
        few = slice(MAX_TO_CHOOSE_BY)  # a balanced part, since the examples are spread over the labels
        rows, folds = self.prepared(self.rows[few]), StratifiedKFold(FOLDS, shuffle=True, random_state=run.seed)
        scores = [
            float(cross_val_score(self.build(one, rows), rows, self.classes[few], cv=folds, n_jobs=1).mean())
            for one in self.candidates
        ]
        return dict(self.candidates[int(np.argmax(scores))])

    def _learn(self) -> None:
        rows = self.prepared(self.rows)
        self._model = self.build(self.chosen, rows).fit(rows, self.classes) if len(self.labels) > 1 else None

    def answers(self, rows: Array) -> list[Prediction]:
        """Return the label of each row [N,D], the others as alternatives."""
        if not len(rows):
            return []
        return [Prediction.from_probabilities(self.labels, shares) for shares in self._shares(rows)]

    def _shares(self, rows: Array) -> NDArray[Any]:
        return np.ones((len(rows), 1)) if self._model is None else self.shares(self.same(rows))

    def shares(self, rows: Array) -> NDArray[Any]:
        """Return probabilities [N, K] of the classes for rows prepared."""
        return np.asarray(self._model.predict_proba(rows))

    def save(self) -> SavedState:
        """Return the rows [N,D] and classes it learned from, the settings chosen, the seed."""
        facts = {"labels": self.labels, "chosen": self.chosen, "seed": self.seed}
        return SavedState({"rows": self.rows.astype(np.float32), "classes": self.classes}, facts)

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved, by learning again from the same with the same seed."""
        self.labels, self.seed = list(saved.config["labels"]), int(saved.config["seed"])
        self.chosen = dict(saved.config["chosen"])
        self.rows, self.classes = saved.tensors["rows"], saved.tensors["classes"]
        self._learn()
