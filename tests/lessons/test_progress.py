"""Points come from what was done: undoing takes them back, twice pays once, a missing application holds nothing up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pippin
from pippin import cli
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.lessons.command import learn
from pippin.lessons.conditions import Condition, Event, Row, read_condition
from pippin.lessons.events import read_events

FRONT = '+++\ntitle = "A page"\nminutes = 3\npath = true\n+++\n'
PAGE = """
```task
id = "three-late"
text = "Teach three late words."
verb = "teach"
application = "miniature"
where = { label = "late", count = ">=3" }
xp = 5
then = { where = { outcome = "corrected" } }
```

```task
id = "elsewhere"
text = "Do something elsewhere."
verb = "predict"
application = "elsewhere"
xp = 2
otherwise = "instead"
```

```quiz
id = "instead"
question = "What instead?"
choices = ["this", "that"]
answer = "b"
explanation = "That."
figure = { text = "You taught {n} words.", verb = "teach", application = "miniature" }
```

```quiz
id = "guess"
question = "How many?"
choices = ["one", "two"]
answer = "a"
guess = true
xp = 1
```
"""


@pytest.fixture
def lesson(tmp_path: Path, miniature: str) -> str:
    """A lesson of one page over the miniature application, which has a model."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "01-page.md").write_text(FRONT + PAGE, encoding="utf-8")
    pippin.train(miniature, epochs=3, threads=1)
    return str(folder)


def xp(lesson: str) -> int:
    return int(learn(lesson=lesson).payload["xp"])


def task(lesson: str, name: str) -> dict[str, Any]:
    blocks = learn("1", lesson=lesson).payload["blocks"]
    return next(block for block in blocks if block.get("id") == name)


def test_points_come_with_what_is_done_and_go_with_what_is_undone(lesson: str, miniature: str) -> None:
    for word in ("zwxv", "zyxw", "wvzy"):
        pippin.teach(miniature, word, "late")
    assert xp(lesson) == 0  # the correction is still to come
    pippin.teach(miniature, "abba", "middle")  # an early word: wrong, or unknown
    outcome = read_events(Workspace())[-1].rows[0].outcome
    assert outcome in ("wrong", "unknown")
    assert xp(lesson) == 5
    pippin.teach(miniature, "acab", "middle")
    assert xp(lesson) == 5  # twice pays once
    pippin.undo(miniature)
    assert xp(lesson) == 5  # the first correction still stands
    pippin.undo(miniature)
    assert xp(lesson) == 0
    pippin.teach(miniature, "abba", "middle")
    assert xp(lesson) == 5
    pippin.erase(miniature, yes=True)
    assert xp(lesson) == 0


def test_what_is_not_logged_pays_nothing(lesson: str, miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_LOG", "0")
    for word in ("zwxv", "zyxw", "wvzy", "vwxyz"):
        pippin.teach(miniature, word, "late")
    assert xp(lesson) == 0
    with pytest.raises(PippinError, match="PIPPIN_LOG"):
        learn("1", lesson=lesson, answer="guess=a")


def test_a_missing_application_is_grey_and_its_points_can_be_had_otherwise(lesson: str) -> None:
    assert task(lesson, "elsewhere")["state"] == "unavailable"
    learn("1", lesson=lesson, answer="instead=a")
    assert xp(lesson) == 0
    assert task(lesson, "instead")["answer"] is None  # not told before it is right
    learn("1", lesson=lesson, answer="instead=b")
    assert xp(lesson) == 2
    assert task(lesson, "elsewhere")["state"] == "done"
    assert task(lesson, "instead")["figure"] == "You taught 0 words."


def test_a_guess_pays_whatever_was_guessed_and_pays_once(lesson: str) -> None:
    learn("1", lesson=lesson, answer="guess=b")
    assert (xp(lesson), task(lesson, "guess")["answer"]) == (1, "a")
    learn("1", lesson=lesson, answer="guess=a, guess=b")
    assert xp(lesson) == 1


@pytest.mark.parametrize("answer", ["guess=c", "guess", "guess=", "nothing=a", "guess=ab", "guess=\x1b"])
def test_answers_that_are_none_are_refused_in_a_sentence(lesson: str, answer: str) -> None:
    with pytest.raises(PippinError):
        learn("1", lesson=lesson, answer=answer)
    assert xp(lesson) == 0


@pytest.mark.parametrize("page", ["0", "2", "-1", "one", "²", "1.0", "../1"])
def test_pages_that_are_not_there_are_refused(lesson: str, page: str) -> None:
    with pytest.raises(PippinError, match="has no page"):
        learn(page, lesson=lesson)


def test_the_command_line_shows_a_page(
    lesson: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["pippin", "learn", "1", "--lesson", lesson, "--answer", "guess=b"])
    cli.main()
    shown = capsys.readouterr().out
    assert "Task (5 XP, to do): Teach three late words." in shown
    assert "You said b: measured: a." in shown


ROWS = st.builds(Row, st.sampled_from(["x", "y", None]), st.sampled_from(["right", "wrong", "unknown"]))
EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["teach", "predict"]),
        st.sampled_from(["a", "b"]),
        st.fixed_dictionaries({}, optional={"accuracy": st.floats(0, 1), "results": st.integers(0, 3)}),
        st.lists(ROWS, max_size=3).map(tuple),
    ),
    max_size=8,
)


@given(EVENTS, st.integers(1, 6), st.sampled_from(["x", "y"]))
def test_a_count_is_met_when_that_many_rows_stand(events: list[Event], count: int, label: str) -> None:
    condition = read_condition({"verb": "teach", "application": "a", "where": {"label": label, "count": count}})
    stand = [row for one in events if (one.verb, one.application) == ("teach", "a") for row in one.rows]
    assert condition.is_met(events) == (sum(row.label == label for row in stand) >= count)


@given(EVENTS, EVENTS)
def test_doing_more_never_takes_points_away(before: list[Event], after: list[Event]) -> None:
    conditions = [
        read_condition(
            {"verb": "teach", "where": {"outcome": "corrected", "count": ">=2"}, "then": {"verb": "predict"}}
        ),
        read_condition({"verb": "predict", "where": {"accuracy": ">=0.5", "results": "<3"}}),
    ]
    for condition in conditions:
        assert not condition.is_met(before) or condition.is_met([*before, *after])


@pytest.mark.parametrize(
    ("where", "fact", "holds"),
    [(">=0.5", 0.5, True), (">0.5", 0.5, False), ("<=2", 2, True), ("<2", 3, False), ("=3", 3, True), (3, 3, True),
     (">=1", None, False), (">=1", "2", False), ("word", "word", True), ("word", 3, False)],
)  # fmt: skip
def test_facts_compare(where: Any, fact: Any, holds: bool) -> None:
    condition: Condition = read_condition({"verb": "predict", "where": {"fact": where}})
    assert condition.is_met([Event("predict", "a", {"fact": fact})]) == holds


def test_a_missing_application_is_never_linked_to(lesson: str, miniature: str) -> None:
    learn("1", lesson=lesson, answer="instead=b")
    assert task(lesson, "elsewhere")["application"] is None
    assert task(lesson, "three-late")["application"] == miniature
