"""`people`, `suggest`, `search`, `similar`: who is in the album."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pippin.apps.faces.commands.rendering import (
    MAX_FACES_SHOWN,
    describe_face,
    describe_person,
    face_cells,
    find_paths,
    open_roster,
)
from pippin.apps.faces.people.roster import PersonEntry, Roster
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

MAX_ROWS = 40
COLUMNS = ("", *[" " * number for number in range(1, MAX_FACES_SHOWN)])
_YEAR = re.compile(r"\b(1[89]|20)\d\d\b")
_AND = re.compile(r"\s*(?:,|;|&|\band\b|\bwith\b)\s*", re.IGNORECASE)


def people(
    context: Context,
    *,
    hidden: Annotated[bool, "those that were hidden, too"] = False,
    single: Annotated[bool, "groups of a single face, too"] = False,
) -> Report:
    """List the people, and groups of faces without a name.

    Groups come with the largest first; `name ID NAME` gives one a name.
    """
    with open_roster(context) as (album, roster):
        paths = find_paths(album)
        named = [person for person in roster.people if person.faces and (hidden or not person.hidden)]
        groups = [group for group in roster.groups if single or len(group.faces) > 1]
    left_out = sum(len(group.faces) == 1 for group in roster.groups) if not single else 0
    weak = sum(face.id not in roster.person_of for face in roster.faces.values()) - sum(
        len(g.faces) for g in roster.groups
    )
    entries = [*named, *groups]
    rows = tuple(
        (entry.key, _question(entry), len(entry.faces), *face_cells(context, entry.faces)) for entry in entries
    )
    notes = (
        [f"{pluralize(left_out, 'face')} like no other: `pippin faces people --single` lists them."] if left_out else []
    )
    if weak:
        notes.append(f"{pluralize(weak, 'face')} too small, blurred or turned to be compared.")
    return Report(
        title=f"faces: {len(named)} named, {pluralize(len(groups), 'group')} without a name",
        tables=(Table(("id", "who", "faces", *COLUMNS), rows[:MAX_ROWS]),),
        notes=tuple(notes),
        payload={
            "application": context.name,
            "people": [describe_person(entry, roster, paths) for entry in entries],
            "single_faces": left_out,
            "faces_not_compared": weak,
        },
        next="pippin faces name ID NAME, then pippin faces suggest",
    )


def _question(entry: PersonEntry) -> str:
    return entry.name or (f"who are these {len(entry.faces)}?" if len(entry.faces) > 1 else "who is this?")


def suggest(
    context: Context,
    person: Annotated[str | None, "a person by name or id: only whom that could be"] = None,
    *,
    count: Annotated[int, "how many at most"] = 40,
) -> Report:
    """Suggest whom faces without a name show, the surest first.

    `confirm FACE` and `reject FACE` answer; each answer counts at once.
    """
    if count < 1:
        raise PippinError(f"count must be at least 1, not {count}.", input=count)
    with open_roster(context) as (album, roster):
        paths = find_paths(album)
        wanted = roster.find_person(person) if person is not None else None
        found = [one for one in roster.suggestions() if wanted is None or one.person.id == wanted.id]
    shown = found[:count]
    rows = tuple(
        (f"f{one.face}", f"is this {one.person.name}?", one.probability, *face_cells(context, [one.face])[:1])
        for one in shown[:MAX_ROWS]
    )
    return Report(
        title=f"faces: {pluralize(len(found), 'suggestion')}",
        tables=(Table(("face", "question", "probability", ""), rows),),
        payload={
            "application": context.name,
            "suggestions": [
                {
                    "face": f"f{one.face}",
                    "photograph": paths.get(roster.faces[one.face].photograph),
                    "box": [round(value, 4) for value in roster.faces[one.face].box],
                    "person": one.person.name,
                    "person_id": one.person.key,
                    "confidence": one.probability,
                }
                for one in shown
            ],
            "total": len(found),
        },
        next="pippin faces confirm FACE, or pippin faces reject FACE" if found else "",
    )


def search(context: Context, query: Annotated[str, "names and perhaps a year: Ada and Bo, 2024"]) -> Report:
    """Find the photographs that show all of some people.

    A year leaves only those taken in it.
    """
    with open_roster(context) as (album, roster):
        paths = find_paths(album)
        year = _YEAR.search(query)
        wanted = _find_people(roster, _YEAR.sub("", query).strip(" ,.;"))
        photographs = {one for one in _photographs_of(roster, wanted) if one in paths}
        taken = {
            row["id"]: row["taken"]
            for row in album.execute("SELECT id, taken FROM photographs")
            if row["id"] in photographs
        }
    found = sorted(
        (photograph for photograph in photographs if year is None or (taken[photograph] or "").startswith(year[0])),
        key=lambda photograph: (taken[photograph] or "", photograph),
    )
    rows = tuple((paths.get(photograph), (taken[photograph] or "")[:10] or None) for photograph in found)
    return Report(
        title=f"faces: {pluralize(len(found), 'photograph')} for {query.strip()}",
        tables=(Table(("photograph", "taken"), rows[:MAX_ROWS]),),
        payload={
            "application": context.name,
            "photographs": [{"photograph": paths.get(one), "taken": taken[one]} for one in found],
        },
    )


def _find_people(roster: Roster, names: str) -> list[PersonEntry]:
    """Return the people a search names: one of just that name, else those of names joined by and."""
    whole = roster.find_by_name(names)
    return [whole] if whole else [roster.find_person(name) for name in _AND.split(names) if name.strip(" ,.;")]


def _photographs_of(roster: Roster, wanted: list[PersonEntry]) -> set[int]:
    """Return the photographs that show all of these people; without people, those with any face."""
    each = [{roster.faces[face].photograph for face in person.faces} for person in wanted]
    return set.intersection(*each) if each else {face.photograph for face in roster.faces.values()}


def similar(
    context: Context,
    photo: Annotated[Any, "a photograph of your own album, or one face of it as PHOTO#NUMBER"],
    *,
    count: Annotated[int, "how many at most"] = 20,
) -> Report:
    """Find the album's faces most like one in a photograph.

    The photograph must be part of the album: no image from elsewhere is identified.
    """
    from pippin.apps.faces.data import expand
    from pippin.apps.faces.photograph_inputs import only_face

    items = expand(photo)
    if len(items) != 1:
        raise PippinError(f"These are {len(items)} photographs; name one.", input=photo)
    (item,) = items
    with open_roster(context) as (album, roster):
        paths = find_paths(album)
        if not album.execute("SELECT 1 FROM photographs WHERE digest = ?", (item.digest(),)).fetchone():
            raise PippinError(
                f"{item.name} is not in your album, and only its own photographs are compared; scan its folder first.",
                input=item.name,
            )
    vector = only_face(item).vector
    faces = sorted(roster.faces.values(), key=lambda face: -float(face.vector @ vector))[: max(1, count)]
    rows = tuple(
        (
            face.name,
            _name_of(roster, face.id),
            round(float(face.vector @ vector), 3),
            *face_cells(context, [face.id])[:1],
        )
        for face in faces
    )
    return Report(
        title=f"faces: most like {Path(item.name).name}",
        tables=(Table(("face", "who", "cosine", ""), rows[:MAX_ROWS]),),
        payload={
            "application": context.name,
            "faces": [
                {
                    **describe_face(face, paths, confirmed=face.id in roster.person_of),
                    "person": _name_of(roster, face.id),
                    "cosine": float(np.dot(face.vector, vector)),
                }
                for face in faces
            ],
        },
    )


def _name_of(roster: Roster, face: int) -> str | None:
    person = roster.person_of.get(face)
    return person.name if person else None
