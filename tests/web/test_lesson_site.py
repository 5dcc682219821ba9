"""The lesson without a server, in real browsers: it teaches as Python does, sends nothing, and works without a network.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import functools
import http.server
import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import ARGUMENTS, CHROMIUM, PATIENCE, settled, visited
from firefox import FIREFOX, started

import pippin
from pippin.core.errors import PippinError
from pippin.lessons import site_program
from pippin.lessons.command import learn
from pippin.lessons.lesson import Lesson

SAMPLE = Path(pippin.__file__).parent / "apps/recognize/sample"
ASKED = ("orange/rendered_1.png", "orange/rendered_4.png", "banana/rendered_2.png", "tennis_ball/rendered_3.png")
LIVE = {1: "01-what-is-it", 2: "02-the-childs-mistake", 4: "04-edges-parts-objects", 7: "07-the-bird"}


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, as any web server does, and notes what it is asked."""

    asked: list[tuple[str, str, int]]

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def send_head(self) -> Any:
        """Note a request: method, path, bytes sent along."""
        self.server.asked.append((self.command, self.path, int(self.headers.get("Content-Length") or 0)))  # type: ignore[attr-defined]
        return super().send_head()


@contextmanager
def web(folder: Path) -> Iterator[tuple[str, list[tuple[str, str, int]]]]:
    """A web server for a folder: its address, and what it was asked."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=folder)) as server:
        server.asked = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", server.asked  # type: ignore[attr-defined]
        server.shutdown()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages with their program."""
    if not site_program.is_built():
        pytest.skip("the pages are not built")
    folder = tmp_path_factory.mktemp("site")
    if 1 not in learn("site", out=folder).payload["live"]:
        pytest.skip("the network's weights are not installed")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")
    if not CHROMIUM:
        pytest.skip("there is no chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


def show(page: Any, name: str) -> None:
    """Choose an image and wait for what the child says."""
    page.get_by_role("button", name=name, exact=True).click()
    page.locator(".says .word").wait_for()


def python_answers() -> list[tuple[str, float]]:
    """What Python's learner says of ASKED, taught the same images; no label where it does not know."""
    from pippin.apps.recognize.config import RecognizeConfig
    from pippin.apps.recognize.pretrained.learner import FewShotLearner
    from pippin.core.inputs import Image
    from pippin.core.values import Correction

    learner = FewShotLearner(RecognizeConfig())
    for folder, label in (("apple", "apple"), ("banana", "banana"), ("orange", "orange")):
        files = sorted((SAMPLE / folder).glob("*.png"))[: 5 if label == "apple" else 1]
        learner.update([Correction(Image.of(file), label) for file in files])
    found = list(learner.predict([Image.of(SAMPLE / name) for name in ASKED]))
    return [(str(one.answer) if one.known else "", one.confidence) for one in found]


def test_it_learns_what_python_learns_sends_nothing_and_lasts_without_a_network(browser: Any, site: Path) -> None:
    with visited(browser, "http://127.0.0.1:", "desk") as page:
        with web(site) as (address, asked):
            teach_as_python_does(page, address)
            page.get_by_role("button", name="Show it the other 15 apples").click()
            page.locator("[data-task=twenty-apples][data-state=done]").wait_for()
            page.evaluate("() => navigator.serviceWorker.ready.then(() => 1)")
            carried = page.url
        assert {method for method, _, _ in asked} == {"GET"}
        assert sum(size for _, _, size in asked) == 0
        assert all("?" not in path and "done=" not in path for _, path, _ in asked)
        page.get_by_role("link", name="2. The child's mistake").click()  # the server is gone
        page.get_by_text("It knows apple (20), banana (1).").wait_for()
        show(page, "tennis ball 1")
        page.goto(f"{address}index.html")
        page.locator("[data-points='1'] [data-xp='4']").wait_for()
    with web(site) as (address, _), visited(browser, address, "phone") as page:
        page.goto(f"{address}index.html#{carried.partition('#')[2]}")  # another browser
        page.locator("[data-points='1'] [data-xp='4']").wait_for()


def teach_as_python_does(page: Any, address: str) -> None:
    """Teach it on page 1 what Python's learner is taught, compare their answers, and take the last word back."""
    expected = python_answers()
    page.goto(f"{address}{LIVE[1]}.html")
    page.locator("[data-knows]").wait_for()
    for number in range(1, 6):
        show(page, f"apple {4 * number - 3}")
        page.get_by_label("What it is").fill("apple")
        page.get_by_role("button", name="Tell it").click()
        page.get_by_text(f"apple ({number})").wait_for()
    for label in ("banana", "orange"):
        show(page, f"{label} 1")
        page.get_by_label("What it is").fill(label)
        page.get_by_role("button", name="Tell it").click()
        page.get_by_text(f"{label} (1)").wait_for()
    got = []
    for name in ASKED:
        folder, _, file = name.partition("/")
        show(page, f"{folder.replace('_', ' ')} {file[-5]}")
        says = page.locator(".says")
        got.append((says.get_attribute("data-answer"), float(says.get_attribute("data-share"))))
    assert [label for label, _ in got] == [label for label, _ in expected]
    for (_, share), (_, wanted) in zip(got, expected, strict=True):
        assert share == pytest.approx(wanted, abs=0.01)  # the network in half precision
    assert page.locator("[data-task=first-correction]").get_attribute("data-state") == "done"
    settled(page, "site-page-1-desk")
    page.get_by_role("button", name="Take the last back").click()
    page.get_by_text("orange (1)").wait_for(state="detached")


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory, site: Path) -> Path:
    """The pages in German."""
    folder = tmp_path_factory.mktemp("german")
    with same_files(site):
        learn("site", out=folder, language="de")
    return folder


@contextmanager
def same_files(site: Path) -> Iterator[None]:
    """Have applications write the files they wrote there already: to export a network takes a while."""
    facts = re.search(r'id="lesson">(.*?)</script>', (site / "index.html").read_text(encoding="utf-8"), re.DOTALL)
    assert facts
    verbs = json.loads(facts[1])["verbs"]

    def write(lesson: Lesson, folder: Path) -> tuple[dict[str, list[str]], list[str]]:
        for name in verbs:
            shutil.copytree(site / "files" / name, folder / "files" / name)
        return verbs, []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_program, "write_applications", write)
        yield


def test_every_page_is_for_everybody(browser: Any, german: Path) -> None:
    with web(german) as (address, _), visited(browser, address, "phone") as page:
        for path in sorted(german.glob("*.html")):
            if path.name == "slides.html":
                continue
            page.goto(f"{address}{path.name}")
            page.locator("html[data-live]").wait_for(state="attached")
            if page.locator("[data-desk]").count():
                page.locator(".desk .tray, .desk [data-ready], .desk [data-network] button").first.wait_for()
            settled(page, f"site-{path.stem}-phone")


def test_pages_without_a_network_are_for_everybody_on_a_desk(browser: Any, site: Path) -> None:
    with web(site) as (address, _), visited(browser, address, "desk") as page:
        for name in ("index", "05-plateau-or-not", "15-quiz"):  # the others are looked at where they are walked
            page.goto(f"{address}{name}.html")
            page.locator("html[data-live]").wait_for(state="attached")
            assert page.locator("[data-curve]").count() == 0  # first a guess
            for quiz in ("plateau-cifar", "plateau-clothes") if name.startswith("05") else ():
                page.locator(f"[data-quiz={quiz}]").get_by_role("radio").first.click()
                page.locator(f"[data-quiz={quiz}] [data-curve] polyline").nth(1).wait_for()
            settled(page, f"site-{name}-desk")


def test_the_lesson_is_walked_by_the_keyboard_alone(browser: Any, site: Path) -> None:
    with web(site) as (address, _), visited(browser, address, "desk") as page:
        page.goto(f"{address}{LIVE[4]}.html")
        page.locator(".tray").wait_for()
        reach(page, "apple 2")
        page.keyboard.press("Enter")
        page.locator("[data-task=look-inside][data-state=done]").wait_for()
        for name, answer in (("filter-low", "a"), ("filter-middle", "b"), ("filter-high", "c")):
            while page.evaluate("() => document.activeElement.name") != name:
                page.keyboard.press("Tab")
            page.keyboard.press("Space")
            for _ in range("abc".index(answer)):
                page.keyboard.press("ArrowDown")
            page.locator(f"[data-quiz={name}]").get_by_text("Right.").wait_for()
        assert page.locator("[data-points] [data-xp]").get_attribute("data-xp") == "4"
        settled(page, "site-page-4-done-desk")
        page.goto(f"{address}{LIVE[7]}.html")
        page.locator("[data-ready]").wait_for()
        reach(page, "Play against it")
        page.keyboard.press("Enter")
        page.keyboard.press("Space")
        page.get_by_text("Down!").wait_for()


def test_features_are_ticked_by_the_keyboard_beside_the_network(browser: Any, german: Path) -> None:
    with web(german) as (address, _), visited(browser, address, "desk") as page:
        page.goto(f"{address}03-features-by-hand.html")
        page.locator("[data-ticks] fieldset").nth(11).wait_for()
        page.get_by_role("checkbox", name="rund").first.focus()
        for key in ("Space", "Tab", "Space", "Tab", "Space"):  # the first apple: round, red, with a stem
            page.keyboard.press(key)
        for number in (4, 8):
            page.locator("[data-ticks] fieldset").nth(number).get_by_label("rot").check()
        reach(page, "Nebeneinanderstellen")
        page.keyboard.press("Enter")
        page.get_by_text("12 von 12").wait_for()  # the network's, as in Python
        page.get_by_text("Du bist geschlagen.").wait_for()
        page.locator("[data-task=hand-made-beside][data-state=done]").wait_for()
        assert page.locator("[data-ticks]").get_attribute("data-ticks") == "3"
        settled(page, "site-page-3-done-desk")


def reach(page: Any, name: str) -> None:
    """Move the focus to a button by the Tab key."""
    wanted = page.get_by_role("button", name=name, exact=True)
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_gravity_is_changed_and_the_search_pays(browser: Any, site: Path) -> None:
    with web(site) as (address, _), visited(browser, address, "phone", motion="no-preference") as page:
        page.goto(f"{address}{LIVE[7]}.html")
        page.locator(".arena").scroll_into_view_if_needed()
        page.locator("[data-task=watch-bird][data-state=done]").wait_for()
        page.get_by_label("Gap between pipes").fill("60")
        page.get_by_role("button", name="How far would a perfect player get?").click()
        page.get_by_text("No player can pass more than").wait_for()
        page.locator("[data-task=change-gravity][data-state=done]").wait_for()


def test_an_image_is_enlarged_as_the_exported_network_does(browser: Any, site: Path) -> None:
    import numpy as np
    from PIL import Image

    from pippin.apps.upscale.export import load_exported  # the same files, by Python
    from pippin.core.files import read_json
    from pippin.learn.nn.onnx_session import session

    folder = site / "files" / "upscale"
    if not folder.is_dir():
        pytest.skip("onnx is not installed")
    assert load_exported(folder)
    planes = np.asarray(Image.open(folder / "scene-1.png").convert("RGB"), np.float32).transpose(2, 0, 1) / 255
    radius = read_json(folder / "upscale.json")["radius"]
    given = np.pad(planes, ((0, 0), (radius, radius), (radius, radius)), mode="symmetric")[None]
    bicubic, added = session(folder / "upscale.onnx").run(["bicubic", "added"], {"picture": given})
    expected = ((bicubic + added)[0].clip(0, 1) * 255).transpose(1, 2, 0)
    read = "(one) => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data]"
    with web(site) as (address, _), visited(browser, address, "desk") as page:
        page.goto(f"{address}08-sharpen.html")
        page.get_by_role("button", name="Scene 2").click()
        got = np.array(page.locator("[data-sharp]").evaluate(read)).reshape(*expected.shape[:2], 4)[..., :3]
        assert np.abs(got - expected).max() <= 1.01
        page.get_by_role("button", name="Show what was invented").click()
        page.locator("[data-task=find-invented][data-state=done]").wait_for()
        settled(page, "site-page-8-desk")


@pytest.fixture(scope="module")
def single(tmp_path_factory: pytest.TempPathFactory, site: Path) -> str:
    """The address of the lesson in one file."""
    folder = tmp_path_factory.mktemp("stick")
    try:
        with same_files(site):
            learn("site", out=folder, single_file=True)
    except PippinError as problem:
        pytest.skip(str(problem))
    return (folder / "lesson.html").as_uri()


def test_one_file_computes_in_chromium(browser: Any, single: str) -> None:
    with visited(browser, single, "desk") as page:
        page.goto(single)
        first = page.locator("[data-page='1']")
        first.locator("[data-knows]").wait_for()
        first.get_by_role("button", name="apple 1", exact=True).click()
        first.get_by_role("button", name="Tell it").click()
        page.get_by_text("It knows apple (1).").first.wait_for()
        first.get_by_role("button", name="apple 5", exact=True).click()
        first.locator("[data-answer=apple]").wait_for()
        page.locator("[data-ready]").wait_for()
        settled(page, "site-single-desk")


@pytest.mark.skipif(not FIREFOX, reason="there is no firefox")
def test_one_file_computes_in_firefox(tmp_path: Path, single: str) -> None:
    patience = PATIENCE / 1000
    with started(tmp_path / "profile", patience) as firefox:
        firefox.ask("WebDriver:Navigate", {"url": single})
        firefox.wait("document.querySelector('[data-knows]')", patience)
        firefox.run("[...document.querySelectorAll('.tray button.image')][0].click()")
        firefox.wait("document.querySelector('.says .word')", patience)
        firefox.run("document.querySelector('.stage form button.main').click()")
        firefox.wait("document.querySelector('[data-knows]').innerText.includes('apple (1)')", patience)
        firefox.run("[...document.querySelectorAll('.tray button.image')][4].click()")
        firefox.wait("document.querySelector('[data-answer=apple]')", patience)
        firefox.wait("document.querySelector('[data-ready]')", patience)
        asked = firefox.run("return performance.getEntriesByType('resource').map((one) => one.name)")
        assert [name for name in asked if not name.startswith(("blob:", "data:"))] == []
