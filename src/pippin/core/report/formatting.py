"""Numbers, intervals, durations and cells as text."""

from __future__ import annotations

import math
import re

from pippin.core.report.cells import ImageCell
from pippin.core.values import Score

# Characters that steer a terminal or reverse the reading direction: a file name must do neither.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def duration(seconds: float) -> str:
    """Format seconds for people: "12 ms", "0.4 s", "2 min 3 s", "1 h 4 min"."""
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


def pluralize(amount: int, noun: str) -> str:
    """Format a count and its noun: "1 example", "2 examples"."""
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"


def format_bytes(amount: float) -> str:
    """Format bytes for people: "512 B", "1.6 MB" (1 kB is 1,000 B)."""
    units = ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" or amount >= 9.95 else f"{amount:.1f} {units[0]}"


def format_number(value: float, like: float | None = None) -> str:
    """Format a number for people.

    It has three decimals, fewer where the number (or `like`, its neighbour) is large.
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


def format_interval(score: Score) -> str:
    """Format a score's 95 % interval to the decimals of its value.

    For example "[0.903, 0.921]".
    """
    return f"[{format_number(float(score.low), score.value)}, {format_number(float(score.high), score.value)}]"


def format_cell(cell: object) -> str:
    """Format a table cell as plain text.

    The terminal shows it, and HTML where there is no better form.
    """
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Score):
        return f"{format_number(float(cell.value))} {format_interval(cell)}"
    if isinstance(cell, ImageCell):
        return sanitize(cell.alt) or "(image)"
    if hasattr(cell, "tolist"):
        return format_cell(cell.tolist())
    return format_number(cell) if isinstance(cell, int | float) else sanitize(str(cell))


def sanitize(text: str) -> str:
    """Return `text` on one line that is safe to print.

    Control sequences, marks of the reading direction and characters that cannot be encoded are replaced.
    """
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", " ".join(text.split("\n")).replace("\t", " "))
