"""What a model predicts: one of several labels, or a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Target:
    """The labels a model tells apart, sorted, or the mean and standard deviation of the numbers it predicts."""

    labels: tuple[str, ...] = ()
    mean: float = 0.0
    scale: float = 1.0

    @classmethod
    def fit(cls, values: Sequence[Any]) -> Target:
        """Learn the target from `values`: regression where all are numbers, else classification."""
        if is_number(values):
            numbers = np.array(values, float)
            return cls((), float(numbers.mean()), float(numbers.std()) or 1.0)
        return cls(tuple(sorted(set(map(str, values)))))

    @property
    def is_number(self) -> bool:
        """Whether the target is a number to be estimated."""
        return not self.labels

    @property
    def width(self) -> int:
        """Number of outputs: one for a number, else one for each label."""
        return len(self.labels) or 1

    def encode(self, values: Sequence[Any]) -> NDArray[Any]:
        """Return the index of each label [N] (int64), or each number standardised [N] (float32)."""
        if self.is_number:
            return ((np.array(values, float) - self.mean) / self.scale).astype(np.float32)
        positions = {label: index for index, label in enumerate(self.labels)}
        return np.array([positions[str(value)] for value in values], np.int64)

    def decode(self, standardised: NDArray[Any]) -> NDArray[Any]:
        """Return numbers in the target's own unit."""
        return np.asarray(standardised, float) * self.scale + self.mean

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values that `from_dict` reads."""
        return {"labels": list(self.labels), "mean": self.mean, "scale": self.scale}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Target:
        """Rebuild a target; KeyError where something is missing."""
        return cls(tuple(values["labels"]), float(values["mean"]), float(values["scale"]))


def is_number(values: Sequence[Any]) -> bool:
    """Return whether every value is a number (an empty sequence holds none)."""
    return bool(len(values)) and all(isinstance(v, float | int) and not isinstance(v, bool) for v in values)
