"""The page of `upscale`: what the network added, and many photographs in a queue.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import CHROMIUM, SIZES, settled, visited
from PIL import Image

from pippin.apps.upscale.sample import rendered

pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    """Three, two of one name, and one that is none."""
    made = []
    for name, image in zip(("a.png", "b.png", "more/a.png"), rendered(3, 60), strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(image.read())
        made.append(tmp_path / name)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    return [*made, tmp_path / "broken.jpg"]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_added_is_laid_over_and_told_in_words(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}upscale")
        settled(page, f"upscale-{size}")
        page.get_by_role("button", name="Try").nth(2).click()
        page.locator(".slider").wait_for()
        page.get_by_text("What was added", exact=True).click()
        page.get_by_text("Scaled down again, it differs from your image by").wait_for()
        page.get_by_role("slider", name="How much of the result is shown").press("ArrowLeft")
        with page.expect_response("**/upscale/added") as asked:
            page.get_by_role("slider", name="What the network adds").fill("0")
        assert asked.value.json()["payload"]["added_mean"] < 0.1
        page.get_by_text("On average 0.0 of 255 levels were added").wait_for()
        page.get_by_role("slider", name="What the network adds").fill("1")
        page.get_by_text("On average 0.0 of 255 levels were added").wait_for(state="detached")
        page.locator(".key").wait_for()
        settled(page, f"upscale-{size}-added")


@pytest.mark.parametrize("size", SIZES)
def test_a_queue_makes_all_but_what_is_broken(browser: Any, address: str, size: str, photographs: list[Path]) -> None:
    with visited(browser, address, size, refusals=1) as page:
        page.goto(f"{address}upscale")
        page.locator(".drop input[type=file]").first.set_input_files(photographs)
        page.get_by_text("with these settings").wait_for()
        settled(page, f"upscale-{size}-queue")
        page.get_by_role("button", name="Make them larger").click()
        page.get_by_text("3 done, 1 left out").wait_for()
        page.get_by_text("broken.jpg is damaged").wait_for()
        with page.expect_download() as saved:
            page.get_by_role("button", name="Save all 3 as one zip").click()
        with zipfile.ZipFile(saved.value.path()) as archive:
            assert archive.testzip() is None
            assert sorted(archive.namelist()) == ["a-x2-2.png", "a-x2.png", "b-x2.png"]
            assert Image.open(io.BytesIO(archive.read("b-x2.png"))).size == (120, 120)
        page.get_by_role("button", name="Look at b.png").click()
        page.locator(".slider").wait_for()
        settled(page, f"upscale-{size}-done")


def test_what_is_done_stays_when_the_rest_is_cancelled(browser: Any, address: str, photographs: list[Path]) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}upscale")
        page.locator(".drop input[type=file]").first.set_input_files(photographs[:3])

        held = []
        page.route("**/upscale/predict", lambda route: held.append(route) if len(held) or done else begin(route))
        done: list[bool] = []

        def begin(route: Any) -> None:
            done.append(True)
            route.continue_()

        page.get_by_role("button", name="Make them larger").click()
        page.locator("li.done").wait_for()
        page.get_by_role("button", name="Cancel the rest").click()
        page.get_by_text("1 done, 2 not begun").wait_for()
        page.unroute("**/upscale/predict")
        page.get_by_role("button", name="Go on").click()
        page.get_by_text("3 done.").wait_for()
