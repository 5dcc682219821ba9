"""Pages and progress as reports, for the terminal and as JSON."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.lessons.lesson import LETTERS, Lesson, Page, Quiz, Task
from pippin.lessons.markdown import plain_text, read_blocks, read_spans
from pippin.lessons.progress import Progress
from pippin.lessons.queries import Query
from pippin.lessons.words import say

Item = tuple[str, str]  # kind ("heading", "text", "item" or "code") and text
DONE, OPEN, GREY = "done", "open", "unavailable"
STATES = {DONE: "done", OPEN: "to-do", GREY: "unavailable"}  # keys of the words
KINDS = {"heading": "heading", "text": "text", "list": "item"}
MAX_WIDTH = 100  # letters of a line that is easy to read


def overview(progress: Progress) -> Report:
    """Return all pages with their points, and where to go on."""
    lesson = progress.lesson
    rows = tuple(
        (
            page.number,
            page.title,
            say(lesson.language, "path") if page.is_on_path else "",
            page.minutes,
            say(lesson.language, "points-of", xp=progress.xp(page), max=page.xp),
        )
        for page in lesson.pages
    )
    path = lesson.path
    going = next_page(progress)
    return Report(
        title=say(lesson.language, "title-points", title=lesson.title, xp=progress.total, max=lesson.xp),
        summary=say(lesson.language, "path-sum", pages=len(path), minutes=sum(page.minutes for page in path)),
        tables=(Table((say(lesson.language, "page"), "", "", "min", say(lesson.language, "points")), rows),),
        payload=facts(progress),
        next=f"pippin learn {going.number}" if going else "",
    )


def next_page(progress: Progress) -> Page | None:
    """Return the first page of the path, else of the rest, that has points left."""
    pages = [*progress.lesson.path, *progress.lesson.pages]
    return next((page for page in pages if progress.xp(page) < page.xp and _has_open(progress, page)), None)


def _has_open(progress: Progress, page: Page) -> bool:
    tasks = any(not progress.is_done(page, task) and progress.is_open(task) for task in page.tasks)
    return tasks or any(not quiz.pays(progress.choices.get(quiz.id)) for quiz in page.quizzes)


@dataclass(frozen=True)
class PageReport(Report):
    """A page as a report that reads as running text in a terminal; `items` are its kind and text in order."""

    items: tuple[Item, ...] = ()

    def show(self, *, width: int | None = None, color: bool | None = None) -> str:
        """Return the page as text of at most `width` columns; code is not broken."""
        wide = min(width or shutil.get_terminal_size().columns, MAX_WIDTH)
        lines = [self.title, self.summary, ""]
        for kind, text in self.items:
            lines += _laid_out(kind, text, wide)
        return "\n".join([*lines, f"Next: {self.next}" if self.next else ""]).rstrip() + "\n"


def show_page(progress: Progress, page: Page, noted: Sequence[Query] = ()) -> Report:
    """Return a page as a report: text, tasks where they stand, what was answered, and what the reader noted."""
    language = progress.lesson.language
    following = progress.lesson.after(page)
    items = (*_items(progress, page), *_notes(progress, page, noted))
    return PageReport(
        title=f"{page.number}. {page.title}",
        summary=say(
            language,
            "page-summary",
            **{"xp": progress.xp(page), "max": page.xp, "total": progress.total, "total-max": progress.lesson.xp},
            minutes=say(language, "minute" if page.minutes == 1 else "minutes", n=page.minutes),
        ),
        sections=tuple(_sections(items)),
        payload=page_facts(progress, page),
        next=f"pippin learn {following.number}" if following else "pippin learn",
        items=items,
    )


def _laid_out(kind: str, text: str, wide: int) -> list[str]:
    """Return an item as lines; code is indented, all else wrapped."""
    if kind == "code":
        return [*(f"    {line}" for line in text.split("\n")), ""]
    first, later = {"item": ("  - ", "    ")}.get(kind, ("", "") if kind == "heading" else ("  ", "  "))
    lines = textwrap.wrap(text, wide, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
    return lines if kind == "item" else [*lines, ""]


def _sections(items: Sequence[Item]) -> Iterator[Report]:
    """Return the same as sections, for a page in a browser."""
    title, notes = "", list[str]()
    for kind, text in items:
        if kind == "heading":
            if title or notes:
                yield Report(title, notes=tuple(notes))
            title, notes = text, []
        else:
            notes += [f"`{line}`" for line in text.split("\n")] if kind == "code" else [text] if text else []
    yield Report(title, notes=tuple(notes))


def _items(progress: Progress, page: Page) -> Iterator[Item]:
    language = progress.lesson.language
    tasks = {task.line: task for task in page.tasks}
    quizzes = {quiz.line: quiz for quiz in page.quizzes}
    for block in page.blocks:
        if block.kind == "task":
            yield from _task(progress, page, tasks[block.line])
        elif block.kind == "quiz":
            yield from _quiz(progress, page, quizzes[block.line])
        elif block.kind in KINDS:
            yield from ((KINDS[block.kind], plain_text(line)) for line in block.lines)
        elif block.kind != "slide":
            yield from ([("text", say(language, "python"))] if block.kind == "python" else [])
            yield "code", block.text
    if page.figures:
        yield "heading", say(language, "measured")
        for one in page.figures:
            whose = "the classical method, " if one.field == "classical" else ""
            yield "item", f"{one.shown}: {whose}{one.row} (benchmarks/results/{one.result}.json)"
        yield "text", ""


def _notes(progress: Progress, page: Page, noted: Sequence[Query]) -> Iterator[Item]:
    if noted:
        solved = f" ({say(progress.lesson.language, 'solved')})"
        yield "heading", say(progress.lesson.language, f"notebook-{page.board}")
        yield from (("item", f"{one.text}{solved if one.is_solved else ''}") for one in noted)
        yield "text", ""
        if address := progress.lesson.discussions:
            yield "text", f"{say(progress.lesson.language, 'discussions')}: {address}"


def state(progress: Progress, page: Page, task: Task) -> str:
    """Return where a task stands in a word."""
    if progress.is_done(page, task):
        return DONE
    return OPEN if progress.is_open(task) else GREY


def _task(progress: Progress, page: Page, task: Task) -> Iterator[Item]:
    where, language = state(progress, page, task), progress.lesson.language
    standing = say(language, STATES[where])
    yield "heading", say(language, "task", xp=task.xp, state=standing, text=plain_text(task.text))
    if where == GREY and task.otherwise:
        yield "text", say(language, "stands-in", question=task.otherwise)
    elif task.command and where == OPEN:
        yield "code", task.command


def _quiz(progress: Progress, page: Page, quiz: Quiz) -> Iterator[Item]:
    choice, language = progress.choices.get(quiz.id), progress.lesson.language
    yield "heading", say(language, "question", xp=quiz.xp, text=plain_text(quiz.question))
    for letter, text in zip(LETTERS, quiz.choices, strict=False):
        yield "item", f"{letter}) {plain_text(text)}"
    yield "text", ""
    if choice is None or not (quiz.is_guess or choice == quiz.answer):
        verdict = say(language, "verdict-not-yet")
        yield from ([("text", say(language, "said", choice=choice, verdict=verdict))] if choice else [])
        yield "code", f"pippin learn {page.number} --answer {quiz.id}=LETTER"
        return
    key = "verdict-noted" if not quiz.answer else "verdict-right" if choice == quiz.answer else "verdict-measured"
    verdict = say(language, key, answer=quiz.answer)
    told = [plain_text(text) for text in (quiz.explanation, quiz.figure_of(progress.events)) if text]
    yield "text", " ".join([say(language, "said", choice=choice, verdict=verdict), *told])
    if quiz.curve:
        yield "code", quiz.curve.to_text()


def facts(progress: Progress) -> dict[str, Any]:
    """Return a lesson and where its reader stands as JSON values."""
    lesson: Lesson = progress.lesson
    return {
        "lesson": lesson.name,
        "title": lesson.title,
        "language": lesson.language,
        "languages": list(lesson.languages),
        "xp": progress.total,
        "max_xp": lesson.xp,
        "pages": [_page_line(progress, page) for page in lesson.pages],
    }


def _page_line(progress: Progress, page: Page) -> dict[str, Any]:
    return {
        "page": page.number,
        "title": page.title,
        "minutes": page.minutes,
        "path": page.is_on_path,
        "language": page.language or progress.lesson.language,
        "xp": progress.xp(page),
        "max_xp": page.xp,
        "open": _has_open(progress, page),
    }


def page_facts(progress: Progress, page: Page) -> dict[str, Any]:
    """Return a page as JSON values: its blocks as runs of text, never as HTML."""
    tasks = {task.line: task for task in page.tasks}
    quizzes = {quiz.line: quiz for quiz in page.quizzes}
    blocks = []
    for block in page.blocks:
        if block.kind == "task":
            blocks.append({"kind": "task", **_task_facts(progress, page, tasks[block.line])})
        elif block.kind == "quiz":
            blocks.append({"kind": "quiz", **_quiz_facts(progress, quizzes[block.line])})
        elif block.kind in ("heading", "text", "list"):
            lines = [spans(line) for line in block.lines]
            blocks.append({"kind": block.kind, "level": block.level, "lines": lines})
        elif block.kind != "slide":
            blocks.append({"kind": "code", "language": block.kind, "text": block.text})
    figures = [{"shown": one.shown, "result": one.result, "row": one.row} for one in page.figures]
    following = progress.lesson.after(page)
    total = {
        "total": progress.total,
        "total_max": progress.lesson.xp,
        "pages": len(progress.lesson.pages),
        "next": {"page": following.number, "title": following.title} if following else None,
    }
    return {**_page_line(progress, page), **total, "blocks": blocks, "figures": figures}


def spans(text: str) -> list[dict[str, str]]:
    """Return a paragraph as runs of text for a page."""
    return [{"kind": one.kind, "text": one.text, "href": one.href} for one in read_spans(text)]


def _task_facts(progress: Progress, page: Page, task: Task) -> dict[str, Any]:
    here = [one for one in task.conditions if one.application in progress.applications]
    application = here[0].application if here else None
    verbs = list(dict.fromkeys(one.verb for one in here if one.application == application))
    where = state(progress, page, task)
    return {
        "id": task.id, "xp": task.xp, "state": where, "text": spans(task.text), "command": task.command,
        "application": application, "verb": verbs[0] if verbs else "", "verbs": verbs,
        "open": _place(progress, task, application),
        "otherwise": task.otherwise if where == GREY else "", "shared": shared_scores(progress, page, task),
    }  # fmt: skip


def _place(progress: Progress, task: Task, application: str | None) -> str:
    """Return where a browser does a task; empty where that is not installed."""
    named = task.open.partition("/")[0]
    return task.open if named in progress.applications else application or ""


def shared_scores(progress: Progress, page: Page, task: Task) -> str:
    """Return the scores of the class's run, as text; empty where there is none, or the reader has yet to guess."""
    run = progress.shared_run(page, task)
    scores = [f"{name} {value:.3g}" for name, value in run.facts.items() if isinstance(value, float)] if run else []
    return f"{run.application} {run.verb}: {', '.join(scores) or '✓'}" if run else ""


def _quiz_facts(progress: Progress, quiz: Quiz) -> dict[str, Any]:
    choice = progress.choices.get(quiz.id)
    is_told = choice is not None and (quiz.is_guess or choice == quiz.answer)
    return {
        "id": quiz.id,
        "xp": quiz.xp,
        "question": spans(quiz.question),
        "choices": [spans(text) for text in quiz.choices],
        "guess": quiz.is_guess,
        "choice": choice,
        "right": None if choice is None else choice == quiz.answer,
        "answer": quiz.answer if is_told else None,
        "explanation": spans(quiz.explanation) if is_told else [],
        "figure": quiz.figure_of(progress.events) if is_told else "",
        "curve": quiz.curve.to_dict() if is_told and quiz.curve else None,
    }


def slides_of(page: Page) -> Iterator[list[Any]]:
    """Yield the blocks of each slide of a page."""
    for block in page.blocks:
        if block.kind == "slide":
            yield read_blocks(block.text, f"{page.name}.md", block.line + 1)
