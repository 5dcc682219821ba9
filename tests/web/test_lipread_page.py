"""The page of `lipread` in a real browser: a mouth is read, a camera films, phrases are taught, you play against it.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from browser_fixtures import ARGUMENTS, CHROMIUM, settled, visited
from PIL import Image

from pippin.apps.lipread.rendering import sample

playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")

GUESS = ("bin", "blue", "at", "a", "zero", "again")

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A browser whose camera shows a face that comes with scikit-image, moving a little."""
    data = pytest.importorskip("skimage.data")
    pytest.importorskip("av")
    face = Image.fromarray(data.astronaut()).crop((60, 0, 380, 320)).resize((440, 440))
    film = tmp_path_factory.mktemp("camera") / "face.mjpeg"
    with film.open("wb") as file:
        for time in range(20):
            frame = Image.new("RGB", (640, 480), (90, 120, 90))
            frame.paste(face, (100 + int(6 * np.sin(time / 3)), 20))
            image = io.BytesIO()
            frame.save(image, "JPEG")
            file.write(image.getvalue())
    arguments = [*ARGUMENTS, f"--use-file-for-fake-video-capture={film}"]
    with playwright.sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield made
        made.close()


@contextmanager
def opened(browser: Any, address: str, size: str, motion: str = "no-preference") -> Iterator[Any]:
    """The page, a mouth read on it."""
    with visited(browser, address, size, motion=motion) as page:
        page.goto(f"{address}lipread")
        page.locator(".reading .strip").wait_for()
        yield page


def frame(page: Any) -> int:
    """The frame that is shown."""
    return int(page.get_by_label("Frame").input_value())


def read(page: Any) -> list[str]:
    """The words that were read."""
    words: list[str] = page.locator(".told .word").all_inner_texts()
    return words


def test_a_mouth_speaks_and_its_words_light_up(browser: Any, address: str) -> None:
    with opened(browser, address, "desk") as page:
        assert len(read(page)) == 6
        assert page.locator(".words span").all_inner_texts() == read(page)
        page.locator(".words .now").wait_for()  # it plays by itself
        settled(page, "lipread-watch-desk")
        word = page.locator(".told li button").nth(4)
        word.click()  # one word alone, over and over
        playwright.expect(word).to_have_attribute("aria-pressed", "true")
        first = frame(page)
        seen = {frame(page) for _ in range(20) if not page.wait_for_timeout(50)}
        assert len(seen) > 1
        assert max(seen) - min(seen) < 25
        assert page.locator(".words .now").inner_text() == read(page)[4]
        page.get_by_label("Frame").focus()
        page.keyboard.press("Home")
        assert frame(page) == 0 != first
        page.wait_for_timeout(120)
        assert frame(page) == 0
        truth = page.locator("p", has_text="What was said:")
        before = truth.inner_text()
        page.get_by_role("button", name="Another mouth").click()
        playwright.expect(truth).not_to_have_text(before)
        assert len(read(page)) == 6


def test_who_wants_no_motion_sees_none_until_play_is_pressed(browser: Any, address: str) -> None:
    with opened(browser, address, "phone", motion="reduce") as page:
        settled(page, "lipread-watch-phone")
        assert frame(page) == 0
        page.get_by_role("button", name="Play").click()
        playwright.expect(page.get_by_label("Frame")).not_to_have_value("0")
        page.get_by_role("radio", name="You against it").check(force=True)
        page.get_by_role("heading", name="What is said here?").wait_for()
        settled(page, "lipread-quiz-phone")
        page.get_by_role("radio", name="Your mouth").check(force=True)
        page.get_by_text("It knows one kind of mouth").wait_for()
        settled(page, "lipread-own-phone")


def test_you_and_the_network_are_counted_alike(browser: Any, address: str) -> None:
    with opened(browser, address, "desk") as page:
        answers: list[dict[str, Any]] = []
        page.on("response", lambda got: answers.append(got.json()["payload"]) if got.url.endswith("/guess") else None)
        page.get_by_role("radio", name="You against it").check(force=True)
        for turn in range(2):
            page.get_by_role("heading", name="What is said here?").wait_for()
            for _ in range(600):  # the page may show it before the event of the response is handled here
                if len(answers) > 2 * turn:
                    break
                page.wait_for_timeout(50)
            assert "truth" not in answers[-1]
            for word in GUESS:
                page.get_by_role("radio", name=word, exact=True).check(force=True)
            page.get_by_role("button", name="That is my guess").click()
            page.get_by_role("button", name="Next clip").wait_for()
            if len(answers) < 4:
                settled(page, "lipread-quiz-desk")
                page.get_by_role("button", name="Next clip").click()
        told = [answer for answer in answers if "truth" in answer]
        for who, name in (("you", "You"), ("network", "The network")):
            wrong = sum(answer["wrong"][who] for answer in told)
            shown = page.locator("dt", has_text=name).locator("xpath=following-sibling::dd[1]").inner_text()
            assert float(shown.strip(" %")) == pytest.approx(100 * wrong / 12, abs=0.5)
        mine = [word == said for word, said in zip(told[-1]["truth"].split(), GUESS, strict=True)]
        marks = page.locator("tbody tr td:nth-of-type(2)").evaluate_all("all => all.map(one => one.className)")
        assert ["wrong" not in mark for mark in marks] == mine
        page.reload()
        page.get_by_role("radio", name="You against it").check(force=True)
        page.get_by_text("In all 2 clips ever guessed").wait_for()


def test_a_camera_films_you_and_phrases_are_taught_and_taken_back(browser: Any, address: str) -> None:
    with opened(browser, address, "desk") as page:
        page.get_by_role("radio", name="Your mouth").check(force=True)
        page.get_by_role("button", name="Open the camera").click()
        page.get_by_role("button", name="Record 3 seconds").click()
        page.get_by_role("heading", name="What it reads off your lips").wait_for()
        seconds = float(page.locator(".told ~ .time").get_by_label("Frame").get_attribute("max")) / 25
        assert 1.5 < seconds < 4.5
        settled(page, "lipread-own-desk")
        page.get_by_label("A take of a new phrase").check()
        page.get_by_label("The new phrase").fill("lights on")
        page.get_by_role("button", name="Record 3 seconds").click()
        page.get_by_text("Learned: 1 take of “lights on” so far.").wait_for()
        page.get_by_role("heading", name="Taken as “lights on”").wait_for()
        assert page.get_by_role("radio", name="A take of lights on").is_checked()
        settled(page, "lipread-taught-desk")
        page.get_by_role("button", name="Undo the last one").click()
        page.get_by_text("The last correction was undone.").wait_for()
        assert page.get_by_role("radio", name="A take of lights on").count() == 0


def test_the_generic_parts_lie_below_and_take_the_same_model(browser: Any, address: str) -> None:
    clip = {"name": "a.y4m", "mimeType": "video/x-yuv4mpeg", "buffer": sample.clip(0).read()}
    with opened(browser, address, "desk") as page:
        page.route("**/samples", lambda route: route.fulfill(json={"samples": []}))  # to draw them takes a while
        page.get_by_text("Give it many clips").click()
        page.get_by_label("Drop clips here", exact=True).locator("input").first.set_input_files(clip)
        page.get_by_role("button", name="Right").wait_for()  # the model for people would not know
