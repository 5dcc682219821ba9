"""Data sent along with jobs, for workers that do not see their path: once to each machine, known by fingerprint."""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pippin.core.derived import own_cache
from pippin.core.errors import PippinError
from pippin.core.files import new_folder
from pippin.core.locks import lock
from pippin.core.report.formatting import format_bytes
from pippin.engines.map import Engine

MAX_BYTES = 2 * 2**30  # of data sent along: they pass through memory
DATE = (1980, 1, 1, 0, 0, 0)  # of every entry, so that the same data give the same bytes


@dataclass(frozen=True)
class Parcel:
    """A file or folder as a zip file: its SHA-256, its name, and what fetches its bytes on a worker."""

    fingerprint: str
    name: str
    fetch: Callable[[], bytes]

    def unpack(self) -> Path:
        """Return where the data lie on this machine; they are fetched and unpacked if they are not there yet."""
        folder = own_cache("shipped") / self.fingerprint
        with lock(folder.with_suffix(".lock")):
            if not folder.exists():
                self._write(folder)
        return folder / self.name

    def _write(self, folder: Path) -> None:
        content = self.fetch()
        if hashlib.sha256(content).hexdigest() != self.fingerprint:
            raise PippinError(f"The data {self.name} were damaged on their way; try again.", input=self.name)
        with new_folder(folder) as draft, zipfile.ZipFile(io.BytesIO(content)) as archive:
            (draft / self.name).parent.mkdir(parents=True, exist_ok=True)
            archive.extractall(draft)  # drops absolute paths and ".."


def ship(run: Engine, source: str | None) -> Parcel | None:
    """Pack data for the workers of an engine; None where there is nothing to send: no data, or no path."""
    if source is None or not Path(source).exists():
        return None
    path = Path(source)
    content = pack(path)
    put: Callable[[bytes], Callable[[], bytes]] = getattr(run, "put", _LocalContent.of)
    return Parcel(hashlib.sha256(content).hexdigest(), path.absolute().name, put(content))


def pack(path: Path) -> bytes:
    """Return a file or folder as an uncompressed zip file whose bytes depend on names and contents alone."""
    files = sorted(_files(path))
    size = sum(file.stat().st_size for file in files)
    if size > MAX_BYTES:
        raise PippinError(
            f"{path} has {format_bytes(size)}, and at most {format_bytes(MAX_BYTES)} are sent along; put it where all "
            "machines see it, and leave --ship out.",
            input=path,
        )
    content, root = io.BytesIO(), path.absolute().parent
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            name = file.absolute().relative_to(root).as_posix()
            archive.writestr(zipfile.ZipInfo(name, DATE), file.read_bytes())
    return content.getvalue()


def _files(path: Path) -> Iterator[Path]:
    return (file for file in path.rglob("*") if file.is_file()) if path.is_dir() else iter([path])


@dataclass(frozen=True)
class _LocalContent:
    """Bytes in a temporary file that goes with this process, for workers of the same machine."""

    path: str

    @classmethod
    def of(cls, content: bytes) -> Callable[[], bytes]:
        """Write the bytes."""
        file: Any = tempfile.NamedTemporaryFile(prefix="pippin-parcel-")  # noqa: SIM115 - closed with the process
        file.write(content)
        file.flush()
        _open.append(file)
        return cls(file.name)

    def __call__(self) -> bytes:
        return Path(self.path).read_bytes()


_open: list[Any] = []  # temporary files that are removed when they are closed
