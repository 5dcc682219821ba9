"""Stain normalisation: haematoxylin and eosin as a reference slide shows them (Macenko et al. 2009)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIN_DENSITY = 0.15  # optical density below which a pixel is glass
ANGLE = 1.0  # percentile at which the extreme directions are taken
MIN_PIXELS = 100
# Directions of both stains in optical density, and their 99th percentiles, of the reference in the authors' own code.
REFERENCE = np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]])
REFERENCE_STRENGTH = np.array([1.9705, 1.0308])


def normalise(pixels_HWC: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image [H,W,3] with the reference's stains; one with too little tissue stays as it is."""
    density = -np.log((pixels_HWC.reshape(-1, 3).astype(np.float64) + 1) / 240)
    tissue = density[(density > MIN_DENSITY).all(axis=1)]
    stains = find_stains(tissue) if len(tissue) >= MIN_PIXELS else None
    if stains is None:
        return pixels_HWC
    strengths = np.linalg.lstsq(stains, density.T, rcond=None)[0]
    usual = np.percentile(strengths, 99, axis=1)
    if (usual <= 1e-3).any():
        return pixels_HWC
    rebuilt = 240 * np.exp(-REFERENCE @ (strengths * (REFERENCE_STRENGTH / usual)[:, None])) - 1
    return rebuilt.T.reshape(pixels_HWC.shape).clip(0, 255).round().astype(np.uint8)


def find_stains(density_ND: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the directions [3,2] of haematoxylin and eosin in optical densities [N,3]; None where there is one stain.

    They are the extreme directions in the plane of the two main components.
    """
    _, axes = np.linalg.eigh(np.cov(density_ND.T))
    plane = axes[:, 1:]
    plane = plane * np.where(plane.sum(axis=0) < 0, -1, 1)
    within = density_ND @ plane
    angles = np.arctan2(within[:, 0], within[:, 1])
    extremes = np.percentile(angles, [ANGLE, 100 - ANGLE])
    found = plane @ np.stack([np.sin(extremes), np.cos(extremes)])
    if extremes[1] - extremes[0] < 1e-3 or not np.isfinite(found).all():
        return None
    # Haematoxylin is the one that takes more of the red light.
    return found if found[0, 0] > found[0, 1] else found[:, ::-1]
