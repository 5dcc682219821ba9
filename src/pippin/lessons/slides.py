"""The slides of a lesson: one HTML file with reveal.js within, which needs no network, with this machine's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from pippin.core.files import write_bytes
from pippin.core.report.report import Report
from pippin.lessons.conditions import Event
from pippin.lessons.documents import block_to_html, document
from pippin.lessons.lesson import Page
from pippin.lessons.progress import Progress
from pippin.lessons.terminal import slides_of
from pippin.lessons.words import say

# reveal.js and its style, which the build of the pages puts there.
BUILT = Path(__file__).parents[1] / "web" / "static" / "slides"
MAX_NUMBERS = 4  # on one slide
OWN = """
.reveal { font: 36px/1.4 system-ui, sans-serif; color: #1d2a1f; } body, .reveal-viewport { background: #fbfaf6; }
.reveal .slides { text-align: left; } .reveal h1, .reveal h2 { color: #2e6b34; line-height: 1.15; margin: 0 0 .6em; }
.reveal h1 { font-size: 1.9em; } .reveal h2 { font-size: 1.5em; } .reveal ul { padding-left: 1.1em; }
.reveal li { margin: .4em 0; }
.reveal code, .reveal pre { font-family: ui-monospace, monospace; background: #eeece2; padding: 0 .2em; }
.reveal pre { padding: .6em; white-space: pre-wrap; font-size: .6em; }
.reveal footer { margin-top: 1.5em; font-size: .55em; color: #4d594e; }
.reveal .numbers { margin-top: 1em; padding: .4em .8em; border-left: .2em solid #2e6b34; font-size: .7em; }
.reveal .progress, .reveal .controls { color: #2e6b34; }
.reveal .slide-number, .reveal .slide-number a { color: #1d2a1f; background: #fbfaf6; }
"""
# Without the built pages: one slide below the other, moved through by Page Down.
PLAIN = """
html { scroll-snap-type: y mandatory; } body { margin: 0; }
section { min-height: 100vh; box-sizing: border-box; padding: 8vh 9vw; scroll-snap-align: start; break-after: page;
  display: flex; flex-direction: column; justify-content: center; }
"""
BEGIN = (
    "Reveal.initialize({hash: true, slideNumber: 'c/t', center: true, width: 1200, height: 700, margin: 0.06, "
    "transition: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'none' : 'slide'});"
)


def slides_html(progress: Progress) -> str:
    """Return the slides as one page, with the numbers of this workspace."""
    lesson = progress.lesson
    sections = "\n".join(_sections(progress))
    body = f'<div class="reveal"><div class="slides">\n{sections}\n</div></div>'
    if not (BUILT / "reveal.js").is_file():
        return document(lesson.title, lesson.language, PLAIN + OWN, body)
    style, script = ((BUILT / name).read_text(encoding="utf-8") for name in ("reveal.css", "reveal.js"))
    return document(lesson.title, lesson.language, style + OWN, body, f"{script}\n{BEGIN}")


def write_slides(progress: Progress, folder: Path) -> Report:
    """Write the slides as `slides.html` into a folder."""
    lesson, path = progress.lesson, folder / "slides.html"
    html = slides_html(progress)
    write_bytes(path, html.encode())
    return Report(
        title=f"{lesson.title}: {html.count('<section')} slides",
        summary=f"Written to {path}; a browser shows it, arrow keys move on, Escape gives an overview; "
        "?print-pdf behind its address makes pages.",
        payload={"lesson": lesson.name, "slides": html.count("<section"), "files": [str(path)]},
    )


def _sections(progress: Progress) -> Iterator[str]:
    lesson = progress.lesson
    done = say(lesson.language, "slides-points", pages=len(lesson.pages), xp=progress.total, max=lesson.xp)
    yield f"<section><h1>{escape(lesson.title)}</h1><p>{escape(done)}</p></section>"
    for page in lesson.pages:
        numbers = _numbers(progress, page)
        for at, blocks in enumerate(slides_of(page)):
            body = "\n".join(map(block_to_html, blocks)) + (numbers if at == 0 else "")
            yield f"<section>{body}<footer>{page.number}. {escape(page.title)}</footer></section>"


def _numbers(progress: Progress, page: Page) -> str:
    """Return what this machine's log has of the page: counts of its questions' figures, and the last scores."""
    counted = [quiz.figure_of(progress.events) for quiz in page.quizzes if quiz.count(progress.events)]
    told = [*_scores(progress.events, page), *counted][:MAX_NUMBERS]
    items = "".join(f"<li>{escape(text)}</li>" for text in told)
    return f'<ul class="numbers">{items}</ul>' if items else ""


def _scores(events: Sequence[Event], page: Page) -> Iterator[str]:
    """Yield the last scores of each command that a task of the page asks for."""
    asked = {(part.application, part.verb) for task in page.tasks for one in task.conditions for part in one.parts()}
    for application, verb in sorted(asked, key=str):
        same = [one for one in events if one.verb == verb and application in (None, one.application)]
        facts = same[-1].facts if same else {}
        scores = [f"{name} {value:.3g}" for name, value in facts.items() if isinstance(value, float)]
        if scores:
            yield f"{same[-1].application} {verb}: {', '.join(scores[:MAX_NUMBERS])}"
