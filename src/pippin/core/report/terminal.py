"""A report in a terminal: tables that fit the window, and figures named with the way to see them."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.formatting import format_cell, sanitize
from pippin.core.values import Score

if TYPE_CHECKING:
    from pippin.core.report.report import Report

ACCENT = "bold green"
MAX_LENGTH = 30  # letters of a single word that a squeezed column keeps whole
GAP = 2  # between columns: one of padding, one for the box's invisible divider
MARGIN = 2  # to the left of everything below a title


def text(report: Report, *, width: int | None, color: bool | None) -> str:
    """Render `report` for a terminal `width` columns wide.

    ANSI colours are optional.
    """
    if color is None:
        color = sys.stdout is not None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = width or shutil.get_terminal_size().columns
    out = io.StringIO()
    system: Literal["standard"] | None = "standard" if color else None
    console = Console(
        file=out,
        width=width,
        force_terminal=color,
        color_system=system,
        legacy_windows=False,
        highlight=False,
    )
    for part in _parts(report, width, ACCENT):
        console.print(part)
    for part in _figures(report):
        console.print(part)
    if report.next:
        console.print(_line("Next: ", report.next, ACCENT))
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().split("\n")) + "\n"


def _parts(report: Report, width: int, style: str) -> Iterator[RenderableType]:
    yield Text(sanitize(report.title), style=style)
    if report.summary:
        yield _inline(report.summary)
    yield ""
    for table in report.tables:
        if table.title:
            yield Padding(Text(sanitize(table.title), style="bold"), (0, 0, 0, MARGIN))
        yield Padding(_fitting(table, width - MARGIN), (0, 0, 1, MARGIN))
    for note in report.notes:
        yield Padding(_line("· ", note), (0, 0, 0, MARGIN))
    if report.notes:
        yield ""
    for section in report.sections:
        yield from _parts(section, width, "bold")
        if section.next:
            yield Padding(_line("Next: ", section.next, "bold"), (0, 0, 1, MARGIN))


def _figures(report: Report) -> Iterator[RenderableType]:
    figures = list(report.all_figures())
    for name, figure in figures:
        yield Padding(_line("Figure: ", f"{figure.title} ({name})"), (0, 0, 0, MARGIN))
    if figures:
        yield Padding(Text("See them with --html FILE, or save them with --out DIR."), (0, 0, 1, MARGIN))


def _fitting(table: Table, width: int) -> RenderableType:
    """Return the first that fits: a table, a table with intervals on a second line, a list of records."""
    table = _without_decoration(table)
    for stacked in (False, True):
        rows = [[_cell(cell, stacked) for cell in row] for row in table.rows]
        widths = _widths(table, rows, width)
        if widths is not None:
            return _grid(table, rows, widths)
    return _records(table, width)


def _without_decoration(table: Table) -> Table:
    """Return the table without columns of images that need no words, since the cells beside them say the same."""
    kept = [at for at in range(len(table.columns)) if not table.rows or any(_tells(row[at]) for row in table.rows)]
    return Table(tuple(table.columns[at] for at in kept), tuple(tuple(row[at] for at in kept) for row in table.rows))


def _tells(cell: object) -> bool:
    return not isinstance(cell, ImageCell) or bool(cell.alt)


def _cell(cell: object, stacked: bool) -> str:
    words = format_cell(cell)
    return words.replace(" [", "\n[") if stacked and isinstance(cell, Score) else words


def _widths(table: Table, rows: list[list[str]], width: int) -> list[int] | None:
    """Return column widths that fit into `width` together, None if there are none.

    Numbers keep their width; the widest text columns give way first, down to their longest word.
    """
    columns = [[name.replace(" ", "\n"), *(row[at] for row in rows)] for at, name in enumerate(table.columns)]
    widths = [max(_length(cell) for cell in column) for column in columns]
    least = [
        wide if table.numeric(at) else min(wide, max(MAX_LENGTH, _length(columns[at][0])), _word_length(columns[at]))
        for at, wide in enumerate(widths)
    ]
    space = width - GAP * (len(widths) - 1)
    if sum(least) > space:
        return None
    while sum(widths) > space:
        widest = max((at for at in range(len(widths)) if widths[at] > least[at]), key=widths.__getitem__)
        widths[widest] -= 1
    return widths


def _length(words: str) -> int:
    return max((cell_len(line) for line in words.split("\n")), default=0)


def _word_length(column: list[str]) -> int:
    return max(_length(cell.replace(" ", "\n")) for cell in column)


def _grid(table: Table, rows: list[list[str]], widths: list[int]) -> Grid:
    grid = Grid(box=SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), pad_edge=False, show_edge=False, border_style="dim")
    for at, column in enumerate(table.columns):
        justify: Literal["right", "left"] = "right" if table.numeric(at) else "left"
        grid.add_column(Text(sanitize(column), style="bold"), width=widths[at], justify=justify, vertical="top")
    for row in rows:
        grid.add_row(*(Text(_shortened(cell, widths[at])) for at, cell in enumerate(row)))
    return grid


def _shortened(words: str, width: int) -> str:
    """Shorten words to fit into `width`: longer ones lose their middle, since a path tells most at its end."""
    lines = [" ".join(_word(word, width) for word in line.split(" ")) for line in words.split("\n")]
    return "\n".join(lines)


def _word(word: str, width: int) -> str:
    if cell_len(word) <= width:
        return word
    head, tail = word[: width // 3], word[-(width - width // 3 - 1) :]
    while cell_len(head) + cell_len(tail) + 1 > width:
        head, tail = (head[:-1], tail) if head else ("", tail[1:])
    return f"{head}…{tail}"


def _records(table: Table, width: int) -> RenderableType:
    """Return each row as a small list of "column: cell", for tables wider than the window."""
    names = [sanitize(column) for column in table.columns]
    left = max(1, min(max(map(cell_len, names)), width // 2 - GAP))
    right = max(1, width - left - GAP)
    grid = Grid.grid(padding=(0, GAP, 0, 0))
    grid.add_column(width=left, style="bold")
    grid.add_column(width=right)
    for at, row in enumerate(table.rows):
        if at:
            grid.add_row("", "")
        for name, cell in zip(names, row, strict=True):
            grid.add_row(Text(_shortened(name, left)), Text(_shortened(format_cell(cell), right)))
    return grid


def _line(lead: str, words: str, style: str = "") -> RenderableType:
    """Return `words` after a `lead`, with later lines indented to the first one."""
    grid = Grid.grid()
    grid.add_column(no_wrap=True)
    grid.add_column()
    grid.add_row(Text(lead, style=style), _inline(words))
    return grid


def _inline(words: str) -> Text:
    """Return `words` with what stands between backticks marked as code."""
    line = Text()
    for at, part in enumerate(sanitize(words).split("`")):
        line.append(part, style="cyan" if at % 2 else "")
    return line
