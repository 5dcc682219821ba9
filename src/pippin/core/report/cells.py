"""What a report holds: figures, images and tables."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from pippin.core.errors import PippinError
from pippin.core.values import Score

EXTENSIONS = {
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
}

_QUANTITY = re.compile(r"[-+−]?\d[\d.,]*( ?[%×]| [a-zA-Z]{1,3}( \d+ [a-z]{1,3})?)?")


@dataclass(frozen=True)
class Figure:
    """An image of its own in a report: `content` holds the bytes of a file of type `media_type`.

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
class ImageCell:
    """A table cell that shows a thumbnail, `width` CSS pixels wide, in HTML and its `alt` text elsewhere."""

    content: bytes | Callable[[], bytes] = field(repr=False)
    media_type: str
    alt: str = ""
    width: int = 96

    def render(self) -> bytes | None:
        """Return the bytes, calling `content` if it is a function; None where that fails."""
        try:
            return self.content if isinstance(self.content, bytes) else self.content()
        except PippinError:
            return None

    def __post_init__(self) -> None:
        _require_showable(self.media_type)


@dataclass(frozen=True)
class Table:
    """Rows under named columns; a cell is text, a number, a Score, a ImageCell or None (shown as a dash)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    title: str = ""

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(f"Row {number} has {len(row)} cells under {len(self.columns)} columns.")

    def numeric(self, column: int) -> bool:
        """Return whether every filled cell of this column is a number.

        Scores and quantities such as "0.4 s" are numbers.
        """
        filled = [row[column] for row in self.rows if row[column] is not None]
        return bool(filled) and all(_is_quantity(cell) for cell in filled)


def _is_quantity(cell: object) -> bool:
    cell = cell.tolist() if hasattr(cell, "tolist") else cell
    if isinstance(cell, str):
        return bool(_QUANTITY.fullmatch(cell))
    return isinstance(cell, int | float | Score) and not isinstance(cell, bool)


def _require_showable(media_type: str) -> None:
    if media_type not in EXTENSIONS:
        kind = media_type or "of unknown type"
        raise PippinError(f"An image in a report must be PNG, SVG, GIF, JPEG or WebP, not {kind}.")
