"""A model as a zip file: written for `export`, and opened with suspicion for `pull`."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from pippin.core.artifact import Artifact, read_artifact
from pippin.core.errors import PippinError, reason
from pippin.core.files import new_file

MANIFEST = "artifact.json"
MAX_BYTES = 2**30  # of a model, unpacked
MAX_MANIFEST = 64 * 2**20  # bytes of its artifact.json
MAX_ENTRIES = 10_000
_BLOCK = 2**20


def write_archive(artifact: Artifact, target: Path) -> Path:
    """Write an artifact as one zip file: its manifest, its card and the files whose checksums the manifest holds."""
    with new_file(target) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (MANIFEST, "README.md", *sorted(artifact.facts["files"])):
            if (artifact.folder / name).is_file():
                archive.write(artifact.folder / name, f"{artifact.id}/{name}")
    return target


@contextmanager
def opened(path: Path) -> Iterator[tuple[Artifact, int]]:
    """Yield the artifact at `path`, a folder or a zip file, and how many files beside it were ignored.

    Of a zip file, only files that the manifest names are unpacked, into a temporary folder. PippinError where there is
    not exactly one model, or it is damaged, encrypted or too large.
    """
    if path.is_dir():
        found = [path] if (path / MANIFEST).is_file() else sorted(one.parent for one in path.glob(f"*/{MANIFEST}"))
        folder = _only(found, path)
        _refuse_links(folder)
        artifact = read_artifact(folder)
        files = sum(one.is_file() for one in path.rglob("*"))
        yield artifact, max(0, files - len({MANIFEST, "README.md", *artifact.facts["files"]}))
        return
    with tempfile.TemporaryDirectory(prefix="pippin-pull-") as made, named_as(made, path):
        try:
            with zipfile.ZipFile(path) as archive:
                ignored = _unpack(archive, path, Path(made))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as problem:
            what = "encrypted" if "encrypted" in str(problem) or "password" in str(problem) else "not a whole zip file"
            raise PippinError(f"{path} is {what}; give a model's folder or zip file.", input=path) from problem
        except OSError as problem:
            raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem
        yield read_artifact(Path(made)), ignored


def _unpack(archive: zipfile.ZipFile, path: Path, folder: Path) -> int:
    """Unpack the manifest and what it names; returns the number of other files."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_ENTRIES:
        raise PippinError(f"{path} holds {len(entries)} files, which no model does.", input=path)
    names = [PurePosixPath(entry.filename) for entry in entries]
    manifest = _only([name for name in names if name.name == MANIFEST and len(name.parts) <= 2], path)
    by_name = {str(name): entry for name, entry in zip(names, entries, strict=True)}
    _copy(archive, by_name[str(manifest)], folder / MANIFEST, MAX_MANIFEST, path)
    wanted = sorted(read_artifact(folder).facts["files"])  # names without folders, which read_artifact checks
    left = MAX_BYTES
    for name in wanted:
        entry = by_name.get(str(manifest.with_name(name)))
        if entry is None:
            raise PippinError(f"{path} lacks {name}; get it again.", input=path)
        left = _copy(archive, entry, folder / name, left, path)
    known = {str(manifest.with_name(name)) for name in (MANIFEST, "README.md", *wanted)}
    return len([name for name in names if str(name) not in known])


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int, path: Path) -> int:
    """Write an entry to `target`; returns how many bytes are left of those that were allowed."""
    with archive.open(entry) as source, target.open("xb") as file:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise PippinError(f"{path} unpacks to more than a model may have ({MAX_BYTES:,} bytes).", input=path)
            file.write(block)
    return left


@contextmanager
def named_as(folder: str, path: Path | str) -> Iterator[None]:
    """Replace in messages the folder a model was unpacked to by where it came from."""
    try:
        yield
    except PippinError as problem:
        raise PippinError(problem.message.replace(folder, str(path)), input=path) from problem


def _only(found: list[Any], path: Path) -> Any:
    if len(found) != 1:
        how_many = "no model" if not found else f"{len(found)} models"
        raise PippinError(f"{path} holds {how_many}: there must be one {MANIFEST}, in it or in one folder.", input=path)
    return found[0]


def _refuse_links(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_symlink():
            raise PippinError(f"{path} is a link; a model's folder must hold its files itself.", input=path)
