"""Which files of a folder are photographs: edited copies, Live Photos and RAW beside JPEG count once."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pippin.apps.faces.album.pairs import COMPANION_MAX_BYTES, edited_names, shot_name
from pippin.core.data import Skipped
from pippin.core.errors import PippinError, reason
from pippin.core.paths import home
from pippin.learn.hidden_files import is_hidden
from pippin.learn.vision.image_files import shown

Kind = Literal["image", "raw", "video"]
IMAGES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".heic", ".heif", ".tif", ".tiff"})
RAWS = frozenset({".dng", ".nef", ".nrw", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"})
VIDEOS = frozenset({".mov", ".mp4", ".m4v", ".avi", ".mkv", ".webm", ".3gp", ".mpg", ".mts"})
# A folder that holds a file of this name was written by Pippin: no album of its own.
MARKER = ".pippin-faces"
# Folders in which programs keep small copies of photographs that lie elsewhere.
COPIES = (".lrdata", ".cocatalogdb", ".dtrash")
LIBRARY, LIBRARY_ORIGINALS = ".photoslibrary", frozenset({"originals", "Masters"})


@dataclass(frozen=True)
class AlbumFile:
    """A photograph or video; `original` is the file that this one is an edited or developed copy of."""

    path: Path
    kind: Kind
    original: Path | None = None


def list_album_files(
    folder: Path, skipped: list[Skipped] | None = None, *, leave_out: Collection[Path] = ()
) -> Iterator[AlbumFile]:
    """Yield the photographs in `folder` and below, by name.

    Of a shot that lies there several times (edited by Google Photos or on an iPhone, RAW beside JPEG, a Live Photo's
    video) only one file is yielded: the edited, developed or still one. Links are followed, each folder once. The
    workspace, folders marked by `MARKER` and those in `leave_out` are left out. Folders that cannot be read go to
    `skipped`; PippinError where `folder` itself cannot.
    """
    _require_folder(folder)
    excluded = {path.resolve() for path in (home(), *leave_out)}
    for place, names in _walk(folder, [] if skipped is None else skipped, excluded):
        yield from _photographs(place, names)


def kind_of(name: str) -> Kind | None:
    """Return the kind of file an album takes this name for, None for no photograph."""
    suffix = Path(name).suffix.lower()
    if is_hidden(name):
        return None
    if suffix in IMAGES:
        return "image"
    if suffix in RAWS:
        return "raw"
    return "video" if suffix in VIDEOS and find_spec("av") else None


def _require_folder(folder: Path) -> None:
    try:
        with os.scandir(folder):
            return
    except (OSError, ValueError) as problem:
        why = reason(problem) if isinstance(problem, OSError) else "its name is not a valid path"
        message = f"Cannot read the folder {shown(str(folder))}: {why}; give a folder with photographs."
        raise PippinError(message, input=folder) from problem


def _walk(folder: Path, skipped: list[Skipped], excluded: set[Path]) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder once, however many links lead to it, with the names of its files in order."""
    entered = set[tuple[int, int]]()

    def note(problem: OSError) -> None:
        name = shown(str(problem.filename))
        skipped.append(Skipped(name, f"Cannot read the folder {name}: {reason(problem)}."))

    for place, folders, files in os.walk(folder, onerror=note, followlinks=True):
        path = Path(place)
        if not _is_new(path, entered) or path.resolve() in excluded or MARKER in files:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if _is_entered(path, name))
        yield path, sorted(files)


def _is_new(path: Path, entered: set[tuple[int, int]]) -> bool:
    """Return whether a folder was not entered before, under any name."""
    try:
        status = path.stat()
    except OSError:  # gone since it was listed
        return False
    count = len(entered)
    entered.add((status.st_dev, status.st_ino))
    return len(entered) > count


def _is_entered(parent: Path, name: str) -> bool:
    if is_hidden(name) or name.lower().endswith(COPIES):
        return False
    return parent.suffix.lower() != LIBRARY or name in LIBRARY_ORIGINALS


def _photographs(path: Path, names: list[str]) -> Iterator[AlbumFile]:
    """Yield the photographs among the files of one folder."""
    kinds = {name: kind for name in names if (kind := kind_of(name)) and not (path / name).is_dir()}
    stills = {shot_name(name): name for name, kind in kinds.items() if kind == "raw"}
    stills |= {shot_name(name): name for name, kind in kinds.items() if kind == "image"}
    replaced = _replaced(kinds, stills)
    for name, kind in kinds.items():
        still = stills.get(shot_name(name))
        is_companion = kind == "video" and still is not None and _is_short(path / name)
        if name not in replaced.values() and not is_companion:
            original = replaced.get(name)
            yield AlbumFile(path / name, kind, path / original if original else None)


def _replaced(kinds: dict[str, Kind], stills: dict[str, str]) -> dict[str, str]:
    """Return the originals by the names of the files that stand for them."""
    replaced = dict[str, str]()
    for name, kind in kinds.items():
        if kind == "raw" and stills[shot_name(name)] != name:
            replaced[stills[shot_name(name)]] = name
    for name, kind in kinds.items():
        if kind == "image":
            original = next((stills[shot] for shot in edited_names(name) if shot in stills), None)
            if original is not None and original != name:
                replaced[name] = original
    return replaced


def _is_short(path: Path) -> bool:
    """Return whether a video is small enough to be the moving part of a Live Photo (1.5 s before and after)."""
    try:
        return path.stat().st_size <= COMPANION_MAX_BYTES
    except OSError:
        return True
