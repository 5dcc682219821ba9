"""A confusion matrix as SVG, without a drawing library."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from pippin.learn.plots.bar_chart import INK, SOFT

CELL, CHARACTER, MAX_NAME = 34, 7.2, 18
DARK = (30, 58, 95)


def confusion_svg(labels: Sequence[str], matrix: Sequence[Sequence[int]]) -> bytes:
    """Draw counts [true, predicted]: a row is a true label, darker for a larger share of its row."""
    names = [name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…" for name in labels]
    margin = int(CHARACTER * max(len(name) for name in names)) + 28
    size = margin + CELL * len(names) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="{size}" height="{size}" '
        f'font-family="system-ui, sans-serif" font-size="12"><rect width="{size}" height="{size}" fill="#ffffff"/>'
        f'<text x="{margin}" y="14" fill="{SOFT}">predicted</text>'
        f'<text x="14" y="{margin}" fill="{SOFT}" transform="rotate(-90 14 {margin})" text-anchor="end">true</text>'
    ]
    for index, name in enumerate(names):
        middle = margin + CELL * index + CELL / 2
        turned = f'transform="rotate(-90 {middle + 4:.0f} {margin - 8})"'
        parts.append(
            f'<text x="{margin - 8}" y="{middle + 4:.0f}" text-anchor="end" fill="{INK}">{escape(name)}</text>'
        )
        parts.append(f'<text x="{middle + 4:.0f}" y="{margin - 8}" fill="{INK}" {turned}>{escape(name)}</text>')
    for row, counts in enumerate(matrix):
        total = sum(counts) or 1
        for column, count in enumerate(counts):
            parts.append(_cell(margin + CELL * column, margin + CELL * row, count, count / total, row == column))
    return "".join([*parts, "</svg>"]).encode()


def _cell(x: int, y: int, count: int, share: float, right: bool) -> str:
    colour = ",".join(str(round(255 + (dark - 255) * share)) for dark in DARK)
    edge = f' stroke="{INK}" stroke-width="1"' if right else ' stroke="#e3e8ee" stroke-width="1"'
    ink = "#ffffff" if share > 0.5 else INK if count else "#c3cbd4"
    return (
        f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="rgb({colour})"{edge}/>'
        f'<text x="{x + CELL / 2:.0f}" y="{y + CELL / 2 + 4:.0f}" text-anchor="middle" fill="{ink}">{count}</text>'
    )
