"""A face turned and scaled so that its five points lie where a network expects them."""

from __future__ import annotations

import numpy as np
from PIL import Image

Array = np.ndarray
SIDE = 112
TEMPLATE = np.array(
    [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)]
)
"""Eyes, nose and corners of the mouth in the 112 x 112 pixels that SFace looks at (Deng et al. 2019, "ArcFace")."""


def align(image: Array, points: Array) -> Array:
    """Return the face with these points [5,2] as SFace looks at it [112,112,3]; beyond the image it is black."""
    scale, rotation, shift = fit_similarity(TEMPLATE, points)
    matrix = scale * rotation
    image, points, shrink = _shrink(image, points, scale)
    matrix, shift = matrix / shrink, shift / shrink + (1 / shrink - 1) / 2
    affine = (*matrix[0], shift[0] + 0.5 - matrix[0].sum() / 2, *matrix[1], shift[1] + 0.5 - matrix[1].sum() / 2)
    source = Image.fromarray(image)
    return np.asarray(source.transform((SIDE, SIDE), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR))


def fit_similarity(source: Array, target: Array) -> tuple[float, Array, Array]:
    """Return scale, rotation [2,2] and shift [2] that map `source` onto `target` [N,2] with least squared error.

    Umeyama 1991, "Least-squares estimation of transformation parameters between two point patterns".
    """
    centre, other = source.mean(0), target.mean(0)
    x, y = source - centre, target - other
    cosine, sine = (x * y).sum(), (x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0]).sum()
    length = float(np.hypot(cosine, sine))
    rotation = np.array([[cosine, -sine], [sine, cosine]]) / max(length, 1e-9)
    scale = length / max(float((x**2).sum()), 1e-9)
    return scale, rotation, other - scale * rotation @ centre


def _shrink(image: Array, points: Array, scale: float) -> tuple[Array, Array, int]:
    """Return a large image made smaller by a whole number, so that bilinear sampling leaves no pixel out."""
    factor = int(scale)
    if factor < 2:
        return image, points, 1
    return np.asarray(Image.fromarray(image).reduce(factor)), points / factor, factor
