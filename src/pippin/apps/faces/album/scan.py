"""Scan a folder into the album: what is new is read, what is known is not, nothing counts twice."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pippin.apps.faces.album.album_files import AlbumFile, list_album_files
from pippin.apps.faces.album.consent import require_consent
from pippin.apps.faces.album.database import open_album
from pippin.apps.faces.album.photographs import copy_answers, find_photograph, keep_reading, read_photograph
from pippin.apps.faces.networks.faces import NETWORKS, FaceReader, shared_reader
from pippin.core.data import Skipped
from pippin.core.errors import PippinError, unforeseen
from pippin.core.files import refuse_endless
from pippin.core.progress_bar import track
from pippin.core.workspace import Workspace
from pippin.learn.vision.image_files import shown


@dataclass
class ScanCounts:
    """What a scan found: photographs and their faces in the folder, copies, and how many were read now."""

    photographs: int = 0
    faces: int = 0
    copies: int = 0
    read: int = 0
    gone: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def scan_folder(workspace: Workspace, folder: Path, *, consent: bool = False) -> ScanCounts:
    """Bring the album up to date with a folder and all below it.

    Each photograph is kept as soon as it is read, so that a scan which is cut goes on where it was. PippinError
    without consent for the folder, for one that cannot be read, and while another scan runs.
    """
    folder = Path(os.path.abspath(folder))
    counts = ScanCounts()
    files = list(_with_text_names(list_album_files(folder, counts.skipped), counts.skipped))
    require_consent(workspace, folder, consent)
    with workspace.lock("faces-scan", waiting=_refuse_second_scan):
        _remove_gone(workspace, folder, files, counts)
        for file in track(_changed(workspace, files), len(files), "faces reads"):
            _scan_file(workspace, file, shared_reader(), counts)
        _count(workspace, files, counts)
    return counts


def _with_text_names(files: Iterable[AlbumFile], skipped: list[Skipped]) -> Iterator[AlbumFile]:
    """Yield the files whose path is text, by which an album can keep them; the others go to `skipped`."""
    for file in files:
        try:
            str(file.path).encode()
        except UnicodeEncodeError:
            name = shown(str(file.path))
            skipped.append(Skipped(name, f"The path {name} holds bytes that are no text; rename it."))
            continue
        yield file


def _refuse_second_scan() -> None:
    raise PippinError("Another scan is running; wait for it to end, or stop it first.")


def _changed(workspace: Workspace, files: Sequence[AlbumFile]) -> Iterator[AlbumFile]:
    """Yield the files that the album does not know as they are now."""
    with open_album(workspace) as album:
        known = {
            row["path"]: (row["size"], row["modified"])
            for row in album.execute(
                "SELECT path, size, modified FROM files LEFT JOIN photographs ON photograph = photographs.id "
                "WHERE problem IS NOT NULL OR networks = ?",
                (NETWORKS,),
            )
        }
    for file in files:
        if known.get(str(file.path)) != _stamp(file.path):
            yield file


def _stamp(path: Path) -> tuple[int, int] | None:
    """Return size and time of change, which tell whether a file is what it was."""
    with suppress(OSError):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
    return None


def _scan_file(workspace: Workspace, file: AlbumFile, reader: FaceReader, counts: ScanCounts) -> None:
    """Read a file unless its content is known, and keep what it holds; what it raises is told, and ends no scan."""
    stamp = _stamp(file.path)
    if stamp is None:
        return  # gone since it was listed
    problem = None
    digest, reading = "", None
    try:
        digest = _digest(file.path)
        with open_album(workspace) as album:
            known = find_photograph(album, digest)
        if known is None or known["networks"] != NETWORKS:
            reading = read_photograph(file, reader)
            counts.read += 1
    except PippinError as error:
        problem = error.message
    except OSError as error:
        problem = f"{file.path.name} cannot be read: {error.strerror or error}."
    except Exception as error:  # of libraries that decode what they were not made for
        problem = unforeseen(file.path.name, error)
    with open_album(workspace) as album:
        if problem is not None:
            _keep_file(album, file.path, None, stamp, problem)
            return
        before = album.execute("SELECT photograph FROM files WHERE path = ?", (str(file.path),)).fetchone()
        old = before["photograph"] if before else None
        shared = old if old is not None and _count_files(album, old) > 1 else None
        if reading is not None:
            photograph = keep_reading(album, digest, reading, reader, None if shared is not None else old)
        else:
            known = find_photograph(album, digest)
            photograph = (
                int(known["id"]) if known else keep_reading(album, digest, read_photograph(file, reader), reader)
            )
        _keep_file(album, file.path, photograph, stamp, None)
        if shared is not None and reading is not None:
            copy_answers(album, shared, photograph)


def _count_files(album: sqlite3.Connection, photograph: int) -> int:
    return int(album.execute("SELECT count(*) FROM files WHERE photograph = ?", (photograph,)).fetchone()[0])


def _digest(path: Path) -> str:
    refuse_endless(path)
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _keep_file(
    album: sqlite3.Connection, path: Path, photograph: int | None, stamp: tuple[int, int], problem: str | None
) -> None:
    album.execute(
        "INSERT INTO files (path, photograph, size, modified, problem) VALUES (?, ?, ?, ?, ?) ON CONFLICT (path) DO "
        "UPDATE SET photograph = excluded.photograph, size = excluded.size, modified = excluded.modified, "
        "problem = excluded.problem",
        (str(path), photograph, *stamp, problem),
    )


def _remove_gone(workspace: Workspace, folder: Path, files: Sequence[AlbumFile], counts: ScanCounts) -> None:
    """Forget files below the folder that are no longer there; photographs that bear answers stay known."""
    there = {str(file.path) for file in files}
    with open_album(workspace) as album:
        below = [
            row["path"] for row in album.execute("SELECT path FROM files") if Path(row["path"]).is_relative_to(folder)
        ]
        gone = [path for path in below if path not in there and not os.path.lexists(path)]
        album.executemany("DELETE FROM files WHERE path = ?", [(path,) for path in gone])
        counts.gone = len(gone)


def _remove_orphans(album: sqlite3.Connection) -> None:
    """Remove photographs of which no file is left and no answer was given."""
    album.execute(
        "DELETE FROM photographs WHERE id NOT IN (SELECT photograph FROM files WHERE photograph IS NOT NULL) "
        "AND id NOT IN (SELECT photograph FROM faces JOIN answers ON face = faces.id)"
    )


def _count(workspace: Workspace, files: Sequence[AlbumFile], counts: ScanCounts) -> None:
    """Count what the folder holds now."""
    there = {str(file.path) for file in files}
    with open_album(workspace) as album:
        _remove_orphans(album)
        rows = [row for row in album.execute("SELECT path, photograph, problem FROM files") if row["path"] in there]
        per_photograph = Counter(
            row["photograph"] for row in album.execute("SELECT photograph FROM faces WHERE removed = 0")
        )
    photographs = [row["photograph"] for row in rows if row["photograph"] is not None]
    counts.photographs = len(set(photographs))
    counts.copies = len(photographs) - counts.photographs
    counts.faces = sum(per_photograph[photograph] for photograph in set(photographs))
    counts.skipped += [Skipped(row["path"], row["problem"]) for row in rows if row["problem"]]
