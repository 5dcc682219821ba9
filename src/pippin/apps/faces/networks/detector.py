"""Faces and five points of each: YuNet (Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pippin.apps.faces.networks.weights import DETECTOR, find_network
from pippin.learn.nn.onnx_session import session

Array = np.ndarray
STRIDES = (8, 16, 32)
MIN_SCORE = 0.6
MAX_OVERLAP = 0.3
"""Of two detections of one face, as intersection over union."""


@dataclass(frozen=True)
class Detection:
    """A face: box (left, top, width, height) and points [5,2] in pixels, and the network's score from 0 to 1.

    The points are the eye, then the other eye, of the image's left and right; the nose; the mouth's left and right.
    """

    box: tuple[float, float, float, float]
    points: Array
    score: float

    def moved(self, scale: float, left: float = 0, top: float = 0) -> Detection:
        """Return the detection scaled by `scale`, then shifted by `left`, `top`: in pixels of the whole image."""
        x, y, width, height = self.box
        shift = np.array([left, top])
        box = (x * scale + left, y * scale + top, width * scale, height * scale)
        return Detection(box, self.points * scale + shift, self.score)


class Detector:
    """Finds faces in RGB images [H,W,3] of 8-bit levels."""

    def __init__(self, threads: int = 1, file: Path | None = None) -> None:
        self._session = session(file or find_network(DETECTOR), threads)
        self._outputs = [output.name for output in self._session.get_outputs()]

    def detect(self, image: Array, min_score: float = MIN_SCORE) -> list[Detection]:
        """Return the faces that the network finds at this size, the surest first."""
        height, width = image.shape[:2]
        padded = np.zeros((-(-height // 32) * 32, -(-width // 32) * 32, 3), np.float32)
        padded[:height, :width] = image[..., ::-1]  # it learned from blue, green, red
        values = self._session.run(None, {"input": padded.transpose(2, 0, 1)[None]})
        outputs = dict(zip(self._outputs, values, strict=True))
        found = [face for stride in STRIDES for face in _decode(outputs, stride, padded.shape[1] // stride, min_score)]
        return suppress_overlaps(found)


def _decode(outputs: dict[str, Array], stride: int, columns: int, min_score: float) -> Iterator[Detection]:
    """Yield the faces of one of the three grids; boxes and points are relative to its cells."""
    score = np.sqrt((outputs[f"cls_{stride}"] * outputs[f"obj_{stride}"]).clip(0, 1))[0, :, 0]
    for index in np.flatnonzero(score >= min_score):
        cell = np.array([index % columns, index // columns], np.float32)
        x, y, width, height = outputs[f"bbox_{stride}"][0, index]
        centre, size = (cell + np.array([x, y])) * stride, np.exp([width, height]) * stride
        points = (outputs[f"kps_{stride}"][0, index].reshape(5, 2) + cell) * stride
        left, top = centre - size / 2
        yield Detection((float(left), float(top), float(size[0]), float(size[1])), points, float(score[index]))


def suppress_overlaps(faces: list[Detection]) -> list[Detection]:
    """Return the surest of faces that overlap, the surest first."""
    left: list[Detection] = []
    for face in sorted(faces, key=lambda face: -face.score):
        if all(overlap(face.box, other.box) <= MAX_OVERLAP for other in left):
            left.append(face)
    return left


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return intersection over union of two boxes (left, top, width, height)."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    common = max(0.0, width) * max(0.0, height)
    return common / max(one[2] * one[3] + other[2] * other[3] - common, 1e-9)


def resize(image: Array, scale: float) -> Array:
    """Return an image at `scale` times its sides."""
    size = [max(1, round(side * scale)) for side in (image.shape[1], image.shape[0])]
    return np.asarray(
        Image.fromarray(image).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC)
    )
