"""How near a larger image comes to the photograph it was made from, as the literature measures it."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from pippin.apps.upscale.colour import studio_luma
from pippin.apps.upscale.data import HighResTarget, crop_to_multiple, pixels
from pippin.core.data import Example
from pippin.core.inputs import Image as ImageInput
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap
from pippin.learn.vision.image_decoding import open_image

Array = np.ndarray
WINDOW, SPREAD = 11, 1.5  # of SSIM's Gaussian, in pixels
K1, K2, MOST = 0.01, 0.03, 255.0


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return means over the images, with their bootstrap intervals.

    psnr_y (dB) and ssim_y: of luma in 16..235, borders as wide as the scale left out. ssimulacra2: 0 to 100, of
    colour, where that library is installed. An image that failed is left out.
    """
    found: dict[str, list[float]] = {}
    for prediction, example in zip(predictions, examples, strict=True):
        if prediction.error:
            continue
        made = ImageInput(content=prediction.files[0].read(), name=example.input.name)
        large = np.asarray(open_image(made, least=1))
        right = example.answer
        # What was taught is scored as it is; of a data set, photographs that are very large are made smaller first.
        original = pixels(right) if isinstance(right, HighResTarget) else np.asarray(open_image(right, least=1))
        for name, value in measured(large, original, prediction.evidence[0]["scale"]).items():
            found.setdefault(name, []).append(value)
    return {name: bootstrap(lambda values: float(values.mean()), np.array(values)) for name, values in found.items()}


def measured(large: Array, original: Array, scale: int) -> dict[str, float]:
    """Measure one 8-bit RGB image beside the photograph it should be."""
    original = crop_to_multiple(original, scale)
    one, other = studio_luma(large), studio_luma(original)
    one, other = (luma[scale:-scale, scale:-scale] for luma in (one, other))
    values = {"psnr_y": psnr(one, other), "ssim_y": ssim(one, other)}
    similar = _ssimulacra2(large, original)
    return values if similar is None else {**values, "ssimulacra2": similar}


def psnr(one: Array, other: Array) -> float:
    """Return the peak signal-to-noise ratio in dB, the peak being 255; at most 100."""
    error = float(np.mean((one - other) ** 2))
    return min(100.0, 10 * np.log10(MOST**2 / max(error, 1e-12)))


def ssim(one: Array, other: Array) -> float:
    """Return the mean structural similarity (Wang et al. 2004), where the whole window lies within the image."""
    means = _blurred(one), _blurred(other)
    first, second, both = _blurred(one * one), _blurred(other * other), _blurred(one * other)
    a, b = (K1 * MOST) ** 2, (K2 * MOST) ** 2
    product, squares = means[0] * means[1], means[0] ** 2 + means[1] ** 2
    return float(
        np.mean((2 * product + a) * (2 * (both - product) + b) / ((squares + a) * (first + second - squares + b)))
    )


def _blurred(plane: Array) -> Array:
    places = np.arange(WINDOW) - WINDOW // 2
    weights = np.exp(-0.5 * (places / SPREAD) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        windows = np.lib.stride_tricks.sliding_window_view(plane, WINDOW, axis)
        plane = windows @ weights
    return plane


def _ssimulacra2(large: Array, original: Array) -> float | None:
    try:
        from ssimulacra2 import compute_ssimulacra2
    except ImportError:
        return None
    buffers = [io.BytesIO(), io.BytesIO()]
    for array, buffer in zip((original, large), buffers, strict=True):
        Image.fromarray(array).save(buffer, "PNG", compress_level=0)
        buffer.seek(0)
    return float(compute_ssimulacra2(*buffers))
