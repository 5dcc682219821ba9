"""A report as HTML: a page that carries its own images and styles, or a fragment for notebooks."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from pippin.core.report.cells import Figure, ImageCell, Table
from pippin.core.report.formatting import format_cell, format_interval, format_number, sanitize
from pippin.core.values import Score

if TYPE_CHECKING:
    from pippin.core.report.report import Report

# An apple whose seed has put out a shoot, drawn for Pippin on a grid of 32 by 32.
MARK = (
    '<svg class="mark" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true">'
    '<path fill="{color}" d="M15 10.6C11.6 7.6 4 8.6 4 17.2 4 24.6 9.2 30 16 30s12-5.4 12-12.8'
    "c0-8.6-7.6-9.6-11-6.6v5.9c1.9 2.2 2.7 3.9 2.7 5.6 0 2.3-1.6 4-3.7 4s-3.7-1.7-3.7-4"
    'c0-1.7.8-3.4 2.7-5.6z"/>'
    '<path fill="{color}" d="M15 9.4C15 7 14.4 5.4 12.9 4.1 11.4 2.9 9.3 2.5 7 2.8 7.5 6.7 10.2 9.3 15 9.4z'
    'M17 9.4C17.1 4.7 20.1 1.9 25.2 1.6 25.4 6.3 22.4 9.3 17 9.4z"/></svg>'
)
BAR = 84  # CSS pixels for the whole range from 0 to 1
MIN_BREAKABLE = 12  # characters


def page(report: Report) -> str:
    """Return a whole HTML page.

    Its policy lets it load only images inside it, run nothing and send nothing.
    """
    style = _style()
    checksum = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    allowed = f"img-src data:; style-src 'sha256-{checksum}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    icon = _data_uri("image/svg+xml", MARK.format(color="#4f8a1f").encode())
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="color-scheme" content="light dark">\n'
        f"<title>{_safe(report.title)} – Pippin</title>\n"
        f'<link rel="icon" href="{icon}">\n<style>{style}</style>\n</head>\n'
        f'<body>\n<main class="pippin pippin-page">\n{_mark()}\n{_report(report, 1)}\n</main>\n'
        "</body>\n</html>\n"
    )


def fragment(report: Report) -> str:
    """Return an HTML fragment for a notebook.

    Its styles apply to nothing else; it takes the notebook's colours.
    """
    return f'<div class="pippin pippin-cell">\n<style>{_style()}</style>\n{_report(report, 2)}\n</div>\n'


@cache
def _style() -> str:
    return files("pippin.core.report").joinpath("report.css").read_text(encoding="utf-8")


def _mark() -> str:
    return f'<p class="brand">{MARK.format(color="currentColor")}<span>Pippin</span></p>'


def _report(report: Report, level: int) -> str:
    heading = f"h{min(level, 6)}"
    summary = f'<p class="summary">{_inline(report.summary)}</p>' if report.summary else ""
    parts = [f"<header><{heading}>{_safe(report.title)}</{heading}>{summary}</header>"]
    parts += [_table(table) for table in report.tables]
    parts += [_figure(figure) for figure in report.figures]
    parts += [_notes(report.notes)]
    parts += [f"<section>\n{_report(section, level + 1)}\n</section>" for section in report.sections]
    if report.next:
        parts.append(f'<p class="next"><b>Next</b> <span>{_inline(report.next)}</span></p>')
    return "\n".join(part for part in parts if part)


def _table(table: Table) -> str:
    columns = [(_safe(name), _class(table.numeric(at))) for at, name in enumerate(table.columns)]
    heads = "".join(f'<th scope="col"{kind}>{name}</th>' for name, kind in columns)
    body = "\n".join(_row(row, columns) for row in table.rows)
    caption = f"<caption>{_safe(table.title)}</caption>" if table.title else ""
    label = _safe(table.title or "Table")
    # A table wider than the screen is scrolled in a region of its own, which keyboards reach too.
    return (
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0"><table>{caption}\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(row: tuple[object, ...], columns: list[tuple[str, str]]) -> str:
    """Return a row whose first cell heads it; the others carry their column's name for narrow screens."""
    cells = [_content(cell) for cell in row]
    heads = [f'<th scope="row"{kind}>{cell}</th>' for cell, (_, kind) in zip(cells[:1], columns[:1], strict=True)]
    others = [
        f'<td data-name="{name}"{kind}>{cell}</td>' for cell, (name, kind) in zip(cells[1:], columns[1:], strict=True)
    ]
    return f"<tr>{''.join(heads + others)}</tr>"


def _class(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _content(cell: object) -> str:
    if isinstance(cell, ImageCell) and (drawn := cell.render()) is not None:
        source = _data_uri(cell.media_type, drawn)
        return f'<img src="{source}" alt="{_safe(cell.alt)}" width="{int(cell.width)}">'
    if isinstance(cell, Score):
        value = f"<b>{format_number(float(cell.value))}</b>{_bar(cell)} <small>{format_interval(cell)}</small>"
        return f'<span class="score">{value}</span>'
    return _breakable(_safe(format_cell(cell)))


def _breakable(text: str) -> str:
    """Allow breaks after a long name's slashes and underscores, so that a table of paths stays narrow."""
    return re.sub(r"(?<=[/_])(?=[^/_])", "<wbr>", text) if len(text) > MIN_BREAKABLE else text


def _bar(score: Score) -> str:
    """Return a bar from 0 to the score with its interval on top, for scores that lie between 0 and 1."""
    if not 0 <= score.low <= score.value <= score.high <= 1:
        return ""
    low, value, high = (round(part * BAR, 1) for part in (score.low, score.value, score.high))
    return (
        f'<svg class="bar" width="{BAR}" height="6" aria-hidden="true">'
        f'<rect class="track" width="{BAR}" height="6" rx="1"/>'
        f'<rect class="value" width="{value}" height="6" rx="1"/>'
        f'<rect class="spread" x="{low}" width="{max(round(high - low, 1), 1)}" height="6"/></svg>'
    )


def _figure(figure: Figure) -> str:
    caption = f" <span>{_inline(figure.caption)}</span>" if figure.caption else ""
    source = _data_uri(figure.media_type, figure.content)
    shown = f'<img src="{source}" alt="{_safe(figure.title)}">'
    if figure.before:
        # Its corner is drawn by the browser itself: the page runs no script.
        other = f'<img src="{_data_uri(figure.media_type, figure.before)}" alt="before">'
        shown = f'<div class="slider">{shown}<div class="before">{other}</div></div>'
    return f"<figure>{shown}<figcaption><b>{_safe(figure.title)}</b>{caption}</figcaption></figure>"


def _notes(notes: tuple[str, ...]) -> str:
    items = "\n".join(f"<li>{_inline(note)}</li>" for note in notes)
    return f'<ul class="notes">\n{items}\n</ul>' if notes else ""


def _data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _safe(words: str) -> str:
    return escape(sanitize(words))


def _inline(words: str) -> str:
    """Escape words, with what stands between backticks marked as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", _safe(words))
