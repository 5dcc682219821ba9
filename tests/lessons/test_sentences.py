"""Every sentence of the first lesson stands in a table with its page and task, or with why it stayed text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pippin.lessons.reading import read_lesson

TABLE = Path(__file__).parents[2] / "docs" / "lesson-sentences.md"
ROW = re.compile(r"\| ([0-9a-f]{12}) \| ([^|]+) \| (\d+|-) \| ([^|]+) \|")


def rows() -> list[tuple[str, ...]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    start = lines.index("|---|---|---|---|") + 1
    found = [ROW.fullmatch(line) for line in lines[start:]]
    assert all(found), "a row that is no row"
    return [one.groups() for one in found if one]


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a text whose lines are paragraphs or points."""
    for line in text.splitlines():
        for sentence in re.split(r"(?<=[.!?])[\"”]?\s+", line.strip().lstrip("•").strip()):
            if words := " ".join(sentence.split()):
                yield words


def test_each_row_names_a_task_of_the_lesson_or_why_there_is_none() -> None:
    lesson = read_lesson()
    ids = {one.id for page in lesson.pages for one in (*page.tasks, *page.quizzes)}
    used = set()
    for _, _, page, proof in rows():
        if page == "-":
            assert proof == f"all pages: {lesson.xp} XP"
        elif proof.startswith("text only: "):
            assert len(proof) > len("text only: ") + 5
        else:
            used.add(proof.strip("`"))
            assert 1 <= int(page) <= len(lesson.pages)
    assert used <= ids
    assert len(used) > 20


@pytest.mark.data
def test_every_sentence_stands_in_the_table(test_data: Path) -> None:
    text = (test_data.parent / "lesson.txt").read_text(encoding="utf-8")
    digests = [hashlib.sha256(sentence.encode()).hexdigest()[:12] for sentence in sentences(text)]
    assert len(digests) > 80
    assert [row[0] for row in rows()] == digests


@pytest.mark.data
def test_no_sentence_is_copied(test_data: Path) -> None:
    text = (test_data.parent / "lesson.txt").read_text(encoding="utf-8")
    pages = " ".join(path.read_text(encoding="utf-8") for path in sorted(read_lesson().folder.glob("*.md")))
    ours = " ".join(re.findall(r"\w+", pages.lower()))
    for sentence in sentences(text):
        words = re.findall(r"\w+", sentence.lower())
        for at in range(len(words) - 7):
            assert " ".join(words[at : at + 8]) not in ours
