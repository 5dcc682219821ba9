"""What happens to a photograph on its way to a screen: blur, resizing, noise and JPEG, once or twice, at random.

The chain follows the high-order degradations of Real-ESRGAN (Wang et al. 2021, section 3), milder: snapshots and
pictures sent by messengers, not ruins.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from pippin.apps.upscale.resizing import cubic, lanczos, linear, resized, rounded

Array = np.ndarray
REACH = 7  # pixels a blur reaches on each side


def degraded(picture: Array, scale: int, chance: np.random.Generator) -> Array:
    """An 8-bit RGB picture [s*h,s*w,3] as a small, worn one [h,w,3]; sides must be multiples of `scale`."""
    height, width = (side // scale for side in picture.shape[:2])
    worn = blurred(picture.astype(np.float64), _kernel(chance, 0.3, 1.2 * scale / 2 + 0.6))
    middle = chance.uniform(1.0, scale) if chance.random() < 0.6 else scale
    worn = _resized(worn, round(picture.shape[0] / middle), round(picture.shape[1] / middle), chance)
    worn = _noisy(worn, chance, 8)
    worn = _jpeg(worn, int(chance.integers(50, 96)), chance) if chance.random() < 0.7 else worn
    if chance.random() < 0.4:
        worn = _noisy(blurred(worn, _kernel(chance, 0.2, 0.8)), chance, 4)
    worn = _resized(worn, height, width, chance)
    return _jpeg(worn, int(chance.integers(60, 98)), chance)


def blurred(picture: Array, kernel: Array) -> Array:
    """The picture [H,W,3] filtered by a kernel [k,k] through the frequency domain, borders mirrored."""
    reach = len(kernel) // 2
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    size = padded.shape[:2]
    found = np.fft.irfft2(
        np.fft.rfft2(padded, axes=(0, 1)) * np.fft.rfft2(kernel, size, axes=(0, 1))[:, :, None], size, axes=(0, 1)
    )
    return np.asarray(found[2 * reach :, 2 * reach :])


def _kernel(chance: np.random.Generator, least: float, most: float) -> Array:
    """A Gaussian, round or drawn out in some direction, its widths in pixels."""
    wide, narrow = chance.uniform(least, most, 2) if chance.random() < 0.4 else [chance.uniform(least, most)] * 2
    angle = chance.uniform(0, np.pi)
    y, x = np.mgrid[-REACH : REACH + 1, -REACH : REACH + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kernel = np.exp(-0.5 * ((along / wide) ** 2 + (across / narrow) ** 2))
    return np.asarray(kernel / kernel.sum())


def _resized(picture: Array, height: int, width: int, chance: np.random.Generator) -> Array:
    return resized(picture, height, width, (cubic, linear, lanczos)[chance.integers(3)])


def _noisy(picture: Array, chance: np.random.Generator, most: float) -> Array:
    """Noise of a sensor: more where it is bright; of brightness alone, or of each colour."""
    strength = chance.uniform(0, most) * chance.random()
    shape = (*picture.shape[:2], 1) if chance.random() < 0.4 else picture.shape
    growing = np.sqrt(0.5 + picture.clip(0, 255).mean(2, keepdims=True) / 255)
    return picture + strength * growing * chance.standard_normal(shape)


def _jpeg(picture: Array, quality: int, chance: np.random.Generator) -> Array:
    buffer = io.BytesIO()
    fine = int(2 * (chance.random() < 0.6))  # 4:2:0 or 4:4:4
    Image.fromarray(rounded(picture)).save(buffer, "JPEG", quality=quality, subsampling=fine)
    return np.asarray(Image.open(buffer).convert("RGB"))
