"""The page of `flappy` in a real browser: it plays, measures and takes screenshots (python studio/browser/flappy.py).

Looks at: a bird that flies by itself, your own bird by keyboard and touch, that the page sees and decides as the
simulator and the agent do in Python, the time of each picture, and what axe-core finds. Needs Playwright and Chromium.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).parents[1]
SHOTS = HERE / "screenshots"
AXE = HERE / "node_modules/axe-core/axe.min.js"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SECONDS = float(os.environ.get("SECONDS_MEASURED", "10"))

# Keeps every picture's time, the time spent on it, and what goes to the model and comes back.
WATCH = """
window.frames_ = []; window.work_ = []; window.asked_ = []; window.answered_ = []; window.blocked_ = []
addEventListener('securitypolicyviolation', (event) => blocked_.push(event.violatedDirective + ' ' + event.blockedURI))
const raf = window.requestAnimationFrame
let last = 0
window.requestAnimationFrame = (work) => raf((now) => {
  const begun = performance.now()
  if (now !== last) { frames_.push(now); work_.push(0); last = now }
  work(now)
  work_[work_.length - 1] += performance.now() - begun
})
const SIZE = 64 * 36 * 6
const hex = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].slice(0, 8).map((b) => b.toString(16).padStart(2, '0')).join('')
const Plain = window.Worker
window.Worker = class extends Plain {
  constructor(...given) {
    super(...given)
    this.number_ = window.workers_ = (window.workers_ ?? 0) + 1
    this.addEventListener('message', ({ data }) => window.keep_ && data.outputs?.logits && answered_.push([this.number_, [...data.outputs.logits]]))
  }
  postMessage(data, given) {
    if (data.data && window.keep_) {
      const bytes = data.data.slice()
      const parts = Array.from({ length: bytes.length / SIZE }, (_, at) => hex(bytes.subarray(at * SIZE, (at + 1) * SIZE)))
      asked_.push(Promise.all(parts).then((hashes) => [this.number_, hashes]))
    }
    super.postMessage(data, given)
  }
}
"""


@contextlib.contextmanager
def studio() -> Iterator[str]:
    """A studio on a free port; its address."""
    words = [sys.executable, "-m", "pippin", "studio", "--port", "0", "--no-browser"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr
        yield process.stderr.readline().split()[3].rstrip("/")
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def opened(browser: Browser, address: str, **how: Any) -> Iterator[Page]:
    """The page in a window of its own; nothing may go wrong in it and no other host be asked."""
    context = browser.new_context(**how)
    context.add_init_script(WATCH)
    page, told, elsewhere = context.new_page(), [], []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: told.append(str(problem)))
    page.on("request", lambda request: None if request.url.startswith((address, "data:")) else elsewhere.append(request.url))
    begun = time.monotonic()
    page.goto(f"{address}/flappy")
    page.get_by_role("button", name="Flap your bird").wait_for(timeout=60_000)
    print(f"  flies after {time.monotonic() - begun:.2f} s")
    yield page
    assert not told and not elsewhere, (told, elsewhere)
    assert page.evaluate("blocked_") == []
    context.close()


def pictures(page: Page, what: str) -> None:
    """How long pictures take, while something goes on."""
    page.evaluate("frames_.length = work_.length = 0")
    page.wait_for_timeout(SECONDS * 1000)
    times, work = np.diff(page.evaluate("frames_")), np.array(page.evaluate("work_"))
    late = float((times > 25).mean())
    told = [f"{np.percentile(times, share):.1f}" for share in (50, 95, 99)]
    spent = [f"{np.percentile(work, share):.1f}" for share in (50, 95, 99)]
    print(
        f"  {what}: {1000 / times.mean():.1f} pictures/s, every {' / '.join(told)} ms (50 / 95 / 99 %), "
        f"{late:.1%} late; script {' / '.join(spent)} ms"
    )


def agrees(page: Page) -> None:
    """Sixteen games, played in the page: every frame and decision as in Python."""
    first = page.evaluate("window.keep_ = true, workers_") + 1
    page.get_by_role("button", name="How good is it here?").click()
    page.get_by_text("16 games, ended after").wait_for(timeout=120_000)
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
    import hashlib

    from pippin.apps.flappy.rules import Rules
    from pippin.apps.flappy.simulator import Simulator
    from pippin.learn.onnx_session import session

    agent = session((HERE.parent / "src/pippin/apps/flappy/model/policy.onnx").read_bytes())
    simulator = Simulator(games, Rules(), cap=most)
    simulator.begin(range(games), range(games))
    while len(simulator.games):
        seen = simulator.observations
        (thought,) = agent.run(["logits"], {"seen": seen})
        yield [hashlib.sha256(one.tobytes()).hexdigest()[:16] for one in seen], thought
        outcome = simulator.step(thought.argmax(1))
        simulator.keep(~(outcome.crashed | outcome.capped))


def axe(page: Page, what: str) -> None:
    """What axe-core finds."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run()")["violations"]
    for one in found:
        print(what, one["id"], one["help"], json.dumps([node["html"][:160] for node in one["nodes"]]))
    assert not found


def shot(page: Page, name: str, *, full: bool = True) -> None:
    """A screenshot to look at."""
    page.screenshot(path=SHOTS / f"flappy-{name}.png", full_page=full)


def by_keyboard(page: Page) -> None:
    """You play, badly, until your bird is down, and begin again."""
    page.keyboard.press("Space")
    expect(page.get_by_text("Ready?")).to_be_visible()
    shot(page, "ready")
    for _ in range(60):
        page.keyboard.press("Space")
        page.wait_for_timeout(430)
        if page.get_by_text("Down!", exact=True).is_visible():
            break
    expect(page.get_by_role("status").filter(has_text="You crashed")).to_have_count(1)
    shot(page, "down")
    page.wait_for_timeout(600)
    page.keyboard.press("Space")
    expect(page.get_by_text("Ready?")).to_be_visible()
    page.get_by_label("Game", exact=True).fill("7")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Game", exact=True)).to_have_attribute("placeholder", "7")


def desktop(browser: Browser, address: str) -> None:
    """Everything, at the size of a desk."""
    with opened(browser, address, viewport={"width": 1280, "height": 860}, color_scheme="light") as page:
        page.wait_for_timeout(2500)
        shot(page, "desktop")
        axe(page, "desktop")
        pictures(page, "the agent alone")
        by_keyboard(page)
        page.keyboard.press("Tab")
        page.get_by_role("button", name="Just watch").click()
        page.get_by_label("Show what decides").check()
        page.wait_for_timeout(4000)
        pictures(page, "and what decides")
        shot(page, "eyes")
        page.get_by_label("Show what decides").uncheck()
        agrees(page)
        page.get_by_role("slider", name="Gravity").fill("0.8")
        page.get_by_role("slider", name="Gap").fill("90")
        page.wait_for_timeout(3000)
        page.get_by_role("button", name="How good is it here?").click()
        page.get_by_text("games, ended after").wait_for(timeout=120_000)
        print("  " + page.get_by_text("games, ended after").inner_text())
        shot(page, "changed")


def phone(browser: Browser, address: str) -> None:
    """By touch, in the dark."""
    size = {"width": 390, "height": 844}
    with opened(browser, address, viewport=size, color_scheme="dark", has_touch=True, device_scale_factor=2) as page:
        page.wait_for_timeout(2500)
        shot(page, "phone")
        shot(page, "phone-first", full=False)
        axe(page, "phone")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        board = page.get_by_role("button", name="Flap your bird")
        board.tap()
        expect(page.get_by_text("Ready?")).to_be_visible()
        for _ in range(4):
            board.tap()
            page.wait_for_timeout(400)
        shot(page, "phone-play", full=False)


def still(browser: Browser, address: str) -> None:
    """Who wants no motion sees none before asking for it."""
    with opened(browser, address, viewport={"width": 1280, "height": 860}, reduced_motion="reduce") as page:
        expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
        page.evaluate("window.keep_ = true")
        page.wait_for_timeout(1500)
        assert page.evaluate("answered_") == []


def main() -> None:
    """All of it."""
    SHOTS.mkdir(exist_ok=True)
    with studio() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for part in (desktop, phone, still):
            print(part.__name__)
            part(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
