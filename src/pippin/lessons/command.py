"""`pippin learn`: a lesson in the terminal, with points for what you did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pippin.core.errors import PippinError
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.lessons.checking import check_lesson
from pippin.lessons.progress import answer as record_answer
from pippin.lessons.progress import read_progress
from pippin.lessons.queries import SELF, private_notebook
from pippin.lessons.reading import read_lesson
from pippin.lessons.terminal import overview, show_page

WRITERS = {
    "notebook": "pippin.lessons.notebooks:write_notebooks",
    "slides": "pippin.lessons.slides:write_slides",
    "site": "pippin.lessons.site:write_site",
    "certificate": "pippin.lessons.certificate:write_certificate",
    "sheet": "pippin.lessons.sheet:write_sheet",
}


def learn(
    page: Annotated[str | None, "a page by its number, or check, notebook, slides, site, certificate, sheet"] = None,
    target: Annotated[Path | None, "the folder to write to, the same as --out"] = None,
    *,
    answer: Annotated[str | None, "answers to questions of the page: name=b, other=a"] = None,
    ask: Annotated[str | None, "a question or an idea for your notebook of the page"] = None,
    lesson: Annotated[str | None, "the folder of another lesson"] = None,
    language: Annotated[str | None, "the language of its pages, as de"] = None,
    out: Annotated[Path | None, "the folder to write notebooks, slides, the site, certificate or sheet to"] = None,
    single_file: Annotated[bool, "of site: its first live pages as one file to open without a server"] = False,
    workspace: Workspace | None = None,
) -> Report:
    """Learn what deep learning is by doing it.

    Without PAGE it lists the pages and your points. Points come from what you did, on the command line, in Python or in
    the browser; they are computed each time, so what you take back takes its points back.
    """
    found, space, folder = read_lesson(lesson, language), workspace or Workspace(), out or target
    if page == "check":
        return check_lesson(found)
    if page in WRITERS:
        from pippin.core.references import Ref

        if folder is None:
            raise PippinError(f"Name a folder to write to: pippin learn {page} --out DIR.")
        options = {"single_file": True} if single_file and page == "site" else {}
        report: Report = Ref(WRITERS[page])(read_progress(found, space), folder, **options)
        return report
    if page is None:
        if answer or ask:
            raise PippinError("Name the page: pippin learn PAGE --answer NAME=LETTER, or --ask TEXT.")
        return overview(read_progress(found, space))
    shown = found.page(page)
    for name, choice in _answers(answer or ""):
        record_answer(found, shown, name, choice, space)
    if ask is not None:
        private_notebook(space).ask(shown.number, SELF, ask, approved=True)
    return show_page(read_progress(found, space), shown, private_notebook(space).read(shown.number))


def _answers(text: str) -> list[tuple[str, str]]:
    pairs = [part.strip() for part in text.split(",") if part.strip()]
    if wrong := next((pair for pair in pairs if "=" not in pair), None):
        raise PippinError(f"{wrong[:40]!r} is no answer; write the question's name, = and a letter.", input=wrong[:40])
    return [(name.strip(), choice.strip().lower()) for name, _, choice in (pair.partition("=") for pair in pairs)]
