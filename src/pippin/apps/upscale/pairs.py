"""Whether two images are a pair: the same content in two sizes.

The larger one, made smaller, is compared with the smaller one: made so, no detail that only one of them can hold
counts. Of 40 photographs (every ninth of BSDS500's training and test parts) right pairs, worn ones included, were at
least 25.8 dB apart, mirrored ones at most 19.0, two photographs at most 17.8. The peak of the phase correlation was at
least 0.31 in right pairs, always at no shift, and at most 0.04 in pairs of two photographs.
"""

from __future__ import annotations

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.metrics import psnr
from pippin.apps.upscale.resampling import resized

Array = np.ndarray
MIN_DB = 20.0  # PSNR of luma
MIN_PEAK = 0.1  # of a phase correlation that tells of a shift
MIN_GAIN = 3.0  # dB that shifting back brings
FLIPS = {
    "mirrored": (slice(None), slice(None, None, -1)),
    "upside down": (slice(None, None, -1), slice(None, None, -1)),
    "mirrored top to bottom": (slice(None, None, -1), slice(None)),
}


def mismatch(small: Array, large: Array) -> str:
    """Return why planes [3,h,w] and [3,s*h,s*w] in 0..1 are no pair, as the end of "the larger image ...", or ""."""
    given, made = (255 * np.einsum("c,chw->hw", LUMA, planes) for planes in (small, large))
    made = resized(made, *given.shape)
    near = psnr(given, made)
    down, right = _shift(given, made)
    if (down or right) and psnr(*_overlap(given, made, down, right)) >= near + MIN_GAIN:
        return f"is shifted by {right} pixels to the right and {down} down, counted in the smaller one"
    if near >= MIN_DB:
        return ""
    for name, flip in FLIPS.items():
        if psnr(given, made[flip]) >= max(MIN_DB, near + MIN_GAIN):
            return f"is {name}"
    return f"shows something else (made smaller, it is {near:.1f} dB from the smaller one; {MIN_DB:.0f} are needed)"


def _shift(given: Array, made: Array) -> tuple[int, int]:
    """Return pixels down and right by which `made` lies off `given`, by phase correlation; 0, 0 if that is unsure."""
    first, second = (np.fft.rfft2(plane - plane.mean()) for plane in (given, made))
    cross = second * np.conj(first)
    found = np.fft.irfft2(cross / np.maximum(np.abs(cross), 1e-6), given.shape)
    if found.max() < MIN_PEAK:
        return 0, 0
    position = np.unravel_index(int(found.argmax()), found.shape)
    down, right = (int((at + size // 2) % size - size // 2) for at, size in zip(position, found.shape, strict=True))
    return down, right


def _overlap(given: Array, made: Array, down: int, right: int) -> tuple[Array, Array]:
    """Return the parts that both show, `made` shifted back."""
    height, width = given.shape
    rows = slice(max(0, down), height + min(0, down)), slice(max(0, -down), height + min(0, -down))
    columns = slice(max(0, right), width + min(0, right)), slice(max(0, -right), width + min(0, -right))
    return given[rows[1], columns[1]], made[rows[0], columns[0]]
