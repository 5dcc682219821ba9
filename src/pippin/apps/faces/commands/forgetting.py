"""`forget`: take every trace of a person away."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Annotated

from pippin.apps.faces.album.database import compact
from pippin.apps.faces.commands.rendering import open_roster
from pippin.apps.faces.commands.trained_models import find_models, remove_models
from pippin.apps.faces.people.written_names import find_written, remove_names
from pippin.core import loaded_models
from pippin.core.context import Context
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report


def forget(
    context: Context,
    person: Annotated[str, "a person by name or id"],
    *,
    yes: Annotated[bool, "forget them; without this, only tell what would be forgotten"] = False,
) -> Report:
    """Take every trace of a person away.

    Gone are name, answers, numbers and thumbnails of their faces and of those they would be suggested for, what was
    taught of them, models and runs that know them, and their name where `write-tags` wrote it.
    """
    with open_roster(context) as (album, roster):
        one = roster.find_person(person)
        suggested = (found.face for found in roster.suggestions(always=one.id) if found.person.id == one.id)
        faces = {*one.faces, *suggested}
        parts = {row["id"] for row in album.execute("SELECT id FROM people") if roster.root(row["id"]) == one.id}
        names = {row["name"] for row in album.execute("SELECT * FROM people") if row["id"] in parts}
        written = find_written(album, parts)
    names = names.union(*written.values())
    taught = [row for row in context.workspace.feedback.live(context.name) if _is_named(row.answer, names)]
    models = find_models(context, names)
    notes = []
    if yes:
        notes = remove_names(written)
        with open_roster(context, write=True) as (album, _):
            _erase_person(album, parts, faces)
        context.workspace.feedback.forget(taught)
        remove_models(context, models)
        loaded_models.forget_workspace(context.workspace)
        compact(context.workspace)
    return Report(
        title=f"faces: {one.name} is forgotten" if yes else f"faces: {one.name} is not forgotten yet",
        summary=f"{pluralize(len(faces), 'face')}, {pluralize(len(taught), 'correction')}, "
        f"{pluralize(len(written), 'photograph')} with their name beside or in it, "
        f"{pluralize(len(models), 'model')} or runs of yours that know them. This cannot be taken back.",
        notes=tuple(notes),
        payload={
            "application": context.name,
            "forgotten": yes,
            "faces": len(faces),
            "corrections": len(taught),
            "sidecars": len(written),
            "models": [folder.name for folder in models],
        },
        next="" if yes else f"pippin faces forget {one.key} --yes",
    )


def _is_named(answer: object, names: Collection[str]) -> bool:
    return isinstance(answer, str) and answer.casefold() in {name.casefold() for name in names}


def _erase_person(album: sqlite3.Connection, parts: Collection[int], faces: Collection[int]) -> None:
    """Delete people with all answers on them, and everything of their faces but the position, so that it is known."""
    for face in faces:
        album.execute("UPDATE faces SET vector = x'', thumbnail = x'', removed = 1 WHERE id = ?", (face,))
        album.execute("DELETE FROM answers WHERE face = ?", (face,))
        album.execute("DELETE FROM separations WHERE face = ? OR other = ?", (face, face))
    for part in parts:
        album.execute("DELETE FROM people WHERE id = ?", (part,))
        album.execute("DELETE FROM written_names WHERE person = ?", (part,))
    album.execute("DELETE FROM changes")  # they hold names
