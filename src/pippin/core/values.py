"""Plain values that pass through learners: scores, predictions, files, corrections, saved state."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pippin.core.files import new_file
from pippin.core.inputs import Input

if TYPE_CHECKING:
    import numpy as np

MAX_ALTERNATIVES = 50


class Score(NamedTuple):
    """A measured value with its 95 % interval."""

    value: float
    low: float
    high: float


class OutputFile(NamedTuple):
    """A file an answer brings along (a larger image, a played episode): written to `--out`, never into JSON.

    `content` may be a function that writes it to a path, for it may be large, and an answer that is only scored may
    need none; it may return sentences on what the file could not hold. `settings` say how it is made, where the
    application marks its files with that.
    """

    name: str
    media_type: str
    content: bytes | Callable[[Path], object]
    settings: str = ""

    def write(self, path: Path) -> tuple[str, ...]:
        """Write it to `path`, in one step; returns sentences a user should know of."""
        with new_file(path) as draft:
            if isinstance(self.content, bytes):
                draft.write_bytes(self.content)
                return ()
            notes = self.content(draft)
            return notes if isinstance(notes, tuple) else ()

    def read(self) -> bytes:
        """Return the bytes, calling the function if they are not there yet."""
        if isinstance(self.content, bytes):
            return self.content
        with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
            self.content(Path(folder) / self.name)
            return (Path(folder) / self.name).read_bytes()


@dataclass(frozen=True)
class Prediction:
    """An answer to one input.

    `known` is False where the input resembles nothing that was taught ("I don't know yet");
    `alternatives` are (answer, probability), best first; `evidence` are sentences or small mappings in its support;
    `interval` is the 90 % prediction interval of a number.
    """

    answer: Any
    confidence: float | None = None
    known: bool = True
    alternatives: tuple[tuple[Any, float], ...] = ()
    evidence: tuple[Any, ...] = ()
    files: tuple[OutputFile, ...] = ()
    error: str | None = None
    interval: tuple[float, float] | None = None

    @classmethod
    def from_probabilities(cls, labels: Sequence[str], probabilities: np.ndarray, **more: Any) -> Prediction:
        """Return the likeliest of `labels` by their probabilities [K], with the next likeliest as alternatives."""
        order = (-probabilities).argsort(kind="stable")[: MAX_ALTERNATIVES + 1]
        (best, confidence), *rest = [(labels[index], float(probabilities[index])) for index in order]
        return cls(best, **{"confidence": confidence, **more}, alternatives=tuple(rest))


class Correction(NamedTuple):
    """One correction by a user: an input and the answer it should have had."""

    input: Input
    answer: Any


@dataclass(frozen=True)
class SavedState:
    """Everything a learner knows: arrays, JSON values and whole files (an ONNX graph), ready to be written.

    `about` are sentences for the card that hold for what was learned, and not for every model of the application;
    `requires` those of `Application.requires` that it cannot do without.
    """

    tensors: Mapping[str, np.ndarray] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    about: Sequence[str] = ()
    requires: Sequence[Mapping[str, str]] = ()
