"""Why an image was given to one network or the other, in words."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pippin.apps.upscale.degradation import CONDITIONS
from pippin.apps.upscale.estimation import JPEG_LIMIT, LIMITS, readable

Array = np.ndarray
KINDS = {1.0: "clean", 0.5: "between clean and degraded", 0.0: "degraded"}  # by `estimation.clean_share`


class Cause(NamedTuple):
    """What decides: a condition [conditions], the quality of a JPEG file, and how much noise a user told to remove."""

    condition: Array
    quality: int | None = None
    denoise: float | None = None


def describe(share: float, cause: Cause) -> str:
    """Describe the kind of image this was taken for and why, as a sentence; `share` is that of the clean network."""
    signs = ", ".join(_signs(cause)) or "hardly any noise, blur or compression"
    asked = "" if cause.denoise is None else f"; noise and compression as --denoise {cause.denoise:g} says"
    return f"Taken as {KINDS[share]} ({signs}{asked})."


def _signs(cause: Cause) -> list[str]:
    """Return the parts of the condition that reach their limit (`estimation.LIMITS`), in common units."""
    numbers = readable(cause.condition)
    words = {
        "blur": f"blur {numbers['blur']:g} pixels",
        "noise": f"noise {numbers['noise']:.0f}",
        "jpeg": f"JPEG {numbers['quality']}",
        "earlier": f"JPEG {numbers['earlier_quality']} before",
        "sharpened": f"sharpened by {numbers['sharpening']:g}",
    }
    limits = dict(zip(CONDITIONS, LIMITS, strict=True))
    limits |= {} if cause.quality is None else {"jpeg": JPEG_LIMIT}
    reached = {name for name, value in zip(CONDITIONS, cause.condition, strict=True) if abs(value) >= limits[name]}
    told = [text for name, text in words.items() if name in reached]
    if reached & {"slant", "skew"}:
        told.insert(0, "blur in one direction")
    return told
