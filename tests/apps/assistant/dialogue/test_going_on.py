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
        (["book a massage next tuesday at 2", "till 4 actually"], "confirm", "14:00 to 16:00"),
        (["add lunch with Bo until 2 on Friday", "at noon"], "confirm", "12:00 to 14:00"),
        (["add a trip on Friday at 10", "until Sunday at 5"], "confirm", "10:00 to Sunday 8 March, 17:00"),
        (["make the lunch with Jonas last until 3"], "confirm", "13:00 to 15:00"),
        (["postpone the dentist until 3"], "confirm", "15:00 to 15:45"),
        (["a green curry", "put dinner with Leo in on Saturday at 7"], "confirm", "Saturday 7 March, 19:00"),
        (["a margherita", "oh, he doesn't want one. undo that"], "undone", "Margherita"),
        (["a margherita", "ah no, I still have some. Undo that"], "undone", "Margherita"),
        (
            ["two margheritas", "make one of the margheritas a green curry"],
            "done",
            "1 Margherita Pizza and 1 Green Curry",
        ),
        (["two margheritas", "swap one margherita for a green curry"], "done", "1 Margherita Pizza and 1 Green Curry"),
        (
            ["a margherita", "how much is the green curry?", "one of those instead of the margherita"],
            "done",
            ": 1 Green",
        ),
        (["a margherita and a mint tea", "order it", "no", "take the mint tea off"], "done", ": 1 Margherita Pizza;"),
        (
            ["add lunch with Bo on friday at 12", "what else is on?", "that overlaps. make the lunch 2"],
            "confirm",
            "14:00",
        ),
        (["any courses on computers?", "enrol me in the first one", "the structures one, please"], "confirm", "Data S"),
        (["a green curry", "any desserts?", "add the chocolate one"], "done", "1 Chocolate Cake"),
        (["we need lamps, add a pack"], "clarify", "Desk Lamp"),
        (["we need lamps, add a pack", "the desk ones, two packs"], "done", "2 Desk Lamp"),
        (
            ["when do I fly home?", "it's 40 minutes to Bristol, when do I have to leave on the 16th?"],
            "answer",
            "at 07:00",
        ),
        (["two mint teas", "make one with honey"], "done", "1 Mint Tea and 1 Mint Tea with Honey"),
        (["add lunch with Bo on friday at 12", "this clashes, make it 2"], "confirm", "14:00 to 15:00"),
        (["when must I leave to be at the museum at 10?", "I'll be coming from work"], "answer", "from University"),
        (["how do I get to the museum by 10 tomorrow?", "and from work?"], "answer", "Museum at 10:00"),
        (["mint tea, three please"], "done", "3 Mint Tea"),
        (["which lamps do you have?", "the desk lamp, two of them"], "done", "2 Desk Lamp"),
        (["when is choirpractice?"], "answer", "Choir practice"),
    ],
)
def test_talks_that_go_on(talk: list[str], act: str, reply: str, stage: MakeStage) -> None:
    session = stage().session
    result = [session.say(text) for text in talk][-1]
    assert [one.act for one in result.acts] == [act], result.reply
    assert reply in result.reply
