"""Histograms of oriented gradients: which edges run where, the best known hand-made view of shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ORIENTATIONS = 9  # directions over 180 degrees
CELL = 8  # pixels a side
BLOCK = 2  # cells a side
_CLIP, _SMALL = 0.2, 1e-5


def histograms_of_gradients(grey_NHW: NDArray[np.float32]) -> NDArray[np.float32]:
    """Describe grey images [N, H, W] (sides in whole cells of 8 pixels): rows [N, 36 (H/8 - 1) (W/8 - 1)].

    Blocks are normalised as "L2-Hys". Source: Dalal and Triggs 2005, "Histograms of Oriented Gradients for
    Human Detection", section 6, without their interpolation between cells.
    """
    cells = _cell_histograms(grey_NHW)
    rows, columns = cells.shape[1] - BLOCK + 1, cells.shape[2] - BLOCK + 1
    corners = [(row, column) for row in range(BLOCK) for column in range(BLOCK)]
    parts = [cells[:, row : row + rows, column : column + columns] for row, column in corners]
    blocks = _unit(np.minimum(_unit(np.concatenate(parts, axis=3)), _CLIP))
    return blocks.reshape(len(grey_NHW), rows * columns * BLOCK * BLOCK * ORIENTATIONS)


def _cell_histograms(grey_NHW: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return mean gradient strength by cell and direction: [N, H/8, W/8, 9]."""
    count, height, width = grey_NHW.shape
    strength, direction = _gradients(grey_NHW)
    cells = (count, height // CELL, width // CELL, ORIENTATIONS)
    image, row, column = np.ogrid[:count, :height, :width]
    cell = (image * cells[1] + row // CELL) * cells[2] + column // CELL
    place = cell * ORIENTATIONS + direction
    sums = np.bincount(place.ravel(), strength.ravel(), minlength=int(np.prod(cells)))
    return (sums / CELL**2).astype(np.float32).reshape(cells)


def _gradients(grey_NHW: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return strength of the gradient at each pixel (0 across the border), its direction in steps of 20 degrees."""
    down, right = np.zeros_like(grey_NHW), np.zeros_like(grey_NHW)
    down[:, 1:-1] = grey_NHW[:, 2:] - grey_NHW[:, :-2]
    right[:, :, 1:-1] = grey_NHW[:, :, 2:] - grey_NHW[:, :, :-2]
    degrees = np.rad2deg(np.arctan2(down, right)) % 180
    bins = (degrees * (ORIENTATIONS / 180)).astype(np.int64)
    return np.hypot(down, right), np.minimum(bins, ORIENTATIONS - 1)


def _unit(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    return blocks / np.sqrt((blocks**2).sum(axis=3, keepdims=True) + _SMALL**2)
