"""Whole-slide images read piece by piece, so that no slide is too large for memory (OpenSlide; ordinary images too)."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.images.opening import as_dicom, open_rgb
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import refuse_endless
from pippin.core.inputs import Image
from pippin.learn.vision.image_files import shown

SUFFIXES = (".svs", ".tif", ".tiff", ".ndpi", ".vms", ".scn", ".mrxs", ".svslide", ".bif", ".czi", ".dcm")
PLAIN = (".png", ".jpg", ".jpeg")
BLOCK = 2048  # pixels a side that are read at once
_BOUNDS = ("x", "y", "width", "height")


class Slide:
    """A slide; positions are in pixels of its finest level, `microns` is their size or None where it is not told."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, shown(path.name)
        self._slide = _open(path)
        self._left, self._top, self.width, self.height = _bounds(self._slide)
        self.microns = _microns(self._slide.properties)
        self.levels = int(self._slide.level_count)

    def read(self, left: int, top: int, width: int, height: int, size: tuple[int, int]) -> PilImage.Image:
        """Return a region as RGB of `size` pixels; beyond the slide it is white. PippinError where it is damaged."""
        scale = max(width / size[0], height / size[1])
        level = self._slide.get_best_level_for_downsample(max(1.0, scale * 1.01))
        factor = float(self._slide.level_downsamples[level])
        pieces = max(1, math.ceil(max(width, height) / factor / BLOCK))
        if pieces == 1:
            return self._region(left, top, level, width / factor, height / factor, size)
        whole = PilImage.new("RGB", size, "white")
        for row in range(pieces):
            for column in range(pieces):
                box = _piece(size, pieces, row, column)
                if box[2] > box[0] and box[3] > box[1]:
                    part = self._part(left, top, width, height, level, factor, size, box)
                    whole.paste(part, box[:2])
        return whole

    def _part(
        self, left: int, top: int, width: int, height: int, level: int, factor: float, size: tuple[int, int], box: Any
    ) -> PilImage.Image:
        """Return the part of a region that fills `box` (left, top, right, bottom) of an image of `size`."""
        across, down = width / size[0], height / size[1]
        at = round(left + box[0] * across), round(top + box[1] * down)
        extent = (box[2] - box[0]) * across / factor, (box[3] - box[1]) * down / factor
        return self._region(*at, level, *extent, (box[2] - box[0], box[3] - box[1]))

    def _region(self, left: int, top: int, level: int, width: float, height: float, size: Any) -> PilImage.Image:
        at = self._left + left, self._top + top
        try:
            found = self._slide.read_region(at, level, (max(1, round(width)), max(1, round(height))))
        except Exception as problem:  # OpenSlide raises types of its own, Pillow others; to a user it is one fact
            message = f"{self.name} is damaged or cut off near ({left}, {top}); copy it again"
            raise PippinError(f"{message}.", input=self.name) from problem
        flat = PilImage.new("RGB", found.size, "white")
        flat.paste(found, mask=found.getchannel("A"))
        return flat if flat.size == size else flat.resize(size, PilImage.Resampling.BOX, reducing_gap=2.0)

    def overview(self, longest: int) -> PilImage.Image:
        """Return the whole slide, its longer side `longest` pixels at most."""
        scale = min(1.0, longest / max(self.width, self.height))
        size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
        return self.read(0, 0, self.width, self.height, size)


def _piece(size: tuple[int, int], pieces: int, row: int, column: int) -> tuple[int, int, int, int]:
    edges = [
        [round(length * number / pieces) for number in (at, at + 1)]
        for length, at in zip(size, (column, row), strict=True)
    ]
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


def _open(path: Path) -> Any:
    """Return an OpenSlide handle, or one like it on an ordinary image."""
    if not path.is_file():
        raise PippinError(f"There is no file {path}; give a slide.", input=path)
    refuse_endless(path)
    try:
        import openslide
    except ImportError as problem:
        raise missing_extra("openslide", "pathology", "Reading slides") from problem
    try:
        if openslide.OpenSlide.detect_format(path) is not None:
            return openslide.OpenSlide(path)
    except openslide.OpenSlideError as problem:
        message = f"{path} is a slide that cannot be read: it is damaged, cut off or of an unknown kind"
        raise PippinError(f"{message}; copy it again.", input=path) from problem
    return openslide.ImageSlide(open_rgb(as_dicom(Image.of(path))))


def _bounds(slide: Any) -> tuple[int, int, int, int]:
    """Return left, top, width and height of what was scanned, to which positions are relative, as QuPath's are."""
    try:
        left, top, width, height = (int(slide.properties[f"openslide.bounds-{name}"]) for name in _BOUNDS)
    except (KeyError, ValueError):
        return (0, 0, *slide.dimensions)
    whole = slide.dimensions
    is_inside = min(left, top) >= 0 and min(width, height) > 0 and left + width <= whole[0] and top + height <= whole[1]
    return (left, top, width, height) if is_inside else (0, 0, *whole)


def _microns(properties: Any) -> float | None:
    """Return micrometres a pixel of the finest level, as a slide tells them."""
    found = []
    for axis in ("x", "y"):
        try:
            found.append(float(properties[f"openslide.mpp-{axis}"]))
        except (KeyError, ValueError):
            return None
    size = sum(found) / 2
    return size if 0.01 <= size <= 100 else None


@lru_cache(maxsize=4)
def _opened(path: Path, changed: float) -> Slide:
    return Slide(path)


def open_slide(path: Path) -> Slide:
    """Return a slide, opened once while it stays as it is."""
    return _opened(path, path.stat().st_mtime if path.exists() else 0.0)


def is_slide(path: Path) -> bool:
    """Return whether a file's name is that of a slide or of an image that may be read as one."""
    return path.suffix.lower() in (*SUFFIXES, *PLAIN)


def as_array(image: PilImage.Image) -> NDArray[np.uint8]:
    """Return an RGB image as bytes [H,W,3]."""
    return np.asarray(image)
