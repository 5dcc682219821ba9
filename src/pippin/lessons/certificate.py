"""The certificate: what was done in a lesson, without a name; as JSON and as HTML to print."""

from __future__ import annotations

import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from pippin._version import __version__
from pippin.core.files import write_bytes, write_json
from pippin.core.report.report import Report
from pippin.lessons.documents import PRINT, document
from pippin.lessons.lesson import Page
from pippin.lessons.markdown import plain_text, to_html
from pippin.lessons.progress import Progress
from pippin.lessons.words import say


def certificate(progress: Progress) -> dict[str, Any]:
    """Return what was done as JSON values: pages with their tasks, points, and how often what was done."""
    lesson = progress.lesson
    return {
        "lesson": lesson.name,
        "title": lesson.title,
        "language": lesson.language,
        "xp": progress.total,
        "max_xp": lesson.xp,
        "pages": [_page(progress, page) for page in lesson.pages],
        "counts": dict(_counts(progress)),
        "date": time.strftime("%Y-%m-%d"),
        "pippin": __version__,
    }


def certificate_html(progress: Progress) -> str:
    """Return it as a page to print, with an empty line for a name."""
    values, language = certificate(progress), progress.lesson.language
    rows = "".join(_rows([page for page in values["pages"] if page["xp"]]))
    heads = "".join(f"<th>{escape(say(language, key))}</th>" for key in ("page", "tasks-done", "points"))
    counts = ", ".join(f"{escape(what)}: {count}" for what, count in values["counts"].items())
    body = (
        f"<h1>{escape(values['title'])}</h1>"
        f'<p class="line"></p><p class="small">{escape(say(language, "certificate-name"))}</p>'
        f"<p>{escape(say(language, 'certificate-did', xp=values['xp'], max=values['max_xp']))}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{escape(say(language, 'certificate-counts'))} {counts or '–'}</p>"
        f'<p class="small">{escape(say(language, "certificate-foot"))} {values["date"]}, Pippin {values["pippin"]}</p>'
    )
    return document(values["title"], language, PRINT, f"<main>{body}</main>")


def write_certificate(progress: Progress, folder: Path) -> Report:
    """Write both into a folder."""
    files = [folder / "certificate.html", folder / "certificate.json"]
    write_bytes(files[0], certificate_html(progress).encode())
    write_json(files[1], certificate(progress))
    return Report(
        title=f"{progress.lesson.title}: {progress.total} of {progress.lesson.xp} XP",
        summary=f"Written to {files[0]}, to be printed, and {files[1]}; they hold what was done, and no name.",
        payload={"lesson": progress.lesson.name, "xp": progress.total, "files": [str(file) for file in files]},
    )


def _page(progress: Progress, page: Page) -> dict[str, Any]:
    done = [task for task in page.tasks if progress.is_done(page, task)]
    return {
        "page": page.number,
        "title": page.title,
        "xp": progress.xp(page),
        "max_xp": page.xp,
        "tasks": [{"id": task.id, "text": plain_text(task.text)} for task in done],
        "answered": [quiz.id for quiz in page.quizzes if quiz.pays(progress.choices.get(quiz.id))],
    }


def _rows(pages: list[dict[str, Any]]) -> Iterator[str]:
    for page in pages:
        done = " ".join(to_html(task["text"]) for task in page["tasks"])
        cells = (f"{page['page']}. {escape(page['title'])}", done, f"{page['xp']}/{page['max_xp']}")
        yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _counts(progress: Progress) -> Iterator[tuple[str, int]]:
    """Yield what of the lesson's own kinds of deeds was done how often, by application and verb."""
    asked = {
        (part.application, part.verb)
        for page in progress.lesson.pages
        for task in page.tasks
        for condition in task.conditions
        for part in condition.parts()
    }
    for application, verb in sorted(asked, key=str):
        events = [one for one in progress.events if one.verb == verb and application in (None, one.application)]
        count = sum(len(one.rows) if one.verb == "teach" else 1 for one in events)
        if count:
            yield " ".join(filter(None, (application, verb))), count
