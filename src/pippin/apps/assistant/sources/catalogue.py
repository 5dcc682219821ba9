"""Catalogues of courses as CSV: columns are told by their headings, dates by how the whole column is written."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, datetime
from typing import Any

Course = dict[str, Any]
HEADINGS = {
    "course": r"(course )?(code|number|id|no\.?)|course",
    "title": r"(course )?(title|name)",
    "starts": r"(launch|start|begin|opening)s?( date| day)?|starts|begins|date|from",
    "teacher": r"instructors?|teachers?|lecturers?|tutors?|taught by|professors?",
    "institution": r"institution|university|school|provider|college",
    "subject": r"(course )?(subject|topic|category|field|department)s?",
    "price": r"(price|fee|cost|tuition|charge)s?( \(?(eur|usd|gbp|euros?|dollars?|pounds?|€|\$|£)\)?)?",
    "room": r"room|place|venue|location|where|address",
    "hours": r"hours|length|duration|median hours.*",
}
FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m/%d/%y", "%d/%m/%y", "%d %B %Y", "%B %d, %Y", "%d %b %Y")


def find_columns(heading: list[str]) -> dict[str, int]:
    """Return which column holds what, by its heading."""
    columns: dict[str, int] = {}
    for name, pattern in HEADINGS.items():
        for index, title in enumerate(heading):
            if index not in columns.values() and re.fullmatch(pattern, title.strip().lower().replace("_", " ")):
                columns[name] = index
                break
    return columns


def read_catalogue(text: str) -> tuple[list[Course], list[str]]:
    """Return the courses of a CSV text, and sentences on rows that were skipped; nothing where it is no catalogue."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    except csv.Error:
        return [], []
    columns = find_columns(rows[0]) if rows else {}
    if not {"title", "starts"} <= columns.keys():
        return [], []
    form = _date_format([row[columns["starts"]] for row in rows[1:] if len(row) > columns["starts"]])
    courses, skipped = [], []
    for number, row in enumerate(rows[1:], 2):
        values = {name: row[index].strip() if index < len(row) else "" for name, index in columns.items()}
        starts = _read_date(values["starts"], form)
        if not values["title"] or starts is None:
            skipped.append(
                f"Line {number}: {values['title'] or 'no title'}, beginning {values['starts'] or 'not told'}"
            )
            continue
        values.setdefault("course", "")
        courses.append({**values, "starts": starts.isoformat()})
    return courses, skipped


def _date_format(values: list[str]) -> str:
    """Return the format that reads most of the values."""
    return max(FORMATS, key=lambda form: sum(_read_date(value, form) is not None for value in values))


def _read_date(value: str, form: str) -> date | None:
    try:
        return datetime.strptime(value.strip(), form).date()
    except ValueError:
        return None
