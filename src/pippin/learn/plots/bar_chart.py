"""Horizontal bars as SVG, without a drawing library: so that a base installation can explain itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

FOR, AGAINST, INK, SOFT = "#c2410c", "#1e3a5f", "#1f2933", "#6b7785"
WIDTH, HEIGHT, CHARACTER, LONGEST = 760, 30, 7.2, 44


class Bar(NamedTuple):
    """A caption and its value, with an interval where it has one."""

    caption: str
    value: float
    low: float | None = None
    high: float | None = None


def bars(rows: Sequence[Bar], axis: str = "") -> bytes:
    """Draw one bar a row from a common zero: to the right for values above it, to the left for those below.

    `axis` says below what the bars' length measures, and in which unit.
    """
    rows = [row._replace(caption=_short(row.caption)) for row in rows]
    margin = max(CHARACTER * max(len(row.caption) for row in rows), 60) + 16
    highest = max(0.0, *(max(row.value, row.high or 0.0) for row in rows))
    lowest = min(0.0, *(min(row.value, row.low or 0.0) for row in rows))
    room = WIDTH - margin - 76
    scale = room / ((highest - lowest) or 1.0)
    sign = "+" if lowest < 0 else ""  # where values go both ways, each tells its own

    def across(value: float) -> float:
        return margin + 8 + (value - lowest) * scale

    zero, height = across(0), HEIGHT * (len(rows) + bool(axis)) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="13"><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f'<line x1="{zero:.1f}" y1="4" x2="{zero:.1f}" y2="{8 + HEIGHT * len(rows)}" stroke="{SOFT}"/>'
    ]
    if axis:
        parts.append(f'<text x="{margin + 8:.0f}" y="{height - 14}" fill="{SOFT}">{escape(axis)}</text>')
    for number, row in enumerate(rows):
        top = 8 + number * HEIGHT
        left, right = sorted((zero, across(row.value)))
        long = max(right - left, 1)
        colour = FOR if row.value >= 0 else AGAINST
        end = max(right, across(row.high)) if row.high is not None else right
        parts.append(
            f'<text x="{margin:.0f}" y="{top + 18}" text-anchor="end" fill="{INK}">{escape(row.caption)}</text>'
            f'<rect x="{left:.1f}" y="{top + 5}" width="{long:.1f}" height="18" rx="2" fill="{colour}"/>'
            f'<text x="{end + 8:.1f}" y="{top + 18}" fill="{SOFT}">{row.value:{sign}.2f}</text>'
        )
        if row.low is not None and row.high is not None:
            middle, ends = top + 14, (across(row.low), across(row.high))
            parts.append(
                f'<line x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{middle}" y2="{middle}" stroke="{INK}" '
                'stroke-width="1.5"/>'
            )
    return "".join([*parts, "</svg>"]).encode()


def _short(caption: str) -> str:
    return caption if len(caption) <= LONGEST else caption[: LONGEST - 1] + "…"
