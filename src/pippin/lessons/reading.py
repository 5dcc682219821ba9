"""Lessons read from a folder: what is wrong is told with the file and the line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pippin.core.errors import PippinError, reason
from pippin.lessons.conditions import read_condition
from pippin.lessons.lesson import LETTERS, Figure, Lesson, Page, Quiz, Task
from pippin.lessons.markdown import Block, LessonError, read_blocks
from pippin.lessons.measured_curve import read_curve
from pippin.lessons.project_address import ADDRESS, find_discussions
from pippin.lessons.translations import translate

Found = TypeVar("Found")
HERE = Path(__file__).parent
DEFAULT = "deep-learning"
MAX_PAGES, MAX_BYTES, MAX_XP = 99, 256 * 1024, 100
FRONT = "+++"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z]{2,4})?")
BOARDS = ("questions", "ideas")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PLACE = re.compile(r"([a-z][a-z0-9-]{0,39}(/[a-z]{1,20})?)?")
TASK_KEYS = {
    "id", "text", "xp", "verb", "application", "where", "then", "or", "command", "open", "otherwise", "quizzes",
    "shared",
}  # fmt: skip
QUIZ_KEYS = {"id", "question", "choices", "answer", "xp", "guess", "explanation", "figure", "curve"}
FENCES = {"task", "quiz", "slide", "measured", "python", "console", "text"}
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


def read_lesson(folder: str | Path | None = None, language: str | None = None) -> Lesson:
    """Return the lesson in a folder, or the built-in one of that name (None: the default one).

    Its pages in another language lie in a folder of that language's code; a page that is not there stays as it is.
    """
    place = HERE / DEFAULT if folder is None else find_folder(folder)
    facts = _read_facts(place)
    names = sorted(path for path in place.glob("*.md") if path.name.lower() != "readme.md")
    if not 1 <= len(names) <= MAX_PAGES:
        raise PippinError(f"{place} holds {len(names)} pages (*.md); a lesson has 1 to {MAX_PAGES}.", input=place)
    pages = tuple(read_page(path, number) for number, path in enumerate(names, 1))
    _refuse_doubles(pages)
    own = facts.get("language") or "en"
    languages = (own, *(code for code in _languages(place) if code != own))
    if language is not None and language not in languages:
        has = ", ".join(languages)
        raise PippinError(f"This lesson is not written in {language[:20]!r}; it is in: {has}.", input=language[:20])
    if language not in (None, own):
        facts = {**facts, **_read_facts(place / str(language)), "language": str(language)}
        pages = tuple(_translated(page, place / str(language), own) for page in pages)
    name = re.sub(r"[^a-z0-9-]+", "-", place.resolve().name.lower()).strip("-")[:40] or "lesson"
    return Lesson(
        name, facts.get("title") or pages[0].title, facts.get("language") or own, pages, place, languages,
        facts.get("discussions") or find_discussions(),
    )  # fmt: skip


def _translated(page: Page, folder: Path, own: str) -> Page:
    """Return a page as the folder of a language has it, or as it is."""
    path = folder / f"{page.name}.md"
    if not path.exists():
        return replace(page, language=own)
    return translate(page, read_page(path, page.number), folder.name)


def _languages(file: Path) -> list[str]:
    """Return the codes of the languages that a lesson has pages in, beside its own."""
    found = (path.name for path in file.iterdir() if path.is_dir() and not path.is_symlink())
    return sorted(name for name in found if LANGUAGE.fullmatch(name))


def find_folder(folder: str | Path) -> Path:
    built_in = HERE / str(folder)
    if NAME.fullmatch(str(folder)) and (built_in / "lesson.toml").is_file():
        return built_in
    if not Path(folder).is_dir():
        raise PippinError(f"{folder} is no folder of a lesson; name one, or leave out --lesson.", input=folder)
    return Path(folder)


def _read_facts(path: Path) -> Mapping[str, str]:
    file = path / "lesson.toml"
    if not file.exists():
        return {}
    facts = _read_toml(_read_text(file), file.name, 1)
    for name, value in facts.items():
        if name not in ("title", "language", "discussions") or not isinstance(value, str):
            raise LessonError(file.name, 1, f"it tells title, language and discussions, as texts, not {name}.")
    if (address := facts.get("discussions")) and not ADDRESS.fullmatch(address):
        raise LessonError(file.name, 1, "discussions is an address that begins with https://.")
    if not LANGUAGE.fullmatch(facts.get("language", "en")):
        raise LessonError(file.name, 1, "language is a code such as en, de or pt-br.")
    return facts


def _read_text(path: Path) -> str:
    try:
        if path.is_symlink() or not path.is_file():
            raise LessonError(path.name, 1, "it is no plain file; put the page itself here.")
        if path.stat().st_size > MAX_BYTES:
            raise LessonError(path.name, 1, f"it is larger than {MAX_BYTES // 1024} KiB; split the page.")
        content = path.read_bytes()
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}.", input=path) from problem
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise LessonError(path.name, line, "it is not UTF-8; save it so.") from problem


def read_page(path: Path, number: int = 1) -> Page:
    """Return the page in a file."""
    lines = _read_text(path).split("\n")
    end = lines.index(FRONT, 1) if lines[0] == FRONT and FRONT in lines[1:] else 0
    if not end:
        raise LessonError(path.name, 1, f"a page begins with {FRONT}, title and minutes, {FRONT}.")
    front = _read_toml("\n".join(lines[1:end]), path.name, 2)
    blocks = read_blocks("\n".join(lines[end + 1 :]), path.name, end + 2)
    reader = _Reader(path.name)
    reader.check_front(front)
    tasks = tuple(reader.read_task(block) for block in blocks if block.kind == "task")
    quizzes = tuple(reader.read_quiz(block) for block in blocks if block.kind == "quiz")
    for block in blocks:
        reader.check_fence(block)
    for task in tasks:
        if task.otherwise and task.otherwise not in {quiz.id for quiz in quizzes}:
            raise LessonError(path.name, task.line, f"otherwise names no quiz of this page: {task.otherwise!r}.")
    figures = tuple(one for block in blocks if block.kind == "measured" for one in reader.read_figures(block))
    shown = tuple(block for block in blocks if block.kind != "measured")
    return Page(
        number, path.stem, front["title"], front["minutes"], front.get("path", False), shown, tasks, quizzes, figures,
        front.get("board", BOARDS[0]),
    )  # fmt: skip


class _Reader:
    """Reads the blocks of one file."""

    def __init__(self, file: str) -> None:
        self.file = file

    def check_front(self, front: Mapping[str, Any]) -> None:
        kinds = {"title": str, "minutes": int, "path": bool, "board": str}
        for name, value in front.items():
            if type(value) is not kinds.get(name):
                raise LessonError(
                    self.file, 2, f"the front matter has title (text), minutes, path (true), board, not {name}."
                )
        if front.get("board", BOARDS[0]) not in BOARDS:
            raise LessonError(self.file, 2, f"board is one of {', '.join(BOARDS)}, not {front['board'][:20]!r}.")
        if not front.get("title") or not 1 <= front.get("minutes", 0) <= 60:
            raise LessonError(self.file, 2, "the front matter needs title and minutes, 1 to 60.")

    def check_fence(self, block: Block) -> None:
        if block.kind == "slide":
            read_blocks(block.text, self.file, block.line + 1)
        elif block.kind not in (*FENCES, "heading", "list", "text-code"):
            allowed = ", ".join(sorted(FENCES))
            raise LessonError(self.file, block.line, f"there are no {block.kind!r} blocks; there are: {allowed}.")

    def read_task(self, block: Block) -> Task:
        table = self._table(block, TASK_KEYS)
        others = self._others(block, table)
        own: dict[str, Any] = {key: table[key] for key in ("verb", "application", "where", "then") if key in table}
        of_quizzes = table.get("quizzes") is True
        asked = [*([] if of_quizzes else [own]), *others]
        conditions = tuple(self._within(block, partial(read_condition, one)) for one in asked)
        texts = {name: self._text(block, table, name, required=False) for name in ("command", "open", "otherwise")}
        if not PLACE.fullmatch(texts["open"]):
            raise LessonError(
                self.file, block.line, f"open is an application and a tab, as name/measure, not {texts['open'][:40]!r}."
            )
        return Task(
            self._id(block, table), self._text(block, table, "text"), self._xp(block, table), conditions, block.line,
            of_quizzes=of_quizzes, is_shared=table.get("shared") is True, **texts,
        )  # fmt: skip

    def _others(self, block: Block, table: Mapping[str, Any]) -> list[dict[str, Any]]:
        others = table.get("or", [])
        if not isinstance(others, list) or not all(isinstance(one, dict) for one in others):
            raise LessonError(self.file, block.line, "or is a list of conditions, [{ verb = ... }].")
        return others

    def read_quiz(self, block: Block) -> Quiz:
        table = self._table(block, QUIZ_KEYS)
        choices, answer = table.get("choices"), table.get("answer")
        if not isinstance(choices, list) or not 2 <= len(choices) <= len(LETTERS) or not all(map(_is_text, choices)):
            raise LessonError(self.file, block.line, f"choices are 2 to {len(LETTERS)} texts.")
        if answer is None and table.get("guess") is True:  # an opinion: a choice without a verdict
            answer = ""
        elif answer not in list(LETTERS[: len(choices)]):
            raise LessonError(self.file, block.line, f"answer is a letter, a to {LETTERS[len(choices) - 1]}.")
        for text in choices:
            read_blocks(text, self.file, block.line)
        figure = table.get("figure")
        if figure is not None and not (isinstance(figure, dict) and "{n}" in str(figure.get("text"))):
            raise LessonError(self.file, block.line, "figure has a text with {n} in it, and a condition that counts.")
        figure = figure or {}
        own = {key: value for key, value in figure.items() if key not in ("text", "nothing", "or")}
        counted = [own, *self._others(block, figure)] if figure else []
        return Quiz(
            self._id(block, table),
            self._text(block, table, "question"),
            tuple(choices),
            answer,
            self._xp(block, table),
            block.line,
            self._text(block, table, "explanation", required=False),
            table.get("guess") is True,
            self._text(block, figure, "text") if figure else "",
            self._text(block, figure, "nothing", required=False),
            tuple(self._within(block, partial(read_condition, one)) for one in counted),
            self._within(block, partial(read_curve, table["curve"])) if "curve" in table else None,
        )

    def read_figures(self, block: Block) -> Iterable[Figure]:
        for shown, where in _read_toml(block.text, self.file, block.line + 1).items():
            if not isinstance(where, list) or not 2 <= len(where) <= 3 or not all(map(_is_text, where)):
                raise LessonError(
                    self.file, block.line, f"{shown} names a result, a row and a value, as a list of texts."
                )
            yield Figure(shown, where[0], where[1], where[2] if len(where) == 3 else "value")

    def _table(self, block: Block, keys: set[str]) -> dict[str, Any]:
        table = _read_toml(block.text, self.file, block.line + 1)
        for name in table:
            if name not in keys:
                line = next(
                    (at for at, words in enumerate(block.lines, block.line + 1) if words.startswith(name)), block.line
                )
                raise LessonError(self.file, line, f"a {block.kind} has no {name!r}; it has {', '.join(sorted(keys))}.")
        return table

    def _text(self, block: Block, table: Mapping[str, Any], name: str, *, required: bool = True) -> str:
        value = table.get(name, "" if not required else None)
        if not isinstance(value, str) or (required and not value.strip()):
            raise LessonError(self.file, block.line, f"a {block.kind} needs {name}, a text.")
        read_blocks(value, self.file, block.line)  # as the page itself: no HTML
        return " ".join(value.split())

    def _id(self, block: Block, table: Mapping[str, Any]) -> str:
        name = self._text(block, table, "id")
        if not NAME.fullmatch(name):
            raise LessonError(self.file, block.line, f"an id has small letters, digits and -, not {name[:40]!r}.")
        return name

    def _xp(self, block: Block, table: Mapping[str, Any]) -> int:
        points = table.get("xp", 0)
        if type(points) is not int or not 0 <= points <= MAX_XP:
            raise LessonError(self.file, block.line, f"xp is a whole number, 0 to {MAX_XP}.")
        return points

    def _within(self, block: Block, read: Callable[[], Found]) -> Found:
        try:
            return read()
        except ValueError as problem:
            raise LessonError(self.file, block.line, f"{problem}.") from problem


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _read_toml(text: str, file: str, first: int) -> dict[str, Any]:
    """Return a table of TOML whose first line is number `first` of a file."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        found = _AT_LINE.search(str(problem))
        line = first + (int(found[1]) - 1 if found else max(0, text.count("\n")))
        raise LessonError(file, line, f"this is not TOML: {_AT_LINE.sub('', str(problem)).strip()}.") from problem


def _refuse_doubles(pages: Sequence[Page]) -> None:
    seen: dict[str, str] = {}
    for page in pages:
        both: tuple[Task | Quiz, ...] = (*page.tasks, *page.quizzes)
        for one in both:
            if one.id in seen:
                raise LessonError(f"{page.name}.md", one.line, f"the id {one.id!r} is taken by {seen[one.id]}.md.")
            seen[one.id] = page.name
