"""Find picture files: in a folder and all below it, or by a pattern."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

from pippin.core.data import Skipped
from pippin.core.errors import PippinError, reason
from pippin.core.kinds import Image
from pippin.learn.pictures import SUFFIXES


def pictures(argument: Any) -> list[Image]:
    """Handles for what `argument` names: one picture, or all pictures below a folder or matching a pattern."""
    if argument == "":  # a shell variable that was never set; as a path it would mean all of this folder
        raise PippinError("The name of a picture is empty; give its path, or . for this folder.", input=argument)
    if isinstance(argument, (str, Path)) and not Path(argument).is_file():
        return [Image.of(path) for path in list_pictures(str(argument))]
    return [Image.of(argument)]


def list_pictures(argument: str) -> list[Path]:
    """The picture files meant by a file, a folder (and all below it) or a pattern such as `*.jpg`."""
    path = Path(argument)
    if path.is_dir():
        files = list(walk(path, []))
        if not files:
            raise PippinError(f"{argument} holds no pictures; give a folder with JPEG or PNG files.", input=argument)
        return files
    if path.exists() or not any(sign in argument for sign in "*?["):
        return [path]
    try:
        files = sorted(file for name in glob(argument, recursive=True) if is_picture(file := Path(name)))
    except ValueError as problem:
        raise PippinError(f"{argument} is not a pattern for files; try `*.jpg`.", input=argument) from problem
    if not files:
        raise PippinError(f"No picture matches {argument}; check the pattern.", input=argument)
    return files


def folders_in(folder: Path) -> list[Path]:
    """Visible folders directly in `folder`, without links back to it or to what it lies in."""
    above = {folder.resolve(), *folder.resolve().parents}
    return [entry for entry in entries(folder) if entry.is_dir() and entry.resolve() not in above]


def entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as problem:
        raise PippinError(f"Cannot read the folder {folder}: {reason(problem)}.", input=folder) from problem


def walk(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Visible picture files in `folder` and below, by name; linked folders below it are not entered."""

    def note(problem: OSError) -> None:
        name = shown(str(problem.filename))
        skipped.append(Skipped(name, f"Cannot read the folder {name}: {reason(problem)}."))

    for place, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (file for name in sorted(files) if is_picture(file := Path(place, name)))


def is_picture(file: Path) -> bool:
    # A broken link with a picture's name counts, so that it is told of as skipped.
    return not file.name.startswith(".") and file.suffix.lower() in SUFFIXES and not file.is_dir()


def handle(file: Path) -> Image:
    """A handle that goes by a name that can be printed."""
    return Image(path=file, name=shown(str(file)), media_type=Image.of(file).media_type)


def shown(name: str) -> str:
    """A file's name as text that can be printed and stored, whichever way its accents are encoded."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", errors="replace"))
