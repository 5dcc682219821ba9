"""The classical methods for tables: a linear model, boosted trees and a random forest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.model import TableModel
from pippin.apps.tables.row_encoder import Array
from pippin.apps.tables.table_reader import Row
from pippin.core.errors import missing_extra
from pippin.core.run import Run
from pippin.core.values import SavedState
from pippin.learn import logistic_regression
from pippin.learn.nn.onnx_session import session


class Linear(TableModel):
    """Ridge or multinomial logistic regression on the encoded columns; needs numpy alone."""

    def __init__(self, config: TablesConfig) -> None:
        super().__init__(config)
        self.weights, self.bias = np.zeros((0, 0), np.float32), np.zeros(0, np.float32)

    def learn(self, rows: Sequence[Row], truth: NDArray[Any], run: Run) -> None:
        """Choose the strength by cross-validation (leave-one-out for numbers), and fit."""
        from pippin.apps.tables.linear import linear

        found = linear(self.encoder.dense(rows), self.answers_of(truth), run.seed)
        self.weights, self.bias, strength, residuals = found
        if residuals is not None:
            self.set_radius(residuals, np.zeros((len(residuals), 1)))
        run.log(strength=strength)

    def outputs(self, rows: Sequence[Row]) -> Array:
        """Return probabilities [N,L], or standardised numbers [N,1]."""
        encoded = self.encoder.dense(rows)
        if self.target.is_number:
            return encoded @ self.weights + self.bias
        return logistic_regression.Softmax(self.weights, self.bias).predict(encoded)

    def save(self) -> SavedState:
        """Return the encoding of the columns, and the weights [D,K]."""
        return SavedState({"weights": self.weights, "bias": self.bias}, super().save().config)

    def restore(self, saved: SavedState) -> None:
        """Load the weights."""
        self.weights, self.bias = saved.tensors["weights"], saved.tensors["bias"]


class Trees(TableModel):
    """Trees of scikit-learn, kept and run as ONNX: answering needs no scikit-learn."""

    def __init__(self, config: TablesConfig) -> None:
        super().__init__(config)
        self.onnx = b""
        self._opened: Any = None

    def outputs(self, rows: Sequence[Row]) -> Array:
        """Return probabilities [N,L], or standardised numbers [N,1]."""
        if self._opened is None:
            self._opened = session(self.onnx)
        (found,) = self._opened.run(None, {"trees": self.encoder.trees(rows)})
        return found if self.target.is_number else np.exp(found)

    def keep(self, part: Any, columns: int) -> None:
        """Keep a part as the model."""
        from pippin.apps.tables.graph import assemble

        self.onnx = assemble([part], [1.0], {"trees": columns}, self.target.is_number)
        self._opened = None

    def save(self) -> SavedState:
        """Return the encoding of the columns, and the trees as ONNX."""
        return SavedState({}, super().save().config, {"trees.onnx": self.onnx})

    def restore(self, saved: SavedState) -> None:
        """Load the trees."""
        self.onnx, self._opened = saved.files["trees.onnx"], None


class Boosting(Trees):
    """Boosted trees on histograms, as in LightGBM (Ke et al. 2017); they take missing values as they are."""

    def learn(self, rows: Sequence[Row], truth: NDArray[Any], run: Run) -> None:
        """Choose leaves and iterations on a held-out quarter, and fit on all rows."""
        parts = _parts()
        from pippin.learn import boosted_trees

        encoded = self.encoder.trees(rows)
        choice = boosted_trees.choose(encoded, truth, self.target, run.seed, self.groups)
        model = boosted_trees.fit(encoded, truth, self.target, choice.settings, run.seed)
        self.set_radius(truth[choice.held], choice.outputs)
        self.keep(parts.boosting_graph([model], self.target, choice.outputs), encoded.shape[1])
        run.log(**choice.settings)


class Forest(Trees):
    """Random forest (Breiman 2001); what trees say of rows they did not grow on gives its intervals."""

    def learn(self, rows: Sequence[Row], truth: NDArray[Any], run: Run) -> None:
        """Grow the trees."""
        encoded = self.encoder.trees(rows)
        part = _parts().forest_part(encoded, self.answers_of(truth), run.seed)
        self.set_radius(truth, part.out_of_fold)
        self.keep(part, encoded.shape[1])


def _parts() -> Any:
    try:
        import sklearn  # noqa: F401
    except ImportError as problem:
        raise missing_extra("scikit-learn", "train", "This classical method") from problem
    from pippin.apps.tables import parts

    return parts
