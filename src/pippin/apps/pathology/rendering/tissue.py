"""Rendered slides in the manner of stained tissue, with annotations: sparse and crowded nuclei; of no patient."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFilter

SPARSE, CROWDED = "sparse nuclei", "crowded nuclei"
MICRONS = 0.5
GLASS = (244, 242, 246)
_FIELD = 224  # pixels over which the kind of tissue changes


class RenderedSlide(NamedTuple):
    """Pixels [H,W,3] of the finest level, and its areas as GeoJSON."""

    pixels: NDArray[np.uint8]
    areas: dict[str, Any]


def render_slide(seed: int, columns: int = 9, rows: int = 7) -> RenderedSlide:
    """Return a slide of fields of 224 pixels: glass round tissue, of which a part is crowded."""
    rng = np.random.default_rng(seed)
    kinds = _kinds(rng, rows, columns)
    image = PilImage.new("RGB", (columns * _FIELD, rows * _FIELD), GLASS)
    for row, column in np.argwhere(kinds >= 0).tolist():
        image.paste(_field(rng, kinds[row, column] == 1), (column * _FIELD, row * _FIELD))
    noise = rng.normal(0, 3, (image.height, image.width, 1))
    pixels = (np.asarray(image, np.float32) + noise).clip(0, 255).astype(np.uint8)
    return RenderedSlide(pixels, _areas(kinds))


def _kinds(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.int64]:
    """Return -1 for glass, 0 for sparse and 1 for crowded fields [rows,columns]: tissue in the middle, two regions."""
    kinds = np.full((rows, columns), -1, np.int64)
    kinds[1:-1, 1:-1] = 0
    height, width = rng.integers(2, max(3, rows - 3)), rng.integers(2, max(3, columns - 4))
    top, left = rng.integers(1, rows - height), rng.integers(1, columns - width)
    kinds[top : min(top + height, rows - 1), left : min(left + width, columns - 1)] = 1
    return kinds


def _field(rng: np.random.Generator, is_crowded: bool) -> PilImage.Image:
    pink = tuple(int(level) for level in np.array([226, 178, 205]) + rng.normal(0, 6, 3))
    image = PilImage.new("RGB", (_FIELD, _FIELD), pink)
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y = rng.uniform(0, _FIELD, 2)
        shift = tuple(int(level) for level in np.array(pink) + rng.normal(0, 9, 3))
        draw.line([(x - 60, y + rng.normal(0, 20)), (x + 60, y + rng.normal(0, 20))], fill=shift, width=5)
    usual = 70 if is_crowded else 32
    for _ in range(rng.poisson(usual)):
        x, y = rng.uniform(0, _FIELD, 2)
        radius = rng.uniform(5, 10) if is_crowded else rng.uniform(4, 7)
        across, down = radius * rng.uniform(0.8, 1.3, 2)
        blue = tuple(int(level) for level in np.array([105, 70, 150]) + rng.normal(0, 14, 3))
        draw.ellipse([x - across, y - down, x + across, y + down], fill=blue)
    return image.filter(ImageFilter.GaussianBlur(1.0))


def _areas(kinds: NDArray[np.int64]) -> dict[str, Any]:
    """Return each field of tissue as an area of its class."""
    features = []
    for row, column in np.argwhere(kinds >= 0).tolist():
        left, top = column * _FIELD, row * _FIELD
        right, bottom = left + _FIELD, top + _FIELD
        ring = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]]
        label = CROWDED if kinds[row, column] == 1 else SPARSE
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"objectType": "annotation", "classification": {"name": label}},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def pyramid(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return the pixels, and halved until the longer side is below 600."""
    levels = [pixels]
    while max(levels[-1].shape[:2]) >= 600:
        image = PilImage.fromarray(levels[-1])
        levels.append(np.asarray(image.resize((image.width // 2, image.height // 2), PilImage.Resampling.BOX)))
    return levels
