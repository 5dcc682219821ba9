"""Find labelled pictures in folders: one folder per label, perhaps within `train` and `test`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from pippin.core.data import Skipped
from pippin.core.errors import PippinError
from pippin.core.kinds import Image
from pippin.learn.picture_files import entries, folders_in, handle, is_picture, shown, walk
from pippin.learn.picture_sets import PARTS


class Labelled(NamedTuple):
    """A picture, its label and its official part ("train", "val", "test", or "" where there are none)."""

    picture: Image
    label: str
    part: str = ""


@dataclass
class Found:
    """What was found in a source, before any picture is opened."""

    pictures: list[Labelled] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def find(folder: Path) -> Found:
    """The pictures of FOLDER/LABEL/..., or of FOLDER/train/LABEL/... and FOLDER/test/LABEL/...."""
    found = Found()
    parts = _official_parts(folder)
    for part, below in parts or [("", folder)]:
        _find_labels(below, part, found)
    if not found.pictures:
        raise _nothing(folder, found)
    return found


def _official_parts(folder: Path) -> list[tuple[str, Path]]:
    """The parts (name, folder) the data came in, if its only folders are called train, test and the like."""
    parts = [(PARTS.get(below.name.casefold(), ""), below) for below in folders_in(folder)]
    names = {name for name, _ in parts}
    nested = all(folders_in(below) for name, below in parts)
    return parts if {"train"} < names <= {"train", "val", "test"} and nested else []


def _find_labels(folder: Path, part: str, found: Found) -> None:
    loose = sum(is_picture(file) for file in entries(folder))
    for below in folders_in(folder):
        label = shown(below.name)
        files = list(walk(below, found.skipped))
        found.pictures += [Labelled(handle(file), label, part) for file in files]
        if not files:
            found.notes.append(f"The folder {label!r} holds no pictures: nothing is learned for it.")
    if loose and found.pictures:
        found.notes.append(f"{loose} pictures beside the label folders of {folder.name} were left out.")


def _nothing(folder: Path, found: Found) -> PippinError:
    """Why no labelled picture was found in `folder`, and what to do."""
    suffixes = Counter(file.suffix.lower() for file in entries(folder) if is_picture(file))
    if suffixes:
        advice = f"put them in one folder per label, such as {folder / 'apple'} and {folder / 'ball'}"
        return PippinError(f"The pictures in {folder} have no labels; {advice}.", input=folder)
    if found.skipped:
        return PippinError(found.skipped[0].reason, input=folder)
    return PippinError(f"{folder} holds no pictures; fill one folder per label with JPEG or PNG files.", input=folder)
