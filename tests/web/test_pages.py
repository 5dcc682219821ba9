"""The pages as a person goes through them, in a real browser: at a desk and on a phone, for everybody, alone.

Screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")

ROOT = Path(__file__).parents[2]
AXE = ROOT / "studio" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "studio" / "screenshots"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
SIZES = {"desk": ({"width": 1280, "height": 900}, "light"), "phone": ({"width": 390, "height": 844}, "dark")}
# A camera that shows a test card, and asks nobody.
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
TABS = ("train", "measure", "inside", "models", "more")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A studio in a process of its own, its workspace empty."""
    environment = {**os.environ, "PIPPIN_HOME": str(tmp_path_factory.mktemp("home"))}
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    found = re.search(r"http://\S+/", process.stderr.readline())
    assert found
    yield found[0]
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium."""
    with playwright.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield made
        made.close()


@contextmanager
def visited(browser: Any, address: str, size: str) -> Iterator[Any]:
    """A page that tells of every request to another host, every error, and every refusal of the policy."""
    viewport, scheme = SIZES[size]
    context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce", bypass_csp=False)
    page, foreign, problems = context.new_page(), [], []
    page.set_default_timeout(60_000)
    page.on("request", lambda asked: foreign.append(asked.url) if not ours(asked.url, address) else None)
    page.on("console", lambda line: problems.append(line.text) if line.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    yield page
    context.close()
    assert foreign == []
    assert problems == []
    assert page.is_closed()


def ours(url: str, address: str) -> bool:
    """Whether a request stays with the studio."""
    return url.startswith((address, "data:", "blob:"))


def settled(page: Any, name: str) -> None:
    """Wait for the page to come to rest, look at it, and have it checked for everybody's use."""
    page.wait_for_load_state("networkidle")
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} is {wide} pixels wider than the screen"
    if not AXE.exists():
        return
    # In a world of its own, for the policy of the page lets nothing be added to it.
    session = page.context.new_cdp_session(page)
    world = session.send(
        "Page.createIsolatedWorld", {"frameId": session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]}
    )["executionContextId"]
    session.send("Runtime.evaluate", {"expression": AXE.read_text(), "contextId": world})
    told = "found.violations.map(one => [one.id, one.nodes[0].html.slice(0, 200)])"
    run = f"axe.run().then(found => JSON.stringify({told}))"
    found = session.send("Runtime.evaluate", {"expression": run, "contextId": world, "awaitPromise": True})
    session.detach()
    assert found["result"]["value"] == "[]", f"{name}: {found['result']['value']}"


@pytest.mark.parametrize("size", SIZES)
def test_a_newcomer_finds_every_application_and_teaches_one(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(address)
        page.locator("article").nth(3).wait_for()
        settled(page, f"{size}-home")
        page.get_by_role("link", name="Recognize", exact=True).click()
        page.locator(".pictures button").nth(6).click()
        page.locator(".answer").first.wait_for()
        settled(page, f"{size}-answered")
        page.get_by_role("button", name="No, that’s a").click()
        page.get_by_label("No, that’s").fill("tangerine")
        settled(page, f"{size}-correcting")
        page.get_by_role("button", name="Teach", exact=True).click()
        page.locator(".reply").wait_for()
        assert "tangerine" in page.locator(".answer").first.inner_text()
        settled(page, f"{size}-taught")
        page.get_by_role("button", name="Why?").click()
        page.locator(".why figure").first.wait_for()
        settled(page, f"{size}-why")
        page.get_by_role("button", name="Undo the last").locator("visible=true").click()
        page.get_by_text("0 lessons").locator("visible=true").wait_for()
        page.locator(".answer", has_text="orange").wait_for()


@pytest.mark.parametrize("size", SIZES)
def test_each_tab_of_an_application_stands(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        for tab in TABS:
            page.goto(f"{address}recognize/{tab}")
            page.locator("nav a[aria-current]").wait_for()
            settled(page, f"{size}-{tab}")


@pytest.mark.parametrize("size", SIZES)
def test_a_picture_is_made_larger_and_a_game_is_played(browser: Any, address: str, size: str) -> None:
    with visited(browser, address, size) as page:
        page.goto(f"{address}upscale?sample=1")
        page.locator(".slider").first.wait_for()
        page.get_by_role("slider").first.press("ArrowRight")
        settled(page, f"{size}-larger")
        page.goto(f"{address}flappy")
        page.get_by_text("Have it play games").click()
        page.get_by_role("button", name="Play", exact=True).click()
        page.locator(".answer").wait_for()
        settled(page, f"{size}-played")


def test_a_model_is_trained_watched_used_and_removed(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}tables")
        page.get_by_role("link", name="Train one").click()
        page.get_by_label("How long it may learn").select_option("30s")
        for _ in range(2):
            page.get_by_role("button", name="Train", exact=True).click()
            page.get_by_role("button", name="Stop").nth(0).wait_for()
        page.get_by_text("Waiting for another training").first.wait_for()
        page.locator(".u-wrap").first.wait_for()
        settled(page, "desk-training")
        page.reload()  # a closed tab loses nothing
        page.get_by_text("Learning", exact=True).wait_for()
        for state in ("Waiting", "Learning"):
            page.locator("article", has_text=state).get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Go on").first.wait_for()
        page.get_by_role("link", name="Use", exact=True).click()
        page.get_by_role("button", name="Answer").click()
        page.locator(".answer").wait_for()
        settled(page, "desk-row")


def test_what_the_camera_sees_is_named_and_taught(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.context.grant_permissions(["camera"])
        page.goto(f"{address}recognize")
        page.get_by_role("button", name="Start the camera").click()
        live = page.get_by_label("Live, through the camera")
        live.locator("dl, .doubt").first.wait_for()
        live.get_by_label("What you hold is a").fill("test card")
        button = live.get_by_role("button", name="Hold to teach")
        button.hover()
        page.mouse.down()
        live.get_by_text(re.compile(r"^[1-9]\d* pictures$")).wait_for()
        page.mouse.up()
        live.get_by_text("Learned from").wait_for()
        live.locator(".answer", has_text="test card").wait_for()
        settled(page, "desk-live")


def test_it_goes_by_keyboard_alone(browser: Any, address: str) -> None:
    with visited(browser, address, "desk") as page:
        page.goto(f"{address}flappy")
        page.get_by_text("Have it play games").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Seed of the game").focus()
        page.keyboard.type("3")
        page.keyboard.press("Enter")
        page.locator(".answer").wait_for()
        page.keyboard.press("Control+Home")
        page.get_by_role("button", name="Dark colours").press("Enter")
        assert page.evaluate("() => document.documentElement.dataset.theme") == "dark"
