"""Ordinary words: taking back, agreeing, counting and pointing back, in talks on the household."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.assistant.dialogue.consent import is_no, is_yes
from pippin.apps.assistant.dialogue.cues import is_undo, split_requests
from pippin.apps.assistant.dialogue.pointing import name_pointed, takes_shown
from pippin.apps.assistant.dialogue.turn import Turn
from pippin.apps.assistant.rehearsal import Stage

OFFER = "move the dentist to 2 pm"
MakeStage = Callable[..., Stage]


def talk(stage: MakeStage, *texts: str) -> Turn:
    """Say texts one after the other and return the last turn."""
    session = stage().session
    return [session.say(text) for text in texts][-1]


def basket(result: Turn) -> list[tuple[str, int]]:
    """Return what a turn shows of the basket: names and quantities."""
    return [(item["item"], item["quantity"]) for item in result.acts[-1].items]


# Taking back --------------------------------------------------------------------------------------------------

BACK = (
    "ah no, take that back please",
    "hang on, move it back to where it was",
    "put the dentist back to how it was",
    "actually no, change it back",
    "oops, restore it please",
    "oh wait, cancel that",
    "hold on, I didn't want that",
)


@pytest.mark.parametrize("text", BACK)
def test_regret_after_a_change_takes_it_back_and_cancels_no_event(text: str, stage: MakeStage) -> None:
    session = stage().session
    before = session.say("when is the dentist?").acts[0].items
    session.say(OFFER)
    session.say("yes")
    assert [act.act for act in session.say(text).acts] == ["undone"]
    assert session.say("when is the dentist?").acts[0].items == before


@pytest.mark.parametrize("text", [*BACK, "hmm wait, leave it how it was"])
def test_regret_of_an_open_offer_drops_it_and_nothing_older(text: str, stage: MakeStage) -> None:
    session = stage().session
    session.say("add a picnic on Sunday at 3")
    session.say("yes")
    session.say(OFFER)
    result = session.say(text)
    assert [act.act for act in result.acts] == ["cancelled"]
    assert result.state.open is None
    assert "picnic" in session.say("what's on on Sunday?").reply


def test_a_new_time_is_no_undo() -> None:
    assert not is_undo("put it back to 4 pm")
    assert not is_undo("no, move it back an hour")
    assert not is_undo("put the kettle on the list")


# Yes and no ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["yeah go ahead please", "go on then, sounds good", "Alright, that works!", "ok sure"])
def test_an_ordinary_yes_makes_the_offered_change(text: str, stage: MakeStage) -> None:
    assert [act.act for act in talk(stage, OFFER, text).acts] == ["done"]


@pytest.mark.parametrize(
    "text", ["nah, rather not", "nope, leave it please", "hmm, I'd rather not", "no no, let's not"]
)
def test_an_ordinary_no_drops_the_offer(text: str, stage: MakeStage) -> None:
    result = talk(stage, OFFER, text)
    assert [act.act for act in result.acts] == ["cancelled"]
    assert result.changes == ()


@given(
    st.lists(st.sampled_from(["yes", "ok", "sure", "do it", "go on", "fine"]), min_size=1, max_size=4), st.booleans()
)
def test_words_of_consent_in_a_row_are_consent_until_another_word_comes(words: Sequence[str], comma: bool) -> None:
    text = (", " if comma else " ").join(words)
    assert is_yes(text)
    assert not is_no(text)
    for more in ("but at 5", "not", "no", "the second one", "tomorrow"):
        assert not is_yes(f"{text} {more}")


# Counting and pointing ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "text", "expected"),
    [
        ("how much is the umbrella?", "stick two in the basket", [("Umbrella", 2)]),
        ("how much is the umbrella?", "I'd like four of them please", [("Umbrella", 4)]),
        ("do you sell a kettle?", "put it in the cart and five umbrellas", [("Copper Kettle", 1), ("Umbrella", 5)]),
        ("show me lamps", "get me the second one", [("Reading Lamp", 1)]),
        ("show me lamps", "two of the first one please", [("Desk Lamp", 2)]),
        ("show me lamps", "I'll have two margheritas", [("Margherita Pizza", 2)]),
        ("what does the margherita come with?", "three of those with olives please", [("Margherita Pizza", 3)]),
        ("what does the soup come with?", "I'll have a couple, and a mint tea", [("Lentil Soup", 2), ("Mint Tea", 1)]),
        ("which drinks are there?", "three of the second one please", [("Mint Tea", 3)]),
    ],
)
def test_a_number_without_a_noun_counts_what_was_shown(
    shown: str, text: str, expected: list[tuple[str, int]], stage: MakeStage
) -> None:
    assert basket(talk(stage, shown, text)) == expected


def test_a_number_that_may_count_several_things_is_asked_about_and_kept(stage: MakeStage) -> None:
    for shown, expected in (("show me lamps", "Reading Lamp"), ("which pizzas are there?", "Pepperoni Pizza")):
        session = stage().session
        session.say(shown)
        assert session.say("give me two").acts[0].act == "clarify"
        assert basket(session.say("the second one")) == [(expected, 2)]


def test_what_is_not_understood_of_a_sentence_is_told(stage: MakeStage) -> None:
    result = talk(stage, "do you sell a kettle?", "give me one of them and a hovercraft please")
    assert basket(result) == [("Copper Kettle", 1)]
    assert "hovercraft" in result.reply


def test_the_better_one_is_the_one_that_was_named(stage: MakeStage) -> None:
    result = talk(stage, "show me lamps", "which of the two is better rated?", "pop that one in the cart")
    assert basket(result) == [("Reading Lamp", 1)]


@pytest.mark.parametrize("number", ["zero", "0", "150"])
def test_a_number_that_no_basket_takes_is_refused(number: str, stage: MakeStage) -> None:
    for shown in ("how much is the umbrella?", "what does the soup come with?"):
        result = talk(stage, shown, f"give me {number} of those")
        assert [act.act for act in result.acts] == ["cannot"]
        assert result.changes == ()


def test_a_second_undo_cancels_no_event(stage: MakeStage) -> None:
    result = talk(stage, OFFER, "yes", "undo it", "undo that again")
    assert result.reply == "There is nothing to undo."


def test_ordering_what_lies_in_the_basket_adds_nothing(stage: MakeStage) -> None:
    result = talk(stage, "how much is the umbrella?", "I'd like four of them", "purchase them please")
    assert [(act.skill, act.act) for act in result.acts] == [("shop", "confirm")]
    assert basket(result) == [("Umbrella", 4)]


def test_a_reminder_about_two_things_goes_into_no_basket(stage: MakeStage) -> None:
    result = talk(stage, "show me lamps", "remind me to buy two at 5")
    assert [change.what for change in result.changes] == ["reminders"]


@given(st.text(max_size=60))
def test_pointing_is_read_from_any_text(text: str) -> None:
    takes_shown(text)
    items = [{"item": "Umbrella", "price": 16.0}]
    named = name_pointed(text, items, lambda part: True)
    assert "Umbrella" not in named or "umbrella" in text.lower()


# Rides --------------------------------------------------------------------------------------------------------


def test_the_one_after_that_is_the_next_departure(stage: MakeStage) -> None:
    session = stage().session
    first = session.say("when is the next tram to the harbour?").acts[0].items
    second = session.say("what about the one after that?").acts[0].items[0]
    third = session.say("and the one after it?").acts[0].items[0]
    assert [second["departs"], third["departs"]] == [item["departs"] for item in first[1:3]]


def test_there_is_where_the_event_is(stage: MakeStage) -> None:
    result = talk(stage, "where is the dentist?", "how do I get there?")
    assert result.acts[0].items[0]["to"] == "Harbour"


def test_where_to_be_and_when_to_leave_are_one_request_and_from_there_goes_on(stage: MakeStage) -> None:
    session = stage().session
    text = "I must be at the harbour by seven tomorrow evening, what time do I have to leave?"
    assert split_requests(text) == [text]
    there = session.say(text)
    assert [(act.skill, act.intent, act.act) for act in there.acts] == [("commute", "leave", "answer")]
    arrives = there.acts[0].items[0]["arrives"]
    assert "2026-03-04T18:30" < arrives <= "2026-03-04T19:00"
    back = session.say("and how do I get back home from there at half past nine?").acts[0].items[0]
    assert back["from"] == "Harbour"
    assert "2026-03-04T21:30" <= back["departs"] < "2026-03-04T22:30"


@pytest.mark.parametrize(("said", "hour"), [("4.45 in the afternoon", "16:45"), ("quarter past ten", "10:15")])
def test_times_with_a_dot_or_a_quarter(said: str, hour: str, stage: MakeStage) -> None:
    assert f"T{hour}" in talk(stage, f"add yoga tomorrow at {said}").acts[0].items[0]["start"]
