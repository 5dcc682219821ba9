"""The model of tables: trained by PyTorch and scikit-learn, run by ONNX Runtime, and corrected row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables.config import TablesConfig
from pippin.apps.tables.data import values
from pippin.apps.tables.model import TableModel, named, number
from pippin.apps.tables.number_text import parse_number
from pippin.apps.tables.row_encoder import Array, Encoder
from pippin.apps.tables.table_reader import Row
from pippin.core.errors import PippinError, missing_extra
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState
from pippin.learn import exemplar_regression
from pippin.learn.exemplar_memory import ExemplarMemory, unit
from pippin.learn.nn.onnx_session import session

NOTHING = "no column I learned from holds anything here that I can use"
MEASURED = 500  # rows by which the reach of a taught one is set


class Network(TableModel):
    """A network on encoded rows, or the weighted mean of it and classical methods; follows core.learner's protocols.

    What is taught counts for that row and for those much like it, by the network's own features.
    """

    def __init__(self, config: TablesConfig) -> None:
        super().__init__(config)
        self.learned: dict[str, int] = {}
        self.weights: dict[str, float] = {}
        self.onnx = b""
        self.recall = ExemplarMemory()
        self._opened: Any = None

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the logits; empty where the target is a number."""
        return list(self.target.labels)

    @property
    def counts(self) -> Counter[str]:
        """How many examples of each label it was shown, those taught since included."""
        return Counter(self.learned) + self.recall.counts

    def new_encoder(self, rows: Sequence[Row], types: str) -> Encoder:
        """Learn how `rows` are encoded, their columns holding `types`."""
        return Encoder.fit(rows, sentence_encoder(self.config.text), types)

    def learn(self, rows: Sequence[Row], truth: NDArray[Any], run: Run) -> None:
        """Fit on rows and their encoded targets [N]."""
        try:
            from pippin.apps.tables import average
            from pippin.apps.tables.network import Shape
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        config, encoder = self.config, self.encoder
        shape = Shape(config.network, config.width, config.blocks, config.members)
        given = average.Rows(encoder.dense(rows), encoder.rank_columns, encoder.trees(rows), truth, self.groups)
        fit = average.fit_average if self._averages() else average.fit_network
        self.onnx, held_out, self.weights = fit(given, self.target, run, shape)
        self.set_radius(truth, held_out)
        counts = Counter() if self.target.is_number else Counter(self.target.labels[index] for index in truth)
        self.learned = {label: counts[label] for label in self.target.labels}
        self._opened, self.recall = None, ExemplarMemory()
        self.recall.reach = _median_nearest(self._run(rows[:MEASURED])[1])

    def _averages(self) -> bool:
        wanted = self.config.combine
        return bool(wanted == "average" or (wanted == "auto" and self.target.is_number))

    def _run(self, rows: Sequence[Row]) -> tuple[Array, Array]:
        """Return logits [N,L] or standardised numbers [N,1], and features [N,C]."""
        if not self.onnx:
            raise PippinError("Nothing was learned yet; train first.")
        if self._opened is None:
            self._opened = session(self.onnx)
        answer = "value" if self.target.is_number else "logits"
        outputs, features = self._opened.run([answer, "features"], encode_rows(self._opened, self.encoder, rows))
        return outputs, features

    def shares(self, rows: Sequence[Row]) -> list[tuple[Array, tuple[str, ...]]]:
        """Return probabilities of `recall.labels(labels)`, or the number [1], and any correction that counted."""
        outputs, features = self._run(rows)
        if self.target.is_number:
            numbers = self.target.decode(outputs)
            return [
                exemplar_regression.blend(self.recall, one, look) for one, look in zip(numbers, features, strict=True)
            ]
        own = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        own /= own.sum(axis=1, keepdims=True)
        return [self.recall.mixed(one, look, self.labels) for one, look in zip(own, features, strict=True)]

    def answers(self, rows: Sequence[Row]) -> list[Prediction]:
        """Predict rows, with what in a row fits no column, and whether anything does."""
        names = [] if self.target.is_number else self.recall.labels(self.labels)
        found = []
        for row, (one, taught) in zip(rows, self.shares(rows), strict=True):
            odd, usable = self.encoder.unfit(row)
            evidence = (*taught, *(odd if usable else (NOTHING, *odd)))
            half = self.radius * self.target.scale
            answer = number(float(one[0]), half, evidence) if self.target.is_number else named(names, one, evidence)
            found.append(replace(answer, known=usable or bool(taught)))
        return found

    def update(self, items: Sequence[Correction]) -> None:
        """Learn from corrections; the last one for a row counts."""
        for item in items:
            answer = str(_number(item.answer)) if self.target.is_number else self._label(str(item.answer))
            self.recall.add(item.input, answer, self._run([values(item.input)])[1][0])

    def _label(self, written: str) -> str:
        """Return the known label that is the same number, or differs in case only (1 is 1.000); else it as written."""
        known = self.recall.labels(self.labels)
        value = parse_number(written)
        same = [label for label in known if label.casefold() == written.casefold()]
        same = same or [label for label in known if value is not None and parse_number(label) == value]
        return same[0] if written not in known and len(same) == 1 else written

    def save(self) -> SavedState:
        """Return the model as ONNX, what was learned about the columns, and what was taught."""
        points, taught = self.recall.save()
        own = {"learned": self.learned, "weights": self.weights, "text": self.config.text}
        facts = {**super().save().config, **own, "taught": taught, "reach": self.recall.reach}
        return SavedState({"taught": points}, facts, {"network.onnx": self.onnx}, about=self._about())

    def _about(self) -> tuple[str, ...]:
        if len(self.weights) < 2:
            return ()
        shares = ", ".join(f"{name} {weight:.2f}" for name, weight in self.weights.items())
        return (f"Answers are a weighted mean, the weights chosen on rows each method did not learn from: {shares}.",)

    def restore(self, saved: SavedState) -> None:
        """Load the graph and what was taught."""
        facts, self.onnx = saved.config, saved.files["network.onnx"]
        self.learned, self.weights = dict(facts["learned"]), dict(facts["weights"])
        self.config = replace(self.config, text=facts["text"])
        self.encoder.sentences = sentence_encoder(facts["text"])
        self.recall = ExemplarMemory.load(saved.tensors["taught"], facts["taught"], facts["reach"])
        self._opened = None


def encode_rows(opened: Any, encoder: Encoder, rows: Sequence[Row]) -> dict[str, Array]:
    """Return rows as each input of the graph takes them."""
    ways = {"columns": encoder.dense, "trees": encoder.trees}
    return {one.name: ways[one.name](rows) for one in opened.get_inputs()}


def _number(answer: Any) -> float:
    try:
        value = float(answer)
    except (TypeError, ValueError):
        value = np.nan
    if not np.isfinite(value):
        raise PippinError(f"The answer must be a number, not {answer!r}: this model estimates one.", input=answer)
    return value


def sentence_encoder(text: str) -> Callable[[Sequence[str]], Array] | None:
    """Return the encoder of whole texts, where the settings ask for it."""
    if text not in ("words", "sentences"):
        raise PippinError(f"Text is taken as words or sentences, not as {text!r}.", input=text)
    if text == "words":
        return None
    from pippin.learn.text.sentence_encoder import encoder

    return encoder()


def _median_nearest(features: Array) -> float:
    """Return the median cosine distance of a row to its nearest other."""
    points = np.stack([unit(one) for one in features])
    likeness = points @ points.T
    np.fill_diagonal(likeness, -1.0)
    return float(np.clip(np.median(1 - likeness.max(axis=1)), 1e-3, 1.0))
