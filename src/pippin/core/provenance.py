"""Where a file that Pippin made comes from: by a mark in the file, or by a record in the workspace."""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.inputs import Input

CHUNK = 1 << 20
UNPLUGGED = 90 * 86_400.0  # seconds for which a file is remembered whose folder is missing


class Provenance(NamedTuple):
    """What a file was made of: its input's SHA-256 in hex, the settings as text, and `place_of` the input."""

    source: str
    settings: str
    place: str = ""

    @classmethod
    def of(cls, input: Input, settings: str) -> Provenance:
        """Return the provenance of a file made of `input`."""
        return cls(input.digest(), settings, place_of(input))

    def is_same_source(self, input: Input) -> bool:
        """Return whether a file was made of this input.

        True where the content or the path of the input is the same.
        """
        return self.source == input.digest() or bool(self.place and self.place == place_of(input))


def place_of(input: Input) -> str:
    """Return a digest of an input's absolute path, which does not reveal the path; "" where it has none."""
    if input.path is None:
        return ""
    return hashlib.sha256(os.fsencode(os.path.abspath(input.path))).hexdigest()[:32]


def settings_text(settings: object) -> str:
    """Return settings as the text that is stored and compared."""
    return json.dumps(settings, sort_keys=True, separators=(",", ":"), default=str)


def record(home: Path, path: Path, provenance: Provenance) -> None:
    """Note in the workspace that the file at `path`, as it is now, was made by Pippin.

    Notes on files that are gone, or on what lay at `path` before, are removed.
    """
    entry, file = _entry(home, path), os.path.abspath(path)
    write_json(entry, {**provenance._asdict(), "file": file})
    for other in (home / "made").glob("*.json"):
        with suppress(OSError, PippinError, AttributeError):  # one that cannot be read is left alone
            known = read_json(other).get("file")
            if other != entry and known and (known == file or _is_gone(Path(known), other)):
                other.unlink()


def _is_gone(path: Path, entry: Path) -> bool:
    """Return whether a file is gone; if its whole folder is missing, a drive may be unplugged for a while."""
    if os.path.lexists(path):
        return False
    return path.parent.is_dir() or time.time() - entry.stat().st_mtime > UNPLUGGED


def recorded(home: Path, path: Path) -> Provenance | None:
    """Return the provenance the workspace recorded of the file at `path`.

    None where Pippin did not make it, or it was changed since.
    """
    with suppress(OSError, PippinError, TypeError, KeyError):
        if any((home / "made").glob(f"{path.stat().st_size}-*.json")):  # or a large file need not be read
            known = read_json(_entry(home, path))
            return Provenance(**{name: known[name] for name in Provenance._fields})
    return None


def _entry(home: Path, path: Path) -> Path:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return home / "made" / f"{path.stat().st_size}-{digest}.json"
