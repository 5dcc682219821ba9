"""Find labelled pictures in folders: one folder per label, perhaps within `train` and `test`."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path
from typing import NamedTuple

from pippin.core.data import Skipped
from pippin.core.errors import PippinError, reason
from pippin.core.kinds import Image
from pippin.learn.pictures import SUFFIXES

# The names under which data sets keep their official parts.
PARTS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")


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


def list_pictures(argument: str) -> list[Path]:
    """The picture files meant by a file, a folder (and all below it) or a pattern such as `*.jpg`."""
    path = Path(argument)
    if path.is_dir():
        files = list(_walk(path, Found()))
        if not files:
            raise PippinError(f"{argument} holds no pictures; give a folder with JPEG or PNG files.", input=argument)
        return files
    if path.exists() or not any(sign in argument for sign in "*?["):
        return [path]
    try:
        files = sorted(file for name in glob(argument, recursive=True) if _is_picture(file := Path(name)))
    except ValueError as problem:
        raise PippinError(f"{argument} is not a pattern for files; try `*.jpg`.", input=argument) from problem
    if not files:
        raise PippinError(f"No picture matches {argument}; check the pattern.", input=argument)
    return files


def _official_parts(folder: Path) -> list[tuple[str, Path]]:
    """The parts (name, folder) the data came in, if its only folders are called train, test and the like."""
    parts = [(PARTS.get(below.name.casefold(), ""), below) for below in _folders(folder)]
    names = {name for name, _ in parts}
    nested = all(_folders(below) for name, below in parts)
    return parts if {"train"} < names <= {"train", "val", "test"} and nested else []


def _find_labels(folder: Path, part: str, found: Found) -> None:
    loose = sum(_is_picture(file) for file in _entries(folder))
    for below in _folders(folder):
        label = shown(below.name)
        files = list(_walk(below, found))
        found.pictures += [Labelled(_handle(file), label, part) for file in files]
        if not files:
            found.notes.append(f"The folder {label!r} holds no pictures: nothing is learned for it.")
    if loose and found.pictures:
        found.notes.append(f"{loose} pictures beside the label folders of {folder.name} were left out.")


def _folders(folder: Path) -> list[Path]:
    """Visible folders directly in `folder`, without links back to it or to what it lies in."""
    above = {folder.resolve(), *folder.resolve().parents}
    return [entry for entry in _entries(folder) if entry.is_dir() and entry.resolve() not in above]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as problem:
        raise PippinError(f"Cannot read the folder {folder}: {reason(problem)}.", input=folder) from problem


def _walk(folder: Path, found: Found) -> Iterator[Path]:
    """Visible picture files in `folder` and below, by name; linked folders below it are not entered."""

    def note(problem: OSError) -> None:
        name = shown(str(problem.filename))
        found.skipped.append(Skipped(name, f"Cannot read the folder {name}: {reason(problem)}."))

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (file for name in sorted(files) if _is_picture(file := Path(place, name)))


def _is_picture(file: Path) -> bool:
    # A broken link with a picture's name counts, so that it is told of as skipped.
    return not file.name.startswith(".") and file.suffix.lower() in SUFFIXES and not file.is_dir()


def _handle(file: Path) -> Image:
    return Image(path=file, name=shown(str(file)), media_type=Image.of(file).media_type)


def shown(name: str) -> str:
    """A file's name as text that can be printed and stored, whichever way its accents are encoded."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", errors="replace"))


def _nothing(folder: Path, found: Found) -> PippinError:
    """Why no labelled picture was found in `folder`, and what to do."""
    suffixes = Counter(file.suffix.lower() for file in _entries(folder) if _is_picture(file))
    if suffixes:
        advice = f"put them in one folder per label, such as {folder / 'apple'} and {folder / 'ball'}"
        return PippinError(f"The pictures in {folder} have no labels; {advice}.", input=folder)
    if found.skipped:
        return PippinError(found.skipped[0].reason, input=folder)
    return PippinError(f"{folder} holds no pictures; fill one folder per label with JPEG or PNG files.", input=folder)
