"""The part of Markdown that lessons are written in: headings, paragraphs, lists, fenced blocks; no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from pippin.core.errors import PippinError

FENCE = re.compile(r"(`{3,})([a-z]*)\s*")
HTML = re.compile(r"<[a-zA-Z/!?]|&#?\w+;")
LINK = re.compile(r"https?://[\w.~:/?#@!$&'*+,;=%-]+|[\w-]+\.md|#[\w-]+")
SPAN = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*]+)\*|!?\[(?P<link>[^\]]*)\]\((?P<href>[^)]*)\)"
)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class LessonError(PippinError):
    """What is wrong in a lesson, with the file and the line."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}", input=file)
        self.file, self.line, self.problem = file, line, problem

    def __reduce__(self) -> tuple[object, ...]:
        return LessonError, (self.file, self.line, self.problem)


@dataclass(frozen=True)
class Span:
    """A run of text: "text", "code", "strong", "em", or "link" with its address."""

    kind: str
    text: str
    href: str = ""


@dataclass(frozen=True)
class Block:
    """A piece of a page: "heading", "text", "list", or a fence of a language ("python", "task", ...).

    `lines` are paragraphs or items, of a fence the lines as written; `level` is a heading's; `line` where it begins.
    """

    kind: str
    lines: tuple[str, ...]
    line: int
    level: int = 0

    @property
    def text(self) -> str:
        """What a fence holds."""
        return "\n".join(self.lines)


def read_blocks(text: str, file: str, first: int = 1) -> list[Block]:
    """Return the blocks of a text whose first line is number `first`; LessonError names a line that is refused."""
    lines = text.split("\n")
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        if fence := FENCE.fullmatch(lines[at]):
            end = _find_end(lines, at, fence[1], file, first)
            blocks.append(Block(fence[2] or "text-code", tuple(lines[at + 1 : end]), first + at))
            at = end + 1
            continue
        count = _plain_length(lines, at)
        _refuse_hostile(lines[at : at + count], file, first + at)
        if lines[at].strip():
            blocks.append(_plain_block(lines[at : at + count], first + at))
        at += max(1, count)
    return blocks


def _find_end(lines: Sequence[str], start: int, fence: str, file: str, first: int) -> int:
    for at in range(start + 1, len(lines)):
        if lines[at].rstrip() == fence:
            return at
    raise LessonError(file, first + start, f"a block that begins with {fence} has no end; close it with {fence}.")


def _plain_length(lines: Sequence[str], at: int) -> int:
    """Return how many lines belong together: a heading alone, else all up to an empty line, a fence or another kind."""
    kind = _kind(lines[at])
    end = at + 1
    while kind in ("text", "list") and end < len(lines) and _goes_on(kind, lines[end]):
        end += 1
    return end - at


def _goes_on(kind: str, line: str) -> bool:
    next_kind = "fence" if FENCE.fullmatch(line) else _kind(line)
    return next_kind == kind or (kind == "list" and next_kind == "text" and line.startswith("  "))


def _kind(line: str) -> str:
    if not line.strip():
        return "empty"
    if re.match(r"#{1,4} ", line):
        return "heading"
    return "list" if re.match(r"- ", line) else "text"


def _plain_block(lines: Sequence[str], line: int) -> Block:
    kind = _kind(lines[0])
    if kind == "heading":
        marks, _, words = lines[0].partition(" ")
        return Block(kind, (words.strip(),), line, len(marks))
    if kind == "list":
        items = re.split(r"(?m)^- ", "\n".join(lines))[1:]
        return Block(kind, tuple(" ".join(item.split()) for item in items), line)
    return Block(kind, (" ".join(" ".join(lines).split()),), line)


def _refuse_hostile(lines: Sequence[str], file: str, first: int) -> None:
    for line, words in enumerate(lines, first):
        if CONTROL.search(words):
            raise LessonError(file, line, "it holds a control character; remove it.")
    text = " ".join(lines)
    for span in read_spans(text):
        if span.kind != "code" and HTML.search(span.text):
            where = next((n for n, words in enumerate(lines, first) if HTML.search(words)), first)
            raise LessonError(file, where, "HTML is not allowed in a lesson; write Markdown, or put it in backticks.")
        if span.kind == "link" and not LINK.fullmatch(span.href):
            where = next((n for n, words in enumerate(lines, first) if span.href in words), first)
            raise LessonError(
                file, where, f"a link leads to {span.href[:60]!r}; allowed are https, http and a page.md."
            )


def read_spans(text: str) -> list[Span]:
    """Return the runs of a paragraph; what is marked is not looked into again."""
    return list(_spans(text))


def _spans(text: str) -> Iterator[Span]:
    at = 0
    for found in SPAN.finditer(text):
        if found.start() > at:
            yield Span("text", text[at : found.start()])
        kind = found.lastgroup if found.lastgroup != "href" else "link"
        yield Span(str(kind), found[str(kind)], found["href"] or "")
        at = found.end()
    if at < len(text):
        yield Span("text", text[at:])


def plain_text(text: str) -> str:
    """Return a paragraph for a terminal: code stays in backticks, other marks go."""
    return "".join(
        f"`{one.text}`"
        if one.kind == "code"
        else f"{one.text} ({one.href})"
        if one.href.startswith("http")
        else one.text
        for one in read_spans(text)
    )


def to_html(text: str) -> str:
    """Return a paragraph as HTML, everything escaped."""
    tags = {"code": "code", "strong": "strong", "em": "em"}
    parts = []
    for one in read_spans(text):
        words = escape(one.text)
        if one.kind == "link":
            words = f'<a href="{escape(re.sub(r"[.]md$", ".html", one.href))}">{words}</a>'
        parts.append(f"<{tags[one.kind]}>{words}</{tags[one.kind]}>" if one.kind in tags else words)
    return "".join(parts)
