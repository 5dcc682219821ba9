"""Zip files as folders: unpacked once into the cache, safely, with only what a data set is made of."""

from __future__ import annotations

import hashlib
import shutil
import stat
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path, PurePosixPath

from pippin.core.derived import own_cache
from pippin.core.errors import PippinError, reason
from pippin.core.files import new_folder
from pippin.core.report.formatting import pluralize
from pippin.learn.hidden_files import is_hidden
from pippin.learn.vision.image_decoding import SUFFIXES

MAX_FILES = 1_000_000
MAX_BYTES = 50 * 2**30  # unpacked
MAX_RATIO = 200  # bytes unpacked for each packed: images do not shrink, tables rarely more than 20 times
_TABLES = frozenset({".csv", ".tsv", ".jsonl", ".parquet", ".txt", ".gz", ""})
MAX_NAME = 255  # bytes, of a file or folder
_SPARE = 2**28  # bytes left on the disk
_BLOCK = 2**20


def is_zip(path: Path) -> bool:
    """Return whether a file begins as a zip file does."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except OSError:
        return False


def unpack_zip(path: Path) -> Path:
    """Return the folder that holds the images and tables of a zip file, unpacked into the cache the first time.

    Entries outside the folder, links and other kinds of files are not unpacked; nothing is written beside the zip.
    PippinError where it is damaged, encrypted, or unpacks to more than is sensible.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _is_wanted(member)]
            _check(path, members)
            target = own_cache("unpacked") / _identity(members)
            if not target.is_dir():
                target.parent.mkdir(parents=True, exist_ok=True)
                _check_room(path, target.parent, members)
                with new_folder(target) as folder:
                    _unpack(archive, members, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as problem:
        what = "encrypted" if "encrypted" in str(problem) or "password" in str(problem) else "damaged or cut off"
        raise PippinError(f"{path} is {what}; unpack it yourself and give the folder.", input=path) from problem
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem
    return target


def unpacked(path: Path) -> Path | None:
    """Return the folder into which `unpack_zip` has unpacked this file; None if there is none."""
    if not zipfile.is_zipfile(path):
        return None
    with suppress(zipfile.BadZipFile, OSError, NotImplementedError, ValueError), zipfile.ZipFile(path) as archive:
        target = own_cache("unpacked") / _identity([member for member in archive.infolist() if _is_wanted(member)])
        return target if target.is_dir() else None
    return None


def note_refused(path: Path) -> list[str]:
    """Return a note that counts the images of a zip file which are not unpacked: links, and names that lead out."""
    with zipfile.ZipFile(path) as archive:
        images = [m for m in archive.infolist() if PurePosixPath(m.filename).suffix.lower() in SUFFIXES]
    hidden = [any(is_hidden(part) for part in PurePosixPath(m.filename).parts if part != "..") for m in images]
    count = sum(not _is_wanted(m) for m, is_own in zip(images, hidden, strict=True) if not is_own and not m.is_dir())
    if not count:
        return []
    why = "it is a link, leads" if count == 1 else "they are links, lead"
    names = "has a name that is" if count == 1 else "have names that are"
    were = "was" if count == 1 else "were"
    return [f"{pluralize(count, 'image')} of the zip {were} left out: {why} out of it or {names} too long."]


def list_members(path: Path) -> list[str]:
    """Return the names of all visible entries of a zip file that can be read."""
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if not any(map(is_hidden, PurePosixPath(name).parts))]


def _is_wanted(member: zipfile.ZipInfo) -> bool:
    """Return whether an entry is an image or a table with a path of its own below the folder."""
    name = PurePosixPath(member.filename)
    if member.is_dir() or stat.S_ISLNK(member.external_attr >> 16) or "\\" in member.filename:
        return False
    if name.is_absolute() or ".." in name.parts or any(map(is_hidden, name.parts)) or ":" in name.parts[0]:
        return False
    if any(len(part.encode("utf-8", "surrogateescape")) > MAX_NAME for part in name.parts):
        return False
    suffix = name.suffix.lower()
    return suffix in SUFFIXES or suffix in _TABLES or suffix.endswith("ubyte")


def _check(path: Path, members: list[zipfile.ZipInfo]) -> None:
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if len(members) > MAX_FILES or size > MAX_BYTES or size > MAX_RATIO * packed + _BLOCK:
        message = f"{path} would unpack to {len(members)} files of {size:,} bytes, {packed:,} packed"
        raise PippinError(f"{message}; unpack it yourself if you trust it, and give the folder.", input=path)


def _check_room(path: Path, folder: Path, members: list[zipfile.ZipInfo]) -> None:
    size = sum(member.file_size for member in members)
    if size + _SPARE > shutil.disk_usage(folder).free:
        message = f"{path} unpacks to {size:,} bytes, for which {folder} has no room"
        raise PippinError(f"{message}; set PIPPIN_CACHE to a folder on another disk.", input=path)


def _identity(members: list[zipfile.ZipInfo]) -> str:
    """Return the same for the same names and contents (by their checksums)."""
    lines = [f"{member.CRC} {member.file_size} {member.filename}" for member in members]
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _unpack(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path) -> None:
    """Write the members; one that holds more than it says ends the reading."""
    for member in members:
        target = folder.joinpath(*PurePosixPath(member.filename).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("xb") as file:
            left = member.file_size
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise ValueError("an entry is longer than it says")
                file.write(block)
