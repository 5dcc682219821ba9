"""Classical learners on hand-made features, each tuned: support vectors, random forest, boosted trees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.classical.descriptors import richly_described
from pippin.apps.recognize.classical.hog_logistic import learned_from
from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction
from pippin.learn.sklearn_search import Array, TunedEstimator

COMPONENTS = 256
_SOFTENING = 0.05  # as in the quick baseline: what hardly varies must not outweigh all


class Classical(TunedEstimator):
    """A learner of scikit-learn on edges, colours and textures [3012]; follows core.learner's Learner."""

    projected = True  # onto the leading principal components, which costs little accuracy and saves much time

    def __init__(self, config: RecognizeConfig) -> None:
        super().__init__()
        self._axes: Any = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`; a stopped run learns from the images looked at so far."""
        rows, labels = learned_from(spread(data.train + data.val, run.seed), run, richly_described)
        if not labels:
            raise PippinError(f"None of the images of {data.name} can be used; check the files.", input=data.name)
        self.learn(rows, labels, run)

    def prepared(self, rows: Array) -> Array:
        """Fit and return rows standardised and projected."""
        if not self.projected or len(rows) < 2:
            return rows
        try:
            from sklearn.decomposition import PCA
        except ImportError as problem:
            raise missing_extra("scikit-learn", "train", "This classical method") from problem
        self._mean, self._scale = rows.mean(axis=0), rows.std(axis=0) + np.float32(_SOFTENING)
        count = min(COMPONENTS, len(rows) - 1, rows.shape[1])
        self._axes = PCA(max(1, count), svd_solver="randomized", random_state=self.seed)
        return np.asarray(self._axes.fit_transform((rows - self._mean) / self._scale))

    def same(self, rows: Array) -> Array:
        """Return rows standardised and projected as those it learned from."""
        return rows if self._axes is None else np.asarray(self._axes.transform((rows - self._mean) / self._scale))

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each image's label, with the other labels as alternatives."""
        for rows, problems in richly_described(inputs):
            answers = iter(self.answers(rows))
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else next(answers)


class SupportVectors(Classical):
    """Support vector machine with a radial kernel; its confidence is a softmax of distances, not calibrated."""

    candidates = tuple({"C": c, "width": width} for c in (3.0, 10.0) for width in (0.5, 1.0, 2.0))

    def build(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """Build scikit-learn's SVC; `width` scales the usual gamma, 1 / (features * variance)."""
        from sklearn.svm import SVC

        return SVC(C=settings["C"], gamma=settings["width"] / (rows.shape[1] * rows.var()), cache_size=500)

    def shares(self, rows: Array) -> NDArray[Any]:
        """Return a softmax of the decision values."""
        values = np.asarray(self._model.decision_function(rows))
        values = np.stack([-values, values], axis=1) if values.ndim == 1 else values
        shares = np.exp(values - values.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True)


class Forest(Classical):
    """Random forest (Breiman 2001) of 200 trees."""

    candidates = tuple({"max_features": share} for share in ("sqrt", 0.04))
    projected = False  # trees ask one feature at a time, which a projection blurs

    def build(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """Build scikit-learn's RandomForestClassifier."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(200, n_jobs=1, random_state=self.seed, **settings)


class Boosting(Classical):
    """Boosted trees on histograms, as in LightGBM (Ke et al. 2017)."""

    candidates = tuple({"learning_rate": 0.2, "max_leaf_nodes": leaves} for leaves in (8, 16))

    def build(self, settings: Mapping[str, Any], rows: Array) -> Any:
        """Build scikit-learn's HistGradientBoostingClassifier."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(max_iter=80, early_stopping=False, random_state=self.seed, **settings)
