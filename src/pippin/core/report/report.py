"""A report: what a command found out, told once and shown in a terminal, a browser, a notebook or as JSON."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pippin.core.files import write_bytes
from pippin.core.report.cells import EXTENSIONS, Figure, Table
from pippin.core.values import Score


@dataclass(frozen=True)
class Report:
    """What a command has to say.

    `summary` is one sentence, `next` one line on what to do next, `payload` exactly what `--json` prints,
    `sections` are reports within this one. Text between `backticks` is shown as code.
    """

    title: str
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    payload: Mapping[str, Any] = field(default_factory=dict)
    next: str = ""
    summary: str = ""
    sections: tuple[Report, ...] = ()

    def to_json(self) -> str:
        """Return the payload as one line of JSON.

        Non-ASCII characters stay; NaN and infinity become null.
        A byte of a file name that is no text (a lone surrogate) becomes its JSON escape: the line encodes.
        """
        line = json.dumps(plain_values(self.payload), ensure_ascii=False, allow_nan=False)
        line = re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", line)
        return line.encode("utf-8", "backslashreplace").decode()

    def to_html(self) -> str:
        """Return the whole report as one web page without other files or hosts."""
        from pippin.core.report.html import page

        return page(self)

    def _repr_html_(self) -> str:
        """Return the report for a notebook, without the page around it."""
        from pippin.core.report.html import fragment

        return fragment(self)

    def show(self, *, width: int | None = None, color: bool | None = None) -> str:
        """Return the report as text of at most `width` columns.

        The default is what standard output can show.
        """
        from pippin.core.report.terminal import text

        return text(self, width=width, color=color)

    def all_figures(self) -> Iterator[tuple[str, Figure]]:
        """Yield every figure, of sections too, with its file name."""
        for number, figure in enumerate(self._figures(), start=1):
            words = re.sub(r"[\W_]+", "-", figure.title.lower()).strip("-")[:60].strip("-")
            yield f"{number:02}-{words or 'figure'}{EXTENSIONS[figure.media_type]}", figure

    def save_figures(self, folder: Path) -> list[Path]:
        """Write every figure into `folder` (created where missing); returns the files in order."""
        paths = []
        for name, figure in self.all_figures():
            write_bytes(folder / name, figure.content)
            paths.append(folder / name)
            if figure.before:
                paths.append((folder / name).with_stem(f"{Path(name).stem}-before"))
                write_bytes(paths[-1], figure.before)
        return paths

    def _figures(self) -> Iterator[Figure]:
        yield from self.figures
        for section in self.sections:
            yield from section._figures()


def plain_values(value: Any) -> Any:
    """Return `value` in terms that JSON has; numpy and torch values are known by their `tolist`."""
    if isinstance(value, Score):
        return {name: plain_values(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(key): plain_values(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_values(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, os.PathLike | date):
        return str(value)
    if hasattr(value, "tolist"):
        return plain_values(value.tolist())
    raise TypeError(f"A report's payload holds a {type(value).__name__}, which JSON has no form for.")
