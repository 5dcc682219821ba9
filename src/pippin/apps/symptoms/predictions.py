"""Predictions of `symptoms`: conditions ranked, or none of them, with what was asked and answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pippin.apps.symptoms.knowledge.structure import NONE, load_structure
from pippin.core.errors import PippinError
from pippin.core.values import Prediction

NOTICE = (
    "For research and education; not a medical device, not for diagnosis or treatment. It learned from "
    "made-up patients alone."
)
MAX_RANKED = 10


@dataclass(frozen=True)
class InterviewPrediction(Prediction):
    """A ranking; `ranked_after` holds the conditions, best first, after numbers of questions.

    `first` is the probability of the first condition if it is one of those known, `none` that of none of them.
    """

    ranked_after: dict[int, tuple[str, ...]] = field(default_factory=dict)
    first: float = 0.0
    none: float = 0.0


def validate_condition(target: Any) -> str:
    """Return a condition's name as the tables have it; PippinError for one they do not know."""
    text = " ".join(str(target).split())
    if text.lower() in (NONE, "none"):
        return NONE
    names = {name.lower(): name for name in load_structure().names}
    if text.lower() not in names:
        raise PippinError(
            f"{text[:60]!r} is none of the {len(names)} conditions; give one that `pippin symptoms conditions` lists, "
            f"or {NONE!r}.",
            input=text[:60],
        )
    return names[text.lower()]
