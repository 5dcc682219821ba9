"""What an image went through, estimated: tiles for the estimator, and JPEG quality from the file's own tables."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image

from pippin.apps.upscale.degradation import CONDITIONS, severity

Array = np.ndarray
TILE = 96  # pixels a side
MIN_TILE = 24  # pixels a side that the estimator's convolutions need; smaller tiles are mirrored
TILES_A_SIDE = 6  # at most
# Blur is what the third with most detail shows, if that is less: the rest may be out of focus. Of 480 degraded copies
# of 20 photographs that no network learned from, none was taken for blurred by 0.3 more than it was; by all, 2.3 %.
PART = 3
FLAT = 0.2  # share of the largest detail below which a tile is flat
MAX_STEP = 255  # of quantisation in a table of 8 bits
BLURS = 3  # conditions that are of blur, the first ones: its size and two of its direction
MIN_BLUR = 1e-3  # so that nothing is divided by zero
# Below these conditions the network for clean images comes nearer to the original than the one for degraded images, on
# 14 photographs that neither learned from and that no figure is reported on (29 degradations of each, x2); those of
# jpeg and sharpened on 20 such photographs and 16 drawn images (22 degradations).
LIMITS = (0.06, 0.3, 0.3, 0.06, 0.08, 0.03, 0.16)
JPEG_LIMIT = 0.09  # of a quality read from the file: 94
# So many times these limits it is sure that the network for degraded images does better. In between the mean of both is
# taken, for photographs may be soft or grainy by themselves: on the 8 softest of 170 clean copies it lost 0.3 dB where
# that network lost 1.0, and it won three quarters of what that one does on Gaussian blurs of 1 to 2.5 pixels.
SURE = (10, 3, 3, 3, 2, 3, 3)

# So much noise (1.5 levels) is added to the condition of an image with a blur of at least BLUR_OF_ALL, less below:
# chosen among 0, 0.03 and 0.06 on 10 photographs that no network learned from (x2). It won 0.36 dB where they were made
# smaller after compression, lost 0.09 on Gaussian blur of 2 pixels alone, and changed six other cases by at most 0.1.
NOISE_IN_BLUR, BLUR_OF_ALL = 0.06, 0.6
# So much of an estimated blur may be an image's own softness: all of it up to the first of these blurs, less above,
# nothing from the second on. Chosen among 0, 0.2, 0.3 and a half of the blur on 10 photographs that no network learned
# from, as they are and softened by 0.8 pixels before they were degraded (noise and JPEG, sent twice, snapshots, JPEG
# 75; x2): without it 27 of 50 softened ones came out below bicubic, with it 3; sharp snapshots lose 0.3 dB by it.
SOFTNESS, SOFT_UP_TO, SURELY_BLURRED = 0.2, 0.4, 0.7
# So much is added of what the network for degraded images adds where an image becomes larger: on the same photographs
# those 3 come above bicubic by it, and the mean of sharp ones falls by at most 0.07 dB.
DEGRADED_STRENGTH = 0.85


def tiles_of(slabs: Iterable[Array], height: int, width: int) -> Array:
    """Cut tiles [N,3,h,w], that with most detail first, from a grid over an image.

    It comes as slabs [3,rows,W] from top to bottom. Flat tiles, of which a screenshot may be full, say nothing.
    """
    side = min(TILE, height, width)
    lefts = _starts(width, side)
    strips = {top: list[Array]() for top in _starts(height, side)}
    tiles = list[Array]()
    first = 0
    for slab in slabs:
        last = first + slab.shape[1]
        for top, parts in strips.items():
            if top < last and top + side > first:
                parts.append(slab[:, max(0, top - first) : top + side - first])
                if top + side <= last:
                    strip = np.concatenate(parts, 1)
                    tiles += [strip[:, :, left : left + side].copy() for left in lefts]
                    parts.clear()
        first = last
    missing = (0, max(0, MIN_TILE - side))
    return np.pad(_sorted_by_detail(np.stack(tiles)), ((0, 0), (0, 0), missing, missing), mode="symmetric")


def _sorted_by_detail(tiles: Array) -> Array:
    """Sort tiles [N,3,h,w], that with most detail first; those that are flat beside others are left out."""
    detail = sum(np.abs(np.diff(tiles, axis=axis)).sum((1, 2, 3)) for axis in (2, 3))
    best = np.argsort(-detail, kind="stable")
    return np.asarray(tiles[best[detail[best] >= FLAT * detail.max()]])


def _starts(size: int, side: int) -> list[int]:
    """Return where at most TILES_A_SIDE tiles begin along an image, from border to border."""
    return sorted({round(start) for start in np.linspace(0, size - side, min(TILES_A_SIDE, 2 * size // side))})


def estimate(estimator: Callable[[Array], Array], tiles: Array) -> Array:
    """Estimate a condition [conditions] by a network for tiles [N,3,h,w], those with most detail first."""
    condition = estimator(tiles).copy()
    sharpest = estimator(tiles[: -(-len(tiles) // PART)])
    if sharpest[0] < condition[0]:
        condition[:BLURS] = sharpest[:BLURS]
    return condition


def jpeg_quality(content: bytes) -> int | None:
    """Read the quality 1..100 of a JPEG file from its table for luma; None for other files.

    Encoders scale the standard's table (ITU-T T.81, table K.1), which is that of quality 50.
    """
    table = _table(content) if content.startswith(b"\xff\xd8\xff") else None
    if table is None:
        return None
    whole = table < MAX_STEP  # larger steps are cut there
    percent = 100 * table[whole].sum() / _standard()[whole].sum() if whole.any() else 5000.0
    quality = (200 - percent) / 2 if percent < 100 else 5000 / percent
    return int(np.clip(round(quality), 1, 100))


def _table(content: bytes) -> Array | None:
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.array(image.quantization[0])  # type: ignore[attr-defined]
    except Exception:  # a damaged file is told of where it is decoded
        return None


@lru_cache(maxsize=1)
def _standard() -> Array:
    buffer = io.BytesIO()
    Image.new("L", (8, 8)).save(buffer, "JPEG", quality=50)
    table = _table(buffer.getvalue())
    assert table is not None
    return table


def with_quality(condition: Array, quality: int | None) -> Array:
    """Return the condition with what the file itself says of its last compression."""
    if quality is None:
        return condition
    known = condition.copy()
    known[CONDITIONS.index("jpeg")] = severity(quality)
    return known


def overridden(condition: Array, denoise: Any) -> Array:
    """Return the condition with noise and JPEG as strong as `denoise` says, 0..1; "auto" leaves the estimate."""
    if denoise == "auto":
        return condition
    known = condition.copy()
    for name in ("noise", "jpeg", "earlier"):
        known[CONDITIONS.index(name)] = 0.0 if name == "earlier" else float(denoise)
    return known


def cautious(condition: Array) -> Array:
    """Return the condition by which the network's kernels are mixed: less blur where it is slight, more noise in blur.

    Slight blur may be how the photograph is, and must not be sharpened away. A blurred image shows little of the noise
    and of what JPEG left in it, and sharpening makes both visible.
    """
    mixed, blur = condition.copy(), max(condition[CONDITIONS.index("blur")], 0)
    own = SOFTNESS * np.clip((SURELY_BLURRED - blur) / (SURELY_BLURRED - SOFT_UP_TO), 0, 1)
    mixed[:BLURS] *= max(blur - own, 0) / max(blur, MIN_BLUR)
    noise = CONDITIONS.index("noise")
    mixed[noise] = max(condition[noise], 0) + np.clip(blur / BLUR_OF_ALL, 0, 1) * NOISE_IN_BLUR
    return mixed


def clean_share(condition: Array, quality: int | None = None) -> float:
    """Choose how much of the network for clean images to take, beside the one for degraded ones: 1, half, or 0.

    `quality` is that of a JPEG file, which is known; that of other files is an estimate, and counts from higher on. The
    local mean of the image is kept where this is above 0: that of a degraded one holds noise and what JPEG left.
    """
    limits = np.array(LIMITS)
    if quality is not None:
        limits[CONDITIONS.index("jpeg")] = JPEG_LIMIT
    degrees = np.abs(condition) / limits
    if (degrees < 1).all():
        return 1.0
    return 0.0 if (degrees >= SURE).any() else 0.5


def strength_for(share: float, scale: int) -> float:
    """Choose how much of what a network adds is added, by `clean_share`; at a scale of 1 what is clean stays."""
    if scale == 1:
        return 1 - share
    return DEGRADED_STRENGTH if share == 0 else 1.0


def readable(condition: Array) -> Mapping[str, Any]:
    """Return the condition in units one knows: blur in pixels, noise in levels, JPEG quality."""
    numbers = dict(zip(CONDITIONS, np.maximum(condition, 0).tolist(), strict=True))
    return {
        "blur": round(1.5 * numbers["blur"], 2),
        "noise": round(25 * numbers["noise"], 1),
        "quality": round(100 - 70 * numbers["jpeg"]),
        "earlier_quality": round(100 - 70 * numbers["earlier"]),
        "sharpening": round(1.5 * numbers["sharpened"], 2),
    }
