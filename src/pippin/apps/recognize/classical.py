"""Classical learners on hand-made features, each tuned: support vectors, random forest, boosted trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.baseline import learned_from
from pippin.apps.recognize.describe import richly_described
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError, missing_extra
from pippin.core.kinds import Input
from pippin.core.learner import Prediction, Saved
from pippin.core.run import Run

Array = NDArray[np.float32]

MOST_TO_CHOOSE_BY = 1500  # examples in the cross-validation: the stated budget of tuning, with the few candidates
FOLDS = 3
COMPONENTS = 256
MOST_ALTERNATIVES = 50
_SOFTENING = 0.05  # as in the quick baseline: what hardly varies must not outweigh all


class Classical:
    """A learner of scikit-learn on edges, colours and textures; follows core.learner's Learner.

    The settings of least error in three-fold cross-validation are taken. It is saved as what it learned from, and
    learns again when loaded: scikit-learn's own way to save is pickle, which can run code.
    """

    candidates: Sequence[Mapping[str, Any]]
    projected = True  # onto the leading principal components, which costs little accuracy and saves much time

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.labels: list[str] = []
        self.rows: Array = np.zeros((0, 0), np.float32)
        self.classes: NDArray[np.int64] = np.zeros(0, np.int64)
        self.chosen: dict[str, Any] = {}
        self.seed = 0
        self._model: Any = None

    def made(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """An untrained estimator of scikit-learn for such rows."""
        raise NotImplementedError

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; a stopped run learns from the pictures looked at so far."""
        rows, labels = learned_from(spread(data.train + data.val, run.seed), run, richly_described)
        if not labels:
            raise PippinError(f"None of the pictures of {data.name} can be used; check the files.", input=data.name)
        self.labels, self.seed = sorted(set(labels)), run.seed
        self.rows, self.classes = rows, np.array([self.labels.index(label) for label in labels])
        self.chosen = dict(self.candidates[0])
        if len(self.labels) > 1 and min(np.bincount(self.classes)) >= FOLDS and not run.stop:
            self.chosen = self._choose(run)
        self._learn()
        run.log(**self.chosen)

    def _choose(self, run: Run) -> dict[str, Any]:
        try:
            from sklearn.model_selection import StratifiedKFold, cross_val_score
        except ImportError as problem:
            raise missing_extra("scikit-learn", "train", "This classical method") from problem
        few = slice(MOST_TO_CHOOSE_BY)  # a balanced part, since the examples are spread over the labels
        rows, folds = self._prepared(self.rows[few]), StratifiedKFold(FOLDS, shuffle=True, random_state=run.seed)
        scores = [
            float(cross_val_score(self.made(one, rows), rows, self.classes[few], cv=folds, n_jobs=1).mean())
            for one in self.candidates
        ]
        return dict(self.candidates[int(np.argmax(scores))])

    def _learn(self) -> None:
        rows = self._prepared(self.rows)
        self._model = self.made(self.chosen, rows).fit(rows, self.classes) if len(self.labels) > 1 else None

    def _prepared(self, rows: Array) -> Array:
        """Learn the standardisation (and projection) from `rows`, and apply it."""
        if not self.projected:
            return rows
        try:
            from sklearn.decomposition import PCA
        except ImportError as problem:
            raise missing_extra("scikit-learn", "train", "This classical method") from problem
        self._mean, self._scale = rows.mean(axis=0), rows.std(axis=0) + np.float32(_SOFTENING)
        count = min(COMPONENTS, len(rows) - 1, rows.shape[1])
        self._axes = PCA(max(1, count), svd_solver="randomized", random_state=self.seed)
        return np.asarray(self._axes.fit_transform((rows - self._mean) / self._scale))

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name each picture, with the other labels as alternatives."""
        for rows, problems in richly_described(inputs):
            shares = iter(self._shares(rows)) if len(rows) else iter(())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else self._answer(next(shares))

    def _shares(self, rows: Array) -> NDArray[Any]:
        if self._model is None:
            return np.ones((len(rows), 1))
        if self.projected:
            rows = self._axes.transform((rows - self._mean) / self._scale)
        return self.shares(rows)

    def shares(self, rows: Array) -> NDArray[Any]:
        """Probabilities [N, K] of the classes."""
        return np.asarray(self._model.predict_proba(rows))

    def _answer(self, shares: NDArray[Any]) -> Prediction:
        order = np.argsort(-shares, kind="stable")[: MOST_ALTERNATIVES + 1]
        (best, share), *rest = [(self.labels[place], float(shares[place])) for place in order]
        return Prediction(best, share, alternatives=tuple(rest))

    def save(self) -> Saved:
        """The descriptions [N, 3332] and classes it learned from, the settings chosen, the seed."""
        facts = {"labels": self.labels, "chosen": self.chosen, "seed": self.seed}
        return Saved({"rows": self.rows.astype(np.float32), "classes": self.classes}, facts)

    def load(self, saved: Saved) -> None:
        """Become the learner that was saved, by learning again from the same with the same seed."""
        self.labels, self.seed = list(saved.config["labels"]), int(saved.config["seed"])
        self.chosen = dict(saved.config["chosen"])
        self.rows, self.classes = saved.tensors["rows"], saved.tensors["classes"]
        self._learn()


class SupportVectors(Classical):
    """Support vector machine with a radial kernel; its confidence is a softmax of distances, not calibrated."""

    candidates = tuple({"C": c, "width": width} for c in (3.0, 10.0) for width in (0.5, 1.0, 2.0))

    def made(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """scikit-learn's SVC; `width` scales the usual gamma, 1 / (features * variance)."""
        from sklearn.svm import SVC

        return SVC(C=settings["C"], gamma=settings["width"] / (rows.shape[1] * rows.var()), cache_size=500)

    def shares(self, rows: Array) -> NDArray[Any]:
        """A softmax of the decision values."""
        values = np.asarray(self._model.decision_function(rows))
        values = np.stack([-values, values], axis=1) if values.ndim == 1 else values
        shares = np.exp(values - values.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)


class Forest(Classical):
    """Random forest (Breiman 2001) of 200 trees."""

    candidates = tuple({"max_features": share, "min_samples_leaf": leaf} for share in ("sqrt", 0.05) for leaf in (1, 3))
    projected = False  # trees ask one feature at a time, which a projection blurs

    def made(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """scikit-learn's RandomForestClassifier."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(200, n_jobs=1, random_state=self.seed, **settings)


class Boosting(Classical):
    """Boosted trees on histograms, as in LightGBM (Ke et al. 2017)."""

    candidates = tuple({"learning_rate": 0.2, "max_leaf_nodes": leaves} for leaves in (8, 16))

    def made(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """scikit-learn's HistGradientBoostingClassifier."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(max_iter=80, early_stopping=False, random_state=self.seed, **settings)
