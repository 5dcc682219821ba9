"""Predicted against true numbers as SVG, without a drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.report.formatting import format_number
from pippin.learn.plots.bar_chart import AGAINST, FOR, INK, SOFT

SIDE, LEFT, BOTTOM = 520, 76, 44
MAX_POINTS, MAX_INTERVALS = 1500, 150


def scatter_svg(truth: NDArray[Any], found: NDArray[Any], bounds: Sequence[tuple[float, float] | None]) -> bytes:
    """Draw points (true, predicted) [N] over a diagonal; intervals where there are few enough to tell apart.

    Of more than 1,500 points, evenly spaced ones by true value are drawn; of more than 150, no intervals.
    """
    order = np.argsort(truth, kind="stable")
    shown = order[np.unique(np.linspace(0, len(order) - 1, MAX_POINTS).astype(int))]
    low, high = float(min(truth.min(), found.min())), float(max(truth.max(), found.max()))
    span = (high - low) or 1.0

    def at(value: float) -> float:
        return (min(max(value, low), high) - low) / span * (SIDE - LEFT - BOTTOM)

    def across(value: float) -> float:
        return LEFT + at(value)

    def up(value: float) -> float:
        return SIDE - BOTTOM - at(value)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" width="{SIDE}" height="{SIDE}" '
        f'font-family="system-ui, sans-serif" font-size="12"><rect width="{SIDE}" height="{SIDE}" fill="#ffffff"/>'
        f'<line x1="{across(low)}" y1="{up(low)}" x2="{across(high)}" y2="{up(high)}" stroke="{SOFT}"/>'
    ]
    for value, anchor in ((low, "start"), ((low + high) / 2, "middle"), (high, "end")):
        parts.append(
            f'<text x="{across(value):.1f}" y="{SIDE - BOTTOM + 18}" text-anchor="{anchor}" fill="{SOFT}">'
            f"{format_number(value)}</text>"
            f'<text x="{LEFT - 8}" y="{up(value) + 4:.1f}" text-anchor="end" fill="{SOFT}">'
            f"{format_number(value)}</text>"
        )
    parts.append(f'<text x="{(LEFT + SIDE) / 2}" y="{SIDE - 6}" text-anchor="middle" fill="{INK}">true</text>')
    parts.append(f'<text x="8" y="16" fill="{INK}">predicted</text>')
    if len(shown) <= MAX_INTERVALS:
        parts += [_interval(across(truth[one]), up, bounds[one]) for one in shown if bounds[one] is not None]
    for one in shown:
        spot = f'cx="{across(truth[one]):.1f}" cy="{up(found[one]):.1f}"'
        parts.append(f'<circle {spot} r="2.5" fill="{FOR}" fill-opacity="0.6"/>')
    return "".join([*parts, "</svg>"]).encode()


def _interval(x: float, up: Any, bounds: tuple[float, float] | None) -> str:
    assert bounds is not None
    line = f'x1="{x:.1f}" x2="{x:.1f}" y1="{up(bounds[0]):.1f}" y2="{up(bounds[1]):.1f}"'
    return f'<line {line} stroke="{AGAINST}" stroke-opacity="0.35"/>'
