"""The first live pages of a lesson as one HTML file that holds everything: opened by a double click, no server."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.formatting import format_bytes
from pippin.core.report.report import Report
from pippin.lessons import site_program
from pippin.lessons.lesson import Lesson, Page
from pippin.lessons.progress import Progress
from pippin.lessons.site_facts import desks
from pippin.lessons.site_packing import CHARSET, ascii_program, ascii_style, script
from pippin.lessons.site_pages import Looks, facts_script, page_body

NAME = "lesson.html"
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval' blob:; style-src 'unsafe-inline'; "
    "img-src blob: data:; worker-src blob:; connect-src 'none'; base-uri 'none'; form-action 'none'"
)


def write_single(progress: Progress, folder: Path) -> Report:
    """Write the pages of the path that compute in a browser as one file."""
    if not site_program.is_built():
        raise PippinError("The pages' program is not built; run `make pages`, then this again.")
    lesson = progress.lesson
    with tempfile.TemporaryDirectory() as made:
        verbs, notes = site_program.write_applications(lesson, Path(made))
        pages = [page for page in lesson.path if desks(page, verbs)]
        if not pages:
            raise PippinError(f"No page of {lesson.title} computes in a browser; leave out --single-file.")
        content = _single(lesson, pages, Looks(verbs, True, lesson.language), Path(made))
    path = folder / NAME
    write_bytes(path, content)
    numbers = ", ".join(str(page.number) for page in pages)
    return Report(
        title=f"{lesson.title}: pages {numbers} in one file, {format_bytes(path.stat().st_size)}",
        summary=f"Open {path} by a double click: Chromium and Firefox compute in it, without server or network.",
        notes=tuple(notes),
        payload={"lesson": lesson.name, "files": [str(path)], "live": [page.number for page in pages]},
    )


def _single(lesson: Lesson, pages: Sequence[Page], looks: Looks, folder: Path) -> bytes:
    style, program = (site_program.read_program(name).decode() for name in ("site.css", "site.js"))
    style = ascii_style(style.replace("</", "<\\/"))
    program = ascii_program(program.replace("</script", "<\\/script"))
    used = {name for page in pages for name in desks(page, looks.verbs)}
    contents = "\n".join(f"<li><a href='#page-{page.number}'>{escape(page.title)}</a></li>" for page in pages)
    bodies = "\n".join(_section(page, looks) for page in pages)
    head = "".join(
        (
            f'<!doctype html>\n<html lang="{escape(lesson.language)}"><head><meta charset="{CHARSET}">',
            f"<title>{escape(lesson.title)}</title>",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{style}</style></head>\n<body>',
            f'<main><header class="page"><h1>{escape(lesson.title)}</h1>',
            f"<p>{looks.say('site-single')} {looks.say('site-desks')}</p>",
            f'<p><strong data-points="0"></strong></p><ol class="points">{contents}</ol></header>\n{bodies}',
            '<div class="page" data-settings></div></main>\n',
        )
    )
    facts = facts_script(lesson, pages, looks, ascii_only=True)
    tail = f"{facts}\n".encode("ascii") + b"".join(_files(folder, used))
    end = f"<script type='module'>{program}</script></body></html>\n".encode("ascii")
    return head.encode("ascii", "xmlcharrefreplace") + tail + end


def _section(page: Page, looks: Looks) -> str:
    body = page_body(page, looks).replace("<main", "<section").replace("</main>", "</section>")
    body = body.replace("<h2>", "<h3>").replace("</h2>", "</h3>").replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    return body.replace('id="main"', f'id="page-{page.number}"')


def _files(folder: Path, used: set[str]) -> Iterator[bytes]:
    """Yield all files as scripts that run nothing, in the order in which they are needed."""
    for name in ("worker.js", site_program.RUNTIME):
        yield script(name, site_program.read_program(name), deflated=False)
    for application in sorted(used):
        for path in sorted((folder / "files" / application).rglob("*")):
            yield script(path.relative_to(folder).as_posix(), path.read_bytes())
