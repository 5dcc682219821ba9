"""The learner: confirmed faces of people, and a head that tells whose a new face is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.apps.faces.config import FacesConfig
from pippin.apps.faces.networks.embedder import THRESHOLD
from pippin.apps.faces.networks.faces import NETWORKS, Face
from pippin.apps.faces.people.head import PeopleHead, Person
from pippin.apps.faces.photograph_inputs import choose_faces, only_face
from pippin.apps.faces.predictions import FaceList, FacePrediction, alternatives, assign_people, describe_face
from pippin.core.data import Dataset
from pippin.core.errors import PippinError, unforeseen
from pippin.core.inputs import Input
from pippin.core.progress_bar import track
from pippin.core.values import Correction, Prediction, SavedState
from pippin.core.workspace import Workspace

if TYPE_CHECKING:
    from pippin.core.run import Run

Array = np.ndarray
SIZE = 128


class FacesLearner:
    """Knows people by faces that were confirmed; answers photographs with the faces in them."""

    def __init__(self, config: FacesConfig) -> None:
        self.config = config
        self.names: list[str] = []
        self.vectors: Array = np.zeros((0, SIZE), np.float32)
        self._workspace: Workspace | None = None
        self._head: PeopleHead | None = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from the largest face of each photograph."""
        examples = data.train + data.val
        for example in track(examples, len(examples), "faces reads"):
            faces = choose_faces(example.input)  # type: ignore[arg-type]
            if faces:
                self._add(str(example.answer), faces[0][1].vector)
        if not self.names:
            raise PippinError(f"No face was found in any photograph of {data.name}; give photographs of faces.")

    def use_workspace(self, workspace: Workspace | None) -> None:
        """Count the people of a workspace's album, too, where the settings say so; None: of no album."""
        self._workspace = workspace

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Predict the faces of each photograph; see `FaceList`."""
        people = self.known_people()
        head = PeopleHead(people)
        for item in inputs:
            try:
                yield self._predict(item, head)
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
            except (ValueError, OSError, MemoryError) as problem:
                yield Prediction(None, error=unforeseen(item.name, problem))

    def _predict(self, item: Any, head: PeopleHead) -> Prediction:
        return answer_faces(choose_faces(item), head, self.config.sure)

    def check_corrections(self, items: Sequence[Correction]) -> None:
        """Raise PippinError for a photograph that does not say which of several faces is meant."""
        for item in items:
            only_face(item.input)  # type: ignore[arg-type]

    def update(self, items: Sequence[Correction]) -> None:
        """Count these faces as confirmed from now on."""
        for item in items:
            self._add(str(item.answer), only_face(item.input).vector)  # type: ignore[arg-type]

    def _add(self, name: str, vector: Array) -> None:
        """Confirm a face as a person's; one that was confirmed as another's is that other's no longer."""
        same = (self.vectors @ vector > 1 - 1e-5).nonzero()[0]
        keep = np.setdiff1d(np.arange(len(self.names)), same)
        self.names = [*(self.names[index] for index in keep), name]
        self.vectors = np.concatenate([self.vectors[keep], vector[None].astype(np.float32)])

    def known_people(self) -> list[Person]:
        """Return the people known here and, where it counts, in the album; of one name they are one person."""
        names = np.array(self.names)
        people = [
            Person(name, self.vectors[names == name], _no_years(names == name)) for name in sorted(set(self.names))
        ]
        return _join(people, self._album_people())

    def _album_people(self) -> list[Person]:
        if self._workspace is None or not self.config.album:
            return []
        from pippin.apps.faces.album.database import album_path, open_album
        from pippin.apps.faces.people.roster import Roster

        if not album_path(self._workspace).exists():
            return []
        with open_album(self._workspace) as album:
            roster = Roster(album)
        shown = {str(entry.id): entry.name for entry in roster.people if entry.suggest and not entry.hidden}
        return [
            Person(str(shown[person.name]), person.confirmed, person.years, person.rejected)
            for person in roster.head.people
            if person.name in shown
        ]

    def save(self) -> SavedState:
        """Return the confirmed vectors and names."""
        names = sorted(set(self.names))
        tensors = {
            "vectors": self.vectors,
            "people": np.array([names.index(name) for name in self.names], np.int64),
        }
        return SavedState(tensors, {"names": names, "networks": NETWORKS})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that `saved` came from."""
        if saved.config["networks"] != NETWORKS:
            raise PippinError("This model was made with other networks; train it again.")
        self.vectors = np.asarray(saved.tensors["vectors"], np.float32)
        self.names = [saved.config["names"][index] for index in saved.tensors["people"]]


def answer_faces(faces: Sequence[tuple[int, Face]], head: PeopleHead, sure: float) -> Prediction:
    """Return the people these numbered faces of a photograph show, from the probability `sure` on."""
    if not faces:
        return FacePrediction(FaceList(), confidence=None, known=False, evidence=("No face was found.",))
    vectors = np.stack([face.vector for _, face in faces])
    probabilities = head.probabilities(vectors, np.full(len(faces), math.nan))
    names = [person.name for person in head.people]
    chosen = assign_people(probabilities, sure)
    best = probabilities.max(1) if names else np.zeros(len(faces))
    answer = FaceList(
        describe_face(number, face, None if person is None else names[person], float(confidence))
        for (number, face), person, confidence in zip(faces, chosen, best, strict=True)
    )
    known = [float(best[index]) for index, person in enumerate(chosen) if person is not None]
    return FacePrediction(
        answer,
        confidence=min(known) if known else float(best.max()) if names else None,
        known=bool(known),
        alternatives=alternatives(probabilities[0], names)[1:] if len(faces) == 1 and known else (),
        vector=vectors[0],
        threshold=THRESHOLD,
    )


def _no_years(chosen: Array) -> Array:
    return np.full(int(chosen.sum()), math.nan)


def _join(people: Sequence[Person], others: Sequence[Person]) -> list[Person]:
    """Return people, those whose names differ in case alone as one."""
    found = dict[str, Person]()
    for other in (*people, *others):
        known = found.get(other.name.casefold())
        found[other.name.casefold()] = other if known is None else _unite(known, other)
    return list(found.values())


def _unite(one: Person, other: Person) -> Person:
    confirmed, years, rejected = (
        np.concatenate(parts)
        for parts in zip(
            (one.confirmed, one.years, one.rejected), (other.confirmed, other.years, other.rejected), strict=True
        )
    )
    return Person(one.name, confirmed, years, rejected)
