"""The lesson as a folder of web pages to read: no server, no script, no other host."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

from pippin.core.files import write_bytes
from pippin.core.report.report import Report
from pippin.lessons.documents import block_to_html, document
from pippin.lessons.lesson import LETTERS, Lesson, Page, Quiz, Task
from pippin.lessons.markdown import to_html
from pippin.lessons.progress import Progress
from pippin.lessons.slides import write_slides

STYLE = """
:root { color-scheme: light dark; --paper: light-dark(#fafbf6, #12150f); --ink: light-dark(#1b2116, #e8ecdf);
  --accent: light-dark(#3c7413, #a5d36b); --wash: light-dark(#eff3e8, #232a1c); --line: light-dark(#d9dfd0, #363f2d); }
body { margin: 0 auto; max-width: 44rem; padding: 1rem clamp(1rem, 4vw, 2rem) 3rem; color: var(--ink);
  background: var(--paper); font: 1.05rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2 { line-height: 1.2; } a, summary { color: var(--accent); }
pre { overflow-x: auto; padding: .8rem; background: var(--wash); border-radius: .5rem; }
code { font-family: ui-monospace, monospace; background: var(--wash); }
.card { border: 1px solid var(--line); border-radius: .8rem; padding: .8rem 1.1rem; margin: 1rem 0; }
nav { display: flex; justify-content: space-between; gap: 1rem; padding: .5rem 0; }
"""


def write_site(progress: Progress, folder: Path) -> Report:
    """Write the lesson into a folder: index.html, a page each, and the slides."""
    lesson = progress.lesson
    texts = {"index.html": _index(lesson), **{f"{page.name}.html": _page(lesson, page) for page in lesson.pages}}
    for name, text in texts.items():
        write_bytes(folder / name, text.encode())
    slides = write_slides(progress, folder).payload["files"]
    files = [*(str(folder / name) for name in texts), *slides]
    return Report(
        title=f"{lesson.title}: {len(lesson.pages)} pages to read",
        summary=f"Open {folder / 'index.html'}; it needs no server and asks no other computer.",
        notes=("Tasks are done in Pippin itself; these pages hold the text, the questions and their answers.",),
        payload={"lesson": lesson.name, "files": files},
    )


def _index(lesson: Lesson) -> str:
    lines = "".join(
        f'<li><a href="{escape(page.name)}.html">{escape(page.title)}</a> ({page.minutes} min, {page.xp} XP'
        f"{', path' if page.is_on_path else ''})</li>"
        for page in lesson.pages
    )
    body = f'<h1>{escape(lesson.title)}</h1><ol>{lines}</ol><p><a href="slides.html">Slides</a></p>'
    return document(lesson.title, lesson.language, STYLE, f"<main>{body}</main>")


def _page(lesson: Lesson, page: Page) -> str:
    body = "\n".join(_blocks(page))
    head = f'<nav><a href="index.html">{escape(lesson.title)}</a><span>{page.number} / {len(lesson.pages)}</span></nav>'
    before, after = (_link(lesson, page.number + step) for step in (-1, 1))
    text = f"{head}<main><h1>{escape(page.title)}</h1>\n{body}</main>\n<nav>{before}{after}</nav>"
    return document(page.title, lesson.language, STYLE, text)


def _link(lesson: Lesson, number: int) -> str:
    if not 1 <= number <= len(lesson.pages):
        return "<span></span>"
    page = lesson.pages[number - 1]
    return f'<a href="{escape(page.name)}.html">{escape(page.title)}</a>'


def _blocks(page: Page) -> Iterator[str]:
    tasks = {task.line: task for task in page.tasks}
    quizzes = {quiz.line: quiz for quiz in page.quizzes}
    for block in page.blocks:
        if block.kind == "task":
            yield _task(tasks[block.line])
        elif block.kind == "quiz":
            yield _quiz(quizzes[block.line])
        elif block.kind != "slide":
            yield block_to_html(block)
    if page.figures:
        rows = "".join(
            f"<li>{escape(one.shown)}: {escape(one.row)} ({escape(one.result)})</li>" for one in page.figures
        )
        yield f"<details><summary>benchmarks/results</summary><ul>{rows}</ul></details>"


def _task(task: Task) -> str:
    command = f"<pre>{escape(task.command)}</pre>" if task.command else ""
    return f'<div class="card"><p><b>{task.xp} XP.</b> {to_html(task.text)}</p>{command}</div>'


def _quiz(quiz: Quiz) -> str:
    choices = "".join(
        f"<li>{letter}) {to_html(text)}</li>" for letter, text in zip(LETTERS, quiz.choices, strict=False)
    )
    answer = f"<details><summary>Answer</summary><p><b>{quiz.answer})</b> {to_html(quiz.explanation)}</p></details>"
    return f'<div class="card"><p><b>{to_html(quiz.question)}</b></p><ul>{choices}</ul>{answer}</div>'
