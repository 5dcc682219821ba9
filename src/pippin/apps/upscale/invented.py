"""Find letters and faces: where what an enlargement adds is likely to be wrong, and wrong to rely on.

Thresholds were chosen on 50 of BSDS500's training photographs and text written into them, and then tried on 40 others
with other words and one other font of five: 51 of 60 lines of 9 to 40 pixels were found, and 8 of 40 photographs had
something marked (some show letters of their own). The cascade found a face in 14 of 16 portraits; without the border
put around an image it found 5 of them, and marked something in 3 of 20 photographs of BSDS500 (people occur). A look
from the side, lines of fewer than six letters and handwriting are missed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyvips

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.resampling import resized

Array = np.ndarray
CONTRAST = 24.0  # levels of 255 by which a stroke differs from its surroundings
WINDOW = 12  # pixels around a pixel that are its surroundings
MIN_HEIGHT, MAX_HEIGHT = 5, 64  # of a letter, in pixels
MIN_LETTERS = 6  # in a row, of one height, for them to be a line of letters
FACE = 24  # pixels a side of the smallest face
MIN_NEIGHBOURS = 4  # detections of a face that lie on each other
FACES_IN = 480  # pixels of the longer side in which faces are looked for
WARNING = (
    "Letters and faces are outlined: the detail there is likely invented, and must not be used to identify a person or "
    "to read a number plate, a licence or small print."
)
NO_FACES = "Faces were not looked for, which needs scikit-image: pip install 'pippin[train]'."


class Region(NamedTuple):
    """A box in pixels that holds `what`: letters or a face."""

    what: str
    left: int
    top: int
    right: int
    bottom: int


def regions(image: Array) -> tuple[list[Region], tuple[str, ...]]:
    """Find letters and faces in 8-bit RGB [H,W,3], with sentences a user should know."""
    luma = image @ LUMA
    found = letters(luma)
    try:
        found += faces(image)
        missing: tuple[str, ...] = ()
    except ImportError:
        missing = (NO_FACES,)
    return found, ((WARNING,) if found else ()) + missing


def letters(luma: Array) -> list[Region]:
    """Find lines of letters: strokes darker (or lighter) than what surrounds them, alike in height, side by side."""
    difference = luma - _local_mean(luma)
    found: list[Region] = []
    for strokes in (difference < -CONTRAST, difference > CONTRAST):
        found += _lines(_components(strokes))
    return _merged(found)


def faces(image: Array) -> list[Region]:
    """Find faces seen from the front, by scikit-image's cascade of local binary patterns; ImportError without it."""
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    shrink = min(1.0, FACES_IN / max(image.shape[:2]))
    height, width = (round(shrink * side) for side in image.shape[:2])
    if min(height, width) <= FACE:
        return []
    border = min(height, width) // 4  # or a face that fills the image would not be found
    small = np.pad(resized(image @ LUMA, height, width).clip(0, 255) / 255, border, mode="edge")
    cascade = Cascade(lbp_frontal_face_cascade_filename())  # type: ignore[no-untyped-call]
    boxes = cascade.detect_multi_scale(
        img=small, scale_factor=1.2, step_ratio=1, min_size=(FACE, FACE), max_size=(min(small.shape),) * 2,
        min_neighbor_number=MIN_NEIGHBOURS,
    )  # fmt: skip
    sides = [(box["c"], box["r"], box["c"] + box["width"], box["r"] + box["height"]) for box in boxes]
    return [Region("face", *(round((side - border) / shrink) for side in box)) for box in sides]


def _local_mean(luma: Array) -> Array:
    size = 2 * WINDOW + 1
    for _ in range(2):
        total = np.pad(luma, ((WINDOW + 1, WINDOW), (0, 0)), mode="symmetric").cumsum(0)
        luma = ((total[size:] - total[:-size]) / size).T
    return luma


def _components(mask: Array) -> Array:
    """Return connected regions of a mask that may be letters: left, top, right, bottom of each, int [N,4]."""
    image = pyvips.Image.new_from_array(mask.astype(np.uint8))
    labels = np.asarray(image.labelregions().numpy()).ravel()
    height, width = mask.shape
    _, first, labels, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    rows, columns = np.divmod(np.arange(labels.size), width)
    boxes = np.empty((len(sizes), 4), int)
    boxes[:, :2], boxes[:, 2:] = max(height, width), 0
    np.minimum.at(boxes[:, 0], labels, columns)
    np.minimum.at(boxes[:, 1], labels, rows)
    np.maximum.at(boxes[:, 2], labels, columns + 1)
    np.maximum.at(boxes[:, 3], labels, rows + 1)
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    fill = sizes / (wide * tall)
    good = mask.ravel()[first] & (tall >= MIN_HEIGHT) & (tall <= MAX_HEIGHT) & (wide <= 2 * tall) & (6 * wide >= tall)
    return boxes[good & (fill > 0.2) & (fill < 0.95)]


def _lines(boxes: Array) -> list[Region]:
    """Return lines of at least MIN_LETTERS boxes alike in height that follow each other closely on one base."""
    boxes = boxes[np.argsort(boxes[:, 0])]
    free, found = np.ones(len(boxes), bool), []
    for number in range(len(boxes)):
        if not free[number]:
            continue
        line = [number]
        while (following := _next(boxes, free, line[-1])) is not None:
            line.append(following)
        if len(line) >= MIN_LETTERS:
            free[line] = False
            chosen = boxes[line]
            found.append(Region("letters", *chosen[:, :2].min(0).tolist(), *chosen[:, 2:].max(0).tolist()))
    return found


def _next(boxes: Array, free: Array, last: int) -> int | None:
    left, _, right, bottom = boxes[last]
    tall = boxes[last, 3] - boxes[last, 1]
    gap, height = boxes[:, 0] - right, boxes[:, 3] - boxes[:, 1]
    near = (gap >= -1) & (gap <= tall) & (boxes[:, 0] > left) & free
    alike = (np.abs(boxes[:, 3] - bottom) <= 0.2 * tall + 1) & (height <= 1.8 * tall) & (1.8 * height >= tall)
    places = np.flatnonzero(near & alike)
    return int(places[0]) if len(places) else None


def _merged(found: list[Region]) -> list[Region]:
    """Drop regions that lie within others."""
    return [
        one for one in found
        if not any(
            other != one and other.left <= one.left and other.top <= one.top
            and other.right >= one.right and other.bottom >= one.bottom
            for other in found
        )
    ]  # fmt: skip
