"""Lines over time as SVG, without a drawing library: so that a base installation can show how something went."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from pippin.core.report.formatting import format_number

INK, SOFT, FAINT = "#1f2933", "#6b7785", "#e3e8ee"
COLOURS = "#c2410c", "#1e3a5f", "#0f766e"
WIDTH, HEIGHT, LEFT, BOTTOM = 760, 260, 64, 44


class Line(NamedTuple):
    """A named line through the points (x, y), x rising."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def lines(drawn: Sequence[Line], across: str, up: str, marks: Sequence[float] = ()) -> bytes:
    """Return the lines over axes called `across` and `up`; `marks` are positions of thin upright lines."""
    xs, ys = [x for line in drawn for x in line.x], [y for line in drawn for y in line.y]
    left, right = min(xs), max(xs)
    low, high = min(0.0, *ys), max(ys)
    wide, tall = (right - left) or 1.0, (high - low) or 1.0

    def place(x: float, y: float) -> str:
        at = LEFT + (x - left) / wide * (WIDTH - LEFT - 16)
        return f"{at:.1f},{HEIGHT - BOTTOM - (y - low) / tall * (HEIGHT - BOTTOM - 26):.1f}"

    def text(at: str, words: str, anchor: str, colour: str = SOFT) -> str:
        x, y = at.split(",")
        return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="13"><rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
    ]
    parts += [_path([place(mark, low), place(mark, high)], FAINT) for mark in marks]
    for y in (low, (low + high) / 2, high):
        at = place(left, y).split(",")[1]
        parts += [_path([f"{LEFT},{at}", f"{WIDTH - 16},{at}"], FAINT)]
        parts += [text(f"{LEFT - 8},{float(at) + 4:.1f}", format_number(y), "end")]
    for x, anchor in ((left, "start"), ((left + right) / 2, "middle"), (right, "end")):
        parts += [text(f"{place(x, low).split(',')[0]},{HEIGHT - BOTTOM + 18}", f"{x:,.0f}", anchor)]
    parts += [text(f"{(LEFT + WIDTH) / 2},{HEIGHT - 8}", across, "middle"), text("8,16", up, "start")]
    for line, colour in zip(drawn, COLOURS, strict=False):
        parts += [_path([place(x, y) for x, y in zip(line.x, line.y, strict=True)], colour, 1.8)]
    if len(drawn) > 1:
        names = zip(drawn, COLOURS, strict=False)
        parts += [
            text(f"{WIDTH - 16 - 150 * k},16", line.name, "end", colour) for k, (line, colour) in enumerate(names)
        ]
    return "".join([*parts, "</svg>"]).encode()


def _path(points: Sequence[str], colour: str, width: float = 1.0) -> str:
    return f'<polyline points="{" ".join(points)}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
