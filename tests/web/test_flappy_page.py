"""The page of `flappy` in a real browser: it flies, you play, and what it sees and decides is what Python says.

With PIPPIN_SCREENSHOTS=1 screenshots are written to studio/screenshots, to be looked at.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from browser_fixtures import AXE, CHROMIUM, PATIENCE, ROOT, shoot

from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.learn.nn.onnx_session import session

playwright = pytest.importorskip("playwright.sync_api", reason="the pages' tests need the extra dev")

POLICY = ROOT / "src/pippin/apps/flappy/model/policy.onnx"
EARLY = "/v1/files/early/"
# Whether what decides is drawn over what the agent sees.
IS_HEATED = """() => {
  const canvas = document.querySelector('canvas.heat')
  const blank = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height })
  return canvas.toDataURL() !== blank.toDataURL()
}"""
CHANGED = Rules(gravity=1.3, gap=105, speed=4.5)
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "color_scheme": "dark",
    "has_touch": True,
    "device_scale_factor": 2,
}

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")

# Keeps what goes to the model and comes back.
WATCH = """
window.asked_ = []; window.answered_ = []; window.blocked_ = []
addEventListener('securitypolicyviolation', (event) => blocked_.push(event.violatedDirective + ' ' + event.blockedURI))
const SIZE = 64 * 36 * 6
const hex = async (bytes) => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return [...digest].slice(0, 8).map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
const Plain = window.Worker
window.Worker = class extends Plain {
  constructor(...given) {
    super(...given)
    this.number_ = window.workers_ = (window.workers_ ?? 0) + 1
    this.addEventListener('message', ({ data }) => {
      if (window.keep_ && data.outputs?.logits) answered_.push([this.number_, [...data.outputs.logits]])
    })
  }
  postMessage(data, given) {
    if (data.data && window.keep_) {
      const bytes = data.data.slice()
      const part = (_, at) => hex(bytes.subarray(at * SIZE, (at + 1) * SIZE))
      const parts = Array.from({ length: bytes.length / SIZE }, part)
      asked_.push(Promise.all(parts).then((hashes) => [this.number_, hashes]))
    }
    super.postMessage(data, given)
  }
}
"""


def as_it_was(page: Any, moments: tuple[float, ...] = (0.5, 1.0, 5.5)) -> list[str]:
    """Have the model in use come with itself as its younger selves, of these minutes; says which were fetched."""
    early = [{"file": f"early-{at}.onnx", "frames": 1e6 * at, "minutes": one} for at, one in enumerate(moments, 1)]
    fetched: list[str] = []

    def exported(route: Any) -> None:
        answer = route.fetch(timeout=PATIENCE)
        told = answer.json()
        made = [one for one in told["files"] if not one["name"].startswith("early-")]
        more = [{"name": one["file"], "url": f"{EARLY}{one['file']}", "bytes": 800_000} for one in early]
        route.fulfill(response=answer, json={**told, "files": more + made})

    def settings(route: Any) -> None:
        answer = route.fetch(timeout=PATIENCE)
        route.fulfill(response=answer, json={**answer.json(), "early": early})

    def graph(route: Any) -> None:
        fetched.append(route.request.url.rpartition("/")[2])
        route.fulfill(body=POLICY.read_bytes())

    page.route("**/v1/flappy/export", exported)
    page.route("**/flappy.json", settings)
    page.route(f"**{EARLY}*", graph)
    return fetched


@contextlib.contextmanager
def opened(
    browser: Any,
    address: str,
    how: dict[str, Any],
    prepare: Callable[[Any], object] = lambda page: None,
    place: str = "flappy",
) -> Iterator[Any]:
    """The page in a window of its own; nothing may go wrong in it and no other host be asked."""
    context = browser.new_context(**how)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(WATCH)
    page, told, elsewhere = context.new_page(), [], []
    prepare(page)
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: told.append(str(problem)))
    page.on("request", lambda sent: elsewhere.append(sent.url) if not sent.url.startswith((address, "data:")) else None)
    page.goto(f"{address}{place}")
    page.get_by_role("button", name="Flap your bird").wait_for(timeout=PATIENCE)
    yield page
    assert (told, elsewhere) == ([], [])
    assert page.evaluate("blocked_") == []
    context.close()


def agrees(page: Any) -> None:
    """Sixteen games under changed rules, played in the page: every frame and decision as in Python."""
    first = page.evaluate("window.keep_ = true, workers_") + 1
    page.get_by_role("button", name="How good is it here?").click()
    page.get_by_text("16 games, ended after").wait_for(timeout=PATIENCE)
    print("  " + page.get_by_text("16 games, ended after").inner_text())
    asked = [hashes for number, hashes in page.evaluate("Promise.all(asked_)") if number == first]
    answered = [logits for number, logits in page.evaluate("answered_") if number == first]
    frames, most = 0, 0.0
    for (seen, thought), hashes, logits in zip(played(16, 20), asked, answered, strict=True):
        assert seen == hashes
        most = max(most, float(np.abs(thought - np.array(logits).reshape(-1, 2)).max()))
        assert (thought.argmax(1) == np.array(logits).reshape(-1, 2).argmax(1)).all()
        frames += len(seen)
    page.evaluate("window.keep_ = false")
    print(f"  {frames} frames seen and decisions the same as in Python; log-odds differ by at most {most:.1e}")


def played(games: int, most: int) -> Iterator[tuple[list[str], np.ndarray]]:
    """What the built-in agent sees and thinks in Python, decision by decision, games side by side."""
    agent = session(POLICY.read_bytes())
    simulator = Simulator(games, CHANGED, cap=most)
    simulator.begin(range(games), range(games))
    while len(simulator.games):
        seen = simulator.observations
        (thought,) = agent.run(["logits"], {"seen": seen})
        yield [hashlib.sha256(one.tobytes()).hexdigest()[:16] for one in seen], thought
        outcome = simulator.step(thought.argmax(1))
        simulator.keep(~(outcome.crashed | outcome.capped))


def axe(page: Any, what: str) -> None:
    """What axe-core finds."""
    if not AXE.exists():
        return
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    for one in found:
        print(what, one["id"], one["help"], json.dumps([node["html"][:160] for node in one["nodes"]]))
    assert not found


def shot(page: Any, name: str, *, full: bool = True) -> None:
    """A screenshot to look at."""
    shoot(page, f"flappy-{name}", full=full)


def by_keyboard(page: Any) -> None:
    """You play, flap but once, and begin again when your bird is down."""
    page.keyboard.press("Space")
    page.get_by_text("Ready?").wait_for(timeout=PATIENCE)
    shot(page, "ready")
    page.keyboard.press("Space")
    page.get_by_text("Down!", exact=True).wait_for(timeout=PATIENCE)
    playwright.expect(page.get_by_role("status").filter(has_text="You crashed")).to_have_count(1)
    shot(page, "down")
    axe(page, "down")
    while not page.get_by_text("Ready?").is_visible():  # at first a flap is still meant for the bird
        page.keyboard.press("Space")
        page.wait_for_timeout(200)
    page.get_by_label("Game", exact=True).fill("7")
    page.get_by_role("button", name="Play it").click()
    playwright.expect(page.get_by_label("Game", exact=True)).to_have_attribute("placeholder", "7", timeout=PATIENCE)


def test_it_flies_and_you_play_at_a_desk(browser: Any, address: str) -> None:
    with opened(browser, address, DESK) as page:
        shot(page, "desktop")
        axe(page, "desktop")
        by_keyboard(page)
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Just watch").click()
        page.get_by_label("Show what decides").check()
        page.wait_for_function(IS_HEATED, timeout=PATIENCE)
        shot(page, "eyes")
        page.get_by_label("Show what decides").uncheck()
        page.get_by_role("slider", name="Gravity").fill(str(CHANGED.gravity))
        page.get_by_role("slider", name="Gap").fill(str(CHANGED.gap))
        page.get_by_role("slider", name="Speed of the pipes").fill(str(CHANGED.speed))
        agrees(page)
        shot(page, "changed")
        axe(page, "changed")
        page.get_by_role("link", name="Train one for this game").click()
        filled = [
            page.get_by_label(label, exact=True) for label in ("Gravity", "Gap", "Speed", "How long it may learn")
        ]
        assert [field.input_value() for field in filled] == ["1.3", "105", "4.5", "5m"]


def test_it_is_seen_beside_what_it_was(browser: Any, address: str) -> None:
    fetched: list[list[str]] = []
    with opened(browser, address, DESK, lambda page: fetched.append(as_it_was(page))) as page:
        assert fetched == [[]]  # not before it is looked at
        section = page.get_by_role("region", name="As it learned")
        section.scroll_into_view_if_needed()
        names = ["Before it learned", "After 30 seconds", "After 1 minute", "After 6 minutes"]
        assert section.get_by_role("heading", level=3).all_inner_texts() == names
        birds = section.get_by_role("figure")
        birds.first.get_by_text(re.compile(r"try [3-9]")).wait_for(timeout=PATIENCE)
        birds.last.get_by_text(re.compile(r"best [1-9]\d* · try 1")).wait_for(timeout=PATIENCE)
        assert sorted(fetched[0]) == ["early-1.onnx", "early-2.onnx", "early-3.onnx"]
        shot(page, "ages", full=False)
        axe(page, "ages")
        section.get_by_role("button", name="Pause them").click()
        told = [bird.locator("p").inner_text() for bird in birds.all()]
        assert told[1] == told[2] == told[3]  # for they are the same
        section.get_by_role("button", name="Next game").click()
        assert {bird.locator("p").inner_text() for bird in birds.all()} == {"best 0 · try 1"}


def test_it_is_played_by_touch_on_a_phone(browser: Any, address: str) -> None:
    with opened(browser, address, PHONE, as_it_was) as page:
        shot(page, "phone")
        shot(page, "phone-first", full=False)
        axe(page, "phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        board = page.get_by_role("button", name="Flap your bird")
        board.tap()
        page.get_by_text("Ready?").wait_for(timeout=PATIENCE)
        board.tap()
        page.get_by_text("Ready?").wait_for(state="detached", timeout=PATIENCE)
        shot(page, "phone-play", full=False)


def test_who_wants_no_motion_sees_none(browser: Any, address: str) -> None:
    with opened(browser, address, {**DESK, "reduced_motion": "reduce"}, as_it_was, "flappy?sample=5") as page:
        playwright.expect(page.get_by_label("Game", exact=True)).to_have_attribute("placeholder", "5")
        playwright.expect(page.get_by_role("button", name="Go on")).to_be_visible()
        page.evaluate("window.keep_ = true")
        page.wait_for_timeout(500)
        assert page.evaluate("answered_") == []
        page.get_by_role("region", name="As it learned").scroll_into_view_if_needed()
        playwright.expect(page.get_by_role("button", name="Let them fly")).to_be_visible(timeout=PATIENCE)
        playwright.expect(page.get_by_text("best 0 · try 1")).to_have_count(4)
