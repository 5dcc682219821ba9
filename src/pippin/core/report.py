"""A report: what a command found out, told once and shown in a terminal, a browser, a notebook or as JSON."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.learner import Score

EXTENSIONS = {
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}

# Characters that steer a terminal or reverse the reading direction: a file name must do neither.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_QUANTITY = re.compile(r"[-+−]?\d[\d.,]*( ?[%×]| [a-zA-Z]{1,3}( \d+ [a-z]{1,3})?)?")


@dataclass(frozen=True)
class Figure:
    """A picture of its own in a report: `content` holds the bytes of a file of type `media_type`.

    With `before`, another of the same size and type, a page shows both, parted by a line that can be moved.
    """

    title: str
    content: bytes = field(repr=False)
    media_type: str
    caption: str = ""
    before: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        _require_showable(self.media_type)


@dataclass(frozen=True)
class Picture:
    """A table cell that shows a thumbnail, `width` CSS pixels wide, in HTML and its `alt` text elsewhere."""

    content: bytes | Callable[[], bytes] = field(repr=False)
    media_type: str
    alt: str = ""
    width: int = 96

    def drawn(self) -> bytes | None:
        """The bytes, made now if `content` makes them: a terminal never asks. None where that fails."""
        try:
            return self.content if isinstance(self.content, bytes) else self.content()
        except PippinError:
            return None

    def __post_init__(self) -> None:
        _require_showable(self.media_type)


@dataclass(frozen=True)
class Table:
    """Rows under named columns; a cell is text, a number, a Score, a Picture or None (shown as a dash)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    title: str = ""

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"Row {number} has {len(row)} cells under {len(self.columns)} columns.")

    def numeric(self, column: int) -> bool:
        """Whether every filled cell of this column is a number, a Score or a quantity such as "0.4 s"."""
        filled = [row[column] for row in self.rows if row[column] is not None]
        return bool(filled) and all(_is_quantity(cell) for cell in filled)


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
        """The payload as one line of JSON: non-ASCII characters kept, NaN and infinity as null.

        A byte of a file name that is no text (a lone surrogate) becomes its JSON escape: the line encodes.
        """
        line = json.dumps(_plain(self.payload), ensure_ascii=False, allow_nan=False)
        line = re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", line)
        return line.encode("utf-8", "backslashreplace").decode()

    def to_html(self) -> str:
        """The whole report as one web page that needs no other file and contacts no host."""
        from pippin.core.report_html import page

        return page(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the report without the page around it."""
        from pippin.core.report_html import fragment

        return fragment(self)

    def show(self, *, width: int | None = None, color: bool | None = None) -> str:
        """The report as text of at most `width` columns; by default as standard output can show it."""
        from pippin.core.report_terminal import text

        return text(self, width=width, color=color)

    def all_figures(self) -> Iterator[tuple[str, Figure]]:
        """Every figure, those of sections too, with the file name that `save_figures` gives it."""
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


def duration(seconds: float) -> str:
    """A time for people: "12 ms", "0.4 s", "37 s", "2 min 3 s", "1 h 4 min"."""
    if not math.isfinite(seconds):
        return "–"
    if 0 < seconds < 0.0995:
        return f"{seconds * 1000:.2g} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if (whole := round(seconds)) < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def counted(amount: int, noun: str) -> str:
    """How many of what: "1 example", "2 examples"."""
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def size(amount: float) -> str:
    """An amount of data, given in bytes, for people: "512 B", "1.6 MB", "700 MB" (1 kB is 1,000 B)."""
    units = ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" or amount >= 9.95 else f"{amount:.1f} {units[0]}"


def number(value: float, like: float | None = None) -> str:
    """A number for people: three decimals, fewer where the number (or `like`, its neighbour) is large.

    Whole numbers stay whole; from 10,000 on thousands are grouped.
    """
    if not math.isfinite(value):
        return "–"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= 10_000 else str(value)
    magnitude = abs(value if like is None else like)
    if 0 < magnitude < 0.001:
        return f"{value:.2g}"
    decimals = 3 if magnitude < 10 else 2 if magnitude < 100 else 1 if magnitude < 1000 else 0
    return f"{value:,.{decimals}f}" if magnitude >= 10_000 else f"{value:.{decimals}f}"


def interval(score: Score) -> str:
    """The 95 % interval of a score, "[0.903, 0.921]", to the same decimals as its value."""
    return f"[{number(float(score.low), score.value)}, {number(float(score.high), score.value)}]"


def cell_text(cell: object) -> str:
    """A table cell as plain text: what the terminal shows, and HTML where there is no better way."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Score):
        return f"{number(float(cell.value))} {interval(cell)}"
    if isinstance(cell, Picture):
        return printable(cell.alt) or "(picture)"
    if hasattr(cell, "tolist"):
        return cell_text(cell.tolist())
    return number(cell) if isinstance(cell, int | float) else printable(str(cell))


def printable(text: str) -> str:
    """`text` on one line, without what steers terminals, turns the reading direction or cannot be encoded."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split("\n")).replace("\t", " "))


def _is_quantity(cell: object) -> bool:
    cell = cell.tolist() if hasattr(cell, "tolist") else cell
    if isinstance(cell, str):
        return bool(_QUANTITY.fullmatch(cell))
    return isinstance(cell, int | float | Score) and not isinstance(cell, bool)


def _require_showable(media_type: str) -> None:
    if media_type not in EXTENSIONS:
        kind = media_type or "of unknown type"
        raise PippinError(f"A picture in a report must be PNG, SVG, GIF, JPEG or WebP, not {kind}.")


def _plain(value: Any) -> Any:
    """`value` in terms that JSON has; numpy and torch values are known by their `tolist`."""
    if isinstance(value, Score):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, os.PathLike | date):
        return str(value)
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    raise TypeError(f"A report's payload holds a {type(value).__name__}, which JSON has no form for.")
