"""Bicubic resizing as the literature measures by it: Keys' cubic, widened to suppress aliasing, mirrored borders.

It is what MATLAB's `imresize` computes, by which low-resolution images have been made since the first papers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

Array = np.ndarray
Kernel = Callable[[Array], Array]


def cubic(x: Array) -> Array:
    """Return Keys' cubic convolution kernel with a = -1/2 (Keys 1981, equation 15), of support 4."""
    x = np.abs(x)
    near, far = (1.5 * x - 2.5) * x * x + 1, ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x <= 1, near, np.where(x < 2, far, 0.0))


def lanczos(x: Array) -> Array:
    """Return Lanczos' window of three lobes, of support 6."""
    return np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)


def linear(x: Array) -> Array:
    """Return a triangle, of support 2."""
    return np.maximum(1 - np.abs(x), 0)


def box(x: Array) -> Array:
    """Return the nearest pixel."""
    return np.where((x >= -0.5) & (x < 0.5), 1.0, 0.0)


SUPPORT: dict[Kernel, int] = {cubic: 4, lanczos: 6, linear: 2, box: 1}


@lru_cache(maxsize=64)
def taps(size: int, wanted: int, kernel: Kernel = cubic) -> tuple[Array, Array]:
    """Return which of `size` pixels make up each of `wanted`, and their weights: both [wanted, K].

    Where it becomes smaller the kernel is stretched, so that nothing aliases; beyond the borders pixels are mirrored.
    """
    scale = wanted / size
    stretch = min(1.0, scale)
    width = SUPPORT[kernel] / stretch
    centers = (np.arange(wanted) + 0.5) / scale - 0.5
    first = np.floor(centers - width / 2).astype(int)
    places = first[:, None] + np.arange(int(np.ceil(width)) + 2)
    weights = stretch * kernel(stretch * (centers[:, None] - places))
    weights /= weights.sum(1, keepdims=True)
    mirrored = np.mod(places, 2 * size)
    mirrored = np.where(mirrored < size, mirrored, 2 * size - 1 - mirrored)
    used = np.flatnonzero(np.abs(weights).max(0) > 0)
    return mirrored[:, used], weights[:, used]


@lru_cache(maxsize=64)
def resize_matrix(size: int, wanted: int, kernel: Kernel = cubic) -> Array:
    """Return the weights by which `size` pixels become `wanted`, float32 [wanted,size]; see `taps`."""
    places, weights = taps(size, wanted, kernel)
    matrix = np.zeros((wanted, size), np.float32)
    np.add.at(matrix, (np.arange(wanted)[:, None], places), weights)
    return matrix


def resized(image: Array, height: int, width: int, kernel: Kernel = cubic) -> Array:
    """Return the image [H,W] or [H,W,C] (any numbers) as float64 [height,width(,C)]; rows first, as MATLAB does."""
    image = np.asarray(image, np.float64)
    for axis, wanted in ((0, height), (1, width)):
        places, weights = taps(image.shape[axis], wanted, kernel)
        shape = [1] * image.ndim
        shape[axis] = wanted
        image = sum(np.take(image, places[:, k], axis) * weights[:, k].reshape(shape) for k in range(places.shape[1]))
    return image


def rounded(image: Array) -> Array:
    """Round values as they come into a file of 8 bits."""
    return np.floor(image.clip(0, 255) + 0.5).astype(np.uint8)


def bicubic_kernels(scale: int, channels: int = 1) -> np.ndarray:
    """Return bicubic enlarging as 5x5 kernels [channels*scale², 1, 5, 5], one for each pixel that becomes of one."""
    offsets = (np.arange(scale) + 0.5) / scale - 0.5
    rows = cubic(offsets[:, None] - np.arange(-2, 3))
    kernels = np.einsum("ay,bx->abyx", rows, rows).reshape(scale**2, 1, 5, 5)
    return np.tile(kernels, (channels, 1, 1, 1)).astype(np.float32)
