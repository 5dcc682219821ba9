"""How a file separates and quotes its cells: each dialect is tried on the first lines, the most even one is taken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

MAX_LINES = 300  # looked at to find the dialect
MAX_TYPED = 80  # characters of a number, a date or an address
MAX_JOINED = 50  # lines a quoted cell may run over
ALIGNED = "  "  # as a delimiter: any run of spaces or tabs
APART = "   "  # as a delimiter: two spaces or more, or a tab, so that a cell may hold words
UNUSUAL, BLANK, UNQUOTED = 0.6, 0.4, 0.7  # how much an unusual delimiter's evenness counts
_TYPED = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d.,' ]*(e[-+]?\d+)?\s?[%€$)]?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d\d?:\d\d(:\d\d)?.*)?"
    r"|\d\d?:\d\d(:\d\d)?|[\w.+-]+@[\w-]+\.[\w.]+|https?://\S+|",
    re.IGNORECASE,
)
_COLONS = re.compile(r"\d:\d\d|://")  # of times and addresses, which delimit nothing


class Dialect(NamedTuple):
    """Delimiter, quotation mark ("" for none) and what escapes it: itself, a backslash, or nothing ("")."""

    delimiter: str
    quote: str = '"'
    escape: str = '"'


class Line(NamedTuple):
    """The cells of one line; whether its quotes are closed, and whether a quote stood where none belongs."""

    cells: list[str]
    closed: bool = True
    stray: bool = False


def split(text: str, dialect: Dialect, literal: int = -1) -> Line:
    """Cut a line into cells; a quote closes only before a delimiter or the end. That of cell `literal` is a letter."""
    if dialect.delimiter in (ALIGNED, APART):
        text, delimiter = marked(text, dialect.delimiter)
        dialect = dialect._replace(delimiter=delimiter)
    delimiter, quote, _ = dialect
    if not quote or quote not in text:
        return Line([cell.strip() for cell in text.split(delimiter)])
    cells: list[str] = []
    start, stray = 0, False
    while True:
        begin = _skip_spaces(text, start, delimiter)
        if text.startswith(quote, begin) and len(cells) != literal:
            cell, end, odd = _quoted(text, begin, dialect)
            stray |= odd
            if end < 0:
                return Line([*cells, cell], closed=False, stray=stray)
        else:
            end = text.find(delimiter, start)
            end = len(text) if end < 0 else end
            cell = text[start:end].strip()
        cells.append(cell)
        if end >= len(text):
            return Line(cells, stray=stray)
        start = end + len(delimiter)


def marked(text: str, delimiter: str) -> tuple[str, str]:
    """Return a line with one mark between its aligned columns, and that mark; any other line as it is."""
    if delimiter == ALIGNED:
        return re.sub(r"[ \t]+", " ", text.strip()), " "
    return (re.sub(r" {2,}|[ ]*\t[ ]*", "\t", text.strip()), "\t") if delimiter == APART else (text, delimiter)


def _skip_spaces(text: str, start: int, delimiter: str) -> int:
    while start < len(text) and text[start] in " \t" and not text.startswith(delimiter, start):
        start += 1
    return start


def _quoted(text: str, begin: int, dialect: Dialect) -> tuple[str, int, bool]:
    """Return a quoted cell, the index of its delimiter or the end (-1: never closed), and whether a quote is stray."""
    delimiter, quote, escape = dialect
    parts: list[str] = []
    start, stray = begin + 1, False
    while True:
        at = text.find(quote, start)
        if at < 0:
            return "".join([*parts, text[start:]]), -1, stray
        if escape == "\\" and (len(text[start:at]) - len(text[start:at].rstrip("\\"))) % 2:
            parts.append(text[start : at - 1] + quote)
            start = at + 1
            continue
        if escape == quote and text.startswith(quote, at + 1):
            parts.append(text[start : at + 1])
            start = at + 2
            continue
        end = _skip_spaces(text, at + 1, delimiter)
        if end >= len(text) or text.startswith(delimiter, end):
            return "".join([*parts, text[start:at]]).strip(), end, stray
        parts.append(text[start : at + 1])
        start, stray = at + 1, True


def candidates(lines: Sequence[str]) -> Iterator[Dialect]:
    """Yield all dialects whose delimiter occurs in the lines."""
    text = "\n".join(lines)
    apostrophes = any(f"{delimiter}'" in text and f"'{delimiter}" in text for delimiter in ",;\t|")
    for delimiter in (",", ";", "\t", "|", ":", "^", "~", " ", ALIGNED):
        if delimiter not in text or (delimiter == ":" and _COLONS.search(text)):
            continue
        yield Dialect(delimiter)
        if '\\"' in text:
            yield Dialect(delimiter, escape="\\")
        if apostrophes:
            yield Dialect(delimiter, "'", "'")
        if '"' in text:
            yield Dialect(delimiter, "", "")


def guess(lines: Sequence[str]) -> Dialect:
    """Return the dialect that cuts the first lines most evenly into cells that are something."""
    some = [line for line in islice(lines, MAX_LINES) if line.strip()]
    tried = [(fitness(some, dialect), -number, dialect) for number, dialect in enumerate(candidates(some))]
    best = max(tried, default=(0.0, 0, Dialect(",")))
    if best[2].delimiter in (" ", ALIGNED) and _is_apart(some, best[2]):
        return Dialect(APART)
    return best[2] if best[0] else Dialect(",")


def _is_apart(lines: Sequence[str], dialect: Dialect) -> bool:
    """Return whether two spaces cut all lines below the first evenly where one does not: cells hold words."""
    ways = [[len(split(line, one).cells) for line in lines] for one in (dialect, Dialect(APART))]
    (_, *uneven), (first, *even) = ways
    return len(even) > 1 and len(set(even)) == 1 < len(set(uneven)) and even[0] > 1 and even[0] - first in (0, 1)


def fitness(lines: Sequence[str], dialect: Dialect) -> float:
    """Return evenness of widths times the share of well-formed cells (van den Burg et al. 2019); 0 for one column."""
    cut = [split(line, dialect) for line in _joined(lines, dialect)]
    widths = Counter(len(line.cells) for line in cut)
    pattern = max(count * (width - 1) / width for width, count in widths.items()) / len(cut)
    cells = [cell for line in cut for cell in line.cells]
    wrong = sum(not line.closed or line.stray for line in cut) / len(cut)
    form = sum(_form(cell) for cell in cells) / len(cells)
    if dialect.delimiter.isspace() and dialect.delimiter != "\t" and not _is_spaced(cut):
        return 0.0
    return pattern * form * (1 - wrong / 2) * _weight(dialect)


def _weight(dialect: Dialect) -> float:
    delimiter = dialect.delimiter
    return (BLANK if delimiter in (" ", ALIGNED, APART) else UNUSUAL if delimiter in ":^~" else 1.0) * (
        1.0 if dialect.quote else UNQUOTED
    )


def _is_spaced(cut: Sequence[Line]) -> bool:
    """Return whether lines cut at blanks hold more than words: some numbers or dates, almost all in two columns."""
    cells = [cell for line in cut for cell in line.cells]
    typed = sum(bool(cell and len(cell) <= MAX_TYPED and _TYPED.fullmatch(cell)) for cell in cells)
    return typed >= (0.1 if len(cells) >= 2.5 * len(cut) else 0.9) * len(cells)


def _form(cell: str) -> float:
    if not cell or "   " in cell:
        return 0.6 if not cell else 0.3
    if len(cell) <= MAX_TYPED and _TYPED.fullmatch(cell):
        return 1.0
    return 0.2 if cell[:1] in "\"'" or cell[-1:] in "\"'" else 0.7


def _joined(lines: Sequence[str], dialect: Dialect) -> Iterator[str]:
    """Yield lines, those of one quoted cell joined where that closes it."""
    number = 0
    while number < len(lines):
        taken = 1
        if not split(lines[number], dialect).closed:
            for more in range(2, min(MAX_JOINED, len(lines) - number) + 1):
                if split("\n".join(lines[number : number + more]), dialect).closed:
                    taken = more
                    break
        yield "\n".join(lines[number : number + taken])
        number += taken
