"""The lesson as a folder of web pages: text to read, and alive where what a page does can be done in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pippin.core.files import write_bytes
from pippin.core.report.formatting import format_bytes, pluralize
from pippin.core.report.report import Report
from pippin.lessons import site_program, site_single
from pippin.lessons.lesson import Lesson, Page
from pippin.lessons.progress import Progress
from pippin.lessons.site_facts import desks
from pippin.lessons.site_pages import Looks, index, page_document
from pippin.lessons.slides import write_slides

READING = "Tasks are done in Pippin itself; these pages hold the text, the questions and their answers."


def write_site(progress: Progress, folder: Path, *, single_file: bool = False) -> Report:
    """Write the lesson into a folder: index.html, a page each, and the slides; or as one file."""
    if single_file:
        return site_single.write_single(progress, folder)
    lesson = progress.lesson
    verbs, notes = site_program.write_applications(lesson, folder)
    looks = Looks(verbs, site_program.is_built(), lesson.language)
    texts = {"index.html": index(lesson, looks)}
    texts |= {f"{page.name}.html": page_document(lesson, page, looks) for page in lesson.pages}
    for name, text in texts.items():
        write_bytes(folder / name, text.encode())
    slides = write_slides(progress, folder).payload["files"]
    files = [*(str(folder / name) for name in texts), *slides]
    if looks.is_live:
        files += site_program.write_program(lesson, folder, [*texts, "slides.html"])
    live = [page for page in lesson.pages if desks(page, verbs)]
    return _report(lesson, folder, live, files, notes if looks.is_live else (READING,))


def _report(lesson: Lesson, folder: Path, live: Sequence[Page], files: list[str], notes: Sequence[str]) -> Report:
    size = sum(Path(file).stat().st_size for file in files)
    numbers = ", ".join(str(page.number) for page in live)
    return Report(
        title=f"{lesson.title}: {len(lesson.pages)} pages, {format_bytes(size)}",
        summary=f"Pages {numbers} compute in the browser; put the folder on any web server, or try it with "
        f"`python -m http.server --directory {folder}`."
        if live
        else f"Open {folder / 'index.html'}; it needs no server and asks no other computer.",
        notes=(*notes, *([f"{pluralize(len(files), 'file')}; nothing is uploaded."] if live else [])),
        payload={"lesson": lesson.name, "files": files, "live": [page.number for page in live], "bytes": size},
    )
