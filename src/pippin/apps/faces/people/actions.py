"""What a person says of the faces in the album; each change is kept at once and can be taken back."""

from __future__ import annotations

import sqlite3
import time
import unicodedata
from collections.abc import Sequence

import numpy as np

from pippin.apps.faces.album.journal import Change
from pippin.apps.faces.people.roster import FaceEntry, PersonEntry, Roster
from pippin.core.errors import PippinError
from pippin.core.report.formatting import pluralize

MAX_NAME = 200
CLEARLY = 0.1
"""Mean cosine by which a face must be more like the faces that are split off, to go with them."""


def check_name(name: object) -> str:
    """Return a person's name without spaces around it; PippinError for one that cannot be a name."""
    text = unicodedata.normalize("NFC", " ".join(str(name).split()))
    if not text:
        raise PippinError("A person's name has at least one letter, not spaces alone.", input=name)
    if len(text) > MAX_NAME:
        raise PippinError(f"A person's name has at most {MAX_NAME} characters, not {len(text):,}.", input=text[:60])
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") for letter in text):
        raise PippinError("A person's name has no control characters.", input=repr(text)[:60])
    if text[0] in "pg" and text[1:].isdigit():
        raise PippinError(
            f"{text} is how people and groups without a name are called; choose another name.", input=text
        )
    return text


def name_entry(album: sqlite3.Connection, roster: Roster, entry: PersonEntry, name: str) -> PersonEntry:
    """Give a group or person a name; a group named like a person becomes part of that person."""
    name = check_name(name)
    change = Change(album, f"name {entry.key} {name}")
    if entry.id:
        _refuse_same_name(roster, entry, name)
        change.write("people", {"id": entry.id}, name=name)
        change.save()
        return entry
    known = roster.find_by_name(name)
    person = known or PersonEntry(change.make("people", name=name), name, ())
    _confirm(change, album, roster, person, [roster.faces[face] for face in entry.faces])
    change.save()
    return person


def _refuse_same_name(roster: Roster, entry: PersonEntry, name: str) -> None:
    other = roster.find_by_name(name) or entry
    if other.id != entry.id:
        raise PippinError(
            f"{other.key} is called {other.name} already; if both are one person: "
            f"pippin faces merge {other.key} {entry.key}",
            input=name,
        )


def confirm_faces(album: sqlite3.Connection, roster: Roster, person: PersonEntry, faces: Sequence[FaceEntry]) -> None:
    """Record that these faces show a person."""
    change = Change(album, f"confirm {pluralize(len(faces), 'face')} as {person.name}")
    _confirm(change, album, roster, person, faces)
    change.save()


def reject_faces(album: sqlite3.Connection, roster: Roster, person: PersonEntry, faces: Sequence[FaceEntry]) -> None:
    """Record that these faces do not show a person, who is not suggested for them again."""
    change = Change(album, f"reject {pluralize(len(faces), 'face')} as {person.name}")
    for face in faces:
        _reject(change, album, roster, face, person.id)
    change.save()


def _reject(change: Change, album: sqlite3.Connection, roster: Roster, face: FaceEntry, person: int) -> None:
    """Record that a face does not show a person, nor anybody who was merged into them."""
    rows = album.execute("SELECT person FROM answers WHERE face = ? AND is_person = 1", (face.id,)).fetchall()
    for part in {person, *(row["person"] for row in rows if roster.root(row["person"]) == person)}:
        change.write("answers", {"face": face.id, "person": part}, is_person=0, created=time.time())


def merge_people(album: sqlite3.Connection, roster: Roster, person: PersonEntry, other: PersonEntry) -> None:
    """Make `other` part of a person: all its faces show that person, until `unmerge`."""
    if person.key == other.key:
        raise PippinError(f"{person.key} cannot be merged with itself; name two.", input=person.key)
    if not person.id:
        raise PippinError(f"{person.key} has no name yet: pippin faces name {person.key} NAME", input=person.key)
    faces = [roster.faces[face] for face in other.faces]
    _refuse_twice(roster, person, faces)
    change = Change(album, f"merge {other.key} into {person.name}")
    if other.id:
        change.write("people", {"id": other.id}, part_of=person.id)
    else:
        _confirm(change, album, roster, person, faces)
    change.save()


def unmerge_person(album: sqlite3.Connection, person: PersonEntry) -> list[str]:
    """Make the people that were merged into a person people of their own again, and return their names."""
    parts = album.execute("SELECT id, name FROM people WHERE part_of = ?", (person.id,)).fetchall()
    if not parts:
        raise PippinError(f"No other person was merged into {person.name}.", input=person.key)
    change = Change(album, f"unmerge {person.name}")
    for part in parts:
        change.write("people", {"id": part["id"]}, part_of=None)
    change.save()
    return [part["name"] for part in parts]


def split_faces(
    album: sqlite3.Connection, roster: Roster, entry: PersonEntry, faces: Sequence[FaceEntry]
) -> list[FaceEntry]:
    """Split faces, and those nearer to them than to the others, off a person or group; returns what was taken."""
    chosen = [face for face in faces if face.id in entry.faces]
    if len(chosen) < len(faces):
        wrong = next(face for face in faces if face.id not in entry.faces)
        raise PippinError(f"{wrong.name} is no face of {entry.name or entry.key}.", input=wrong.name)
    left = [roster.faces[face] for face in entry.faces if roster.faces[face] not in chosen]
    if not left:
        raise PippinError(f"These are all faces of {entry.name or entry.key}; leave one out.", input=entry.key)
    taken = [*chosen, *_nearer(roster, chosen, left)]
    change = Change(album, f"split {pluralize(len(taken), 'face')} from {entry.name or entry.key}")
    for face in taken if entry.id else ():
        _reject(change, album, roster, face, entry.id)
    stay = [face for face in left if face not in taken]
    for face in taken:
        for other in stay:
            change.write("separations", {"face": face.id, "other": other.id})
    change.save()
    return taken


def _nearer(roster: Roster, chosen: Sequence[FaceEntry], left: Sequence[FaceEntry]) -> list[FaceEntry]:
    """Return the faces that are clearly more like the chosen ones than like the others."""
    found = []
    for face in left:
        others = [other for other in left if other.id != face.id]
        if others and _likeness(face, chosen) > _likeness(face, others) + CLEARLY:
            found.append(face)
    return found if len(found) < len(left) else []


def _likeness(face: FaceEntry, others: Sequence[FaceEntry]) -> float:
    """Return the mean cosine between a face and others."""
    return float(np.mean([face.vector @ other.vector for other in others]))


def set_hidden(album: sqlite3.Connection, person: PersonEntry, *, hidden: bool) -> None:
    """Leave a person out of lists and suggestions, or show them again."""
    change = Change(album, f"{'hide' if hidden else 'show'} {person.name}")
    change.write("people", {"id": person.id}, hidden=int(hidden))
    change.save()


def set_suggest(album: sqlite3.Connection, person: PersonEntry, *, suggest: bool) -> None:
    """Set whether a person may be suggested; kept through scans."""
    change = Change(album, f"{'suggest' if suggest else 'never suggest'} {person.name}")
    change.write("people", {"id": person.id}, suggest=int(suggest))
    change.save()


def remove_face(album: sqlite3.Connection, face: FaceEntry) -> None:
    """Record that a box shows no face; it stays away in later scans."""
    change = Change(album, f"remove {face.name}")
    change.write("faces", {"id": face.id}, removed=1)
    change.save()


def _confirm(
    change: Change, album: sqlite3.Connection, roster: Roster, person: PersonEntry, faces: Sequence[FaceEntry]
) -> None:
    _refuse_twice(roster, person, faces)
    now = time.time()
    for face in faces:
        other = roster.person_of.get(face.id)
        if other is not None and other.id != person.id:
            _reject(change, album, roster, face, other.id)
        change.write("answers", {"face": face.id, "person": person.id}, is_person=1, created=now)


def _refuse_twice(roster: Roster, person: PersonEntry, faces: Sequence[FaceEntry]) -> None:
    """Raise PippinError where a person would be twice in a photograph."""
    places = {roster.faces[face].frame: roster.faces[face] for face in person.faces}
    for face in faces:
        other = places.setdefault(face.frame, face)
        if other.id != face.id:
            raise PippinError(
                f"{person.name} is {other.name} in that photograph already, and a person is in it once; reject one "
                f"first: pippin faces reject {other.name} --person {person.key}",
                input=face.name,
            )
