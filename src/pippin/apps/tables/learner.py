"""The network that learns tables: trained by PyTorch, answering through ONNX Runtime, and taught row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.tables.classical import batches, named, rows_of
from pippin.apps.tables.data import values
from pippin.apps.tables.encoder import Array, Encoder
from pippin.apps.tables.reading import Row
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.kinds import Input
from pippin.core.learner import Prediction, Saved, Taught
from pippin.core.report import Report
from pippin.core.run import Run
from pippin.learn.onnx_session import session
from pippin.learn.recall import Recall, unit, with_recall

NOTHING = "no column I learned from holds anything here that I can use"
MODEL, FACTS = "tables.onnx", "tables.json"
USE = (
    "Input `columns`: float32 [N,D], a row's columns encoded by `columns` of this file in order. Output "
    "`probabilities`: [N,labels] in the order of `labels`."
)
MEASURED = 500  # rows by which the reach of a taught one is set


class Network:
    """A network on encoded rows; follows core.learner's protocols.

    What is taught counts for that row and for those much like it, by the network's own features.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = dict(config)
        self.learned: dict[str, int] = {}
        self.encoder = Encoder()
        self.onnx = b""
        self.recall = Recall()
        self._opened: Any = None

    @property
    def labels(self) -> list[str]:
        """The network's labels, in the order of its logits."""
        return list(self.learned)

    @property
    def counts(self) -> Counter[str]:
        """How many examples of each label it was shown, those taught since included."""
        return Counter(self.learned) + self.recall.counts

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`, anew."""
        try:
            from pippin.apps.tables.network import learned
        except ImportError as problem:
            raise missing_extra("torch", "train", "Training") from problem
        rows, labels = rows_of(spread(data.train + data.val, run.seed))
        self.encoder = Encoder.fit(rows, _sentences(self.config["text"]), data.settings.get("types", ""))
        self.learned = dict(sorted(Counter(labels).items()))
        if len(self.learned) < 2:
            raise PippinError(f"All rows to learn from are {labels[0]!r}; give rows of two labels or more.")
        encoded, classes = self.encoder.dense(rows), np.array([self.labels.index(label) for label in labels])
        shape = {"kind": self.config["network"], "width": self.config["width"], "blocks": self.config["blocks"]}
        self.onnx = learned(encoded, classes, len(self.learned), run, **shape)
        self._opened, self.recall = None, Recall()
        self.recall.reach = _median_nearest(self._run(encoded[:MEASURED])[1])

    def _run(self, encoded: Array) -> tuple[Array, Array]:
        """Logits [N,L] and features [N,C]."""
        if self._opened is None:
            self._opened = session(self.onnx)
        logits, features = self._opened.run(["logits", "features"], {"columns": encoded})
        return logits, features

    def shares(self, rows: Sequence[Row]) -> list[tuple[Array, tuple[str, ...]]]:
        """For each row the probabilities of `recall.labels(labels)` and the taught row that counted, if any."""
        logits, features = self._run(self.encoder.dense(rows))
        own = np.exp(logits - logits.max(axis=1, keepdims=True))
        own /= own.sum(axis=1, keepdims=True)
        return [self.recall.mixed(one, look, self.labels) for one, look in zip(own, features, strict=True)]

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Name each row's label, with the others as alternatives."""
        for rows, problems in batches(inputs):
            names = self.recall.labels(self.labels)
            shares = iter(self.shares(rows) if rows else ())
            told = map(self.encoder.unfit, rows)
            for problem in problems:
                if problem:
                    yield Prediction(None, known=False, error=problem)
                else:
                    (one, taught), (odd, usable) = next(shares), next(told)
                    odd = odd if usable else (NOTHING, *odd)
                    yield replace(named(names, one, (*taught, *odd)), known=usable or bool(taught))

    def update(self, items: Sequence[Taught]) -> None:
        """Take in corrections; the last word on a row counts."""
        for item in items:
            _, features = self._run(self.encoder.dense([values(item.input)]))
            self.recall.add(item.input, str(item.answer), features[0])

    def save(self) -> Saved:
        """The network as ONNX, what was learned about the columns, and what was taught."""
        points, taught = self.recall.save()
        facts = {"learned": self.learned, "columns": self.encoder.facts, "text": self.config["text"]}
        facts |= {"taught": taught, "reach": self.recall.reach}
        return Saved({"taught": points}, facts, {"network.onnx": self.onnx})

    def load(self, saved: Saved) -> None:
        """Become the learner that was saved; PippinError where something of it is missing."""
        try:
            facts, self.onnx = saved.config, saved.files["network.onnx"]
            self.learned, self.config["text"] = dict(facts["learned"]), facts["text"]
            self.encoder = Encoder(facts["columns"], _sentences(facts["text"]))
            self.recall = Recall.load(saved.tensors["taught"], facts["taught"], facts["reach"])
        except (KeyError, TypeError, ValueError) as problem:
            raise PippinError(f"The model lacks {problem}: another Pippin made it; train it again.") from problem
        self._opened = None

    def explain(self, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
        """Which columns its answers hang on, or what speaks for and against the answer to one row."""
        from pippin.apps.tables import explain

        return explain.model(self, data) if input is None else explain.row(self, input, data)

    def export(self, folder: Path) -> list[Path]:
        """The network with what it was taught as ONNX, and a JSON file on how rows are encoded for it."""
        try:
            import onnx
        except ImportError as problem:
            raise missing_extra("onnx", "train", "Exporting") from problem
        model = with_recall(onnx.load_from_string(self.onnx), self.recall, self.labels)
        write_bytes(folder / MODEL, model.SerializeToString())
        facts = {"labels": self.recall.labels(self.labels), "columns": self.encoder.facts}
        write_json(folder / FACTS, {**facts, "text": self.config["text"], "use": USE})
        return [folder / MODEL, folder / FACTS]


def exported(folder: Path) -> Callable[[Sequence[Input]], list[str]]:
    """A function from rows to labels that uses nothing but the exported files."""
    facts = read_json(folder / FACTS)
    opened, encoder = session(folder / MODEL), Encoder(facts["columns"], _sentences(facts["text"]))

    def answers(inputs: Sequence[Input]) -> list[str]:
        encoded = encoder.dense([values(item) for item in inputs])
        (shares,) = opened.run(["probabilities"], {"columns": encoded})
        return [facts["labels"][int(row.argmax())] for row in shares]

    return answers


def _sentences(text: str) -> Callable[[Sequence[str]], Array] | None:
    """What sees texts as a whole, where the settings ask for it."""
    if text not in ("words", "sentences"):
        raise PippinError(f"Text is taken as words or sentences, not as {text!r}.", input=text)
    if text == "words":
        return None
    from pippin.learn.sentences import encoder

    return encoder()


def _median_nearest(features: Array) -> float:
    """The median cosine distance of a row to its nearest other."""
    points = np.stack([unit(one) for one in features])
    likeness = points @ points.T
    np.fill_diagonal(likeness, -1.0)
    return float(np.clip(np.median(1 - likeness.max(axis=1)), 1e-3, 1.0))
