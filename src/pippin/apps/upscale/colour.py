"""Luma (ITU-R BT.601), and its range by which the literature measures."""

from __future__ import annotations

import numpy as np

Array = np.ndarray
LUMA = np.array([0.299, 0.587, 0.114])
STUDIO = 219 / 255, 16.0  # what MATLAB's rgb2ycbcr makes of luma in 0..255: the range of television studios


def studio_luma(image: Array) -> Array:
    """Return luma of 8-bit RGB [H,W,3] or grey [H,W] in 16..235, by which PSNR-Y and SSIM are measured."""
    image = np.asarray(image, np.float64)
    luma = image @ LUMA if image.ndim == 3 else image
    return luma * STUDIO[0] + STUDIO[1]
