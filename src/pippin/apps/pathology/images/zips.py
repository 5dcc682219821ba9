"""Zip files of images and DICOM files, read where they are: what is unpacked to a disk would keep the names in tags."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pippin.apps.pathology.images.dicom import DicomImage, is_dicom
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.learn.hidden_files import is_hidden
from pippin.learn.vision.image_decoding import SUFFIXES, begins_as_image
from pippin.learn.vision.image_files import shown

MAX_FILES = 1_000_000
MAX_BYTES = 2**29  # of one file in it
START = 132  # bytes that tell what a file is
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, KeyError)


class Place(NamedTuple):
    """a file in a zip file, which is opened again once it has changed."""

    archive: Path
    changed: float
    member: str

    def read(self) -> bytes:
        """Return its bytes; PippinError where they are damaged, encrypted or far too many."""
        name = shown(f"{self.archive}/{self.member}")
        try:
            opened = _open(self.archive, self.changed)
            if (size := opened.getinfo(self.member).file_size) > MAX_BYTES:
                raise PippinError(
                    f"{name} unpacks to {size:,} bytes, more than is read; unpack it yourself.", input=name
                )
            return opened.read(self.member)
        except BROKEN as problem:
            what = "encrypted" if "encrypted" in str(problem) or "password" in str(problem) else "damaged or cut off"
            raise PippinError(
                f"{name} is {what}; unpack the zip file yourself and give the folder.", input=name
            ) from None


@dataclass(frozen=True)
class ZippedImage(Image):
    """An image in a zip file."""

    place: Place | None = None

    def read(self) -> bytes:
        """Return the file's bytes."""
        return b"" if self.place is None else self.place.read()


@dataclass(frozen=True)
class ZippedDicom(DicomImage):
    """A DICOM file in a zip file, which everything else sees as a PNG of its pixels."""

    place: Place | None = None

    def read_file(self) -> bytes:
        """Return the file's bytes, tags and all."""
        return b"" if self.place is None else self.place.read()


def list_zip(path: Path) -> list[tuple[PurePosixPath, Image]]:
    """Return the images and DICOM files of a zip file with their paths in it; PippinError where it is damaged."""
    changed = path.stat().st_mtime
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(one.filename for one in archive.infolist() if not one.is_dir())
            if len(members) > MAX_FILES:
                raise PippinError(
                    f"{path} holds {len(members):,} files, more than {MAX_FILES:,}; give fewer.", input=path
                )
            starts = [(name, _start(archive, name)) for name in members if _is_visible(name)]
    except BROKEN as problem:
        message = f"{path} is damaged, cut off or encrypted; unpack it yourself and give the folder"
        raise PippinError(f"{message}.", input=path) from problem
    found = [(PurePosixPath(name), _handle(Place(path, changed, name), start)) for name, start in starts]
    return [(name, image) for name, image in found if image is not None]


def _is_visible(name: str) -> bool:
    return not any(is_hidden(part) for part in PurePosixPath(name).parts)


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    if PurePosixPath(name).suffix.lower() in SUFFIXES:
        return b""
    with archive.open(name) as file:
        return file.read(START)


def _handle(place: Place, start: bytes) -> Image | None:
    name = shown(f"{place.archive}/{place.member}")
    if is_dicom(start):
        return ZippedDicom(None, None, name, "image/png", place)
    if PurePosixPath(place.member).suffix.lower() in SUFFIXES or begins_as_image(start):
        return ZippedImage(None, None, name, "", place)
    return None


@lru_cache(maxsize=2)
def _open(path: Path, changed: float) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)
