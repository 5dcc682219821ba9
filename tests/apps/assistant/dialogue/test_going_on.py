"""Talks that go on: the other one, corrections that complete an offer, and questions about the talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pippin.apps.assistant.rehearsal import Stage

MakeStage = Callable[..., Stage]


@pytest.mark.parametrize(
    ("talk", "act", "reply"),
    [
        (["who am I having lunch with?", "which is earlier?", "move the other one to 1:30"], "confirm", "with Jonas"),
        (["any courses on computers?", "enrol me in the first one", "no, the other one"], "confirm", "Data Structures"),
        (["which lamp is cheaper?", "get that one", "one more"], "done", "2 Desk Lamp"),
        (["what drinks have you got?", "the cheapest one"], "done", "1 Sparkling Water"),
        (["a green curry with rice and tofu", "actually no tofu"], "done", "1 Green Curry with Rice; 11.00"),
        (["two margheritas", "one with olives, the other plain"], "done", "19.00"),
        (["a margherita", "cancel my order"], "done", "empty"),
        (["a margherita", "order it", "hang on, add a mint tea first"], "done", "11.40"),
        (["push the dentist back an hour", "no, just half an hour"], "confirm", "11:30 to 12:15"),
        (["move brunch to saturday", "make it 12"], "confirm", "Saturday 7 March, 12:00"),
        (["book a massage next tuesday at 2", "actually the week after"], "confirm", "Tuesday 17 March"),
        (["cancel the dentist", "no, leave it", "and tomorrow?"], "answer", "Dentist"),
        (["set a timer for 10 minutes", "make that 12"], "done", "12 minutes"),
        (["set a timer for 10 minutes", "what did you just do?"], "answer", "10 minutes"),
        (["when do I fly to Dublin?", "when should I leave home for it?", "25 minutes"], "answer", "13:45"),
        (["clear my friday evening"], "confirm", "Dinner with Ada"),
        (["enrol me in singing and in the drawing course"], "confirm", "both"),
        (["I'd like to learn to look after my garden"], "answer", "Garden Ecology"),
        (["I must be at work by 9:30, when do I go?", "and by 10?"], "answer", "10:00"),
    ],
)
def test_talks_that_go_on(talk: list[str], act: str, reply: str, stage: MakeStage) -> None:
    session = stage().session
    result = [session.say(text) for text in talk][-1]
    assert [one.act for one in result.acts] == [act], result.reply
    assert reply in result.reply
