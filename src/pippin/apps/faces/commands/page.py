"""What the page asks for: a photograph with its faces, a person with all of theirs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

from PIL import Image

from pippin.apps.faces.album.album_files import kind_of
from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.album.video_frames import decode_key_frames
from pippin.apps.faces.commands.rendering import describe_face, describe_person, find_paths, open_roster
from pippin.core.context import Context
from pippin.core.report.cells import Figure
from pippin.core.report.report import Report

MAX_SIDE = 1600


def photograph(context: Context, face: Annotated[str, "a face in it, such as f12"]) -> Report:
    """Show a photograph with the boxes of its faces."""
    with open_roster(context) as (album, roster):
        entry = roster.find_face(face)
        paths = find_paths(album)
        faces = [one for one in roster.faces.values() if one.frame == entry.frame]
        suggested = {one.face: one for one in roster.suggestions()}
        row = album.execute("SELECT taken FROM photographs WHERE id = ?", (entry.photograph,)).fetchone()
    path = Path(paths.get(entry.photograph) or "")
    described = []
    for one in faces:
        person, guess = roster.person_of.get(one.id), suggested.get(one.id)
        described.append(
            {
                **describe_face(one, paths, confirmed=person is not None),
                "person": person.name if person else None,
                "person_id": person.key if person else None,
                "suggested": guess.person.name if guess else None,
                "confidence": guess.probability if guess else None,
            }
        )
    return Report(
        title=path.name,
        figures=(Figure(path.name, _read_jpeg(path, entry.seconds), "image/jpeg"),),
        payload={"application": context.name, "photograph": str(path), "taken": row["taken"], "faces": described},
    )


def _read_jpeg(path: Path, seconds: float | None) -> bytes:
    if kind_of(path.name) == "video":
        frames = decode_key_frames(path, MAX_SIDE)
        pixels = min(frames, key=lambda frame: abs(frame.seconds - (seconds or 0))).photograph.pixels
    else:
        pixels = decode(path, MAX_SIDE).pixels
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def person(context: Context, id: Annotated[str, "a person or group by id"]) -> Report:
    """Show a person's faces in the order in which they were taken."""
    with open_roster(context) as (album, roster):
        entry = roster.find_entry(id)
        paths = find_paths(album)
        taken = {row["id"]: row["taken"] for row in album.execute("SELECT id, taken FROM photographs")}
    described = describe_person(entry, roster, paths)
    for one, face in zip(described["faces"], entry.faces, strict=True):
        one["taken"] = taken.get(roster.faces[face].photograph)
    described["faces"].sort(key=lambda one: (one["taken"] or "", one["face"]))
    return Report(title=entry.name or entry.key, payload={"application": context.name, "person": described})


def thumbnails(context: Context, *faces: Annotated[str, "faces by id, at most 200"]) -> Report:
    """Return the thumbnails of faces as figures, in this order."""
    with open_roster(context) as (album, roster):
        ids = [roster.find_face(face).id for face in faces[:200]]
        found = {
            row["id"]: bytes(row["thumbnail"])
            for row in album.execute(f"SELECT id, thumbnail FROM faces WHERE id IN ({', '.join('?' * len(ids))})", ids)
        }
    figures = tuple(Figure(f"f{face}", found[face], "image/jpeg") for face in ids)
    return Report(
        title="faces", figures=figures, payload={"application": context.name, "faces": [f"f{i}" for i in ids]}
    )
