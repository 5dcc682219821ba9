"""`write-tags`, `read-tags`: names beside or in photographs, as other programs know them."""

from __future__ import annotations

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pippin.apps.faces.album.album_files import kind_of
from pippin.apps.faces.album.database import open_album
from pippin.apps.faces.commands.rendering import open_roster
from pippin.apps.faces.metadata import Region, read_regions, write_embedded, write_sidecar
from pippin.apps.faces.people.import_tags import add_named_regions
from pippin.apps.faces.people.roster import FaceEntry, Roster
from pippin.apps.faces.people.written_names import find_stale, forget_written, record_names, remove_names
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

TRAVEL = "Names written beside or into photographs travel with them: those who get the files read who is in them."
MAX_SHOWN = 20
FOLDER = Annotated[str | None, "only photographs below this folder"]


def write_tags(
    context: Context,
    folder: FOLDER = None,
    *,
    embed: Annotated[bool, "into JPEG, PNG and WebP files themselves, instead of sidecars beside them"] = False,
) -> Report:
    """Write confirmed names as XMP sidecars beside photographs.

    Regions are those of MWG and of Microsoft, which digiKam, Lightroom, Immich and others read. Names travel with the
    photographs. Names that other programs wrote stay.
    """
    print(TRAVEL, file=sys.stderr)
    with open_roster(context) as (album, roster):
        todo = _find_files_to_write(album, roster, folder)
    written, skipped = list[str](), list[tuple[str, str]]()
    for item in todo:
        try:
            _write_names(context, item, embed=embed)
        except PippinError as problem:
            skipped.append((item.path, problem.message))
        else:
            written.append(item.path)
    return Report(
        title=f"faces: names written for {pluralize(len(written), 'photograph')}",
        tables=(Table(("not written", "why"), tuple(skipped[:MAX_SHOWN])),) if skipped else (),
        notes=(TRAVEL,),
        payload={
            "application": context.name,
            "written": written,
            "skipped": [{"input": path, "why": why} for path, why in skipped],
        },
        next="pippin faces forget PERSON takes a person's name out again",
    )


def read_tags(context: Context, folder: FOLDER = None) -> Report:
    """Take the names that other programs wrote for photographs.

    Regions are matched with faces by their position; a face that was not found is marked. What you said stays.
    """
    skipped = list[tuple[str, str]]()
    found = dict[int, tuple[Path, list[Region]]]()
    with open_roster(context) as (album, _):
        rows = _files(album, folder)
    for row in rows:
        if row["photograph"] in found or kind_of(Path(row["path"]).name) == "video":
            continue
        try:
            regions = [region for region in read_regions(Path(row["path"])) if region.name.strip()]
        except PippinError as problem:
            skipped.append((row["path"], problem.message))
            continue
        if regions:
            found[row["photograph"]] = Path(row["path"]), regions
    with open_roster(context, write=True) as (album, roster):
        counts = add_named_regions(album, roster, found, skipped)
    return Report(
        title=f"faces: {pluralize(counts.names, 'name')} taken for {pluralize(counts.faces, 'face')}",
        summary=f"{counts.drawn} marked where none had been found; {counts.kept} had an answer of yours, which stays.",
        tables=(Table(("not read", "why"), tuple(skipped[:MAX_SHOWN])),) if skipped else (),
        payload={
            "application": context.name,
            "photographs": len(found),
            "names": counts.names,
            "faces": counts.faces,
            "drawn": counts.drawn,
            "kept": counts.kept,
            "skipped": [{"input": path, "why": why} for path, why in skipped],
        },
        next="pippin faces people",
    )


@dataclass(frozen=True)
class _File:
    """A photograph to write names for: regions, names by person, and names that were written and no longer hold."""

    path: str
    photograph: int
    regions: list[Region]
    names: Mapping[int, str]
    stale: set[str]


def _find_files_to_write(album: sqlite3.Connection, roster: Roster, folder: str | None) -> list[_File]:
    """Return the files with confirmed faces of people who are not hidden, or with names that no longer hold."""
    faces = defaultdict[int, list[FaceEntry]](list)
    for face, person in roster.person_of.items():
        if not person.hidden and roster.faces[face].seconds is None:
            faces[roster.faces[face].photograph].append(roster.faces[face])
    found = []
    for row in _files(album, folder):
        entries = [(face, roster.person_of[face.id]) for face in faces[row["photograph"]]]
        names = {person.id: str(person.name) for _, person in entries}
        stale = find_stale(album, row["photograph"], names)
        if entries or stale:
            regions = [_region(face, str(person.name)) for face, person in entries]
            found.append(_File(row["path"], row["photograph"], regions, names, stale))
    return found


def _write_names(context: Context, item: _File, *, embed: bool) -> None:
    """Write a photograph's names, recorded first, and take out those that no longer hold."""
    with open_album(context.workspace) as album:
        record_names(album, item.photograph, item.path, item.names)
    if item.stale:
        remove_names({item.path: item.stale})
        with open_album(context.workspace) as album:
            forget_written(album, item.photograph, item.stale)
    if item.regions:
        (write_embedded if embed else write_sidecar)(Path(item.path), item.regions)


def _files(album: sqlite3.Connection, folder: str | None) -> list[sqlite3.Row]:
    rows = album.execute("SELECT path, photograph FROM files WHERE photograph IS NOT NULL ORDER BY path").fetchall()
    if folder is None:
        return rows
    chosen = [row for row in rows if Path(row["path"]).is_relative_to(Path(folder).absolute())]
    if not chosen:
        raise PippinError(f"The album has no photograph below {folder}; scan it first.", input=folder)
    return chosen


def _region(face: FaceEntry, name: str) -> Region:
    left, top, width, height = face.box
    return Region(name, left + width / 2, top + height / 2, width, height)
