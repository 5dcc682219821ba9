"""`draw-box`, `move-box`, `remove-box`: faces that were not found, or where none is."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Annotated

from pippin.apps.faces.album.album_files import AlbumFile, kind_of
from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.album.journal import Change
from pippin.apps.faces.album.photographs import MAX_SIDE, FaceDraft, add_drawn_face
from pippin.apps.faces.album.thumbnails import make_thumbnail
from pippin.apps.faces.commands.rendering import find_paths, open_roster
from pippin.apps.faces.networks.faces import shared_reader
from pippin.apps.faces.people import actions
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.report import Report

FACE = Annotated[str, "a face by id, such as f12"]
X = Annotated[float, "left edge, as a fraction of the photograph's width"]
Y = Annotated[float, "upper edge, as a fraction of its height"]
WIDTH = Annotated[float, "width, as a fraction of the photograph's width"]
HEIGHT = Annotated[float, "height, as a fraction of its height"]
Box = tuple[float, float, float, float]


def draw_box(
    context: Context,
    photograph: Annotated[str, "a photograph of the album, by its path or the id of a face in it"],
    *,
    x: X,
    y: Y,
    width: WIDTH,
    height: HEIGHT,
) -> Report:
    """Mark a face that was not found in a photograph."""
    box = check_box((x, y, width, height))
    with open_roster(context, write=True) as (album, roster):
        number, path = _find_photograph(album, photograph, roster.faces)
        face = add_drawn_face(album, number, _draft(path, box))
        change = Change(album, f"draw f{face}")
        change.add_made("faces", face)
        change.save()
    return Report(title=f"faces: f{face} drawn", payload={"application": context.name, "face": f"f{face}"})


def move_box(context: Context, face: FACE, *, x: X, y: Y, width: WIDTH, height: HEIGHT) -> Report:
    """Put a face's box where the face is; its name stays."""
    box = check_box((x, y, width, height))
    with open_roster(context, write=True) as (album, roster):
        entry = roster.find_face(face)
        path = find_paths(album).get(entry.photograph)
        if path is None:
            raise PippinError(f"The photograph of {entry.name} is no longer there; scan its folder.", input=face)
        draft = _draft(Path(path), box)
        change = Change(album, f"move {entry.name}")
        change.write(
            "faces", {"id": entry.id}, x=box[0], y=box[1], width=box[2], height=box[3], quality=draft.face.quality,
            vector=draft.face.vector.astype("<f4").tobytes(), thumbnail=draft.thumbnail, drawn=1,
        )  # fmt: skip
        change.save()
    return Report(title=f"faces: {entry.name} moved", payload={"application": context.name, "face": entry.name})


def remove_box(context: Context, face: FACE) -> Report:
    """Say that a box holds no face.

    It stays away in later scans.
    """
    with open_roster(context, write=True) as (album, roster):
        entry = roster.find_face(face)
        actions.remove_face(album, entry)
    return Report(title=f"faces: {entry.name} removed", payload={"application": context.name, "face": entry.name})


def check_box(box: Box) -> Box:
    """Return a box that lies within a photograph; PippinError for one that does not."""
    x, y, width, height = box
    if not (0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1 - x + 1e-9 and 0 < height <= 1 - y + 1e-9):
        raise PippinError(
            f"A box lies within its photograph: x, y, width and height are fractions from 0 to 1, not {x:g}, {y:g}, "
            f"{width:g}, {height:g}.",
            input="box",
        )
    return box


def _draft(path: Path, box: Box) -> FaceDraft:
    if kind_of(path.name) == "video":
        raise PippinError(f"{path.name} is a video; boxes are drawn in photographs alone.", input=path)
    pixels = decode(path, MAX_SIDE).pixels
    return FaceDraft(shared_reader().read_box(pixels, box), make_thumbnail(pixels, box))


def _find_photograph(album: sqlite3.Connection, text: str, faces: object) -> tuple[int, Path]:
    """Return a photograph of the album by the path of a file, or by the id of a face in it."""
    if text.startswith("f") and text[1:].isdigit():
        row = album.execute(
            "SELECT files.photograph, path FROM files JOIN faces USING (photograph) WHERE faces.id = ?",
            (int(text[1:]),),
        ).fetchone()
    else:
        row = album.execute(
            "SELECT photograph, path FROM files WHERE path = ?", (str(AlbumFile(Path(text).absolute(), "image").path),)
        ).fetchone()
    if row is None or row["photograph"] is None:
        raise PippinError(f"{text} is no photograph of the album; scan its folder first.", input=text)
    return int(row["photograph"]), Path(row["path"])
