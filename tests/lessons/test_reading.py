"""Lessons are read line by line: what is wrong is told with its line, and a hostile folder comes to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.core.errors import PippinError
from pippin.lessons.command import learn
from pippin.lessons.markdown import LessonError, plain_text, read_blocks, read_spans, to_html
from pippin.lessons.reading import read_lesson

FRONT = '+++\ntitle = "A page"\nminutes = 3\n+++\n'
TASK = 'id = "first"\ntext = "Do it."\nverb = "predict"\nxp = 2\n'
QUIZ = 'id = "ask"\nquestion = "Which?"\nchoices = ["one", "two"]\nanswer = "b"\nxp = 1\n'

CURVE = """curve = { title = "t", result = "r", examples = [10, 100], lines = [
  { name = "by hand", method = "m", scores = [0.5, 0.6] },
] }
"""


def write(folder: Path, text: str, front: str = FRONT) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "01-page.md").write_text(front + text, encoding="utf-8")
    return folder


def fence(kind: str, text: str) -> str:
    return f"```{kind}\n{text}```\n"


WRONG = {
    "no TOML": (fence("task", 'id = "x"\ntext "y"\n'), 7, "TOML"),
    "an unknown key": (fence("task", TASK + "marks = 3\n"), 10, "'marks'"),
    "points that are no number": (fence("task", TASK.replace("xp = 2", "xp = 2.5")), 5, "whole number"),
    "too many points": (fence("task", TASK.replace("xp = 2", "xp = 1000")), 5, "whole number"),
    "no verb": (fence("task", TASK.replace("verb", "#")), 5, "verb"),
    "a count that is none": (fence("task", TASK + 'where = { count = "many" }\n'), 5, "count"),
    "labels of what is not taught": (fence("task", TASK + 'where = { label = "apple" }\n'), 5, "label"),
    "a condition that is no table": (fence("task", TASK + "where = 3\n"), 5, "tables"),
    "another outcome": (
        fence("task", TASK.replace("predict", "teach") + 'where = { outcome = "fine" }\n'),
        5,
        "outcome",
    ),
    "a quiz that is not there": (fence("task", TASK + 'otherwise = "nothing"\n'), 5, "otherwise"),
    "an id of capitals": (fence("task", TASK.replace("first", "First One")), 5, "small letters"),
    "an answer that is no choice": (fence("quiz", QUIZ.replace('"b"', '"c"')), 5, "letter"),
    "a single choice": (fence("quiz", QUIZ.replace('"one", ', "")), 5, "choices"),
    "a figure without a number": (fence("quiz", QUIZ + 'figure = { text = "none", verb = "predict" }\n'), 5, "{n}"),
    "a page elsewhere": (fence("task", TASK + 'open = "https://x"\n'), 5, "name/measure"),
    "a page above": (fence("task", TASK + 'open = "../x"\n'), 5, "name/measure"),
    "no answer where it is no guess": (fence("quiz", QUIZ.replace('answer = "b"\n', "")), 5, "letter"),
    "counts that are none": (
        fence("quiz", QUIZ + 'figure = { text = "{n}", verb = "predict", or = [3] }\n'),
        5,
        "list of conditions",
    ),
    "HTML where nothing was done": (
        fence("quiz", QUIZ + 'figure = { text = "{n}", nothing = "<b>none</b>", verb = "predict" }\n'),
        5,
        "HTML",
    ),
    "a curve without lines": (fence("quiz", QUIZ + CURVE.replace("lines", "line")), 5, "a curve has"),
    "a curve of one size": (fence("quiz", QUIZ + CURVE.replace("[10, 100]", "[10]")), 5, "whole numbers"),
    "a curve with a score too few": (fence("quiz", QUIZ + CURVE.replace("[0.5, 0.6]", "[0.5]")), 5, "2 numbers"),
    "a curve beyond its scale": (fence("quiz", QUIZ + CURVE.replace("0.6", "1.6")), 5, "0.0 to 1.0"),
    "HTML in a curve": (fence("quiz", QUIZ + CURVE.replace("by hand", "<b>")), 5, "without <"),
    "an unknown block": (fence("script", "alert(1)\n"), 5, "'script'"),
    "a block without an end": ("words\n\n```python\nprint()\n", 7, "no end"),
    "HTML": ("words\n\nsome <b>bold</b> words\n", 7, "HTML"),
    "a script": ("<script>alert(1)</script>\n", 5, "HTML"),
    "a comment": ("<!-- x -->\n", 5, "HTML"),
    "an entity": ("words &lt;script&gt;\n", 5, "HTML"),
    "HTML within a list": ("- one\n- two <img src=x onerror=alert(1)>\n", 6, "HTML"),
    "HTML within bold": ("**<i>x</i>**\n", 5, "HTML"),
    "HTML in a question": (fence("quiz", QUIZ.replace("Which?", "<b>Which?</b>")), 5, "HTML"),
    "HTML in a choice": (fence("quiz", QUIZ.replace('"one"', '"<u>one</u>"')), 5, "HTML"),
    "HTML on a slide": (fence("slide", "## Title\n\n<iframe>\n"), 8, "HTML"),
    "a link to a script": ("[here](javascript:alert(1))\n", 5, "link"),
    "an image from elsewhere": ("![here](data:text/html,x)\n", 5, "link"),
    "a control character": ("one\ntwo \x1b[31m red\n", 6, "control"),
    "a reading direction": ("one \u202e two\n", 5, "control"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    text, line, words = WRONG[name]
    with pytest.raises(LessonError) as caught:
        read_lesson(write(tmp_path / "own", text))
    assert (caught.value.file, caught.value.line) == ("01-page.md", line)
    assert words in caught.value.message


FRONTS = {
    "none": "# A page\n",
    "no end": '+++\ntitle = "x"\n',
    "no minutes": '+++\ntitle = "x"\n+++\n',
    "minutes as text": '+++\ntitle = "x"\nminutes = "3"\n+++\n',
    "another key": '+++\ntitle = "x"\nminutes = 3\nauthor = "me"\n+++\n',
    "no TOML": "+++\ntitle: x\n+++\n",
}


@pytest.mark.parametrize("name", FRONTS)
def test_front_matter_is_checked(name: str, tmp_path: Path) -> None:
    with pytest.raises(LessonError):
        read_lesson(write(tmp_path / "own", "words\n", FRONTS[name]))


def test_folders_that_are_no_lessons(tmp_path: Path) -> None:
    for folder in (tmp_path / "missing", tmp_path):
        with pytest.raises(PippinError):
            read_lesson(folder)
    with pytest.raises(PippinError):
        read_lesson("../deep-learning")


def test_a_page_is_a_plain_small_text_file(tmp_path: Path) -> None:
    own = write(tmp_path / "own", "words\n")
    page = own / "02-more.md"
    page.symlink_to("/etc/hostname")
    with pytest.raises(LessonError, match="plain file"):
        read_lesson(own)
    page.unlink()
    page.write_bytes(b'+++\ntitle = "x"\nminutes = 1\n+++\n\xff\n')
    with pytest.raises(LessonError, match="line 5: it is not UTF-8"):
        read_lesson(own)
    page.write_bytes(b"x" * 300_000)
    with pytest.raises(LessonError, match="larger"):
        read_lesson(own)


def test_an_id_is_used_once_in_a_lesson(tmp_path: Path) -> None:
    own = write(tmp_path / "own", fence("task", TASK))
    (own / "02-more.md").write_text(FRONT + fence("task", TASK), encoding="utf-8")
    with pytest.raises(LessonError, match=r"02-more[.]md, line 5: the id 'first' is taken by 01-page[.]md"):
        read_lesson(own)


def test_check_names_the_line_of_a_verb_that_is_not_there(tmp_path: Path, miniature: str) -> None:
    own = write(tmp_path / "own", "words\n\n" + fence("task", TASK.replace("predict", "prophesy")))
    told = learn("check", lesson=str(own)).payload
    assert not told["passed"]
    assert [(one["file"], one["line"]) for one in told["problems"]] == [("01-page.md", 7)]
    write(own, fence("task", TASK.replace("predict", "prophesy") + f'application = "{miniature}"\n'))
    assert [one["line"] for one in learn("check", lesson=str(own)).payload["problems"]] == [5]
    write(own, fence("task", TASK.replace("predict", "spell-out") + f'application = "{miniature}"\n'))
    assert learn("check", lesson=str(own)).payload["passed"]
    write(own, fence("task", TASK + 'application = "elsewhere"\n'))
    told = learn("check", lesson=str(own)).payload
    assert told["passed"]
    assert [one["line"] for one in told["grey"]] == [5]


def test_a_page_in_another_language_is_told_as_it_is(tmp_path: Path) -> None:
    own = write(tmp_path / "äpfel", "Ein Kind lernt „Apfel“.\n\n- grün\n- 赤い\n")
    (own / "lesson.toml").write_text('title = "Äpfel"\nlanguage = "de"\n', encoding="utf-8")
    assert learn(lesson=str(own)).payload["language"] == "de"
    shown = learn("1", lesson=str(own)).show(width=60)
    assert "Ein Kind lernt „Apfel“." in shown
    assert "- 赤い" in shown


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_line_of_it(text: str) -> None:
    lines: list[int] = []
    try:
        lines = [block.line for block in read_blocks(text, "page.md")]
    except LessonError as problem:
        lines = [problem.line]
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)


@given(st.lists(st.sampled_from(["*", "**", "`", "[", "](", ")", "<b>", "x", "&", '"', " "]), max_size=20))
def test_html_is_always_escaped(parts: list[str]) -> None:
    text = "".join(parts)
    html = to_html(text)
    for tag in ("<b>", "<script"):
        assert tag not in html
    assert html.count("<") == html.count(">")
    assert set(plain_text(text)) <= set(text)
    assert all(one.text in text for one in read_spans(text))
