"""Images of a zip file, each under its name within the zip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from pippin.apps.recognize.formats.folders import Found
from pippin.core.data import Skipped
from pippin.core.errors import PippinError
from pippin.learn.vision.image_files import note_unread, shown
from pippin.learn.zip_files import list_members, note_refused, unpack_zip


def find_in_zip(path: Path, find: Callable[[Path], Found]) -> Found:
    """Return what `find` finds in the unpacked folder, in the names that the zip file has."""
    folder = unpack_zip(path)
    try:
        found = find(folder)
    except PippinError as problem:
        raise PippinError(problem.message.replace(str(folder), str(path)), input=path) from problem
    inside = shown(path.name)
    found.images = [
        one._replace(image=replace(one.image, name=one.image.name.replace(shown(str(folder)), inside, 1)))
        for one in found.images
    ]
    found.skipped = [
        Skipped(*(text.replace(str(folder), inside) for text in (item.name, item.reason))) for item in found.skipped
    ]
    notes = [note.replace(shown(folder.name), inside) for note in found.notes]
    found.notes = [*notes, *note_unread(list_members(path)), *note_refused(path)]
    return found
