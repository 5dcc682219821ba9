"""Answers of `pathology`: a label with a set of labels, what was measured of such sets, and what would settle it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.values import Prediction, Score

NOTICE = "For research and education; not a medical device, not for diagnosis or treatment."
MAX_LABEL = 60  # characters
MAX_LABELS_TOLD = 4  # by each of which coverage is told in a sentence


@dataclass(frozen=True)
class PathologyPrediction(Prediction):
    """An answer; `label_set` holds the labels that cannot be left out at the coverage asked for.

    `is_own_kind` is False for an image unlike those learned from, about which the set says nothing.
    """

    label_set: tuple[str, ...] = ()
    is_own_kind: bool = True
    is_near_copy: bool = False
    """Whether it is nearly an image that was learned from: it takes no part in scores."""
    shares: tuple[tuple[str, float], ...] = ()
    """Probabilities of all labels, the largest first: what scores go by, also where no answer is given."""

    @property
    def is_decided(self) -> bool:
        """Whether exactly one label is left, for an image of the kind that was learned from."""
        return self.is_own_kind and len(self.label_set) == 1


@dataclass(frozen=True)
class Doubt:
    """What is known of a model's doubt: the coverage asked for, what was measured, and the limits of labels."""

    coverage: float
    measured: Score
    n_measured: int
    labels: tuple[str, ...]
    limits: tuple[float, ...]
    by_label: tuple[Score, ...] = ()
    counts: tuple[int, ...] = ()
    """What was measured of each label by itself, and of how many images."""

    def describe_set(self, found: Sequence[str]) -> str:
        """Return a set of labels in words, with the coverage that was measured."""
        low, high = (f"{share:.1%}" for share in (self.measured.low, self.measured.high))
        measured = (
            f"of {self.n_measured} images left out, {self.measured.value:.1%} of such sets held the right label "
            f"({low} to {high}{self.describe_labels()})"
        )
        start = f"set for {self.coverage:.0%}"
        if len(found) == 1:
            return f"{start}: {found[0]} alone; {measured}"
        return f"{start}: {' or '.join(found)}, so it abstains between them; {measured}"

    def describe_labels(self) -> str:
        """Return the coverage of each label in words; of many labels, of the one with the lowest."""
        shares = [
            (score.value, f"{label} {score.value:.1%} of {count}")
            for label, score, count in zip(self.labels, self.by_label, self.counts, strict=False)
        ]
        if len(shares) > MAX_LABELS_TOLD:
            shares = [(0.0, f"lowest, {min(shares)[1]}")]
        return "; " + ", ".join(words for _, words in shares) if shares else ""

    def describe_need(self, found: Sequence[str], probabilities: Mapping[str, float]) -> str:
        """Return what would have to change for one label to be left; "" where one is."""
        limits = dict(zip(self.labels, self.limits, strict=True))
        rest = [label for label in found[1:] if label in limits]
        if len(found) < 2 or not rest:
            return ""
        if any(limits[label] <= 0 for label in rest):
            return "it never leaves one label alone: too few images of the others were left out to measure by"
        parts = (
            f"{label} would have to fall from {probabilities[label]:.2f} below {limits[label]:.2f}" for label in rest
        )
        return f"to be sure of {found[0]}, the probability of {' and that of '.join(parts)}"

    def to_dict(self, found: Sequence[str], distance: float, limit: float) -> dict[str, Any]:
        """Return all of it for pages and JSON."""
        doubt = {
            "set": list(found),
            "coverage": self.coverage,
            "measured": {**self.measured._asdict(), "n": self.n_measured, "by_label": self._labels_to_dict()},
            "limits": dict(zip(self.labels, self.limits, strict=True)),
            "distance": distance,
            "distance_limit": limit,
            "notice": NOTICE,
        }
        return {"doubt": doubt}

    def _labels_to_dict(self) -> dict[str, dict[str, float]]:
        found = zip(self.labels, self.by_label, self.counts, strict=False)
        return {label: {**score._asdict(), "n": count} for label, score, count in found}


def validate_label(target: Any) -> str:
    """Return a label in its proper form; PippinError for one that is none."""
    text = " ".join(str(target).split())
    if not text or len(text) > MAX_LABEL or not text.isprintable():
        raise PippinError(f"A label is 1 to {MAX_LABEL} characters, not {str(target)[:80]!r}.", input=str(target)[:80])
    return text
