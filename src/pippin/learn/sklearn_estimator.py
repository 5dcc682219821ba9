"""Any estimator with scikit-learn's fit and predict as a learner, made by a function of the user's own file.

scikit-learn's developer guide ("Developing scikit-learn estimators") says what such an estimator is; LightGBM, XGBoost
and TabPFN follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.data import Dataset, Example, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState
from pippin.learn.user_code import load_function, split_reference

Array = NDArray[np.float32]
WHAT = "a function that returns an estimator with fit(X, y) and predict(X)"


class SklearnEstimator:
    """Learns rows [N,D] float32 with classes 0 to K-1 (or numbers); follows core.learner's Learner.

    An application says how its examples become rows (`fit_rows`, `rows`). Saved are the rows and the reference, and
    loading learns again: an estimator's own way to be saved is pickle, which can run code.
    """

    def __init__(self, reference: str) -> None:
        self.reference, self.seed = reference, 0
        self.labels: list[str] = []  # none: numbers are estimated
        self.encoded: Array = np.zeros((0, 0), np.float32)
        self.targets: NDArray[Any] = np.zeros(0)
        self._estimator: Any = None

    def fit_rows(self, examples: Sequence[Example], run: Run) -> tuple[Array, list[Any]]:
        """Return rows [N,D] and answers of the usable examples; keep for `rows` what is learned about them."""
        raise NotImplementedError

    def rows(self, inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
        """Yield rows [N,D] of the inputs that can be used, batch by batch, and for each input its problem, if any."""
        raise NotImplementedError

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`."""
        self.seed = run.seed
        self.encoded, answers = self.fit_rows(spread(data.train + data.val, run.seed), run)
        if not answers:
            raise PippinError(f"None of the examples of {data.name} can be used; check them.", input=data.name)
        numeric = all(isinstance(answer, int | float) for answer in answers)
        self.labels = [] if numeric else sorted(set(map(str, answers)))
        places = {label: index for index, label in enumerate(self.labels)}
        self.targets = np.array(answers if numeric else [places[str(answer)] for answer in answers])
        self._learn()

    def _learn(self) -> None:
        file, name = split_reference(self.reference)
        estimator = self._tried(load_function(file, name, WHAT), "cannot be made")
        if not (hasattr(estimator, "fit") and hasattr(estimator, "predict")):
            raise PippinError(f"{name} of {file} returns {type(estimator).__name__}; write {WHAT}.", input=file)
        if hasattr(estimator, "get_params") and estimator.get_params().get("random_state", 0) is None:
            estimator.set_params(random_state=self.seed)
        single = len(self.labels) == 1
        fitted = None if single else self._tried(lambda: estimator.fit(self.encoded, self.targets), "cannot learn")
        self._estimator = fitted if hasattr(fitted, "predict") else estimator

    def _tried(self, call: Callable[[], Any], what: str) -> Any:
        try:
            return call()
        except PippinError:
            raise
        except Exception as problem:  # the estimator is the user's own: anything may go wrong in it
            told = f"{type(problem).__name__}: {' '.join(str(problem).split())[:200]}"
            raise PippinError(f"The estimator of {self.reference} {what} ({told}).", input=self.reference) from problem

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict each input, with the other labels as alternatives."""
        for rows, problems in self.rows(inputs):
            answers = iter(self._answers(rows) if len(rows) else ())
            for problem in problems:
                yield Prediction(None, known=False, error=problem) if problem else next(answers)

    def _answers(self, rows: Array) -> list[Prediction]:
        if not self.labels:
            return [Prediction(float(value)) for value in self._tried(lambda: self._estimator.predict(rows), "fails")]
        shares_NK, sure = self._shares(rows)
        return [self._answer(shares, sure) for shares in shares_NK]

    def _shares(self, rows: Array) -> tuple[NDArray[Any], bool]:
        """Return probabilities [N,K] and whether they are any; without predict_proba 1 for the class predicted."""
        shares = np.zeros((len(rows), len(self.labels)))
        if len(self.labels) == 1:
            return shares + 1, True
        if hasattr(self._estimator, "predict_proba"):
            classes = np.asarray(getattr(self._estimator, "classes_", range(len(self.labels)))).astype(int)
            shares[:, classes] = self._tried(lambda: np.asarray(self._estimator.predict_proba(rows)), "fails")
            return shares, True
        predicted = np.asarray(self._tried(lambda: self._estimator.predict(rows), "fails")).ravel().round().astype(int)
        shares[np.arange(len(rows)), predicted.clip(0, len(self.labels) - 1)] = 1
        return shares, False

    def _answer(self, shares: NDArray[Any], sure: bool) -> Prediction:
        return Prediction.from_probabilities(self.labels, shares, **({} if sure else {"confidence": None}))

    def save(self) -> SavedState:
        """Return the rows and targets it learned from, the labels, the seed and the reference."""
        facts = {"labels": self.labels, "seed": self.seed, "reference": self.reference}
        return SavedState({"rows": self.encoded, "targets": self.targets}, facts)

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved, by learning again; the file must still be there."""
        self.labels, self.seed = list(saved.config["labels"]), int(saved.config["seed"])
        self.reference = str(saved.config["reference"])
        self.encoded, self.targets = saved.tensors["rows"], saved.tensors["targets"]
        self._learn()
