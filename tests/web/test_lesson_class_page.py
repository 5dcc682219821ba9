"""A class with a lesson in real browsers: a pupil on a phone, another by keyboard alone, and the teacher's board.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import AXE, CHROMIUM, settled, visited
from live import TEACHER, TOKEN, Live, live_class

import pippin
from pippin.web.static_pages import STATIC

PACKAGE = Path(pippin.__file__).parent
APPLE = PACKAGE / "apps/recognize/sample/apple/rendered_1.png"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
    if not CHROMIUM or not (STATIC / "index.html").exists():
        pytest.skip("there is no chromium, or the pages are not built")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path_factory.mktemp("class")))
        with live_class(lesson=str(PACKAGE / "lessons" / "deep-learning"), rate=1e6, burst=1e6) as opened:
            yield opened


@pytest.fixture(autouse=True)
def home(live: Live) -> None:
    """The class has its own workspace, which lasts as long as it does."""


def come_in(page: Any, address: str, name: str) -> None:
    """Join by the keyboard alone: the field has the focus."""
    page.goto(f"{address}learn?token={TOKEN}")
    page.get_by_label("Nickname").wait_for()
    page.locator("input:focus").wait_for()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.locator("[data-xp]").wait_for()


def test_a_pupils_browser_computes_the_first_pages_and_its_words_stay_there(browser: Any, live: Live) -> None:
    address, asked = f"http://127.0.0.1:{live.port}/", []
    with visited(browser, address, "desk") as cleo:
        cleo.on("request", lambda one: asked.append((one.url.partition("/v1/")[2], one.post_data or "")))
        come_in(cleo, address, "Cleo")
        cleo.goto(f"{address}learn/1")
        cleo.locator("[data-knows]").wait_for()  # the network has arrived
        for name, word in (("apple 1", "apple"), ("banana 1", "my-banana")):
            cleo.get_by_role("button", name=name, exact=True).click()
            cleo.locator(".says .word").wait_for()
            cleo.get_by_label("What it is").fill(word)
            cleo.get_by_role("button", name="Tell it").click()
        cleo.locator("[data-task=first-correction][data-state=done]").wait_for()
        settled(cleo, "class-browser-desk", asks_on=True)
        cleo.reload()
        cleo.get_by_text("It knows apple (1), my-banana (1).").wait_for()
        cleo.get_by_role("button", name="Take the last back").click()
        cleo.locator("[data-task=first-correction][data-state=open]").wait_for()
        cleo.get_by_role("link", name="Next page", exact=True).click()
        cleo.locator("[data-browser=teach] [data-knows]").wait_for()
    sent = [body for path, body in asked if path == "learn/browser" and body]
    assert [json.loads(body).get("label") for body in sent] == ["apple", "", None]
    assert not any("banana" in body for _, body in asked)
    assert not any(path.startswith("recognize/") for path, _ in asked)  # nothing was computed on the server


def test_a_class_joins_asks_shows_waits_and_ends(browser: Any, live: Live) -> None:
    address = f"http://127.0.0.1:{live.port}/"
    with (
        visited(browser, address, "phone", refusals=0) as ada,
        visited(browser, address, "desk") as bob,
        visited(browser, address, "desk") as teacher,
    ):
        come_in(ada, address, "Ada")
        settled(ada, "class-overview-phone", asks_on=True)
        teacher.goto(f"{address}teacher?token={TEACHER}")
        teacher.locator("[data-pupil=Ada]").wait_for()
        teacher.get_by_role("button", name="Hide names").click()
        teacher.locator("[data-pupil='Pupil 1']").wait_for()
        teacher.get_by_role("button", name=re.compile("Open the questions")).wait_for()  # folded on the wall
        teacher.get_by_role("button", name="Hide names").click()
        ada.get_by_role("link", name="2. The child's mistake").click()
        ada.get_by_label("Your question").fill("Why is a ball an apple?")
        ada.keyboard.press("Enter")
        ada.get_by_text("waits for the teacher").wait_for()
        ada.set_input_files("input[type=file]", str(APPLE))
        ada.get_by_text("You offer a picture").wait_for()
        settled(ada, "class-page-phone", asks_on=True)
        come_in(bob, address, "Bob")
        bob.goto(f"{address}learn/2")
        bob.get_by_role("heading", name="Questions on this page").wait_for()
        assert bob.get_by_text("Why is a ball").count() == 0
        teacher.get_by_role("button", name=re.compile("Let all see it")).click()
        bob.get_by_role("button", name="Me too").click()
        bob.get_by_role("button", name="Me too (1)").wait_for()
        assert teacher.locator("figure img").count() == 0
        teacher.get_by_role("button", name="Show the picture of Ada").click()
        shown = teacher.locator("figure img")
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        teacher.get_by_role("button", name=re.compile("Wait here.*page 2")).click()
        bob.locator("[data-wait='2']").wait_for()
        assert bob.get_by_role("link", name="Next page").count() == 0
        bob.goto(f"{address}learn/4")
        bob.get_by_text("the class goes on together after page 2").wait_for()
        settled(bob, "class-waits-desk", asks_on=True)
        settled(teacher, "class-board-desk", asks_on=True)
        teacher.get_by_role("button", name=re.compile("Let them go on")).click()
        bob.locator("[data-xp]").wait_for()  # by itself
        teacher.get_by_role("button", name="End the class…").click()
        teacher.locator("[role=group]:focus").wait_for()
        teacher.keyboard.press("Tab")
        teacher.keyboard.press("Enter")  # the first button of the question erases everything
        for pupil in (ada, bob):
            pupil.goto("about:blank")
        teacher.get_by_text("are erased. Opening the door").wait_for()
        settled(teacher, "class-ended-desk", asks_on=True)
        assert teacher.locator("[data-pupil]").count() == 0


def test_slides_move_by_keys_and_load_nothing(browser: Any, tmp_path: Path) -> None:
    from pippin.lessons.command import learn

    learn("slides", out=tmp_path)
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page, problems, asked = context.new_page(), [], []
    page.on("console", lambda line: problems.append(line.text) if line.type in ("error", "warning") else None)
    page.on("request", lambda one: asked.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    page.goto((tmp_path / "slides.html").as_uri())
    page.locator(".reveal.ready").wait_for()
    for at in range(1, 17):
        assert page.locator("section.present").count() == 1
        assert page.locator(".slide-number-a").inner_text() == str(at)
        size = page.evaluate("document.querySelector('section.present').scrollHeight")
        assert size <= 700, f"slide {at} is {size} pixels high"
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(80)
    # colours fade in
    page.evaluate("Promise.allSettled(document.getAnimations().map(one => one.finished)).then(() => 0)")
    if AXE.exists():
        session = context.new_cdp_session(page)
        tree = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": tree})["executionContextId"]
        session.send("Runtime.evaluate", {"expression": AXE.read_text(), "contextId": world})
        run = "axe.run().then(found => JSON.stringify(found.violations.map(one => [one.id, one.nodes[0].html])))"
        found = session.send("Runtime.evaluate", {"expression": run, "contextId": world, "awaitPromise": True})
        assert found["result"]["value"] == "[]"
    context.close()
    assert (problems, asked) == ([], [])
