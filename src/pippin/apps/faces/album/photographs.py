"""Photographs in the album: known by their content, each with the faces in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pippin.apps.faces.album.album_files import AlbumFile
from pippin.apps.faces.album.decoding import DecodedPhotograph, decode
from pippin.apps.faces.album.thumbnails import make_thumbnail
from pippin.apps.faces.album.video_frames import decode_key_frames
from pippin.apps.faces.networks.detector import overlap
from pippin.apps.faces.networks.embedder import THRESHOLD
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


def keep_reading(
    album: sqlite3.Connection, digest: str, reading: Reading, reader: FaceReader, edited: int | None = None
) -> int:
    """Keep a photograph and its faces, and return its id.

    Faces known from an earlier reading, by other networks or of the photograph before it was `edited`, keep their
    names.
    """
    photograph = reading.photograph
    taken = photograph.taken.isoformat() if photograph.taken else None
    values = (digest, NETWORKS, *photograph.size, photograph.orientation, taken)
    known = find_photograph(album, digest)
    if known is None and edited is not None:
        known = album.execute("SELECT * FROM photographs WHERE id = ?", (edited,)).fetchone()
    if known is None:
        made = album.execute(
            "INSERT INTO photographs (digest, networks, width, height, orientation, taken) VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        for draft in reading.faces:
            _keep_face(album, int(made.lastrowid or 0), draft, None)
        return int(made.lastrowid or 0)
    album.execute(
        "UPDATE photographs SET digest = ?, networks = ?, width = ?, height = ?, orientation = ?, taken = ? "
        "WHERE id = ?",
        (*values, known["id"]),
    )
    _update_faces(album, known, reading, reader)
    return int(known["id"])


def _update_faces(album: sqlite3.Connection, known: sqlite3.Row, reading: Reading, reader: FaceReader) -> None:
    """Bring a photograph's faces up to date: those found again, those that a person drew or removed, and new ones."""
    before = list(album.execute("SELECT * FROM faces WHERE photograph = ?", (known["id"],)))
    is_comparable = known["networks"] == NETWORKS
    left = list(before)
    for draft in reading.faces:
        same = next((row for row in left if _is_same(draft, row, is_comparable)), None)
        if same is not None:
            left.remove(same)
        if same is None or not same["removed"]:
            _keep_face(album, known["id"], draft, same)
    for row in left:
        if row["removed"]:
            continue
        if row["drawn"] or not is_comparable:
            face = reader.read_box(reading.photograph.pixels, _box(row))
            draft = FaceDraft(face, make_thumbnail(reading.photograph.pixels, face.box), row["seconds"])
            _keep_face(album, known["id"], draft, row, drawn=bool(row["drawn"]))
        else:
            album.execute("DELETE FROM faces WHERE id = ?", (row["id"],))


def _is_same(draft: FaceDraft, row: sqlite3.Row, is_comparable: bool) -> bool:
    """Return whether a face is a known one: at its position and, where vectors can be compared, similar to it."""
    if row["seconds"] != draft.seconds or overlap(draft.face.box, _box(row)) < SAME_BOX:
        return False
    if row["removed"] or not is_comparable:
        return True
    return float(draft.face.vector @ np.frombuffer(row["vector"], "<f4")) >= THRESHOLD


def copy_answers(album: sqlite3.Connection, old: int, new: int) -> None:
    """Give the faces of an edited copy the answers of the same faces in the photograph it was a copy of."""
    before = list(album.execute("SELECT * FROM faces WHERE photograph = ? AND removed = 0", (old,)))
    for face in album.execute("SELECT * FROM faces WHERE photograph = ?", (new,)).fetchall():
        for other in before:
            cosine = np.frombuffer(face["vector"], "<f4") @ np.frombuffer(other["vector"], "<f4")
            if overlap(_box(face), _box(other)) >= SAME_BOX and cosine >= THRESHOLD:
                album.execute(
                    "INSERT OR IGNORE INTO answers (face, person, is_person, created) "
                    "SELECT ?, person, is_person, created FROM answers WHERE face = ?",
                    (face["id"], other["id"]),
                )


def add_drawn_face(album: sqlite3.Connection, photograph: int, draft: FaceDraft) -> int:
    """Keep a face whose box a person drew, and return its id."""
    return _keep_face(album, photograph, draft, None, drawn=True)


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
