"""Rendered slides in the manner of stained tissue, with annotations: sparse and crowded nuclei; of no patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFilter

SPARSE, CROWDED = "sparse nuclei", "crowded nuclei"
MICRONS = 0.5
FIELD = 224  # pixels of a tile at that size
GLASS, PINK, BLUE = np.array([244, 242, 246]), np.array([226, 178, 205]), np.array([105, 70, 150])
_PER_FIELD = {SPARSE: 30, CROWDED: 52}  # nuclei on average
_CORNERS = 48  # of an area


class RenderedSlide(NamedTuple):
    """Pixels [H,W,3] of the finest level, and its areas as GeoJSON."""

    pixels: NDArray[np.uint8]
    areas: dict[str, Any]


def render_slide(seed: int, columns: int = 9, rows: int = 7) -> RenderedSlide:
    """Return a slide of so many tiles: glass round a piece of tissue, of which a part is crowded."""
    rng = np.random.default_rng(seed)
    width, height = columns * FIELD, rows * FIELD
    middle = np.array([width / 2, height / 2])
    tissue = _outline(rng, middle, (0.44 * width, 0.42 * height))
    offset = rng.uniform(-0.15, 0.15, 2) * (width, height)
    crowded = _outline(rng, middle + offset, (rng.uniform(0.16, 0.24) * width, rng.uniform(0.18, 0.26) * height))
    inside, dense = _mask(tissue, width, height), _mask(crowded, width, height)
    image = PilImage.fromarray(_ground(rng, inside))
    _draw_nuclei(ImageDraw.Draw(image), rng, inside, dense)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.0)), np.float32)
    noisy = (pixels + rng.normal(0, 3, (height, width, 1))).clip(0, 255).astype(np.uint8)
    return RenderedSlide(noisy, _collect([(SPARSE, tissue), (CROWDED, crowded)]))


def _outline(rng: np.random.Generator, middle: NDArray[np.float64], radii: tuple[float, float]) -> NDArray[np.float64]:
    """Return the corners [N,2] of a wavy oval."""
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    waves = 1 + 0.06 * np.sin(3 * angles + rng.uniform(0, 6)) + 0.04 * np.sin(5 * angles + rng.uniform(0, 6))
    return middle + np.stack([np.cos(angles), np.sin(angles)], axis=1) * radii * waves[:, None]


def _mask(corners: NDArray[np.float64], width: int, height: int) -> NDArray[np.bool_]:
    drawn = PilImage.new("L", (width, height))
    ImageDraw.Draw(drawn).polygon([tuple(corner) for corner in corners.tolist()], fill=255)
    return np.asarray(drawn) > 0


def _ground(rng: np.random.Generator, inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return glass, and tissue of uneven pink [H,W,3]."""
    height, width = inside.shape
    coarse = PilImage.fromarray(rng.normal(0, 1, (height // 60 + 2, width // 60 + 2)).astype(np.float32))
    uneven = np.asarray(coarse.resize((width, height), PilImage.Resampling.BICUBIC))[:, :, None]
    levels = np.where(inside[:, :, None], PINK + rng.normal(0, 5, 3) + uneven * (9, 12, 9), GLASS)
    return np.asarray(levels.clip(0, 255), np.uint8)


def _draw_nuclei(
    draw: ImageDraw.ImageDraw, rng: np.random.Generator, inside: NDArray[np.bool_], dense: NDArray[np.bool_]
) -> None:
    """Draw nuclei at random, more of them where it is crowded."""
    height, width = inside.shape
    count = rng.poisson(_PER_FIELD[CROWDED] * width * height / FIELD**2)
    places = rng.uniform(0, 1, (count, 2)) * (width, height)
    kept = rng.uniform(0, 1, count) < _PER_FIELD[SPARSE] / _PER_FIELD[CROWDED]
    for (x, y), is_kept in zip(places.tolist(), kept.tolist(), strict=True):
        if inside[int(y), int(x)] and (is_kept or dense[int(y), int(x)]):
            across, down = rng.uniform(4, 8) * rng.uniform(0.8, 1.3, 2)
            blue = tuple((BLUE + rng.normal(0, 14, 3)).clip(0, 255).astype(int).tolist())
            draw.ellipse([x - across, y - down, x + across, y + down], fill=blue)


def _collect(areas: Sequence[tuple[str, NDArray[np.float64]]]) -> dict[str, Any]:
    """Return areas as a FeatureCollection; where two overlap, the later counts."""
    features = []
    for label, corners in areas:
        ring = [*corners.round(1).tolist(), corners[0].round(1).tolist()]
        properties = {"objectType": "annotation", "classification": {"name": label}}
        geometry = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def pyramid(pixels: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Return the pixels, and halved until the longer side is below 600."""
    levels = [pixels]
    while max(levels[-1].shape[:2]) >= 600:
        image = PilImage.fromarray(levels[-1])
        levels.append(np.asarray(image.resize((image.width // 2, image.height // 2), PilImage.Resampling.BOX)))
    return levels
