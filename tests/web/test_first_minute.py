"""The first minute in the studio: a home page that moves, a bird that flies, a focus that stays, words for people.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, PATIENCE, TERMINAL, rest, settled, visited

from pippin.core import registry
from pippin.web.static_pages import STATIC

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")

MAX_KILOBYTES = 80  # of the scripts that home fetches, compressed
REFUSED = """navigator.mediaDevices.getUserMedia = async () => {
  if (window.allowed) return window.real.call(navigator.mediaDevices, { video: true })
  throw new DOMException('no', 'NotAllowedError')
}
navigator.mediaDevices.enumerateDevices = async () => ['Front', 'Back'].map((label, at) =>
  ({ kind: 'videoinput', deviceId: `camera-${at}`, label }))
"""


def pixels(page: Any) -> str:
    return str(page.evaluate("document.querySelector('.look canvas').toDataURL()"))


def wait_until_drawn(page: Any) -> None:
    """Wait for the first image on the first canvas: a canvas that is drawn on late does not move by itself."""
    page.wait_for_function(
        """() => {
          const canvas = document.querySelector('.look canvas')
          const blank = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height })
          return canvas.toDataURL() !== blank.toDataURL()
        }"""
    )


def moves(page: Any, looks: int = 40) -> bool:
    """Whether the first canvas shows another image soon."""
    before = pixels(page)
    for _ in range(looks):
        page.wait_for_timeout(250)
        if pixels(page) != before:
            return True
    return False


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_home_offers_what_works_and_stands_still_for_who_wants_it(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(address)
        page.locator(".look canvas").nth(1).wait_for()
        page.locator(".rows a").first.wait_for()
        wait_until_drawn(page)
        assert not moves(page, 4) if size == "desk" else True
        words = page.locator("h2").all_inner_texts()
        assert words == ["See", "Hear", "Play", "Decide"]
        for app in registry.all_applications():
            if app.page.action:
                page.get_by_role("link", name=app.page.action, exact=True).wait_for()
        assert "no model" not in page.locator("main").inner_text()
        settled(page, f"first-{size}-home")
        page.locator(".rows a").nth(1).click()
        page.locator("p.answer").wait_for()


def test_home_moves_at_once_and_can_be_stopped(browser: Any, address: str) -> None:
    with visited(browser, address, "desk", motion="no-preference") as page:
        page.goto(address)
        page.locator(".look canvas").nth(1).wait_for()
        assert moves(page)
        page.get_by_role("button", name="Stop the moving pictures").click()
        page.wait_for_timeout(300)
        assert not moves(page, 4)
        page.reload()
        page.get_by_role("button", name="Let the pictures move").wait_for()


def test_home_is_light(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(address)
        page.locator(".look canvas").nth(1).wait_for()
        page.locator(".look .after").wait_for()
        names = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    scripts = {name.rsplit("/", 1)[1] for name in names if name.endswith(".js")}
    assert len(scripts) > 3
    assert sum(len(gzip.compress((STATIC / "assets" / name).read_bytes())) for name in scripts) <= MAX_KILOBYTES * 1000


def test_the_bird_flies_from_its_own_button_by_keyboard_and_by_touch(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}flappy")
        page.get_by_role("button", name="Play against it").click()
        page.get_by_text("Ready?").wait_for()
        page.keyboard.press("Space")
        page.get_by_text("Ready?").wait_for(state="detached")
        page.get_by_role("button", name="Restart").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Ready?").wait_for()
        page.keyboard.press("Space")
        page.get_by_text("Ready?").wait_for(state="detached")
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{address}flappy")
    page.get_by_role("button", name="Play against it").tap()
    page.get_by_text("Ready?").wait_for()
    page.get_by_role("button", name="Flap your bird").tap()
    page.get_by_text("Ready?").wait_for(state="detached")
    context.close()


def test_the_focus_stays_where_one_was(browser: Any, address: str) -> None:
    where = "document.activeElement.closest('article, section, main')?.tagName"
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize")
        for at in (2, 4):
            page.locator(".images button").nth(at).press("Enter")
        page.locator(".answer").nth(1).wait_for()
        page.get_by_role("button", name="No, that’s").first.press("Enter")
        page.locator("article input:focus").wait_for()
        page.keyboard.type("bowl")
        page.keyboard.press("Enter")
        page.locator(".reply").wait_for()
        rest(page)
        assert page.evaluate(where) == "ARTICLE"
        page.get_by_role("button", name="Undo the last").press("Enter")
        page.get_by_text("0 corrections").wait_for()
        rest(page)
        assert page.evaluate(where) == "SECTION"  # the button is disabled now
        page.get_by_role("button", name=re.compile("^Remove ")).first.press("Enter")
        page.wait_for_function("() => document.querySelectorAll('article').length === 1")
        assert page.evaluate(where) == "ARTICLE"
        page.get_by_role("link", name="Train", exact=True).press("Enter")
        page.get_by_role("link", name="Pippin").press("Enter")
        page.get_by_role("heading", name="See").wait_for()
        assert page.evaluate("document.activeElement !== document.body")


def test_what_was_right_counts_only_before_it_was_told(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize?sample=6")
        page.locator(".answer").first.wait_for()
        page.get_by_role("button", name="No, that’s").click()
        page.get_by_label("No, that’s").fill("tangerine")
        page.get_by_role("button", name="Teach", exact=True).first.click()
        page.locator(".reply").wait_for()
        page.get_by_role("switch", name="Against hand-made features").check()
        page.locator(".made .answer", has_text="tangerine").wait_for()
        assert page.get_by_text("the network had").count() == 0
        page.get_by_text("Say what another image is").wait_for()
        page.get_by_role("button", name="Undo the last").click()
        page.locator(".made .answer", has_text="orange").wait_for()
        page.get_by_role("button", name="Right").click()
        page.get_by_text("Of the one image you judged, the network had 1 right").wait_for()
        page.get_by_role("button", name="Undo the last").click()
        page.get_by_text("0 corrections").wait_for()


def test_labels_have_no_article_and_metrics_have_names(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize?sample=6")
        page.locator(".answer").first.wait_for()
        assert re.match(r"(an? )", page.locator(".answer").first.inner_text()) is None
        page.goto(f"{address}tables/measure")
        page.get_by_role("button", name="Score it").click()
        page.locator(".metric:visible", has_text="Known labels accepted").first.wait_for()
        text = page.locator("main").inner_text()
        assert "known_accepted" not in text
        assert not re.search(r"\bece\b", text)
        assert TERMINAL.search(text) is None
        page.get_by_role("button", name="What is Calibration error?").first.click()
        page.get_by_text("how often it is right").first.wait_for()
        settled(page, "first-desk-metric")


def test_a_camera_refused_is_told_once_and_another_can_be_chosen(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.add_init_script("window.real = navigator.mediaDevices.getUserMedia\n" + REFUSED)
        page.goto(f"{address}recognize")
        page.get_by_role("button", name="Use the camera").click()
        live = page.get_by_label("Live, through the camera")
        live.get_by_role("alert").wait_for()
        assert live.get_by_text("Looking").count() == 0
        assert live.get_by_text("Hold to teach").count() == 0
        settled(page, "first-desk-camera")
        page.evaluate("window.allowed = true")
        live.get_by_role("button", name="Try again").click()
        live.get_by_text("Hold to teach").wait_for()
        assert live.get_by_label("Camera", exact=True).locator("option").all_inner_texts() == ["Front", "Back"]
        live.locator("dl, .doubt").first.wait_for()
        assert not [share for share in live.locator("dl .share").all_inner_texts() if share == "0 %"]
        page.get_by_role("button", name="Close the camera").click()
        page.locator("video").wait_for(state="detached")
