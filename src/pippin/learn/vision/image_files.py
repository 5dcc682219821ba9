"""Find image files: in a folder and all below it, or by a pattern."""

from __future__ import annotations

import mimetypes
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from glob import glob
from pathlib import Path, PurePath
from typing import Any

from pippin.core.data import Skipped
from pippin.core.errors import PippinError, reason
from pippin.core.inputs import Image
from pippin.core.report.formatting import pluralize
from pippin.learn.hidden_files import is_hidden
from pippin.learn.vision.image_decoding import SUFFIXES, begins_as_image
from pippin.learn.vision.parquet_images import is_parquet, parquet_images

# Folders that computers put beside what people keep: of macOS's zips, of a Synology disk, of Windows.
# Image formats that are not read: drawings, layered files, raw photographs, medical scans.
UNREAD = frozenset({".svg", ".svgz", ".eps", ".ai", ".psd", ".xcf"})
UNREAD |= {".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".dcm", ".dicom", ".nii"}
UNREAD |= {".jp2", ".j2k", ".jxl", ".exr", ".hdr", ".tga", ".pcx", ".xpm", ".xbm", ".ico", ".icns", ".fits"}


def images(argument: Any) -> list[Image]:
    """Return handles for `argument`: one image, a list of them, or all in a folder, zip, pattern or parquet file."""
    if (
        isinstance(argument, str) and not argument
    ):  # a shell variable that was never set; as a path it would mean all of this folder
        raise PippinError("The name of an image is empty; give its path, or . for this folder.", input=argument)
    if isinstance(argument, list | tuple) or getattr(argument, "ndim", 0) == 4:
        return [image for one in argument for image in images(one)]
    if isinstance(argument, str | Path) and (archive := _zip_of(Path(argument))):
        return _in_zip(archive, Path(argument).relative_to(archive))
    if isinstance(argument, (str, Path)) and not Path(argument).is_file():
        return [Image.of(path) for path in list_images(str(argument))]
    if isinstance(argument, str | Path) and is_parquet(Path(argument)):
        return parquet_images(Path(argument))
    return [Image.of(argument)]


def _zip_of(path: Path) -> Path | None:
    """Return the zip file that `path` is or leads into (fruit.zip/apple/1.png), None where there is none."""
    places = (place for place in (path, *path.parents) if place.suffix.lower() == ".zip")
    try:
        return next((place for place in places if place.is_file()), None)
    except (OSError, ValueError):
        return None


def _in_zip(path: Path, within: Path) -> list[Image]:
    """Return the images of a zip file below (or at) `within`, each under its name within the zip."""
    from pippin.learn.zip_files import unpack_zip

    folder = unpack_zip(path)
    files = [file for file in walk(folder, []) if file.relative_to(folder).is_relative_to(within)]
    if not files:
        at = path / within
        raise PippinError(f"{at} holds no images; give a zip file with JPEG or PNG files, or one within it.", input=at)
    return [replace(handle(file), name=shown(f"{path}/{file.relative_to(folder)}")) for file in files]


def list_images(argument: str) -> list[Path]:
    """Return the image files meant by a file, a folder (and all below it) or a pattern such as `*.jpg`."""
    path = Path(argument)
    if path.is_dir():
        files = list(walk(path, []))
        if not files:
            raise PippinError(f"{argument} holds no images; give a folder with JPEG or PNG files.", input=argument)
        return files
    if path.exists() or not any(sign in argument for sign in "*?["):
        return [path]
    try:
        files = sorted(file for name in glob(argument, recursive=True) if is_image(file := Path(name)))
    except ValueError as problem:
        raise PippinError(f"{argument} is not a pattern for files; try `*.jpg`.", input=argument) from problem
    if not files:
        raise PippinError(f"No image matches {argument}; check the pattern.", input=argument)
    return files


def folders_in(folder: Path) -> list[Path]:
    """Return visible folders directly in `folder`, without links back to it or to what it lies in."""
    above = {folder.resolve(), *folder.resolve().parents}
    return [entry for entry in entries(folder) if entry.is_dir() and entry.resolve() not in above]


def entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not is_hidden(entry.name))
    except OSError as problem:
        raise PippinError(f"Cannot read the folder {folder}: {reason(problem)}.", input=folder) from problem


def walk(folder: Path, skipped: list[Skipped], *, links: bool = False) -> Iterator[Path]:
    """Yield visible image files in `folder` and below, by name; linked folders below it only with `links`."""
    entered = {folder.resolve(), *folder.resolve().parents}

    def note(problem: OSError) -> None:
        name = shown(str(problem.filename))
        skipped.append(Skipped(name, f"Cannot read the folder {name}: {reason(problem)}."))

    def is_new(path: Path) -> bool:
        """Return whether a linked folder was not entered before, under any name."""
        if not path.is_symlink():
            return True
        target, count = path.resolve(), len(entered)
        entered.add(target)
        return len(entered) > count

    for place, folders, files in os.walk(folder, onerror=note, followlinks=links):
        visible = sorted(name for name in folders if not is_hidden(name))
        folders[:] = [name for name in visible if not links or is_new(Path(place, name))]
        yield from (file for name in sorted(files) if is_image(file := Path(place, name)))


def list_files(folder: Path) -> Iterator[str]:
    """Yield the names of all visible files below `folder`, links not entered."""
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not is_hidden(name)]
        yield from (name for name in files if not is_hidden(name))


def note_unread(names: Iterable[str]) -> list[str]:
    """Return a note that counts the names of images in formats that are not read, if there are any."""
    found = Counter(suffix for name in names if (suffix := PurePath(name).suffix.lower()) in UNREAD)
    if not (count := found.total()):
        return []
    were = "was" if count == 1 else "were"
    kinds = ", ".join(sorted(found))
    return [
        f"{pluralize(count, 'file')} of formats that are not read ({kinds}) {were} left out; convert to PNG or JPEG."
    ]


def is_image(file: Path) -> bool:
    """Return whether a file is meant as an image.

    Its ending decides or, where that says nothing, its first bytes.
    """
    if is_hidden(file.name):
        return False
    if file.suffix.lower() in SUFFIXES:  # a broken link counts, so that it is told of as skipped
        return not file.is_dir()
    return _is_unnamed_image(file)


def _is_unnamed_image(file: Path) -> bool:
    """Return whether a file whose ending means nothing (none, `.1`, `.jpg_large`) begins as an image does."""
    if mimetypes.guess_type(file.name)[0] or not file.is_file():
        return False
    try:
        with file.open("rb") as stream:
            start = stream.read(16)
    except OSError:
        return False
    # Raw photographs (.dng, .nef) begin as TIFF does, and are none that decoders read well.
    return begins_as_image(start) and not (file.suffix and start[:2] in (b"II", b"MM"))


def handle(file: Path) -> Image:
    """Return a handle that goes by a name that can be printed."""
    return Image(path=file, name=shown(str(file)), media_type=Image.of(file).media_type)


def shown(name: str) -> str:
    """Return a file's name as text that can be printed and stored, whichever way its accents are encoded."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", errors="replace"))
