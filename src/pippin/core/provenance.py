"""Where a file that Pippin made comes from: by a mark in the file, or by a record in the workspace."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.kinds import Input

CHUNK = 1 << 20


class Provenance(NamedTuple):
    """What a file was made of: its input's SHA-256 in hex, the settings as text, and `place_of` the input."""

    source: str
    settings: str
    place: str = ""

    @classmethod
    def of(cls, input: Input, settings: str) -> Provenance:
        """What a file made of `input` is to say."""
        return cls(input.digest(), settings, place_of(input))

    def is_same_source(self, input: Input) -> bool:
        """Whether a file was made of this input: of the same content, or of what lay at the same path before."""
        return self.source == input.digest() or bool(self.place and self.place == place_of(input))


def place_of(input: Input) -> str:
    """A digest of an input's absolute path, which tells nobody the path; "" where it has none."""
    if input.path is None:
        return ""
    return hashlib.sha256(os.fsencode(os.path.abspath(input.path))).hexdigest()[:32]


def settings_text(settings: object) -> str:
    """Settings as the text that is kept and compared."""
    return json.dumps(settings, sort_keys=True, separators=(",", ":"), default=str)


def record(home: Path, path: Path, provenance: Provenance) -> None:
    """Note in the workspace that the file at `path`, as it is now, was made by Pippin."""
    write_json(_entry(home, path), provenance._asdict())


def recorded(home: Path, path: Path) -> Provenance | None:
    """What the workspace knows of the file at `path`; None where Pippin did not make it, or it was changed since."""
    with suppress(OSError, PippinError, TypeError):
        if any((home / "made").glob(f"{path.stat().st_size}-*.json")):  # or a large file need not be read
            return Provenance(**read_json(_entry(home, path)))
    return None


def _entry(home: Path, path: Path) -> Path:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return home / "made" / f"{path.stat().st_size}-{digest}.json"
