"""The bundled household: files written around today, on which the assistant answers until something is connected."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

from pippin.apps.assistant.sources.household_timetable import timetable_files
from pippin.core.files import new_file, write_bytes

TEMPLATES = Path(__file__).parents[1] / "household"
HOME, WORK = "Orchard Road", "University"
MARK = re.compile(r"\{\{(-?\d+)(?:\|(-|mail))?\}\}")
FORMATS = {None: "%Y%m%d", "-": "%Y-%m-%d", "mail": "%a, %d %b %Y"}


def write_household(folder: Path, now: datetime) -> list[Path]:
    """Write the household's files into `folder`, dated around the week of `now`; returns their paths.

    In the templates, {{3}} is the Thursday of that week as YYYYMMDD, {{3|-}} the same with hyphens.
    """
    monday = now.date() - timedelta(days=now.weekday())
    paths = []
    for path in sorted(TEMPLATES.rglob("*.*")):
        target = folder / path.relative_to(TEMPLATES)
        write_bytes(target, _render(path.read_text(encoding="utf-8"), monday).encode())
        paths.append(target)
    return [*paths, _write_timetable(folder / "timetable.zip", monday, str(now.tzinfo))]


def _render(text: str, monday: date) -> str:
    return MARK.sub(lambda mark: (monday + timedelta(days=int(mark[1]))).strftime(FORMATS[mark[2]]), text)


def _write_timetable(path: Path, monday: date, zone: str) -> Path:
    with new_file(path) as draft, zipfile.ZipFile(draft, "w") as archive:
        for name, text in timetable_files(monday, zone).items():
            archive.writestr(name, text)
    return path
