"""All faces of the album with what was said of them: people, groups without a name, suggestions."""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pippin.apps.faces.networks.faces import MIN_QUALITY
from pippin.apps.faces.people.grouping import group_faces
from pippin.apps.faces.people.head import PeopleHead, Person
from pippin.core.errors import PippinError

Array = np.ndarray
MIN_PROBABILITY = 0.5
"""From which on a person is suggested."""
_PERSON, _GROUP, _FACE = (re.compile(rf"{letter}(\d{{1,18}})") for letter in "pgf")


@dataclass(frozen=True)
class FaceEntry:
    """A face of the album; `box` is left, top, width, height as fractions of the displayed photograph."""

    id: int
    photograph: int
    seconds: float | None
    box: tuple[float, float, float, float]
    quality: float
    vector: Array
    year: float

    @property
    def name(self) -> str:
        """How commands call it."""
        return f"f{self.id}"

    @property
    def frame(self) -> Hashable:
        """The photograph or moment of a video in which a person can be but once."""
        return self.photograph, self.seconds


@dataclass(frozen=True)
class PersonEntry:
    """A person with a name, or (id 0) a group without one; `faces` are ids, confirmed for a person."""

    id: int
    name: str | None
    faces: tuple[int, ...]
    rejected: tuple[int, ...] = ()
    hidden: bool = False
    suggest: bool = True

    @property
    def key(self) -> str:
        """How commands call it; a group goes by its first face."""
        return f"p{self.id}" if self.id else f"g{min(self.faces)}"


@dataclass(frozen=True)
class Suggestion:
    """A face that probably shows a person."""

    face: int
    person: PersonEntry
    probability: float


class Roster:
    """The album's faces and people as they are now."""

    def __init__(self, album: sqlite3.Connection) -> None:
        self.faces = {row["id"]: _face(row) for row in album.execute(_FACES)}
        self._people = {row["id"]: row for row in album.execute("SELECT * FROM people")}
        self._separations = list(map(tuple, album.execute("SELECT face, other FROM separations")))
        answers = list(album.execute("SELECT face, person, is_person FROM answers ORDER BY created, rowid"))
        self._confirmed, self._rejected = (
            self._by_person(row for row in answers if bool(row["is_person"]) == wanted) for wanted in (True, False)
        )

    def _by_person(self, answers: Iterable[sqlite3.Row]) -> Mapping[int, list[int]]:
        found = defaultdict[int, list[int]](list)
        for row in answers:
            if row["face"] in self.faces:
                found[self.root(row["person"])].append(row["face"])
        return {person: list(dict.fromkeys(faces)) for person, faces in found.items()}

    def root(self, person: int) -> int:
        """Return the person that this one was merged into."""
        while (whole := self._people[person]["part_of"]) is not None:
            person = whole
        return person

    @cached_property
    def people(self) -> list[PersonEntry]:
        """The people with a name, those with most faces first."""
        entries = [
            PersonEntry(
                person, row["name"], tuple(self._confirmed.get(person, ())), tuple(self._rejected.get(person, ())),
                bool(row["hidden"]), bool(row["suggest"]),
            )
            for person, row in self._people.items()
            if row["part_of"] is None
        ]  # fmt: skip
        return sorted(entries, key=lambda entry: (-len(entry.faces), entry.id))

    @cached_property
    def person_of(self) -> Mapping[int, PersonEntry]:
        """The person that each confirmed face shows."""
        return {face: person for person in self.people for face in person.faces}

    @cached_property
    def groups(self) -> list[PersonEntry]:
        """Groups of the other faces that are good enough to compare, the largest first."""
        faces = [face for face in self.faces.values() if face.id not in self.person_of and face.quality >= MIN_QUALITY]
        place = {face.id: index for index, face in enumerate(faces)}
        apart = [(place[one], place[other]) for one, other in self._separations if one in place and other in place]
        if not faces:
            return []
        groups = group_faces(np.stack([face.vector for face in faces]), [face.frame for face in faces], apart)
        return [PersonEntry(0, None, tuple(sorted(faces[index].id for index in group))) for group in groups]

    @cached_property
    def head(self) -> PeopleHead:
        """What tells the people that may be suggested apart, by their good faces."""
        return PeopleHead([self._learnable(entry) for entry in self.people if entry.faces])

    def _learnable(self, entry: PersonEntry) -> Person:
        faces = [self.faces[face] for face in entry.faces]
        good = [face for face in faces if face.quality >= MIN_QUALITY] or faces
        rejected = [self.faces[face].vector for face in entry.rejected]
        return Person(
            str(entry.id), np.stack([face.vector for face in good]), np.array([face.year for face in good]),
            np.stack(rejected) if rejected else np.zeros((0, 128), np.float32),
        )  # fmt: skip

    def suggestions(self, always: int = 0) -> list[Suggestion]:
        """Return the probable people of the faces without a name, the surest first; a person once in a photograph.

        The person with the id `always` is suggested even where that was switched off.
        """
        faces = [face for face in self.faces.values() if face.id not in self.person_of]
        if not faces or not self.head.people:
            return []
        probabilities = self.head.probabilities(
            np.stack([face.vector for face in faces]), np.array([face.year for face in faces])
        )
        by_id = {str(entry.id): entry for entry in self.people}
        taken = {(self.faces[face].frame, entry.id) for entry in self.people for face in entry.faces}
        found = list[Suggestion]()
        named = set[int]()
        for index in np.argsort(-probabilities, axis=None, kind="stable"):
            row, column = divmod(int(index), len(self.head.people))
            probability = float(probabilities[row, column])
            if probability < MIN_PROBABILITY:
                break
            face, entry = faces[row], by_id[self.head.people[column].name]
            if face.id in named or (face.frame, entry.id) in taken or not _may_suggest(entry, face, always):
                continue
            taken.add((face.frame, entry.id))
            named.add(face.id)
            found.append(Suggestion(face.id, entry, probability))
        return found

    def find_by_name(self, name: str) -> PersonEntry | None:
        """Return the person of this name, or whom one of this name was merged into; None where there is none."""
        entries = {entry.id: entry for entry in self.people}
        known = [id for id, row in self._people.items() if row["name"].casefold() == name.casefold()]
        roots = sorted(known, key=lambda id: self.root(id) != id)
        return entries[self.root(roots[0])] if roots else None

    def find_person(self, text: str) -> PersonEntry:
        """Return the person with this id or name; PippinError where there is none, or more than one."""
        key = str(text).strip()
        entries = [entry for entry in self.people if key == entry.key] or [
            entry for entry in self.people if entry.name is not None and entry.name.casefold() == key.casefold()
        ]
        if len(entries) == 1:
            return entries[0]
        if entries:
            ids = ", ".join(entry.key for entry in entries)
            raise PippinError(f"{len(entries)} people are called {key[:60]!r}; say which: {ids}.", input=key)
        raise PippinError(f"There is no person {key[:60]!r} in the album; `pippin faces people` lists them.", input=key)

    def find_entry(self, text: str) -> PersonEntry:
        """Return the person or group with this id, or the person of this name."""
        match = _GROUP.fullmatch(str(text).strip())
        if not match:
            return self.find_person(text)
        face = int(match[1])
        for group in self.groups:
            if face in group.faces:
                return group
        raise PippinError(
            f"There is no group {text!r} (its faces may have a name by now); `pippin faces people` lists them.",
            input=text,
        )

    def find_face(self, text: Any) -> FaceEntry:
        """Return the face with this id, as in f12; PippinError where there is none."""
        match = _FACE.fullmatch(str(text).strip())
        face = self.faces.get(int(match[1])) if match else None
        if face is None:
            raise PippinError(
                f"There is no face {str(text)[:60]!r}; faces go by an id such as f12, as `pippin faces suggest` and "
                "`pippin faces people --json` tell them.",
                input=text,
            )
        return face


_FACES = """SELECT faces.*, substr(taken, 1, 10) AS day FROM faces JOIN photographs ON photograph = photographs.id
WHERE removed = 0 ORDER BY faces.id"""


def _face(row: sqlite3.Row) -> FaceEntry:
    box = (row["x"], row["y"], row["width"], row["height"])
    vector = np.frombuffer(row["vector"], "<f4")
    return FaceEntry(row["id"], row["photograph"], row["seconds"], box, row["quality"], vector, _year(row["day"]))


def _year(day: str | None) -> float:
    """Return a date as years; nan where it is not known."""
    if not day:
        return float("nan")
    year, month, _ = (int(part) for part in day.split("-"))
    return year + (month - 1) / 12


def _may_suggest(entry: PersonEntry, face: FaceEntry, always: int) -> bool:
    return (entry.id == always or (entry.suggest and not entry.hidden)) and face.id not in entry.rejected
