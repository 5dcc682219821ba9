"""The faces of a whole image: large ones in a small copy, small ones in parts of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pippin.apps.faces.networks.detector import Detection, Detector, resize, suppress_overlaps

Array = np.ndarray
OVERVIEW = 320
"""Pixels of the longer side, for faces that fill the image."""
MARGIN = 0.25
"""Of the longer side, black, around the overview: faces that reach the edges are found no other way."""
DETAIL = 1280
"""Pixels of the longer side, for the faces of a usual photograph."""
MIN_SIDE = 10
"""Pixels of the smallest face that is worth a mark."""
CROWD, CROWD_SIDE = 4, 64
"""From so many faces of at most so many pixels in the detail pass on, an image is also searched in tiles."""
TILE, TILE_OVERLAP = 960, 160


def find_faces(image: Array, detector: Detector) -> list[Detection]:
    """Return the faces of an RGB image [H,W,3] of 8-bit levels, the largest first."""
    faces = _search_overview(image, detector) + _search_scaled(image, detector, DETAIL)
    small = [face for face in faces if max(face.box[2:]) * min(1, DETAIL / max(image.shape[:2])) < CROWD_SIDE]
    if len(small) >= CROWD and max(image.shape[:2]) > DETAIL:
        faces += _search_tiles(image, detector)
    found = [face for face in suppress_overlaps(faces) if min(face.box[2:]) >= MIN_SIDE]
    return sorted(found, key=lambda face: -face.box[2] * face.box[3])


def _search_overview(image: Array, detector: Detector) -> list[Detection]:
    margin = round(MARGIN * OVERVIEW)
    scale = (OVERVIEW - 2 * margin) / max(image.shape[:2])
    padded = np.pad(resize(image, scale), ((margin, margin), (margin, margin), (0, 0)))
    back = 1 / scale
    return [face.moved(back, -margin * back, -margin * back) for face in detector.detect(padded)]


def _search_scaled(image: Array, detector: Detector, side: int) -> list[Detection]:
    scale = min(1.0, side / max(image.shape[:2]))
    return [face.moved(1 / scale) for face in detector.detect(resize(image, scale) if scale < 1 else image)]


def _search_tiles(image: Array, detector: Detector) -> list[Detection]:
    """Return the faces of overlapping squares at full resolution, but those that a border cuts."""
    height, width = image.shape[:2]
    faces = []
    for top in _starts(height):
        for left in _starts(width):
            part = image[top : top + TILE, left : left + TILE]
            faces += [
                face.moved(1, left, top) for face in detector.detect(part) if not _is_cut(face, part, left, top, image)
            ]
    return faces


def _starts(length: int) -> Iterator[int]:
    """Yield where tiles begin so that they overlap and cover `length` pixels."""
    step = TILE - TILE_OVERLAP
    yield from range(0, max(1, length - TILE_OVERLAP), step)


def _is_cut(face: Detection, part: Array, left: int, top: int, image: Array) -> bool:
    """Return whether a face reaches a border of its tile that is no border of the image."""
    x, y, width, height = face.box
    return (
        (x < 1 and left > 0)
        or (y < 1 and top > 0)
        or (x + width > part.shape[1] - 1 and left + part.shape[1] < image.shape[1])
        or (y + height > part.shape[0] - 1 and top + part.shape[0] < image.shape[0])
    )
