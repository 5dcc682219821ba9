"""Keep the local mean: where the larger image, made smaller, is brighter or darker than the smaller one, correct it.

This is back-projection (Irani and Peleg 1991) of low frequencies alone, so that noise and JPEG artefacts that a network
took away do not come back. In photographs a network hardly changes the mean; in dithers, halftones and checked grounds,
which it was not trained on, it does.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

Array = np.ndarray
CELL = 4  # pixels a side, of the smaller image, whose mean is one number
REACH = 2  # cells around it that a correction depends on: one for the filter, one for interpolation
TOLERANCE = 0.75 / 255  # of the whole range: less is left alone, and twice as much corrected in full
BLOCK = 8  # cells a side that are left alone where nothing deviates
TINY = 1e-3  # of the whole range, so that nothing is divided by zero


def means(small: Array, large: Array, *, alpha: bool) -> Array:
    """Return how the mean of each cell became another: float32 [cells,cells,3*colours] in 0..1.

    `small` is [h,w,bands], `large` [s*h,s*w,bands]. For each colour: how much darker the cell became, its mean in
    `large`, and that of white there (how opaque it is); colours count as far as they are seen.
    """
    most, cell = np.float32(np.iinfo(small.dtype).max), CELL * (len(large) // len(small))
    colours = small.shape[2] - alpha
    if alpha and min(small[..., -1].min(), large[..., -1].min()) < most:
        before, after = (_averages(_as_seen(image / most), size) for image, size in ((small, CELL), (large, cell)))
        white = np.repeat(after[..., -1:], colours, 2)
    else:
        before, after = (_averages(image, size) / most for image, size in ((small, CELL), (large, cell)))
        white = np.ones_like(after[..., :colours])
    return np.concatenate([(before - after)[..., :colours], after[..., :colours], white], 2)


def correct(large: Array, around: Array, scale: int) -> None:
    """Correct the local mean of an image [s*h,s*w,bands], in place; `around` are `means`, with REACH more rows a side.

    What becomes brighter moves toward white, what becomes darker toward black, by the share of the way that brings
    the mean where it should be; so no value leaves its range.
    """
    around = np.pad(around, ((0, 0), (REACH, REACH), (0, 0)), mode="symmetric")
    darker, mean, white = np.split(_smoothed(around), 3, axis=2)
    change = np.sign(darker) * np.minimum(2 * np.maximum(np.abs(darker) - TOLERANCE, 0), np.abs(darker))
    up = np.minimum(change.clip(0) / np.maximum(white - mean, TINY), 1)
    down = np.minimum((-change).clip(0) / np.maximum(mean, TINY), 1)
    cell = CELL * scale
    for top in range(0, len(up) - 2, BLOCK):
        for left in range(0, up.shape[1] - 2, BLOCK):
            part = (slice(top, top + BLOCK + 2), slice(left, left + BLOCK + 2))
            if change[part].any():
                position = (slice(cell * top, cell * (top + BLOCK)), slice(cell * left, cell * (left + BLOCK)))
                _move(large[position], up[part], down[part], cell)


def _move(large: Array, up: Array, down: Array, cell: int) -> None:
    """Move an image by the shares `up` toward white and `down` toward black; of these the outermost are neighbours."""
    most, (height, width) = np.iinfo(large.dtype).max, large.shape[:2]
    factors, offsets = (_enlarged(cells, cell)[:, :height, :width] for cells in (1 - up - down, up * most))
    for band, (factor, offset) in enumerate(zip(factors, offsets, strict=True)):
        large[..., band] = (large[..., band] * factor + offset + np.float32(0.5)).clip(0, most)


def _as_seen(image: Array) -> Array:
    """Return colours and alpha, the colours multiplied by alpha."""
    return np.concatenate([image[..., :-1] * image[..., -1:], image[..., -1:]], 2).astype(np.float32)


def _averages(image: Array, size: int) -> Array:
    """Return the mean of each square of `size` pixels a side, float32; at the last rows and columns of the rest."""
    kind = {"uint8": np.uint16, "uint16": np.uint32}.get(image.dtype.name, np.float32)
    for axis in (0, 1):  # rows first: their sums are fast, and leave little to be done for columns
        image = np.moveaxis(image, axis, 0)
        count, rest = divmod(len(image), size)
        sums = [image[: count * size].reshape(count, size, *image.shape[1:]).sum(1, dtype=kind) / np.float32(size)]
        if rest:
            sums.append(image[None, count * size :].sum(1, dtype=kind) / np.float32(rest))
        image, kind = np.moveaxis(np.concatenate(sums), 0, axis), np.float32
    return image.astype(np.float32)


def _smoothed(cells: Array) -> Array:
    """Filter cells [h+2,w+2,...] by 1/4, 1/2, 1/4 along rows and columns."""
    cells = (cells[:-2] + 2 * cells[1:-1] + cells[2:]) / 4
    return (cells[:, :-2] + 2 * cells[:, 1:-1] + cells[:, 2:]) / np.float32(4)


def _enlarged(cells: Array, size: int) -> Array:
    """Enlarge cells [h+2,w+2,bands] bilinearly to [bands,size*h,size*w]; the outermost are neighbours only."""
    rows, columns = (_bilinear(length - 2, size) for length in cells.shape[:2])
    return np.asarray(rows @ np.moveaxis(cells, 2, 0) @ columns.T)


@lru_cache(maxsize=32)
def _bilinear(count: int, size: int) -> Array:
    """Return the weights [size*count,count+2] by which cells and their neighbours make up pixels."""
    centers = 1 + (np.arange(size * count) + 0.5) / size - 0.5
    return np.maximum(1 - np.abs(centers[:, None] - np.arange(count + 2)), 0).astype(np.float32)
