"""The page of `symptoms` in a real browser: words become answers after a yes, questions are answered and changed.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from browser_fixtures import ARGUMENTS, CHROMIUM, settled, visited

playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_chat_from_words_to_a_ranking(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}symptoms")
        page.get_by_text("Not a medical device").first.wait_for()
        page.get_by_role("group", name="Question").get_by_role("heading").wait_for()
        words = page.get_by_label("What is wrong? In your own words, in English")
        words.fill("My chest burns after meals, but I have no fever. I passed out.")
        page.get_by_role("button", name="Read it").click()
        understood = page.get_by_role("list", name="Understood")
        understood.get_by_text("burning from stomach to throat").wait_for()
        for _ in range(understood.get_by_role("listitem").count()):
            understood.get_by_role("button", name="Yes: ").first.click()
            page.get_by_role("status").wait_for(state="detached")
        page.get_by_role("alert", name="Red flags").get_by_text("loss of consciousness").wait_for()
        ranking = page.get_by_role("region", name="Ranking")
        ranking.get_by_text("None of these").wait_for()
        answers = page.get_by_role("region", name="Your answers").get_by_role("listitem")
        before = answers.count()
        page.get_by_role("group", name="Question").get_by_role("button", name="I do not know").click()
        playwright.expect(answers).to_have_count(before + 1)
        settled(page, f"symptoms-{size}")
        page.get_by_role("button", name="Change: no fever").click()
        answers.filter(has=page.get_by_role("button", name="Change: no fever")).get_by_role(
            "button", name="Yes", exact=True
        ).click()
        page.get_by_role("button", name="Change: fever", exact=True).wait_for()
        page.get_by_role("button", name="Remove: loss of consciousness").click()
        page.get_by_role("button", name="Remove: loss of consciousness").wait_for(state="detached")
        page.get_by_role("alert", name="Red flags").get_by_text("loss of consciousness").wait_for()
        page.reload()
        page.get_by_role("button", name="Change: fever", exact=True).wait_for()


def test_danger_gives_help_lines_in_place_of_a_ranking(browser: Any, address: str) -> None:
    with visited(browser, address, "desk", refusals=1) as page:
        page.goto(f"{address}symptoms")
        page.get_by_label("What is wrong? In your own words, in English").fill("I want to die")
        page.get_by_role("button", name="Read it").click()
        page.get_by_role("alert", name="Help").get_by_text("988").wait_for()
        assert page.get_by_role("region", name="Ranking").count() == 0
        page.get_by_role("button", name="Go back").click()
        page.get_by_role("button", name="Forget all and begin again").click()
        page.get_by_label("What is wrong? In your own words, in English").fill("Guten Morgen, ich bin nicht gesund")
        page.get_by_role("button", name="Read it").click()
        page.get_by_role("alert").get_by_text("112").wait_for()
