"""Opinions, figures of one's own, the way on, and where the project is discussed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippin.core.workspace import Workspace
from pippin.lessons import project_address
from pippin.lessons.command import learn
from pippin.lessons.project_address import find_discussions
from pippin.lessons.reading import read_lesson

FRONT = '+++\ntitle = "{title}"\nminutes = 3\npath = {path}\n+++\n'
QUIZ = """```quiz
id = "opinion"
question = "Which do you like?"
choices = ["one", "two"]
guess = true
xp = 1
explanation = "Both are fine."
figure = { text = "Done: {n}.", nothing = "Nothing yet.", verb = "watch", or = [{ verb = "sight" }] }
```
"""


@pytest.fixture
def lesson(tmp_path: Path) -> str:
    folder = tmp_path / "own"
    folder.mkdir()
    for number, path in enumerate(("true", "false", "true"), 1):
        text = FRONT.format(title=f"Page {number}", path=path) + (QUIZ if number == 1 else "Text.\n")
        (folder / f"0{number}-page.md").write_text(text, encoding="utf-8")
    return str(folder)


def test_an_opinion_pays_and_is_neither_right_nor_wrong(lesson: str) -> None:
    report = learn("1", lesson=lesson, answer="opinion=b")
    assert report.payload["xp"] == 1
    shown = report.show(width=90)
    assert "You said b: noted. Both are fine. Nothing yet." in shown
    log = Workspace().activity
    for verb in ("watch", "sight", "sight", "predict"):
        log.add(verb, "own", {})
    assert "Done: 3." in learn("1", lesson=lesson).show(width=90)


def test_the_path_leads_on_to_its_own_next_page(lesson: str) -> None:
    assert [learn(page, lesson=lesson).next for page in "123"] == ["pippin learn 3", "pippin learn 3", "pippin learn"]
    assert learn("1", lesson=lesson).payload["next"] == {"page": 3, "title": "Page 3"}
    learn("site", out=Path(lesson) / "site", lesson=lesson)
    assert '<a class="button main" href="03-page.html">On the path: 3. Page 3</a>' in (
        Path(lesson) / "site" / "01-page.html"
    ).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("urls", "address"),
    [
        (None, ""),
        (["Source, https://example.org/x"], ""),
        (["Discussions, https://example.org/talk"], "https://example.org/talk"),
        (["discussions, javascript:alert(1)"], ""),
    ],
)
def test_the_notebook_leads_to_the_projects_discussions(
    urls: list[str] | None, address: str, lesson: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told:
        def get_all(self, name: str) -> list[str] | None:
            return urls

    find_discussions.cache_clear()
    monkeypatch.setattr(project_address.metadata, "metadata", lambda name: Told())
    assert read_lesson(lesson).discussions == address
    shown = learn("1", lesson=lesson, ask="Why?").show(width=90)
    assert ("Where others discuss the lesson: https://example.org/talk" in shown) == bool(address)
    (Path(lesson) / "lesson.toml").write_text('discussions = "https://example.org/own"\n')
    assert read_lesson(lesson).discussions == "https://example.org/own"
    monkeypatch.undo()
    find_discussions.cache_clear()
