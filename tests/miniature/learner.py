"""Softmax regression on the shares of the 26 letters, and a memory of single words that were taught."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from miniature.config import MiniatureConfig
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure
from pippin.core.report.report import Report
from pippin.core.run import Run
from pippin.core.values import Correction, Prediction, SavedState

ALIKE = 0.999  # cosine from which a word counts as one that was taught


class Letters:
    """Tells words apart by their letters."""

    def __init__(self, config: MiniatureConfig) -> None:
        self.rate = config.rate
        self.labels: list[str] = []
        self.weights = np.zeros((27, 0))
        self.memory: list[tuple[np.ndarray, str]] = []

    def fit(self, data: Dataset, run: Run) -> None:
        """One step per example, in an order that the seed and the epoch decide."""
        self.labels = sorted({str(example.answer) for example in data.train})
        shares = np.stack([shares_of(example.input) for example in data.train])
        wanted = np.array([self.labels.index(str(example.answer)) for example in data.train])
        self.weights, step = np.zeros((27, len(self.labels))), 0
        if (kept := run.restore()) is not None:
            self.weights, step = kept[0]["weights"], int(kept[1]["step"])
        steps = run.steps(len(wanted), lambda: 1e-4, default_epochs=5)
        while step < steps and not run.should_stop:
            epoch, place = divmod(step, len(wanted))
            chosen = np.random.default_rng([run.seed, epoch]).permutation(len(wanted))[place]
            error = softmax(shares[chosen] @ self.weights)
            error[wanted[chosen]] -= 1
            self.weights -= self.rate * np.outer(shares[chosen], error)
            step += 1
            run.log(step=step, total=steps, loss=float(np.abs(error).sum()))
            if run.checkpoint_due() or run.should_stop:
                run.save({"weights": self.weights}, {"step": step})

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """The label of each word; unknown where it has no letters."""
        for item in inputs:
            try:
                yield self._answer(shares_of(item))
            except PippinError as problem:
                yield Prediction(None, known=False, error=problem.message)

    def _answer(self, shares: np.ndarray) -> Prediction:
        for known, label in reversed(self.memory):
            if known @ shares / (np.linalg.norm(known) * np.linalg.norm(shares)) > ALIKE:
                return Prediction(label, 1.0, evidence=("you taught me this word",))
        chances = softmax(shares @ self.weights)
        order = np.argsort(-chances)
        ranked = [(self.labels[place], float(chances[place])) for place in order]
        return Prediction(*ranked[0], known=bool(shares[:26].any()), alternatives=tuple(ranked[1:]))

    def update(self, items: Sequence[Correction]) -> None:
        """Remember each word."""
        self.memory += [(shares_of(item.input), str(item.answer)) for item in items]

    def save(self) -> SavedState:
        """Weights and memory."""
        words = np.array([shares for shares, _ in self.memory]).reshape(-1, 27)
        config = {"labels": self.labels, "taught": [label for _, label in self.memory]}
        return SavedState({"weights": self.weights, "words": words}, config)

    def load(self, saved: SavedState) -> None:
        """Become what was saved."""
        self.labels, self.weights = list(saved.config["labels"]), saved.tensors["weights"]
        self.memory = list(zip(saved.tensors["words"], saved.config["taught"], strict=True))


def explain(learner: Letters, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """A bar for every letter."""
    bars = np.abs(learner.weights[:26]).sum(1) if input is None else shares_of(input)[:26]
    drawn = "".join(f'<rect x="{i * 4}" width="3" height="{bar:.3f}"/>' for i, bar in enumerate(bars))
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 104 9">{drawn}</svg>'
    return Report("Letters that count", figures=(Figure("Letters", svg.encode(), "image/svg+xml"),))


def export(learner: Letters, folder: Path) -> list[Path]:
    """Everything as one JSON file."""
    saved = learner.save()
    tensors = {name: array.tolist() for name, array in saved.tensors.items()}
    write_json(folder / "letters.json", {"tensors": tensors, "config": saved.config})
    return [folder / "letters.json"]


def reader(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Answers from the exported file alone."""
    kept = read_json(folder / "letters.json")
    learner = Letters(MiniatureConfig())
    tensors = {
        name: np.array(values).reshape(-1, 27 if name == "words" else len(values[0]))
        for name, values in kept["tensors"].items()
    }
    learner.load(SavedState(tensors, kept["config"]))
    return lambda inputs: [prediction.answer for prediction in learner.predict(inputs)]


def shares_of(item: Input) -> np.ndarray:
    """How much of a word each of a to z is, and a 1 at the end: 27 numbers."""
    try:
        letters = [c for c in item.read().decode().lower() if "a" <= c <= "z"]
    except UnicodeDecodeError as problem:
        raise PippinError(f"{item.name} is not text; give UTF-8.", input=item.name) from problem
    counts = np.bincount([ord(c) - 97 for c in letters], minlength=26) if letters else np.zeros(26)
    return np.append(counts / max(1, len(letters)), 1.0)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities that add up to one."""
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()
