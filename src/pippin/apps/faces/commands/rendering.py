"""What the commands' reports and payloads have in common."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from pippin.apps.faces.album.database import album_path, open_album
from pippin.apps.faces.people.roster import FaceEntry, PersonEntry, Roster
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.cells import ImageCell

MAX_FACES_SHOWN = 5


@contextmanager
def open_roster(context: Context, *, write: bool = False) -> Iterator[tuple[sqlite3.Connection, Roster]]:
    """Yield the album in a transaction, and its faces and people; PippinError before any scan.

    With `write` no other process changes anything meanwhile.
    """
    if not album_path(context.workspace).exists():
        raise PippinError("The album is empty: pippin faces scan FOLDER --consent")
    with open_album(context.workspace) as album:
        if write:
            album.execute("BEGIN IMMEDIATE")
        yield album, Roster(album)


def find_paths(album: sqlite3.Connection) -> Mapping[int, str]:
    """Return a file of each photograph, the first by name."""
    rows = album.execute(
        "SELECT photograph, min(path) AS path FROM files WHERE photograph IS NOT NULL GROUP BY photograph"
    )
    return {row["photograph"]: row["path"] for row in rows}


def describe_face(face: FaceEntry, paths: Mapping[int, str], *, confirmed: bool) -> dict[str, Any]:
    """Return a face as payloads tell it."""
    return {
        "face": face.name,
        "photograph": paths.get(face.photograph),
        "box": [round(value, 4) for value in face.box],
        "seconds": face.seconds,
        "confirmed": confirmed,
    }


def describe_person(entry: PersonEntry, roster: Roster, paths: Mapping[int, str]) -> dict[str, Any]:
    """Return a person or group as payloads tell it."""
    faces = [describe_face(roster.faces[face], paths, confirmed=bool(entry.id)) for face in entry.faces]
    return {
        "id": entry.key, "name": entry.name, "hidden": entry.hidden, "never_suggest": not entry.suggest, "faces": faces,
    }  # fmt: skip


def face_cells(context: Context, faces: Iterable[int]) -> tuple[object, ...]:
    """Return table cells with the thumbnails of the first faces."""
    shown = list(faces)[:MAX_FACES_SHOWN]
    cells = [ImageCell(partial(read_thumbnail, context, face), "image/jpeg", alt=f"f{face}") for face in shown]
    return (*cells, *[None] * (MAX_FACES_SHOWN - len(cells)))


def read_thumbnail(context: Context, face: int) -> bytes:
    """Return the JPEG of a face; PippinError where it is gone."""
    with open_album(context.workspace) as album:
        row = album.execute("SELECT thumbnail FROM faces WHERE id = ?", (face,)).fetchone()
    if row is None or not row["thumbnail"]:
        raise PippinError(f"There is no face f{face}.", input=f"f{face}")
    return bytes(row["thumbnail"])
