"""The faces of a photograph: where they are, how good they are to learn from, and their 128 numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from pippin.apps.faces.networks.alignment import SIDE, TEMPLATE, align
from pippin.apps.faces.networks.detector import Detection, Detector
from pippin.apps.faces.networks.embedder import Embedder
from pippin.apps.faces.networks.refinement import refine_points
from pippin.apps.faces.networks.search import find_faces

Array = np.ndarray
NETWORKS = "yunet-2023mar+sface-2021dec/1"
"""Tells faces read by these networks, in this way, from those read by others."""
MIN_QUALITY = 0.5
"""From which on a face is learned from; those below are shown only."""
GOOD_SIDE, GOOD_SHARPNESS, GOOD_SCORE = 28, 10.0, 0.75
"""Pixels, sharpness and the detector's score that make up a quality of 1.

Half of the first two is a little less than the least among 20 people of the ORL database, who are told apart well.
"""


@dataclass(frozen=True)
class Face:
    """A face in a photograph.

    `box` is left, top, width, height and `points` [5,2] the eyes, nose and mouth, as fractions of the displayed image;
    `vector` has 128 numbers, length 1; `quality` is 0 to 1; `image` is the face as the network looked at it.
    """

    box: tuple[float, float, float, float]
    points: Array
    score: float
    quality: float
    vector: Array
    image: Array

    @property
    def is_good(self) -> bool:
        """Whether it is good enough to learn from."""
        return self.quality >= MIN_QUALITY


class FaceReader:
    """Reads the faces of RGB images; the networks are opened when first used, from files where these are named."""

    def __init__(self, threads: int = 1, detector: Path | None = None, embedder: Path | None = None) -> None:
        self._threads, self._detector_file, self._embedder_file = threads, detector, embedder

    @cached_property
    def _detector(self) -> Detector:
        return Detector(self._threads, self._detector_file)

    @cached_property
    def _embedder(self) -> Embedder:
        return Embedder(self._threads, self._embedder_file)

    def read(self, image: Array) -> list[Face]:
        """Return the faces in pixels [H,W,3], the largest first."""
        return self._describe(image, find_faces(image, self._detector))

    def read_box(self, image: Array, box: tuple[float, float, float, float]) -> Face:
        """Return the face in a box that a person drew (fractions); its points are guessed where none are found."""
        height, width = image.shape[:2]
        frame = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
        (face,) = self._describe(image, [Detection(frame, _usual_points(frame), 0.0)])
        return Face(box, face.points, face.score, face.quality, face.vector, face.image)

    def embed(self, crops: Array) -> Array:
        """Return the vectors of faces that are aligned already [N,112,112,3]."""
        return self._embedder.embed(crops)

    def _describe(self, image: Array, found: Sequence[Detection]) -> list[Face]:
        height, width = image.shape[:2]
        size = np.array([width, height], float)
        points = [refine_points(image, face.points, self._detector) for face in found]
        crops = [align(image, part) for part in points]
        vectors = self._embedder.embed(np.stack(crops) if crops else np.zeros((0, SIDE, SIDE, 3)))
        return [
            Face(
                tuple(float(value) for value in np.array(face.box) / [width, height, width, height]),  # type: ignore[arg-type]
                part / size, face.score, measure_quality(face, part, crop), vector, crop,
            )
            for face, part, crop, vector in zip(found, points, crops, vectors, strict=True)
        ]  # fmt: skip


@lru_cache(maxsize=2)
def shared_reader(threads: int = 1) -> FaceReader:
    """Return the reader of this process."""
    return FaceReader(threads)


def measure_quality(face: Detection, points: Array, crop: Array) -> float:
    """Return 0 to 1 by what is worst: size, sharpness, how sure the detector is, and how far the face is turned."""
    side = min(face.box[2:])
    limits = side / GOOD_SIDE, measure_sharpness(crop) / GOOD_SHARPNESS, face.score / GOOD_SCORE, _frontality(points)
    return float(np.clip(min(limits), 0, 1))


def measure_sharpness(crop: Array) -> float:
    """Return the mean absolute Laplacian of a face's middle [112,112,3], in percent of its contrast."""
    grey = crop[24:104, 20:92].astype(np.float32).mean(2)
    laplacian = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return float(100 * np.abs(laplacian).mean() / max(float(grey.std()), 4.0))


def _frontality(points: Array) -> float:
    """Return 1 for a face seen from the front, 0 for one from the side: where the nose lies between the eyes."""
    eyes = points[1] - points[0]
    share = float((points[2] - points[0]) @ eyes / max(float(eyes @ eyes), 1e-9))
    return 2 * (1 - abs(2 * min(max(share, 0.0), 1.0) - 1)) + 0.2


def _usual_points(box: tuple[float, float, float, float]) -> Array:
    """Return where eyes, nose and mouth usually lie in a box in pixels."""
    left, top, width, height = box
    middle = TEMPLATE.mean(0)
    return (TEMPLATE - middle) * (width / SIDE * 1.15) + [left + width / 2, top + height * 0.55]
