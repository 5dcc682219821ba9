"""Sentences of many styles: what leads in, what is put right, what is asked of a thing, and the reading that fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.assistant.dates.grammar import find_whens
from pippin.apps.assistant.dialogue.attributes import attribute_of
from pippin.apps.assistant.dialogue.clauses import is_command, is_question, is_reason, is_remark, request_in
from pippin.apps.assistant.dialogue.consent import assents
from pippin.apps.assistant.rehearsal import Stage
from pippin.apps.assistant.skills.food.menu_reading import distribute
from pippin.apps.assistant.sources.flights import newest_flights

NOW = datetime(2026, 3, 3, 8, 10, tzinfo=ZoneInfo("Europe/London"))
MakeStage = Callable[..., Stage]


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Morning! What's on tomorrow?", "What's on tomorrow?"),
        ("Oh dear, that is rather early. Until when does it last?", "Until when does it last?"),
        ("cancel choir tonight would you, I've a cold", "cancel choir tonight"),
        ("too close, make it 11", "make it 11"),
        ("Hang on, what else is on?", "what else is on?"),
    ],
)
def test_a_request_is_found_among_what_is_said_around_it(said: str, asked: str) -> None:
    assert request_in(said) == asked


@given(st.text(max_size=80))
def test_any_text_can_be_read_as_clauses(text: str) -> None:
    assert len(request_in(text)) <= len(text)
    assert isinstance((is_question(text), is_command(text), is_remark(text), is_reason(text)), tuple)


def test_a_question_is_no_remark_and_a_measure_no_reason() -> None:
    assert not is_remark("is it far?")
    assert not is_reason("it's a 40 minute ride")
    assert is_reason("my knee hurts")


@pytest.mark.parametrize("text", ["yes, that'll do nicely", "ok yes, he told me", "sure, go ahead"])
def test_a_yes_with_harmless_words_is_a_yes(text: str) -> None:
    assert assents(text)


@pytest.mark.parametrize("text", ["yes but at 5", "yes, two of them", "ok, the other one", "yes?", "sure, not today"])
def test_a_yes_that_changes_something_is_none(text: str) -> None:
    assert not assents(text)


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("how late does the play go on", "end"),
        ("how long is it", "length"),
        ("where's that?", "place"),
        ("hello", None),
    ],
)
def test_what_is_asked_of_a_thing(text: str, attribute: str | None) -> None:
    assert attribute_of(text) == attribute


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("2 burgers 1 with bacon 1 plain", "1 burgers with bacon, 1 burgers"),
        ("three of the teas, one with honey", "1 teas with honey, 2 teas"),
        ("two wraps", "two wraps"),
        ("one wrap, three with feta", "one wrap, three with feta"),
    ],
)
def test_each_of_several_dishes_has_what_is_said_of_it(text: str, orders: str) -> None:
    assert distribute(text) == orders


def test_days_beside_the_one_talked_of() -> None:
    anchor = datetime(2026, 3, 12).date()
    assert [str(w.first) for w in find_whens("the day before at 5pm", NOW, anchor=anchor)] == ["2026-03-11"]
    assert [w.part for w in find_whens("the afternoon before, at three", NOW, anchor=anchor)] == ["afternoon"]
    (until,) = find_whens("between now and Sunday", NOW)
    assert (str(until.first), str(until.last)) == ("2026-03-03", "2026-03-09")


def test_the_way_there_stays_where_a_newer_message_speaks_of_the_way_back() -> None:
    def flight(number: str, start: str, end: str, sent: float) -> dict[str, object]:
        return {"flight": number, "from": start, "to": end, "departs": f"2026-04-0{number[-1]}T10:00:00+00:00",
                "reservation": "AB1", "sent": sent, "cancelled": False}  # fmt: skip

    found = newest_flights([[flight("X 1", "A", "B", 1)], [flight("X 2", "B", "A", 2)], [flight("X 3", "B", "A", 3)]])
    assert [one["flight"] for one in found] == ["X 1", "X 3"]


@pytest.mark.parametrize(
    ("talk", "act", "reply"),
    [
        (["move the dentist to Friday at two, no, wait, half past two"], "confirm", "14:30"),
        (["how late does dinner with Ada go on?"], "answer", "21:30"),
        (["which pizzas are there?", "how much is the second one?", "Hang on, what's on on Friday?"], "answer", "Ada"),
        (["when do I fly to Lisbon?", "get me a window seat on it"], "cannot", "airline"),
        (["cancel the dentist", "Hang on, what else is on on Friday?", "OK, fine, yes"], "done", "Dentist"),
        (["cancel the dentist", "not that, the physio"], "confirm", "Physio"),
        (["do you sell lamps?", "two of the first one, please", "hm, just one"], "done", "1 Desk Lamp"),
    ],
)
def test_talks_of_several_styles(talk: list[str], act: str, reply: str, stage: MakeStage) -> None:
    session = stage().session
    result = [session.say(text) for text in talk][-1]
    assert [one.act for one in result.acts] == [act]
    assert reply in result.reply
