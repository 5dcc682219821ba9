"""Names that other programs wrote, matched with the faces of the album."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.album.journal import Change
from pippin.apps.faces.album.photographs import MAX_SIDE, FaceDraft, add_drawn_face
from pippin.apps.faces.album.thumbnails import make_thumbnail
from pippin.apps.faces.metadata import Region
from pippin.apps.faces.networks.detector import overlap
from pippin.apps.faces.networks.faces import shared_reader
from pippin.apps.faces.people.actions import check_name
from pippin.apps.faces.people.roster import FaceEntry, Roster
from pippin.core.errors import PippinError

MIN_OVERLAP = 0.25
"""Of a region and a face's box; programs draw them differently wide."""
Box = tuple[float, float, float, float]


@dataclass
class ImportCounts:
    """What was taken: different names, faces named, those drawn for it, and those that had an answer already."""

    people: set[str] = field(default_factory=set)
    faces: int = 0
    drawn: int = 0
    kept: int = 0

    @property
    def names(self) -> int:
        """The number of different names."""
        return len(self.people)


def add_named_regions(
    album: sqlite3.Connection,
    roster: Roster,
    found: Mapping[int, tuple[Path, list[Region]]],
    skipped: list[tuple[str, str]],
) -> ImportCounts:
    """Name the faces in these regions, as one change; names that cannot be go to `skipped`."""
    counts, change, made = ImportCounts(), Change(album, "read tags"), dict[str, int]()
    places = {(roster.faces[face].frame, person.id) for person in roster.people for face in person.faces}
    answered = {(row["face"], row["person"]) for row in album.execute("SELECT face, person FROM answers")}
    for photograph, (path, regions) in found.items():
        faces = [face for face in roster.faces.values() if face.photograph == photograph]
        for region in regions:
            try:
                name = check_name(region.name)
                face = _find_face(album, change, roster, faces, region, photograph, path, counts)
            except PippinError as problem:
                skipped.append((str(path), problem.message))
                continue
            if face is None:
                continue
            known = made.get(name.casefold()) or getattr(roster.find_by_name(name), "id", None)
            frame = (photograph, None)
            if known is not None and ((face, known) in answered or (frame, known) in places):
                counts.kept += 1
                continue
            person = known or change.make("people", name=name)
            made[name.casefold()] = person
            places.add((frame, person))
            change.write("answers", {"face": face, "person": person}, is_person=1, created=time.time())
            counts.people.add(name)
            counts.faces += 1
    change.save()
    return counts


def _find_face(
    album: sqlite3.Connection, change: Change, roster: Roster, faces: list[FaceEntry], region: Region, photograph: int,
    path: Path, counts: ImportCounts,
) -> int | None:  # fmt: skip
    """Return the face in a region, drawn where none was found; None where it has an answer already."""
    box = _box(region)
    best = max(faces, key=lambda face: overlap(face.box, box), default=None)
    if best is None or overlap(best.box, box) < MIN_OVERLAP:
        pixels = decode(path, MAX_SIDE).pixels
        counts.drawn += 1
        draft = FaceDraft(shared_reader().read_box(pixels, box), make_thumbnail(pixels, box))
        drawn = add_drawn_face(album, photograph, draft)
        change.add_made("faces", drawn)
        return drawn
    faces.remove(best)
    if best.id in roster.person_of:
        counts.kept += 1
        return None
    return best.id


def _box(region: Region) -> Box:
    left, top = max(0.0, region.x - region.width / 2), max(0.0, region.y - region.height / 2)
    right, bottom = min(1.0, region.x + region.width / 2), min(1.0, region.y + region.height / 2)
    if right - left < 1e-3 or bottom - top < 1e-3:
        raise PippinError(f"The region of {region.name[:60]!r} lies outside its photograph.", input=region.name)
    return left, top, right - left, bottom - top
