"""Photographs in the album: known by their content, each with the faces in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pippin.apps.faces.album.album_files import AlbumFile
from pippin.apps.faces.album.decoding import DecodedPhotograph, decode
from pippin.apps.faces.album.thumbnails import make_thumbnail
from pippin.apps.faces.album.video_frames import decode_key_frames
from pippin.apps.faces.networks.detector import overlap
from pippin.apps.faces.networks.faces import NETWORKS, Face, FaceReader
from pippin.apps.faces.networks.search import CROWD, CROWD_SIDE

Array = np.ndarray
MAX_SIDE, MAX_CROWD_SIDE = 2048, 8192
"""Pixels of the longer side at which photographs are read: all, and those that show many small faces."""
SAME_BOX = 0.4
"""Overlap from which two boxes are one face's, before and after a photograph was read again or edited."""
SAME_FACE_IN_VIDEO = 0.6
"""Cosine from which a face of a later frame shows a person seen before."""


@dataclass(frozen=True)
class FaceDraft:
    """A face to be kept, with its thumbnail, and its time in a video."""

    face: Face
    thumbnail: bytes
    seconds: float | None = None


@dataclass(frozen=True)
class Reading:
    """What was read of a photograph or video."""

    photograph: DecodedPhotograph
    faces: Sequence[FaceDraft]


def read_photograph(file: AlbumFile, reader: FaceReader) -> Reading:
    """Read a photograph or video; PippinError where it cannot be."""
    if file.kind == "video":
        return _read_video(file.path, reader)
    photograph = decode(file.path, MAX_SIDE)
    faces = reader.read(photograph.pixels)
    if _is_crowd(faces, photograph.pixels) and max(photograph.size) > MAX_SIDE:
        photograph = decode(file.path, MAX_CROWD_SIDE)
        faces = reader.read(photograph.pixels)
    return Reading(photograph, [FaceDraft(face, make_thumbnail(photograph.pixels, face.box)) for face in faces])


def _is_crowd(faces: Sequence[Face], pixels: Array) -> bool:
    side = max(pixels.shape[:2])
    small = [face for face in faces if max(face.box[2] * pixels.shape[1], face.box[3] * pixels.shape[0]) < CROWD_SIDE]
    return len(small) >= CROWD and side >= MAX_SIDE


def _read_video(path: Path, reader: FaceReader) -> Reading:
    """Read a video's key frames; a face much like one of an earlier frame is left out."""
    faces, first = list[FaceDraft](), None
    for frame in decode_key_frames(path, MAX_SIDE):
        first = first or frame.photograph
        pixels = frame.photograph.pixels
        for face in reader.read(pixels):
            if all(float(face.vector @ other.face.vector) < SAME_FACE_IN_VIDEO for other in faces):
                faces.append(FaceDraft(face, make_thumbnail(pixels, face.box), frame.seconds))
    assert first is not None  # a video without frames is an error
    return Reading(first, faces)


def find_photograph(album: sqlite3.Connection, digest: str) -> sqlite3.Row | None:
    """Return the photograph of this content."""
    found: sqlite3.Row | None = album.execute("SELECT * FROM photographs WHERE digest = ?", (digest,)).fetchone()
    return found


def keep_reading(album: sqlite3.Connection, digest: str, reading: Reading) -> int:
    """Keep a photograph and its faces, and return its id; faces known from an earlier reading keep their names."""
    photograph = reading.photograph
    taken = photograph.taken.isoformat() if photograph.taken else None
    values = (NETWORKS, *photograph.size, photograph.orientation, taken)
    known = find_photograph(album, digest)
    if known is None:
        made = album.execute(
            "INSERT INTO photographs (networks, width, height, orientation, taken, digest) VALUES (?, ?, ?, ?, ?, ?)",
            (*values, digest),
        )
        number, before = int(made.lastrowid or 0), list[sqlite3.Row]()
    else:
        number = int(known["id"])
        before = list(album.execute("SELECT * FROM faces WHERE photograph = ?", (number,)))
        album.execute(
            "UPDATE photographs SET networks = ?, width = ?, height = ?, orientation = ?, taken = ? WHERE id = ?",
            (*values, number),
        )
    for draft, face in _match(reading.faces, before):
        _keep_face(album, number, draft, face)
    return number


def inherit_answers(album: sqlite3.Connection, old: int, new: int) -> None:
    """Give the faces of an edited photograph the answers that the same faces had before; no copy of it is left."""
    before = list(album.execute("SELECT * FROM faces WHERE photograph = ?", (old,)))
    for face in album.execute("SELECT * FROM faces WHERE photograph = ?", (new,)).fetchall():
        for other in before:
            if overlap(_box(face), _box(other)) >= SAME_BOX:
                album.execute(
                    "INSERT OR IGNORE INTO answers (face, person, is_person, created) "
                    "SELECT ?, person, is_person, created FROM answers WHERE face = ?",
                    (face["id"], other["id"]),
                )
    album.execute("DELETE FROM photographs WHERE id = ?", (old,))


def add_drawn_face(album: sqlite3.Connection, photograph: int, draft: FaceDraft) -> int:
    """Keep a face whose box a person drew, and return its id."""
    return _keep_face(album, photograph, draft, None, drawn=True)


def _match(
    drafts: Sequence[FaceDraft], before: Iterable[sqlite3.Row]
) -> Iterator[tuple[FaceDraft, sqlite3.Row | None]]:
    """Pair faces with those of an earlier reading; one whose place was removed by a person stays away."""
    left = list(before)
    for draft in drafts:
        same = [
            row for row in left if overlap(draft.face.box, _box(row)) >= SAME_BOX and row["seconds"] == draft.seconds
        ]
        if same:
            left.remove(same[0])
            if same[0]["removed"]:
                continue
        yield draft, same[0] if same else None


def _box(row: sqlite3.Row) -> tuple[float, float, float, float]:
    return row["x"], row["y"], row["width"], row["height"]


def _keep_face(
    album: sqlite3.Connection, photograph: int, draft: FaceDraft, before: sqlite3.Row | None, *, drawn: bool = False
) -> int:
    face = draft.face
    values = {
        "photograph": photograph,
        "seconds": draft.seconds,
        **dict(zip(("x", "y", "width", "height"), face.box, strict=True)),
        "score": face.score,
        "quality": face.quality,
        "vector": face.vector.astype("<f4").tobytes(),
        "thumbnail": draft.thumbnail,
        "drawn": int(drawn),
    }
    if before is not None:
        sets = ", ".join(f"{name} = ?" for name in values)
        album.execute(f"UPDATE faces SET {sets} WHERE id = ?", (*values.values(), before["id"]))
        return int(before["id"])
    marks = ", ".join("?" * len(values))
    made = album.execute(f"INSERT INTO faces ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))
    return int(made.lastrowid or 0)
