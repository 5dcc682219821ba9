"""The inputs a user named, each with where it was found, and what of a folder is no input."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.inputs import KINDS, Input
from pippin.core.provenance import Provenance, recorded
from pippin.core.report.formatting import pluralize

WILD = "*?["


@dataclass(frozen=True)
class Source:
    """An input; its files go into `below` a folder given to --out, else into the folder `beside`.

    `is_named` says that a user named it or its folder by a path, so that its file has a name that must not change.
    """

    item: Input
    below: Path = Path()
    beside: Path = Path()
    is_named: bool = False


def find_sources(
    application: Application, arguments: Sequence[Any], home: Path, out: Path | None = None
) -> tuple[list[Source], tuple[str, ...]]:
    """Return the inputs that arguments name.

    Notes say which results of Pippin were left out of folders.
    What was named itself is never left out.
    """
    found, left_out = list[Source](), Counter[str]()
    for argument in arguments:
        sources = [_source(argument, item) for item in _expanded(application, argument)]
        if _stands_for_many(argument):
            reasons = [_no_input(application, source, argument, home, out) for source in sources]
            left_out.update(reason for reason in reasons if reason)
            sources = [source for source, reason in zip(sources, reasons, strict=True) if not reason]
        found += sources
    notes = [_note(reason, count) for reason, count in left_out.items()]
    return found, (*notes, *(note for argument in arguments for note in _unread(application, argument)))


def _expanded(application: Application, argument: Any) -> list[Input]:
    expand = application.data.expand or (lambda argument: [KINDS[application.input].of(argument)])
    return list(expand(argument))


def _source(argument: Any, item: Input) -> Source:
    """Return where an input lies below what was named: a folder, a zip file or a pattern."""
    beside = item.path.parent if item.path else Path()
    if not isinstance(argument, str | Path):
        return Source(item, beside=beside)
    root = _root(Path(argument))
    if item.path is None or item.path == root:
        return Source(item, beside=beside, is_named=True)
    if item.path.is_relative_to(root):
        return Source(item, item.path.relative_to(root).parent, beside, is_named=True)
    within = Path(item.name)  # of a zip file, which was unpacked elsewhere
    below = within.relative_to(root).parent if within.is_relative_to(root) else Path()
    return Source(item, below, root.parent / root.stem / below, is_named=True)


def _root(path: Path) -> Path:
    """Return the path without what is a pattern in it."""
    parts = list(path.parts)
    wild = next((number for number, part in enumerate(parts) if any(sign in part for sign in WILD)), None)
    return path if wild is None or os.path.lexists(path) else Path(*parts[:wild])


def _stands_for_many(argument: Any) -> bool:
    try:
        return isinstance(argument, str | Path) and (
            not Path(argument).is_file() or Path(argument).suffix.lower() == ".zip"
        )
    except (OSError, ValueError):
        return False


def _no_input(application: Application, source: Source, argument: Any, home: Path, out: Path | None) -> str:
    """Return why a file in a folder is no input, "" where it is one."""
    path = source.item.path
    if path is None:
        return ""
    if out is not None:
        inner, outer = Path(os.path.abspath(out)), Path(os.path.abspath(_root(Path(argument))))
        if inner != outer and inner.is_relative_to(outer) and Path(os.path.abspath(path)).is_relative_to(inner):
            return "out"
    return "made" if application.output.kind and find_provenance(application, home, source.item) else ""


def find_provenance(application: Application, home: Path, item: Input) -> Provenance | None:
    """Return how a file was made, from the file or the workspace.

    None where Pippin did not make it.
    """
    mark = application.data.provenance(item) if application.data.provenance else None
    return mark or (recorded(home, item.path) if item.path else None)


def _unread(application: Application, argument: Any) -> list[str]:
    """Return a note on images in a folder whose formats are not read."""
    if application.input != "image" or not isinstance(argument, str | Path) or not os.path.isdir(argument):
        return []
    from pippin.learn.vision.image_files import list_files, note_unread

    return note_unread(list_files(Path(argument)))


def _note(reason: str, count: int) -> str:
    were = "was" if count == 1 else "were"
    if reason == "out":
        return f"{pluralize(count, 'file')} below the folder of --out {were} left out: results are no inputs."
    return f"{pluralize(count, 'file')} {were} left out, which Pippin made; name one itself to use it as an input."
