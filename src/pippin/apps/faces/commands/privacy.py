"""`forget`, `takeout`, `stored`: what is kept, out of Pippin, and gone."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Annotated

from pippin.apps.faces.album.album_files import MARKER
from pippin.apps.faces.album.consent import folder_id, list_consents
from pippin.apps.faces.album.database import album_path, compact, open_album
from pippin.apps.faces.commands.rendering import describe_person, find_paths, open_roster
from pippin.apps.faces.commands.trained_models import find_models, remove_models
from pippin.apps.faces.metadata import remove_embedded_regions, remove_regions
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import new_folder
from pippin.core.report.cells import Table
from pippin.core.report.formatting import format_bytes, pluralize
from pippin.core.report.report import Report


def forget(
    context: Context,
    person: Annotated[str, "a person by name or id"],
    *,
    yes: Annotated[bool, "forget them; without this, only tell what would be forgotten"] = False,
) -> Report:
    """Take every trace of a person away.

    Gone are name, answers, numbers and thumbnails of their faces and of those they would be suggested for, what was
    taught of them, and their name in the sidecars that were written.
    """
    with open_roster(context) as (album, roster):
        one = roster.find_person(person)
        faces = {*one.faces, *(found.face for found in roster.suggestions() if found.person.id == one.id)}
        parts = [row["id"] for row in album.execute("SELECT id FROM people") if roster.root(row["id"]) == one.id]
        names = [row["name"] for row in album.execute("SELECT * FROM people") if row["id"] in parts]
        sidecars = sorted({row["path"] for row in album.execute("SELECT * FROM sidecars") if row["person"] in parts})
        notes = _remove_tags(sidecars, names) if yes else []
        if yes:
            _erase_person(album, parts, sorted(faces))
    taught = [row for row in context.workspace.feedback.live(context.name) if row.answer in names]
    models = find_models(context, names)
    if yes:
        context.workspace.feedback.forget(taught)
        remove_models(context, models)
        compact(context.workspace)
    title = f"faces: {one.name} is forgotten" if yes else f"faces: {one.name} is not forgotten yet"
    return Report(
        title=title,
        summary=f"{pluralize(len(faces), 'face')}, {pluralize(len(taught), 'correction')}, "
        f"{pluralize(len(sidecars), 'photograph')} with their name beside or in it, "
        f"{len(models)} models and runs of yours that know them. This cannot be taken back.",
        notes=tuple(notes),
        payload={
            "application": context.name, "forgotten": yes, "faces": len(faces), "corrections": len(taught),
            "sidecars": len(sidecars), "models": [folder.name for folder in models],
        },
        next="" if yes else f"pippin faces forget {one.key} --yes",
    )  # fmt: skip


def _remove_tags(sidecars: list[str], names: list[str]) -> list[str]:
    notes = []
    for path in sidecars:
        for name in names:
            try:
                removals = remove_regions(Path(path), name), remove_embedded_regions(Path(path), name)
                if any(removal.remains for removal in removals):
                    notes.append(f"{path} still holds the name, as a keyword or caption that another program wrote.")
            except PippinError as problem:
                notes.append(problem.message)
    return notes


def _erase_person(album: sqlite3.Connection, parts: list[int], faces: list[int]) -> None:
    """Delete people with all answers on them, and of their faces everything but the place, so that it stays known."""
    empty = (b"", b"")
    for face in faces:
        album.execute("UPDATE faces SET vector = ?, thumbnail = ?, removed = 1 WHERE id = ?", (*empty, face))
        album.execute("DELETE FROM answers WHERE face = ?", (face,))
        album.execute("DELETE FROM separations WHERE face = ? OR other = ?", (face, face))
    album.executemany("DELETE FROM people WHERE id = ?", [(part,) for part in parts])
    album.execute("DELETE FROM changes")  # they hold names


def takeout(context: Context, folder: Annotated[Path, "a new folder"]) -> Report:
    """Write all that is kept into a folder.

    JSON and images; `export` writes the networks.
    """
    if folder.exists():
        raise PippinError(f"{folder} is there already; name a new folder.", input=folder)
    with open_roster(context) as (album, roster), new_folder(folder) as draft:
        paths = find_paths(album)
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
        }
        (draft / "album.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        (draft / MARKER).write_text("Written by `pippin faces takeout`; no album of its own.\n")
        (draft / "faces").mkdir()
        for row in album.execute("SELECT id, thumbnail FROM faces WHERE length(thumbnail) > 0"):
            (draft / "faces" / f"f{row['id']}.jpg").write_bytes(row["thumbnail"])
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
    path = album_path(context.workspace)
    folders = list_consents(context.workspace)
    if withdraw is not None:
        known = [folder for folder, _ in folders]
        _withdraw(context, next((one for one in known if folder_id(one) == withdraw), Path(withdraw)), known)
        folders = list_consents(context.workspace)
    counts = dict.fromkeys(("photographs", "faces", "people", "answers", "sidecars"), 0)
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
        payload={
            "application": context.name,
            "path": str(path),
            "bytes": size,
            "counts": counts,
            "folders": [{"id": id, "folder": folder, "consent": when} for id, folder, when in rows],
        },
        next="pippin faces takeout FOLDER, or pippin faces erase --yes",
    )


def _withdraw(context: Context, folder: Path, known: list[Path]) -> None:
    if folder not in known:
        raise PippinError(f"No consent was given for {folder}; `pippin faces stored` lists folders.", input=folder)
    with open_album(context.workspace) as album:
        album.execute("DELETE FROM folders WHERE path = ?", (str(folder),))
        others = [Path(row["path"]) for row in album.execute("SELECT path FROM folders")]
        for row in album.execute("SELECT path FROM files").fetchall():
            path = Path(row["path"])
            if path.is_relative_to(folder) and not any(path.is_relative_to(other) for other in others):
                album.execute("DELETE FROM files WHERE path = ?", (row["path"],))
        album.execute(
            "DELETE FROM photographs WHERE id NOT IN (SELECT photograph FROM files WHERE photograph IS NOT NULL)"
        )
        album.execute("DELETE FROM people WHERE id NOT IN (SELECT person FROM answers)")
        album.execute("DELETE FROM changes")
    sent = album_path(context.workspace).parent / "photographs"
    if folder.is_relative_to(sent):
        shutil.rmtree(sent, ignore_errors=True)
    compact(context.workspace)


def _date(when: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(when))
