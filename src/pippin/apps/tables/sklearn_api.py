"""`tables` for scikit-learn: a classifier and a regressor over the same models and artifacts."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables.config import TablesConfig
from pippin.core.data import Dataset, Example
from pippin.core.errors import missing_extra
from pippin.core.inputs import Record
from pippin.core.run import Budget, Run

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as problem:
    raise missing_extra("scikit-learn", "train", "Classifier and Regressor") from problem

Array = NDArray[Any]
BATCH = 1024


class _Tables(BaseEstimator):  # type: ignore[misc]
    """Parameters are settings of `tables`; with `epochs` None the number of epochs follows from the number of rows."""

    def __init__(
        self,
        combine: str = "auto",
        network: str = "residual",
        width: int = 64,
        blocks: int = 1,
        members: int = 4,
        epochs: float | None = None,
        random_state: int | None = 0,
    ) -> None:
        self.combine = combine
        self.network = network
        self.width = width
        self.blocks = blocks
        self.members = members
        self.epochs = epochs
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        return tags

    def _fit(self, table: Any, answers: Sequence[Any], names: list[str]) -> None:
        from pippin.apps.tables.learner import Network

        own = ("combine", "network", "width", "blocks", "members")
        config = TablesConfig.read({name: getattr(self, name) for name in own})
        config.check_given(config.to_dict())
        self.model_ = Network(config)
        self._names = names
        inputs = self._records(table)
        examples = [Example(item, answer, item.digest()) for item, answer in zip(inputs, answers, strict=True)]
        with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
            run = Run(Path(folder), budget=Budget(epochs=self.epochs), seed=int(self.random_state or 0))
            self.model_.fit(Dataset("table", tuple(examples)), run)

    def _checked(self, table: Any, **options: Any) -> Any:
        return validate_data(self, table, dtype=None, ensure_all_finite="allow-nan", **options)

    def _records(self, table: Array) -> list[Record]:
        rows = (dict(zip(self._names, map(_value, row), strict=True)) for row in np.asarray(table))
        return [
            Record(content=json.dumps(row).encode(), name=f"row {number}", media_type="application/json")
            for number, row in enumerate(rows)
        ]

    def _predict_shares(self, table: Any) -> list[tuple[Array, tuple[str, ...]]]:
        check_is_fitted(self, "model_")
        rows = [json.loads(item.read()) for item in self._records(self._checked(table, reset=False))]
        return [one for start in range(0, len(rows), BATCH) for one in self.model_.shares(rows[start : start + BATCH])]

    def _columns(self) -> list[str]:
        width = len(str(self.n_features_in_ - 1))
        given = getattr(self, "feature_names_in_", None)
        return [str(n) for n in given] if given is not None else [f"x{n:0{width}}" for n in range(self.n_features_in_)]


class Classifier(ClassifierMixin, _Tables):  # type: ignore[misc]
    """Labels of rows: arrays or frames of numbers and strings, missing values allowed."""

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the labels `y` [N] of rows `X` [N,D]."""
        X, y = self._checked(X, y=y)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"Classifier needs two classes or more; the data has 1 class: {self.classes_[0]!r}.")
        self._fit(X, [f"{code:06}" for code in codes], self._columns())
        return self

    def predict_proba(self, X: Any) -> Array:
        """Return probabilities [N,classes] in the order of `classes_`."""
        return np.array([shares for shares, _ in self._predict_shares(X)], float)

    def predict(self, X: Any) -> Array:
        """Return the likeliest label of each row."""
        shares = self.predict_proba(X)
        return cast(Array, self.classes_[shares.argmax(axis=1)])


class Regressor(RegressorMixin, _Tables):  # type: ignore[misc]
    """Numbers of rows: arrays or frames of numbers and strings, missing values allowed."""

    def fit(self, X: Any, y: Any) -> Self:
        """Learn the numbers `y` [N] of rows `X` [N,D]."""
        X, y = self._checked(X, y=y, y_numeric=True)
        if len(np.unique(y)) < 2:
            raise ValueError(f"Regressor needs two different numbers or more, not one (n_samples = {len(y)}).")
        self._fit(X, [float(value) for value in y], self._columns())
        return self

    def predict(self, X: Any) -> Array:
        """Return the number of each row."""
        return np.array([float(found[0]) for found, _ in self._predict_shares(X)])

    def predict_interval(self, X: Any) -> Array:
        """Return 90 % prediction intervals [N,2]."""
        half = self.model_.radius * self.model_.target.scale
        middle = self.predict(X)
        return np.stack([middle - half, middle + half], axis=1)


def _value(value: Any) -> float | str | None:
    """Return a cell as a row has it: NaN and None are missing."""
    if value is None or (isinstance(value, float | np.floating) and np.isnan(value)):
        return None
    return float(value) if isinstance(value, int | float | np.number | np.bool_) else str(value)
