"""Which names were written beside or into which photographs, so that they can be taken out again."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from pippin.apps.faces.metadata import remove_embedded_regions, remove_regions
from pippin.core.errors import PippinError

Names = Mapping[str, set[str]]
"""Names by the path of a photograph."""


def record_names(album: sqlite3.Connection, photograph: int, path: str, names: Mapping[int, str]) -> None:
    """Record names by person before they are written, so that none is written unknown."""
    album.executemany(
        "INSERT OR REPLACE INTO written_names (photograph, path, person, name) VALUES (?, ?, ?, ?)",
        [(photograph, path, person, name) for person, name in names.items()],
    )


def find_written(album: sqlite3.Connection, people: Collection[int]) -> Names:
    """Return the names written of these people, where their photographs lie now and where they lay then."""
    found = dict[str, set[str]]()
    for row in album.execute("SELECT * FROM written_names").fetchall():
        if row["person"] in people:
            for path in {row["path"], *_paths(album, row["photograph"])}:
                found.setdefault(path, set()).add(row["name"])
    return found


def find_stale(album: sqlite3.Connection, photograph: int, names: Mapping[int, str]) -> set[str]:
    """Return the names written for a photograph that are no longer said of anybody in it."""
    rows = album.execute("SELECT * FROM written_names WHERE photograph = ?", (photograph,)).fetchall()
    return {row["name"] for row in rows if names.get(row["person"]) != row["name"]} - set(names.values())


def forget_written(album: sqlite3.Connection, photograph: int, names: Iterable[str]) -> None:
    """Forget that these names were written for a photograph."""
    album.executemany(
        "DELETE FROM written_names WHERE photograph = ? AND name = ?", [(photograph, name) for name in names]
    )


def remove_names(written: Names) -> list[str]:
    """Remove names from photographs and the files beside them; returns sentences on what could not be, or is left."""
    notes = []
    for path, names in written.items():
        for name in sorted(names):
            try:
                removals = [remove_regions(Path(path), name)]
                if Path(path).exists():
                    removals.append(remove_embedded_regions(Path(path), name))
            except PippinError as problem:
                notes.append(problem.message)
                continue
            if any(removal.remains for removal in removals):
                notes.append(f"{path} still holds the name, as a keyword or caption that another program wrote.")
    return notes


def _paths(album: sqlite3.Connection, photograph: int) -> list[str]:
    return [row["path"] for row in album.execute("SELECT path FROM files WHERE photograph = ?", (photograph,))]
