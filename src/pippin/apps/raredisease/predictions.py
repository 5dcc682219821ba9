"""Answers of `raredisease`: diseases ranked, or none of them, with evidence per finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.values import Prediction

NONE = "none of these"
MAX_RANKED = 50
NOTICE = "For research and education; not a medical device, not for diagnosis or treatment."
_DISEASE = re.compile(r"(OMIM|ORPHA|DECIPHER):\d{1,7}$")


@dataclass(frozen=True)
class RankedPrediction(Prediction):
    """A ranking; `ranked` are disease ids without "none of these", best first.

    `first` is the probability of the first disease if it is one of those known. `none` is the probability of none of
    them. For a patient whose papers the annotations cite for its disease, `is_clean` is False and `usual` is the
    ranking with all annotations.
    """

    ranked: tuple[str, ...] = ()
    first: float = 0.0
    none: float = 0.0
    usual: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    """Diseases whose annotations cite the patient's papers."""


def validate_disease(target: Any) -> str:
    """Return a disease id in its proper form; PippinError for anything else."""
    text = " ".join(str(target).split())
    if text.lower() in (NONE, "none"):
        return NONE
    text = text.upper().replace("ORPHANET:", "ORPHA:").replace("MIM:", "OMIM:").replace("OOMIM:", "OMIM:")
    if not _DISEASE.match(text):
        raise PippinError(
            f"{str(target)[:60]!r} is no disease; give an id such as OMIM:147791 or ORPHA:2308, or {NONE!r}.",
            input=str(target)[:60],
        )
    return text
