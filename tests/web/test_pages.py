"""The pages as a person goes through them, in a real browser: at a desk and on a phone, for everybody, alone.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, SIZES, settled, visited

TABS = ("train", "measure", "runs", "inside", "models", "more")

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.mark.parametrize("size", SIZES)
def test_a_newcomer_finds_every_application_and_teaches_one(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(address)
        page.locator("article").nth(3).wait_for()
        settled(page, f"{size}-home")
        with page.expect_popup() as opened:
            page.get_by_role("link", name="Licences").click()
        assert "svelte" in opened.value.locator("body").inner_text()
        opened.value.close()
        page.get_by_role("link", name="Name an image", exact=True).click()
        page.locator(".images button").nth(6).click()
        page.locator(".answer").first.wait_for()
        settled(page, f"{size}-answered")
        page.get_by_role("button", name="No, that’s").click()
        page.get_by_label("No, that’s").fill("tangerine")
        settled(page, f"{size}-correcting")
        page.get_by_role("button", name="Teach", exact=True).click()
        page.locator(".reply").wait_for()
        assert "tangerine" in page.locator(".answer").first.inner_text()
        settled(page, f"{size}-taught")
        if size == "phone":  # where less room is; to look for reasons takes a while
            page.get_by_role("button", name="Why?").click()
            page.locator(".why figure").first.wait_for()
            settled(page, f"{size}-why")
        page.get_by_role("button", name="Undo the last").locator("visible=true").click()
        page.get_by_text("0 corrections").locator("visible=true").wait_for()
        page.locator(".answer", has_text="orange").wait_for()


def test_each_tab_of_an_application_fits_a_phone(browser: Any, address: str) -> None:
    with visited(browser, address, "phone") as page:
        page.goto(f"{address}recognize")
        for tab in TABS:  # at a desk, test_every_verb.py looks at them
            link = page.locator(f"nav a[href='/recognize/{tab}']")
            link.click()
            link.and_(page.locator("[aria-current]")).wait_for()
            settled(page, f"phone-{tab}")


@pytest.mark.parametrize("size", SIZES)
def test_an_image_is_made_larger(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}upscale?sample=1")
        page.locator(".slider").first.wait_for()
        page.get_by_role("slider").first.press("ArrowRight")
        settled(page, f"{size}-larger")


def test_what_the_camera_sees_is_named_and_taught(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.context.grant_permissions(["camera"])
        page.goto(f"{address}recognize")
        page.get_by_role("button", name="Use the camera").click()
        live = page.get_by_label("Live, through the camera")
        live.locator("dl, .doubt").first.wait_for()
        live.get_by_label("What you hold is").fill("test card")
        button = live.get_by_role("button", name="Hold to teach")
        button.hover()
        page.mouse.down()
        live.get_by_text(re.compile(r"^[1-9]\d* images$")).wait_for()
        page.mouse.up()
        live.get_by_text("Learned from").wait_for()
        live.locator(".answer", has_text="test card").wait_for()
        settled(page, "desk-live", asks_on=True)


def test_a_game_is_played_by_keyboard_alone(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}flappy")
        page.get_by_text("Have it play games").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Seed of the game").focus()
        page.keyboard.type("3")
        page.keyboard.press("Enter")
        page.locator(".answer").wait_for()
        settled(page, "desk-played")
        page.keyboard.press("Control+Home")
        page.get_by_role("button", name="Dark colours").press("Enter")
        assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
