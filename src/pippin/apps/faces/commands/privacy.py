"""`takeout`, `stored`: what is kept, out of Pippin, and gone for a folder."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Annotated

from pippin.apps.faces.album.album_files import MARKER
from pippin.apps.faces.album.consent import folder_id, list_consents
from pippin.apps.faces.album.database import album_path, compact, open_album
from pippin.apps.faces.commands.rendering import describe_person, find_paths, open_roster
from pippin.apps.faces.commands.scanning import SENT
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import new_folder
from pippin.core.report.cells import Table
from pippin.core.report.formatting import format_bytes, pluralize
from pippin.core.report.report import Report


def takeout(context: Context, folder: Annotated[Path, "a new folder"]) -> Report:
    """Write all that is kept into a folder.

    JSON and images; `export` writes the networks.
    """
    if folder.exists():
        raise PippinError(f"{folder} is there already; name a new folder.", input=folder)
    with open_roster(context) as (album, roster), new_folder(folder) as draft:
        paths, taught = find_paths(album), context.workspace.feedback.live(context.name)
        people = [describe_person(entry, roster, paths) for entry in [*roster.people, *roster.groups]]
        rejected = [
            {"id": entry.key, "name": entry.name, "faces": [f"f{face}" for face in entry.rejected]}
            for entry in roster.people
            if entry.rejected
        ]
        content = {
            "people": people,
            "rejected": rejected,
            "folders": [
                {"folder": str(path), "consent": _date(when)} for path, when in list_consents(context.workspace)
            ],
            "photographs": [dict(row) for row in album.execute("SELECT * FROM photographs")],
            "files": [dict(row) for row in album.execute("SELECT path, photograph, problem FROM files")],
            "vectors": {face.name: face.vector.tolist() for face in roster.faces.values()},
            "changes": [dict(row) for row in album.execute("SELECT created, text FROM changes")],
            "merged": [dict(row) for row in album.execute("SELECT id, name, part_of FROM people WHERE part_of > 0")],
            "separated": [dict(row) for row in album.execute("SELECT * FROM separations")],
            "written_names": [dict(row) for row in album.execute("SELECT * FROM written_names")],
            "taught": [{"name": row.name, "answer": row.answer} for row in taught],
        }
        (draft / "album.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        (draft / MARKER).write_text("Written by `pippin faces takeout`; no album of its own.\n")
        (draft / "faces").mkdir()
        for row in album.execute("SELECT id, thumbnail FROM faces WHERE length(thumbnail) > 0"):
            (draft / "faces" / f"f{row['id']}.jpg").write_bytes(row["thumbnail"])
    folder.chmod(0o700)
    return Report(
        title=f"faces: everything that is kept lies in {folder}",
        summary=f"{len(people)} people and groups, {pluralize(len(roster.faces), 'face')}.",
        payload={"application": context.name, "folder": str(folder), "faces": len(roster.faces), "people": len(people)},
    )


def stored(
    context: Context, *, withdraw: Annotated[str | None, "a folder whose consent ends, by its path or id"] = None
) -> Report:
    """Show what is kept, and for which folders.

    With --withdraw all faces of a folder are removed, and its consent.
    """
    path, notes = album_path(context.workspace), tuple[str, ...]()
    folders = list_consents(context.workspace)
    if withdraw is not None:
        known = [folder for folder, _ in folders]
        notes = _withdraw(
            context, next((one for one in known if folder_id(one) == withdraw), Path(os.path.abspath(withdraw))), known
        )
        folders = list_consents(context.workspace)
    counts = dict.fromkeys(("photographs", "faces", "people", "answers", "written_names"), 0)
    if path.exists():
        with open_album(context.workspace) as album:
            counts = {name: album.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in counts}
    size = path.stat().st_size if path.exists() else 0
    rows = tuple((folder_id(folder), str(folder), _date(when)) for folder, when in folders)
    return Report(
        title="faces: what is stored",
        summary=f"{path}: {format_bytes(size)}, readable by you alone; nothing of it leaves this machine.",
        tables=(
            Table(("what", "count"), tuple(counts.items())),
            Table(("id", "folder", "consent given"), rows, "Folders"),
        ),
        notes=notes,
        payload={
            "application": context.name,
            "path": str(path),
            "bytes": size,
            "counts": counts,
            "folders": [{"id": id, "folder": folder, "consent": when} for id, folder, when in rows],
        },
        next="pippin faces takeout FOLDER, or pippin faces erase --yes",
    )


def _withdraw(context: Context, folder: Path, known: list[Path]) -> tuple[str, ...]:
    """Remove a folder's photographs from the album; returns where names that were written are left."""
    if folder not in known:
        raise PippinError(f"No consent was given for {folder}; `pippin faces stored` lists folders.", input=folder)
    with open_album(context.workspace) as album:
        left = _remove_folder(album, folder)
    sent = album_path(context.workspace).parent / SENT
    if folder.is_relative_to(sent):
        shutil.rmtree(folder, ignore_errors=True)
    compact(context.workspace)
    if not left:
        return ()
    return (f"Names were written for {pluralize(len(left), 'photograph')} in {folder} and stay there.",)


def _remove_folder(album: sqlite3.Connection, folder: Path) -> list[str]:
    """Remove what only this folder brought: files, photographs, and people who were seen nowhere else."""
    album.execute("DELETE FROM folders WHERE path = ?", (str(folder),))
    others = [Path(row["path"]) for row in album.execute("SELECT path FROM folders")]
    rows = album.execute("SELECT path, photograph FROM files").fetchall()
    gone = [row for row in rows if _lies_only_in(Path(row["path"]), folder, others)]
    stay = {row["photograph"] for row in rows if row not in gone}
    photographs = {row["photograph"] for row in gone} - stay - {None}
    seen = _people_in(album, photographs)
    album.executemany("DELETE FROM files WHERE path = ?", [(row["path"],) for row in gone])
    album.executemany("DELETE FROM photographs WHERE id = ?", [(photograph,) for photograph in photographs])
    written = [row["path"] for row in album.execute("SELECT * FROM written_names") if row["photograph"] in photographs]
    album.executemany("DELETE FROM written_names WHERE photograph = ?", [(one,) for one in photographs])
    answered = {row["person"] for row in album.execute("SELECT person FROM answers")}
    wholes = {row["part_of"] for row in album.execute("SELECT part_of FROM people WHERE part_of IS NOT NULL")}
    album.executemany("DELETE FROM people WHERE id = ?", [(person,) for person in seen - answered - wholes])
    album.execute("DELETE FROM changes")
    return sorted(set(written))


def _lies_only_in(path: Path, folder: Path, others: list[Path]) -> bool:
    return path.is_relative_to(folder) and not any(path.is_relative_to(other) for other in others)


def _people_in(album: sqlite3.Connection, photographs: set[int]) -> set[int]:
    """Return the people of whom something was said in these photographs."""
    rows = album.execute("SELECT person, photograph FROM answers JOIN faces ON face = faces.id")
    return {row["person"] for row in rows if row["photograph"] in photographs}


def _date(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(when))
