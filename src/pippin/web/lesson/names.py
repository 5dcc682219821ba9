"""What a class that follows a lesson remembers: nicknames, where to wait, when all of it is erased; one JSON file."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError, writing
from pippin.core.files import read_json, write_json

CLASS_FILE = "class.json"
MAX_NAME, MAX_PUPILS = 24, 500
FORMULA = "=+-@"  # what a spreadsheet would carry out


@dataclass(frozen=True)
class ClassRecord:
    """Nicknames by visitor; the page to wait at; whether names are hidden; when everything is to be erased."""

    names: Mapping[str, str] = field(default_factory=dict)
    wait_at: int | None = None
    hide_names: bool = False
    erase_at: float | None = None
    begun: float = 0.0


class ClassRecords:
    """The record of the class, written at each change, so that a killed server forgets nothing."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, threading.Lock()
        self._record = ClassRecord(**read_json(file)) if file.exists() else ClassRecord()

    @property
    def record(self) -> ClassRecord:
        """The class as it is now."""
        return self._record

    def join(self, visitor: str, name: str) -> None:
        """Give a visitor a nickname that none else has."""
        name = read_name(name)
        with self._lock:
            names = {one: other for one, other in self._record.names.items() if one != visitor}
            if name.casefold() in {other.casefold() for other in names.values()}:
                raise PippinError(f"{name} is taken; choose another nickname.", input="name")
            if len(names) >= MAX_PUPILS:
                raise PippinError(f"A class has at most {MAX_PUPILS} nicknames.", input="name")
            self._set(names={**names, visitor: name}, begun=self._record.begun or time.time())

    def change(self, **values: Any) -> None:
        """Set what the teacher decides."""
        with self._lock:
            self._set(**values)

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """Remove the nicknames of visitors who are gone."""
        with self._lock:
            names = {visitor: name for visitor, name in self._record.names.items() if not is_gone(visitor)}
            if len(names) < len(self._record.names):
                self._set(names=names)

    def erase(self) -> None:
        """Forget the class."""
        with self._lock, writing(self._file):
            self._record = ClassRecord()
            self._file.unlink(missing_ok=True)

    def _set(self, **values: Any) -> None:
        changed = replace(self._record, **values)
        write_json(self._file, asdict(changed))
        self._record = changed


def read_name(name: str) -> str:
    """Return a nickname without spaces around it; PippinError where it is none."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME:
        raise PippinError(f"A nickname has 1 to {MAX_NAME} letters, not {len(name)}.", input="name")
    if not name.isprintable() or name[0] in FORMULA:
        raise PippinError("A nickname is made of letters, digits and signs, and begins with none of = + - @.")
    return name
