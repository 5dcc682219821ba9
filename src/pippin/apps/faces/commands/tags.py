"""`write-tags`, `read-tags`: names beside or in photographs, as other programs know them."""

from __future__ import annotations

import sqlite3
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pippin.apps.faces.album.album_files import kind_of
from pippin.apps.faces.commands.rendering import open_roster
from pippin.apps.faces.metadata import Region, read_regions, write_embedded, write_sidecar
from pippin.apps.faces.people.import_tags import add_named_regions
from pippin.apps.faces.people.roster import FaceEntry, Roster
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
    written, skipped = list[str](), list[tuple[str, str]]()
    with open_roster(context) as (album, roster):
        for path, faces in _named_faces(album, roster, folder).items():
            try:
                regions = [_region(face, str(roster.person_of[face.id].name)) for face in faces]
                if embed:
                    write_embedded(Path(path), regions)
                else:
                    write_sidecar(Path(path), regions)
            except PippinError as problem:
                skipped.append((path, problem.message))
                continue
            written.append(path)
            people = {roster.person_of[face.id].id for face in faces}
            album.executemany("INSERT OR IGNORE INTO sidecars VALUES (?, ?)", [(path, person) for person in people])
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

    Regions are matched with faces by their place; a face that was not found is marked. What you said stays.
    """
    skipped = list[tuple[str, str]]()
    found = dict[int, tuple[Path, list[Region]]]()
    with open_roster(context) as (album, roster):
        for row in _files(album, folder):
            if row["photograph"] in found or kind_of(Path(row["path"]).name) == "video":
                continue
            try:
                regions = [region for region in read_regions(Path(row["path"])) if region.name.strip()]
            except PippinError as problem:
                skipped.append((row["path"], problem.message))
                continue
            if regions:
                found[row["photograph"]] = Path(row["path"]), regions
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


def _named_faces(album: sqlite3.Connection, roster: Roster, folder: str | None) -> Mapping[str, Sequence[FaceEntry]]:
    """Return the files with confirmed faces of people who are not hidden, with these faces."""
    by_photograph = defaultdict[int, list[FaceEntry]](list)
    for face, person in roster.person_of.items():
        if not person.hidden and roster.faces[face].seconds is None:
            by_photograph[roster.faces[face].photograph].append(roster.faces[face])
    return {
        row["path"]: by_photograph[row["photograph"]]
        for row in _files(album, folder)
        if row["photograph"] in by_photograph
    }


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
