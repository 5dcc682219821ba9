"""A lesson's pages as HTML that can be read as it is; where a program is beside it, tasks and questions become live."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from pippin.lessons.documents import block_to_html, document
from pippin.lessons.lesson import LETTERS, Lesson, Page, Quiz, Task
from pippin.lessons.markdown import Block, to_html
from pippin.lessons.site_facts import desks, is_open, lesson_facts
from pippin.lessons.words import ENGLISH, read_words, say

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
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; }
"""
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
HEAD = """<!doctype html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<link rel="stylesheet" href="site.css"><link rel="manifest" href="manifest.webmanifest">
<link rel="icon" href="icon.svg" type="image/svg+xml">
<script type="module" src="site.js"></script></head>
<body>
{body}
</body></html>
"""
LIVE = (
    "site-",
    "tick-",
    "layers-",
    "points-of",
    "right",
    "noted",
    "measured-is",
    "not-yet",
    "otherwise",
)  # words of the program
CODE = {"python": "in-python", "console": "in-terminal"}  # keys of the words


@dataclass(frozen=True)
class Looks:
    """How pages are made: what they can do by application, and whether there is a program at all."""

    verbs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    is_live: bool = False
    language: str = ENGLISH

    def say(self, key: str, **values: object) -> str:
        """Return the words of a key as HTML."""
        return escape(say(self.language, key, **values))


def index(lesson: Lesson, looks: Looks) -> str:
    """Return the page that lists all others."""
    lines = "".join(_line(page, looks) for page in lesson.pages)
    path = sum(page.minutes for page in lesson.path)
    about = (
        f'<p>{looks.say("site-about")} {looks.say("site-desks")}</p><p><strong data-points="0"></strong></p>'
        if looks.is_live
        else ""
    )
    short = f"<p>{looks.say('path-sum', pages=len(lesson.path), minutes=path)}</p>"
    body = (
        f"<h1>{escape(lesson.title)}</h1>{about}{short}<ol class='pages'>{lines}</ol>"
        f'<p><a href="slides.html">{looks.say("slides")}</a></p><div data-settings></div>'
    )
    return _document(lesson, lesson.title, f'<main id="main" class="page">{body}</main>', looks)


def _line(page: Page, looks: Looks) -> str:
    marks = [f"{page.minutes} min", f"{page.xp} XP"]
    if looks.is_live:
        marks[1] = f'<span data-points="{page.number}">{page.xp} XP</span>'
    if page.is_on_path:
        marks.append(looks.say("path"))
    if desks(page, looks.verbs):
        marks.append(f'<span class="chip">{looks.say("site-live")}</span>')
    link = f'<a href="{escape(page.name)}.html">{page.number}. {escape(page.title)}</a>'
    style = ' class="on-path"' if page.is_on_path else ""
    return f'<li{style}>{link} <span class="quiet small">{" · ".join(marks)}</span></li>'


def page_document(lesson: Lesson, page: Page, looks: Looks) -> str:
    """Return one page."""
    points = f' · <strong data-points="{page.number}"></strong>' if looks.is_live else ""
    position = f'<span class="quiet small">{page.number} / {len(lesson.pages)}{points}</span>'
    home = f'<a href="index.html">{escape(lesson.title)}</a>'
    head = f'<nav class="page bar" aria-label="{looks.say("lesson")}">{home}{position}</nav>'
    before, after = (_link(lesson, page.number + step, looks) for step in (-1, 1))
    if (leap := lesson.after(page)) and leap.number > page.number + 1:
        label = looks.say("path-next", page=leap.number, title=leap.title)
        after += f'<a class="button main" href="{escape(leap.name)}.html">{label}</a>'
    foot = f'<nav class="page bar" aria-label="{looks.say("pages")}">{before}{after}</nav>'
    settings = '<footer class="page" data-settings></footer>'
    return _document(lesson, page.title, f"{head}{page_body(page, looks)}\n{foot}{settings}", looks)


def page_body(page: Page, looks: Looks) -> str:
    """Return what a page says, with places for what becomes live."""
    wide = " wide" if desks(page, looks.verbs) else ""
    blocks = "\n".join(_blocks(page, looks))
    return (
        f'<main id="main" class="page{wide}" data-page="{page.number}"><h1>{escape(page.title)}</h1>\n{blocks}</main>'
    )


def facts_script(lesson: Lesson, pages: Sequence[Page], looks: Looks, *, ascii_only: bool = False) -> str:
    """Return the lesson's facts as a script that runs nothing."""
    words = {key: text for key, text in read_words(looks.language).items() if key.startswith(LIVE) or key in LIVE}
    facts = {**lesson_facts(lesson, pages, looks.verbs), "words": words}
    text = json.dumps(facts, ensure_ascii=ascii_only).replace("<", "\\u003c")
    return f'<script type="application/json" id="lesson">{text}</script>'


def _document(lesson: Lesson, title: str, body: str, looks: Looks) -> str:
    text = f'<a class="skip" href="#main">{looks.say("skip")}</a>{body}'
    if not looks.is_live:
        return document(title, lesson.language, STYLE, text)
    text += facts_script(lesson, lesson.pages, looks)
    return HEAD.format(language=escape(lesson.language), title=escape(title), policy=POLICY, body=text)


def _link(lesson: Lesson, number: int, looks: Looks) -> str:
    if not 1 <= number <= len(lesson.pages):
        return f'<a class="button" href="index.html">{looks.say("all-pages")}</a>'
    page = lesson.pages[number - 1]
    return f'<a class="button" href="{escape(page.name)}.html">{number}. {escape(page.title)}</a>'


def _blocks(page: Page, looks: Looks) -> Iterator[str]:
    tasks = {task.line: task for task in page.tasks}
    quizzes = {quiz.line: quiz for quiz in page.quizzes}
    found = desks(page, looks.verbs).items()
    places = {_desk_line(page, line): _desk(name, verbs, looks) for name, (line, verbs) in found}
    for block in page.blocks:
        if block.line in places:
            yield places[block.line]
        if block.kind == "task":
            yield _task(tasks[block.line], is_open(tasks[block.line], looks.verbs), looks)
        elif block.kind == "quiz":
            yield _quiz(quizzes[block.line], looks)
        elif block.kind != "slide":
            yield _prose(block, looks)
    if page.figures:
        rows = "".join(
            f"<li>{escape(one.shown)}: {escape(one.row)} ({escape(one.result)})</li>" for one in page.figures
        )
        yield f'<details><summary>{looks.say("measured")}</summary><ul class="points">{rows}</ul></details>'


def _desk_line(page: Page, line: int) -> int:
    """Return the line of the block that a desk stands before: the code that leads to its task, or the task itself."""
    at = next(number for number, block in enumerate(page.blocks) if block.line == line)
    while at and page.blocks[at - 1].kind in CODE:
        at -= 1
    return page.blocks[at].line


def _prose(block: Block, looks: Looks) -> str:
    html = block_to_html(block)
    if html.startswith("<pre>"):
        label = looks.say(CODE.get(block.kind, "code"))
        code = html.replace("<pre>", f'<pre tabindex="0" role="group" aria-label="{label}">', 1)
        return f"<details><summary>{label}</summary>{code}</details>"
    return html.replace("<ul>", '<ul class="points">', 1) if block.kind == "list" else html


def _desk(name: str, verbs: Sequence[str], looks: Looks) -> str:
    asked = escape(" ".join(sorted(set(verbs))))
    return f'<div class="desk" data-desk="{escape(name)}" data-verbs="{asked}"><p>{looks.say("site-needs")}</p></div>'


def _task(task: Task, is_done_here: bool, looks: Looks) -> str:
    label = looks.say("in-terminal")
    command = f'<pre tabindex="0" role="group" aria-label="{label}">{escape(task.command)}</pre>'
    shown = f"<details><summary>{label}</summary>{command}</details>" if task.command else ""
    kept = "" if is_done_here else shown
    points = f"<strong>{task.xp} XP.</strong> " if task.xp else ""
    text = f"<p>{points}{to_html(task.text)}</p>"
    return f'<div class="card task" data-task="{escape(task.id)}">{text}{kept}</div>'


def _quiz(quiz: Quiz, looks: Looks) -> str:
    choices = "".join(
        f'<li>{letter}) <span data-part="choice">{to_html(text)}</span></li>'
        for letter, text in zip(LETTERS, quiz.choices, strict=False)
    )
    letter = f"<strong>{quiz.answer})</strong> " if quiz.answer else ""
    told = f'{letter}<span data-part="explanation">{to_html(quiz.explanation)}</span>'
    curve = f"<pre>{escape(quiz.curve.to_text())}</pre>" if quiz.curve else ""
    answer = f"<details><summary>{looks.say('answer')}</summary><p>{told}</p>{curve}</details>"
    question = f'<p><strong data-part="question">{to_html(quiz.question)}</strong></p>'
    return f'<div class="card quiz" data-quiz="{escape(quiz.id)}">{question}<ul>{choices}</ul>{answer}</div>'
