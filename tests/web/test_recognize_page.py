"""The page of `recognize`: the map that moves, what it asks, which labels are alike, and hand-made features beside it.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, rest, served, settled, shoot, visited

from pippin.apps.recognize import sample

SAMPLE = Path(sample.__file__).parent / "sample"
PLACE = re.compile(r"translate\((-?[\d.]+)px, (-?[\d.]+)px\)")

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


def places(page: Any) -> dict[str, tuple[float, float]]:
    """Where the names of the labels lie on the map."""
    found = page.locator(".map .label").evaluate_all("all => all.map(one => [one.textContent, one.style.transform])")
    return {name: (float(at[1]), float(at[2])) for name, how in found if (at := PLACE.search(how))}


def test_a_lesson_moves_the_map_and_teaches_the_hand_made_features_too(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize")
        page.locator(".map .label").nth(8).wait_for()
        settled(page, "recognize-desk")
        page.locator(".images button").nth(6).click()
        page.locator(".map .guest").wait_for()
        page.get_by_role("switch", name="Against hand-made features").check()
        page.locator(".made .answer", has_text="orange").wait_for()
        before = places(page)
        settled(page, "recognize-desk-guest")
        page.get_by_role("button", name="No, that’s").click()
        page.get_by_label("No, that’s").fill("tangerine")
        page.get_by_role("button", name="Teach", exact=True).first.click()
        taught = page.get_by_role("button", name="Tangerine: rendered_1.png, taught by you")
        taught.or_(page.get_by_role("button", name="tangerine: rendered_1.png, taught by you")).wait_for()
        page.get_by_text("the network had 0 right").wait_for()
        page.locator(".map img").first.wait_for()
        after = places(page)
        assert set(after) - set(before) == {"tangerine"}
        width = page.locator(".map").bounding_box()["width"]
        moved = {name: abs(after[name][0] - x) + abs(after[name][1] - y) for name, (x, y) in before.items()}
        assert 0 < max(moved.values()) < width / 2
        assert sorted(moved.values())[4] < width / 6
        page.locator(".map li button").focus()
        page.locator(".about", has_text="Tangerine: rendered_1.png, taught by you").wait_for()
        settled(page, "recognize-desk-taught")
        page.get_by_text("Tree", exact=True).click()
        page.locator(".tree li.lit", has_text="tangerine").wait_for()
        assert page.locator(".tree path.lit").count() >= 3
        page.get_by_text("most like orange", exact=False).last.wait_for()
        settled(page, "recognize-desk-tree")
        page.get_by_text("Map", exact=True).click()
        page.get_by_role("button", name="Undo the last").click()
        page.locator(".map li button").wait_for(state="detached")
        rest(page)
        assert set(places(page)) == set(before)


def asks(page: Any, address: str, size: str) -> None:
    page.goto(f"{address}recognize")
    files = [SAMPLE / label / f"rendered_{n}.png" for label in ("orange", "banana") for n in (1, 2, 3)]
    drop = page.get_by_role("group", name="Images to ask about")
    drop.locator("input[type=file]").first.set_input_files([*files, SAMPLE / "README.md"])
    page.get_by_text("What is this?").wait_for()
    page.get_by_text("of 6 images").wait_for()
    page.locator(".question dl, .question .quiet").first.wait_for()
    for word in ("lemon", "satsuma"):
        card = page.get_by_role("region", name="Let it ask")
        card.get_by_label("or", exact=True).fill(word)
        card.get_by_role("button", name="Teach").click()
        page.locator(".all .taught", has_text=word).wait_for()
        page.locator(".question").wait_for()
    page.get_by_text("after 2 answers").wait_for()
    page.locator(".all .bad", has_text="left out").wait_for()
    settled(page, f"recognize-{size}-asks")


def test_it_asks_for_what_it_would_learn_most_from(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        asks(page, address, "desk")


def test_on_a_phone_it_fits_and_does_the_same(browser: Any, address: str) -> None:
    with visited(browser, address, "phone") as page:
        asks(page, address, "phone")
        page.locator(".images button").nth(2).click()
        page.locator(".answer").first.wait_for()
        page.locator(".map .guest").wait_for()
        page.get_by_text("As a list").click()
        page.get_by_text("taught by you:").first.wait_for()
        settled(page, "recognize-phone")


def test_the_camera_is_answered_both_ways_and_goes_over_the_map(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize")
        page.get_by_role("button", name="Use the camera").click()
        page.get_by_role("switch", name="Against hand-made features").check()
        page.locator(".live .made dl").wait_for()
        page.locator(".map .guest img").wait_for()
        settled_live(page)


def settled_live(page: Any) -> None:
    """The camera asks on and on: the page does not come to rest."""
    page.get_by_role("button", name="Close the camera").focus()
    shoot(page, "recognize-desk-live")
    page.get_by_role("button", name="Close the camera").click()
    page.locator("video").wait_for(state="detached")


def test_groups_are_shown_before_any_name_and_a_name_teaches_one(browser: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    import pippin
    from pippin.core.workspace import Workspace

    home = tmp_path / "unlabelled"
    small = {"self_supervised": True, "width": 2, "image_size": 16}
    pippin.train("recognize", epochs=1, threads=1, workspace=Workspace(home), **small)
    with served(home) as address, visited(browser, address, "desk") as page:
        page.goto(f"{address}recognize")
        own = page.get_by_role("region", name="Without labels")
        own.get_by_role("button", name="Show its groups").click()
        own.get_by_text("none with a name yet: what would you call them?").wait_for()
        assert own.locator(".group").count() >= 2
        assert own.locator(".group").first.locator("img").count() == 8
        settled(page, "recognize-desk-unlabelled")
        own.get_by_label("A name for group 1").fill("round things")
        own.get_by_role("button", name="Teach").first.click()
        own.locator(".group b", has_text="round things").wait_for()
        page.locator(".map .label", has_text="round things").wait_for()
        rest(page)
