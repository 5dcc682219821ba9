"""Text to rows of cells: the dialect found, quoted line breaks joined, rows of the wrong width repaired or told."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from pippin.apps.tables.csv_dialect import MAX_JOINED, Dialect, guess, marked, split
from pippin.apps.tables.csv_repair import MAX_PROFILED, profiles, repair
from pippin.apps.tables.headings import typed
from pippin.core.report.formatting import pluralize

MAX_REPAIRED = 5000  # rows; what is broken beyond that is left out
MIN_SHORT = 0.1  # share of rows that end early from which they are no broken ones
MAX_SAME = 0.9  # share of rows after the first short one that are as short, from which they are another table
MIN_SHARE = 0.5  # of the largest block's cells that an earlier block needs to be the table
COMMENTS = ("#", "//", "%")
_LINES = re.compile("\r\n|\n|\r")
_RULER = frozenset(" \t|+:=-")  # of a line below a heading, as Markdown and databases draw it
_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_ARFF = re.compile(r"^[ \t]*@data[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_ATTRIBUTE = re.compile(r"^[ \t]*@attribute[ \t]+('[^']*'|\"[^\"]*\"|\S+)", re.IGNORECASE | re.MULTILINE)

Cells = list[str]
Entry = tuple[int, Cells, str, bool]


@dataclass
class Records:
    """Rows of equal width by their first line (from 1), `head` before them, the last `comment`, and what was odd."""

    rows: list[tuple[int, Cells]] = field(default_factory=list)
    head: list[tuple[int, Cells]] = field(default_factory=list)
    repaired: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dialect: Dialect = Dialect(",")
    comment: str = ""

    @property
    def width(self) -> int:
        """Cells of each row."""
        return len(self.rows[0][1]) if self.rows else 0


def records(text: str) -> Records:
    """Cut a text into rows of equal width."""
    lines = ["" if "---" in line and _RULER.issuperset(line) else line for line in _LINES.split(unpack_arff(text))]
    found = Records()
    first = _start(lines, found)
    told = _SEP.fullmatch(lines[0])
    found.dialect = Dialect(told[1]) if told else guess(lines[first:])
    if quick := _plain(lines, first, found.dialect):
        found.rows = quick
        return found
    entries = _entries(lines, first, found.dialect)
    _arrange(entries, lines, found)
    return found


def unpack_arff(text: str) -> str:
    """Return the rows of Weka's ARFF below their names, each line where it was; any other text as it is."""
    if not (start := _ARFF.search(text)) or not (names := _ATTRIBUTE.findall(text[: start.start()])):
        return text
    heading = ",".join('"' + name.strip("'\"").replace('"', '""') + '"' for name in names)
    return "\n" * text[: start.end()].count("\n") + heading + text[start.end() :]


def _start(lines: Sequence[str], found: Records) -> int:
    """Return the first line that is neither empty, nor a comment, nor a line that names the delimiter for Excel."""
    for number, line in enumerate(lines):
        if number == 0 and _SEP.fullmatch(line):
            continue
        if line.startswith(COMMENTS):
            found.comment = line.lstrip("#/% ")
        elif line.strip():
            if number and any(before.strip() for before in lines[:number]):
                found.notes.append(f"The table begins in line {number + 1}; what stands before is left out.")
            return number
    return 0


def _plain(lines: Sequence[str], first: int, dialect: Dialect) -> list[tuple[int, Cells]]:
    """Return the rows by Python's own reader, if every row is well-formed and as wide as the others; else []."""
    reader = csv.reader(
        (f"{marked(line, dialect.delimiter)[0]}\n" for line in lines[first:]),
        delimiter=marked("", dialect.delimiter)[1],
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        doublequote=dialect.escape == dialect.quote,
        escapechar="\\" if dialect.escape == "\\" else None,
        skipinitialspace=True,
        strict=True,
    )
    rows: list[tuple[int, Cells]] = []
    width, number = 0, first + 1
    csv.field_size_limit(1 << 27)
    try:
        for cells in reader:
            if any(cell and not cell.isspace() for cell in cells):
                width = width or len(cells)
                if len(cells) != width or cells[0].startswith(COMMENTS):
                    return []
                rows.append((number, [cell.strip() for cell in cells]))
            number = first + reader.line_num + 1
    except csv.Error:
        return []
    return [] if len(rows) > 1 and _begins_late(rows) else rows


def _begins_late(rows: Sequence[tuple[int, Cells]]) -> bool:
    """Return whether the first row is a title: one cell alone, where the rows below have more."""
    filled = [sum(map(bool, cells)) for _, cells in rows[:10]]
    return len(rows) > 2 and filled[0] == 1 < max(filled[1:]) and len(rows[0][1]) > 2


def _entries(lines: Sequence[str], first: int, dialect: Dialect) -> list[Entry]:
    """Return line number, cells, text, and whether the quotes are in order, of each row but comments and empty ones."""
    usual = Counter(len(split(line, dialect).cells) for line in lines[first : first + 500] if line.strip())
    width = max(usual, key=lambda one: (usual[one] * one, one)) if usual else 0
    made = []
    number = first
    while number < len(lines):
        line = lines[number]
        taken = 1
        if line.strip():
            cut = split(line, dialect)
            if not cut.closed:
                taken = _joined(lines, number, dialect, width)
                line = "\n".join(lines[number : number + taken])
                cut = split(line, dialect)
            if any(cut.cells) and not (line.startswith(COMMENTS) and len(cut.cells) != width):
                made.append((number + 1, cut.cells, line, cut.closed and not cut.stray))
        number += taken
    return made


def _joined(lines: Sequence[str], number: int, dialect: Dialect, width: int) -> int:
    """Return how many lines the row that begins in this one takes: 1 where its open quote is better a letter."""
    for count in range(2, min(MAX_JOINED, len(lines) - number) + 1):
        cut = split("\n".join(lines[number : number + count]), dialect)
        after = split(lines[number + count - 1], dialect)
        if cut.closed:
            return count if len(cut.cells) == width and not cut.stray else 1
        if after.closed and len(after.cells) == width and width > 2:
            return 1
    return 1


def _arrange(entries: list[Entry], lines: Sequence[str], found: Records) -> None:
    """Find the table among the rows, and repair or skip what is broken in it."""
    entries = _filled_up(entries, found)
    start, stop, width = _table(entries, spaced=found.dialect.delimiter == " ")
    found.head = [(number, cells) for number, cells, _, _ in entries[:start]]
    good = [cells for _, cells, _, fine in entries[start:stop] if fine and len(cells) == width]
    profile = profiles(good[1 : MAX_PROFILED + 1] if len(good) > 3 else good, width)  # the first may be the heading
    for number, cells, line, fine in entries[start:stop]:
        if fine and len(cells) == width:
            found.rows.append((number, cells))
            continue
        repaired = repair(line, found.dialect, profile) if good and len(found.repaired) < MAX_REPAIRED else None
        if repaired:
            for own, cell in zip(profile, repaired, strict=True):
                own.add(cell)
            found.rows.append((number, repaired))
            found.repaired.append(number)
        elif len(cells) == width:
            found.rows.append((number, cells))
        else:
            found.skipped.append((number, f"it has {pluralize(len(cells), 'cell')}, not {width}"))
    if stop < len(entries):
        rest = len(entries) - stop
        found.notes.append(
            f"Line {entries[stop][0]} begins another table ({rest} rows), which is left out; give it a file of its own."
        )


def _filled_up(entries: list[Entry], found: Records) -> list[Entry]:
    """Fill rows up with empty cells where many end early: none is longer than the heading, and all begin alike."""
    widths = [len(cells) for _, cells, _, _ in entries]
    short = sum(1 < width < widths[0] for width in widths) if widths else 0
    steady = widths[:1] == [max(widths, default=0)] and not any(map(typed, entries[0][1]))
    if not steady or not all(entries[0][1]) or short < MIN_SHORT * len(widths) or short < 2:
        return entries
    first = next(index for index, width in enumerate(widths) if width < widths[0])
    after = widths[first:]
    if first > 3 and Counter(after).most_common(1)[0][1] > MAX_SAME * len(after):  # a second table rather
        return entries
    found.notes.append(f"{short} rows have fewer cells than the heading; what they lack at the end is taken as empty.")
    return [
        (number, cells + [""] * (widths[0] - len(cells)) if len(cells) > 1 else cells, line, fine)
        for number, cells, line, fine in entries
    ]


def _table(entries: Sequence[Entry], *, spaced: bool) -> tuple[int, int, int]:
    """Return first row, row after the last, and width of the table: the first block with enough cells."""
    widths = [len(cells) for _, cells, _, _ in entries]
    if not widths:
        return 0, 0, 0
    totals = Counter(widths)
    most = max(count * width for width, count in totals.items() if width > 1) if max(widths) > 1 else 0
    enough = {width for width, count in totals.items() if width > 1 and count * width >= MIN_SHARE * most}
    begin = next((index for index, width in enumerate(widths) if width in enough), 0)
    if spaced and widths[0] > 2:  # words within cells make rows longer; the heading tells how many there are
        begin = 0
    width = widths[begin]
    late = [sum(map(bool, cells)) for _, cells, _, _ in entries[begin:]]
    while begin + 2 < len(entries) and late[0] == 1 and width > 2 and max(late[1:12]) > 1:
        begin, late = begin + 1, late[1:]
        width = widths[begin] if widths[begin] in enough else width
    if late and not late[0]:
        begin += 1
    return begin, len(widths) if spaced else _end(widths, begin, width), width


def _end(widths: Sequence[int], begin: int, width: int) -> int:
    """Return where rows of another width go on to the end: a second table."""
    tail: Counter[int] = Counter()
    end = len(widths)
    for index in range(len(widths) - 1, begin, -1):
        tail[widths[index]] += 1
        other, count = tail.most_common(1)[0]
        if other != width and other > 1 and widths[index] == other and count >= max(3, 0.8 * (len(widths) - index)):
            end = index
    return end if widths[begin:end].count(width) >= 0.5 * (end - begin) else len(widths)
