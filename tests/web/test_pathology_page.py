"""The page of `pathology` in a real browser: an image with its set and heat map, the abstention curve, a slide to zoom.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import ARGUMENTS, CHROMIUM, served, settled, visited

import pippin
from pippin.core.paths import use_home

playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytest.importorskip("openslide", reason="slides need the extra pathology")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rendered slides with annotations."""
    from pippin.apps.pathology.commands.sample import write_slides

    folder = tmp_path_factory.mktemp("slides")
    write_slides(folder, count=2)
    return folder


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory, slides: Path) -> Iterator[str]:
    """A studio with a tile model called `drawn`."""
    home = tmp_path_factory.mktemp("home")
    with use_home(home):
        pippin.train("pathology", str(slides), organ="drawn", threads=1, progress=False)
    with served(home) as address:
        yield address


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_an_image_comes_with_its_set_heat_map_and_curve(browser: Any, studio: str, size: str) -> None:
    with visited(browser, studio, size) as page:
        page.goto(f"{studio}pathology")
        page.get_by_text("Not a medical device").first.wait_for()
        page.get_by_text("nothing built in reads slides").first.wait_for()
        button = page.get_by_role("button", name="Choose files").first.bounding_box()
        height = page.viewport_size["height"]
        assert button["y"] + button["height"] <= height, "what to do first is below the first screen"
        for number in range(1, 6):
            page.get_by_role("button", name="Try ").nth(number).click()
            card = page.get_by_role("article").first
            card.locator(".answer").wait_for()
            if card.get_by_role("region", name="How sure it is").count():
                break
        sure = card.get_by_role("region", name="How sure it is")
        assert "images left out" in sure.inner_text()
        assert sure.get_by_text("such sets held it in").count() == 2
        card.get_by_role("slider").wait_for()
        page.get_by_role("button", name="Show the abstention curve").click()
        page.get_by_role("img", name="Abstention curve").wait_for()
        settled(page, f"pathology-{size}")


def test_a_slide_is_zoomed_and_its_hottest_tiles_listed(browser: Any, studio: str, slides: Path) -> None:
    with visited(browser, studio, "desk", refusals=1) as page:
        page.goto(f"{studio}pathology")
        part = page.get_by_role("region", name="A slide")
        files = [slides / "rendered-1.tiff", slides / "rendered-1.geojson"]
        part.locator("input[type=file]").set_input_files(files)
        part.get_by_role("alert").filter(has_text="no tiles of slides").wait_for()
        part.get_by_label("Name of your model").fill("drawn")
        part.locator("input[type=file]").set_input_files(files)
        zoomed = part.get_by_role("img", name="Heat map for crowded nuclei")
        zoomed.locator("canvas").first.wait_for()
        hot = part.get_by_role("listitem").first.get_by_role("button")
        part.get_by_text("AUC").first.wait_for()
        settled(page, "pathology-slide")
        before = zoomed.screenshot()
        hot.click()
        page.wait_for_timeout(1500)
        assert zoomed.screenshot() != before
