"""The teacher's sheet of a lesson: what to say, numbers to expect, what goes wrong, a paragraph for parents."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.report import Report
from pippin.lessons.documents import PRINT, block_to_html, document
from pippin.lessons.lesson import Lesson, Page
from pippin.lessons.progress import Progress
from pippin.lessons.reading import read_page

FILE = "teacher/sheet.md"


def read_sheet(lesson: Lesson) -> Page:
    """Return the sheet in the lesson's language, else in its own; PippinError where there is none."""
    for path in (lesson.folder / lesson.language / FILE, lesson.folder / FILE):
        if path.is_file():
            return read_page(path)
    raise PippinError(f"{lesson.title} has no sheet for teachers; it would be {lesson.folder / FILE}.")


def sheet_html(lesson: Lesson) -> str:
    """Return the sheet as a page to print."""
    page = read_sheet(lesson)
    body = "\n".join(_blocks(lesson, page))
    return document(page.title, lesson.language, PRINT, f"<main><h1>{escape(page.title)}</h1>\n{body}</main>")


def write_sheet(progress: Progress, folder: Path) -> Report:
    """Write the sheet as `teacher.html` into a folder."""
    lesson, path = progress.lesson, folder / "teacher.html"
    write_bytes(path, sheet_html(lesson).encode())
    return Report(
        title=f"{lesson.title}: the teacher's sheet",
        summary=f"Written to {path}; a browser shows and prints it.",
        payload={"lesson": lesson.name, "files": [str(path)]},
    )


def _blocks(lesson: Lesson, page: Page) -> Iterator[str]:
    path = lesson.path
    rows = "".join(
        f"<tr><td>{one.number}. {escape(one.title)}</td><td>{one.minutes} min</td><td>{one.xp} XP</td></tr>"
        for one in path
    )
    total = (
        f"<tr><td></td><th>{sum(one.minutes for one in path)} min</th><th>{sum(one.xp for one in path)} XP</th></tr>"
    )
    yield f"<table><tbody>{rows}{total}</tbody></table>"
    for block in page.blocks:
        if block.kind != "slide":
            yield block_to_html(block)
    if page.figures:
        cited = "".join(
            f"<li>{escape(one.shown)}: {escape(one.row)} ({escape(one.result)})</li>" for one in page.figures
        )
        yield f'<ul class="small">{cited}</ul>'
