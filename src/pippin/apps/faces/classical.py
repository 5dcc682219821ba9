"""What recognised faces before deep learning, and a fixed threshold on the network's numbers, beside the head."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.apps.faces.config import FacesConfig
from pippin.apps.faces.learner import FacesLearner
from pippin.apps.faces.networks.embedder import THRESHOLD
from pippin.apps.faces.networks.faces import Face
from pippin.apps.faces.people.head import PeopleHead
from pippin.apps.faces.photograph_inputs import choose_faces
from pippin.apps.faces.predictions import FaceList, FacePrediction, describe_face
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.values import Prediction, SavedState

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
COMPONENTS = 60
CELLS = 8


class NearestFace:
    """Gives a face the name of the nearest known one, if it is near enough; how faces are described differs."""

    def __init__(self, config: FacesConfig) -> None:
        self.config = config
        self.names: list[str] = []
        self.vectors: Array = np.zeros((0, 0), np.float32)
        self.threshold = THRESHOLD

    def describe(self, face: Face) -> Array:
        """Return a face's numbers."""
        return face.vector

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from the largest face of each photograph."""
        found = [(choose_faces(example.input), str(example.answer)) for example in data.train + data.val]  # type: ignore[arg-type]
        faces = [(faces[0][1], name) for faces, name in found if faces]
        if not faces:
            raise PippinError(f"No face was found in any photograph of {data.name}; give photographs of faces.")
        self.names = [name for _, name in faces]
        self.learn([face for face, _ in faces])
        self.vectors = np.stack([self._unit(face) for face, _ in faces])

    def learn(self, faces: list[Face]) -> None:
        """Learn how to describe faces, and from which cosine on two are one person's."""

    def _unit(self, face: Face) -> Array:
        vector = self.describe(face).astype(np.float32)
        return vector / max(float(np.linalg.norm(vector)), 1e-9)

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict the faces of each photograph."""
        for item in inputs:
            try:
                yield self._predict(item)
            except PippinError as problem:
                yield Prediction(None, error=problem.message)

    def _predict(self, item: Any) -> Prediction:
        faces = choose_faces(item)
        if not faces:
            return FacePrediction(FaceList(), known=False, evidence=("No face was found.",))
        vectors = np.stack([self._unit(face) for _, face in faces])
        cosines = vectors @ self.vectors.T
        best, sure = cosines.argmax(1), cosines.max(1) >= self.threshold
        answer = FaceList(
            describe_face(number, face, self.names[index] if near else None, float(max(value, 0)))
            for (number, face), index, near, value in zip(faces, best, sure, cosines.max(1), strict=True)
        )
        return FacePrediction(answer, known=bool(sure.any()), vector=vectors[0], threshold=self.threshold)

    def save(self) -> SavedState:
        """Return the known faces and how faces are described."""
        names = sorted(set(self.names))
        people = np.array([names.index(name) for name in self.names], np.int64)
        tensors = {"vectors": self.vectors, "people": people, **self.parameters()}
        return SavedState(tensors, {"names": names, "threshold": self.threshold})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that `saved` came from."""
        self.vectors = np.asarray(saved.tensors["vectors"], np.float32)
        self.names = [saved.config["names"][index] for index in saved.tensors["people"]]
        self.threshold = float(saved.config["threshold"])
        self.restore(saved)

    def parameters(self) -> dict[str, Array]:
        """Return the learned description of faces."""
        return {}

    def restore(self, saved: SavedState) -> None:
        """Restore what `parameters` returned."""


class Eigenfaces(NearestFace):
    """The main components of grey faces (Turk and Pentland 1991)."""

    mean: Array
    axes: Array

    def learn(self, faces: list[Face]) -> None:
        """Find the components of these faces."""
        pixels = np.stack([_grey(face).ravel() for face in faces])
        self.mean = pixels.mean(0)
        _, spread, axes = np.linalg.svd(pixels - self.mean, full_matrices=False)
        count = min(COMPONENTS, len(faces) - 1, int((spread > 1e-3 * max(float(spread[0]), 1e-9)).sum())) or 1
        self.axes = (axes[:count] / (spread[:count, None] / math.sqrt(len(faces)) + 1e-6)).astype(np.float32)
        self.threshold = choose_threshold(np.stack([self._unit(face) for face in faces]), self.names)

    def describe(self, face: Face) -> Array:
        """Return a face's coordinates along the components."""
        return self.axes @ (_grey(face).ravel() - self.mean)

    def parameters(self) -> dict[str, Array]:
        """Return mean face and components."""
        return {"mean": self.mean.astype(np.float32), "axes": self.axes}

    def restore(self, saved: SavedState) -> None:
        """Restore mean face and components."""
        self.mean, self.axes = np.asarray(saved.tensors["mean"]), np.asarray(saved.tensors["axes"])


class LbpHistograms(NearestFace):
    """Histograms of uniform local binary patterns in a grid (Ahonen, Hadid and Pietikainen 2004)."""

    def learn(self, faces: list[Face]) -> None:
        """Choose from which cosine on two faces are one person's."""
        self.threshold = choose_threshold(np.stack([self._unit(face) for face in faces]), self.names)

    def describe(self, face: Face) -> Array:
        """Return the square roots of the histograms of a face's cells, by which cosines compare (Hellinger)."""
        patterns = UNIFORM[local_binary_patterns(_grey(face, 96))]
        side, kinds = len(patterns) // CELLS, int(UNIFORM.max()) + 1
        rows = patterns[: CELLS * side, : CELLS * side].reshape(CELLS, side, CELLS, side).swapaxes(1, 2)
        histograms = [np.bincount(cell.ravel(), minlength=kinds) for cell in rows.reshape(CELLS**2, side, side)]
        histogram = np.sqrt(np.concatenate(histograms) / side**2)
        return histogram - histogram.mean()


def uniform_patterns() -> Array:
    """Return the bin of each byte: one for each with at most two changes round the circle, one for all others."""
    changes = [bin(byte ^ (byte >> 1 | (byte & 1) << 7)).count("1") for byte in range(256)]
    uniform = [byte for byte in range(256) if changes[byte] <= 2]
    return np.array([uniform.index(byte) if byte in uniform else len(uniform) for byte in range(256)])


UNIFORM = uniform_patterns()


def local_binary_patterns(grey: Array) -> Array:
    """Return for each inner pixel of an image [H,W] the byte that says which of its 8 neighbours are as bright."""
    middle = grey[1:-1, 1:-1]
    shifts = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    height, width = middle.shape
    bits = [
        (grey[row : row + height, column : column + width] >= middle) << bit for bit, (row, column) in enumerate(shifts)
    ]
    return np.sum(bits, axis=0).astype(np.uint8)


def choose_threshold(vectors: Array, names: list[str]) -> float:
    """Return the cosine that tells most pairs of the known faces right, same and different ones counting alike."""
    rows, columns = np.triu_indices(len(vectors), 1)
    cosines = (vectors @ vectors.T)[rows, columns]
    same = np.array(names)[rows] == np.array(names)[columns]
    if same.all() or not same.any():
        return float(np.quantile(cosines, 0.5)) if len(cosines) else 0.5
    candidates = np.quantile(cosines, np.linspace(0, 1, 201))
    rates = [((cosines[same] >= limit).mean() + (cosines[~same] < limit).mean()) / 2 for limit in candidates]
    return float(candidates[int(np.argmax(rates))])


class FaceJudge(FacesLearner):
    """Predicts the name of an input's largest face alone, with the probabilities of all: by it labels are judged."""

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict names."""
        head = PeopleHead(self.known_people())
        names = [person.name for person in head.people]
        for item in inputs:
            try:
                faces = choose_faces(item)  # type: ignore[arg-type]
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
                continue
            if not faces:
                yield Prediction(None, error=f"No face was found in {item.name}.")
                continue
            probabilities = head.probabilities(faces[0][1].vector[None], np.array([math.nan]))[0]
            yield Prediction.from_probabilities(names, probabilities / max(float(probabilities.sum()), 1e-9))


def _grey(face: Face, side: int = 56) -> Array:
    """Return a face in grey [side,side], its contrast evened out."""
    from PIL import Image

    image = Image.fromarray(face.image).convert("L").resize((side, side), Image.Resampling.BOX)
    values = np.asarray(image, np.float32)
    return (values - values.mean()) / max(float(values.std()), 1.0)
