"""Other languages: pages that say the same in other words, and the words around them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.lessons.command import learn
from pippin.lessons.lesson import Page, all_conditions
from pippin.lessons.markdown import LessonError
from pippin.lessons.reading import DEFAULT, HERE, read_lesson
from pippin.lessons.shelf import open_lesson
from pippin.lessons.words import languages, read_words, say

SAMPLE = Path(pippin.__file__).parent / "apps/recognize/sample"
STUDIO = Path(__file__).parents[2] / "studio" / "src"
OTHERS = [code for code in read_lesson().languages if code != "en"]
FRONT = '+++\ntitle = "{title}"\nminutes = 3\n+++\n'
TASK = '```task\nid = "first"\ntext = "{text}"\nverb = "predict"\nxp = {xp}\n```\n'


@pytest.mark.parametrize("code", languages())
def test_each_language_has_all_words_with_the_same_values(code: str) -> None:
    own, english = read_words(code), read_words("en")
    assert own.keys() == english.keys()
    for key, text in own.items():
        assert sorted(re.findall(r"{[\w-]+}", text)) == sorted(re.findall(r"{[\w-]+}", english[key])), key


def test_what_the_pages_say_is_among_the_words() -> None:
    used = set()
    for path in [*STUDIO.rglob("*.svelte"), *STUDIO.rglob("*.ts")]:
        text = path.read_text(encoding="utf-8")
        if "lessonWords" not in text:
            continue
        text = re.sub(r"=== '[a-z-]+'", "", text)
        for call in re.findall(r"\bsay\(([^)]*)\)", text):
            used |= set(re.findall(r"'([a-z-]+)'", call.partition(", {")[0]))
    assert {"join-title", "me-too", "wait-here", "notebook-ideas"} <= used
    assert used <= read_words("en").keys()


@pytest.mark.parametrize("code", OTHERS)
def test_a_translated_lesson_asks_for_the_same(code: str) -> None:
    own, other = read_lesson(), read_lesson(language=code)
    assert (other.xp, [page.name for page in other.pages]) == (own.xp, [page.name for page in own.pages])
    assert code in languages()
    assert {page.language for page in other.pages} == {code}
    for first, page in zip(own.pages, other.pages, strict=True):
        assert page.title != first.title
        assert len(list(all_conditions(page))) == len(list(all_conditions(first)))
        text = " ".join(line for block in page.blocks for line in block.lines)
        assert all(figure.shown in text for figure in page.figures)
        kinds = [block.kind for block in page.blocks if block.kind != "text"]
        assert kinds == [block.kind for block in first.blocks if block.kind != "text"]
        assert read_code(page) == read_code(first)
    assert learn("check", language=code).payload["passed"]


SPOKEN = re.compile(
    r"\s*# .*|Apfel|apple|Mandarine|mandarin|Röhren|pipes|ein Euro|one euro|Ist die Wäsche trocken|Is the washing dry"
)


def read_code(page: Page) -> list[str]:
    """Return the lines of code of a page, without comments and what people say in them."""
    code = [line for block in page.blocks if block.kind in ("python", "console") for line in block.text.split("\n")]
    return [SPOKEN.sub("", line) for line in code]


def test_points_are_the_same_in_each_language() -> None:
    for _ in range(4):
        pippin.teach("recognize", SAMPLE / "apple", "Apfel")
    assert learn().payload["pages"][0]["xp"] == learn(language="de").payload["pages"][0]["xp"] > 0
    shown = learn("1", language="de").show(width=90)
    assert "Aufgabe (2 XP, getan): Zeige ihm zwanzig Äpfel." in shown
    assert "In Python:" in learn("4", language="de").show(width=90)  # a page that stays as it is
    with pytest.raises(PippinError, match=r"not written in 'xx'; it is in: en"):
        learn(language="xx")


def write(folder: Path, translated: str) -> str:
    (folder / "de").mkdir(parents=True, exist_ok=True)
    (folder / "01-page.md").write_text(FRONT.format(title="x") + TASK.format(text="Do it.", xp=2), encoding="utf-8")
    (folder / "de" / "01-page.md").write_text(FRONT.format(title="y") + translated, encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize(
    ("translated", "words"),
    [
        (TASK.format(text="Tu es.", xp=3), "something else"),
        (TASK.format(text="Tu es.", xp=2).replace("predict", "train"), "something else"),
        (TASK.format(text="Tu es.", xp=2).replace('"first"', '"other"'), "missing or not in order"),
        ("", "missing or not in order"),
        ("<script>alert(1)</script>\n", "HTML"),
    ],
)
def test_a_translation_that_asks_for_something_else_is_told_by_line(
    tmp_path: Path, translated: str, words: str
) -> None:
    own = write(tmp_path / "own", translated)
    with pytest.raises(LessonError, match=words):
        read_lesson(own, "de")
    assert read_lesson(own).xp == 2


def test_a_lesson_is_read_again_when_a_page_changes(tmp_path: Path) -> None:
    own = write(tmp_path / "own", TASK.format(text="Tu es.", xp=2))
    first = open_lesson(own)
    assert open_lesson(own) is first
    (tmp_path / "own" / "01-page.md").write_text(FRONT.format(title="longer") + TASK.format(text="Do it.", xp=2))
    assert open_lesson(own).pages[0].title == "longer"


def test_unknown_languages_are_english() -> None:
    assert say("xx", "points-of", xp=1, max=2) == "1 of 2 XP"
    assert (HERE / DEFAULT / "de" / "lesson.toml").is_file()
