"""How tests of pages look at them: a studio, sizes of screens, a page that tells what goes wrong, axe-core."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
AXE = ROOT / "studio" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = ROOT / "studio" / "screenshots"
TAKES_SHOTS = bool(os.environ.get("PIPPIN_SCREENSHOTS"))
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
)
PATIENCE = int(os.environ.get("PIPPIN_PATIENCE", 240_000))  # milliseconds; a busy machine may be ten times slower
SIZES = {"desk": ({"width": 1280, "height": 900}, "light"), "phone": ({"width": 390, "height": 844}, "dark")}
QUIET_LOOKS = 3
PENDING: dict[Any, set[Any]] = {}  # requests without a response, by page
# What belongs in a terminal, not on a page.
TERMINAL = re.compile(r"--[a-z]|\bpippin [A-Za-z-]+ (?:INPUT|train|teach|predict|evaluate|undo)\b|`pippin list`|--json")
# A camera that shows a test card, without a request for permission.
ARGUMENTS = ["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """A studio in a process of its own, its workspace at `home`; its address."""
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0"]
    environment = {**os.environ, "PIPPIN_HOME": str(home)}
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    found = re.search(r"http://\S+/", process.stderr.readline())
    assert found
    yield found[0]
    process.terminate()
    process.communicate(timeout=30)


@contextmanager
def visited(browser: Any, address: str, size: str, refusals: int = 0, motion: str = "reduce") -> Iterator[Any]:
    """A page that tells of every request to another host, every error, and every refusal of the policy.

    `refusals` of the service are expected.
    """
    viewport, scheme = SIZES[size]
    context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion=motion, bypass_csp=False)
    page, foreign, problems, failures = context.new_page(), [], [], []
    page.set_default_timeout(PATIENCE)
    PENDING[page] = pending = set()
    page.on("request", lambda asked: pending.add(asked) if asked.resource_type != "eventsource" else None)
    page.on("requestfinished", lambda asked: pending.discard(asked))
    page.on("requestfailed", lambda asked: pending.discard(asked))
    page.on("request", lambda asked: foreign.append(asked.url) if not ours(asked.url, address) else None)
    page.on("console", lambda line: problems.append(line.text) if line.type in ("error", "warning") else None)
    page.on("response", lambda got: failures.append(f"{got.status} {got.url}") if got.status > 400 else None)
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    try:
        yield page
    except Exception as problem:
        text = page.locator("body").inner_text() if not page.is_closed() else ""
        problem.add_note(f"console: {problems}; refusals: {failures}; the page says:\n{text[:4000]}")
        raise
    context.close()
    del PENDING[page]
    assert foreign == []
    assert len([problem for problem in problems if "400 (Bad Request)" in problem]) == refusals
    assert len(problems) == refusals, (problems, failures)
    assert page.is_closed()


def undo_all(address: str) -> None:
    """Undo all corrections of all applications."""
    for name in [app["name"] for app in _asked(f"{address}v1")["applications"]]:
        while _asked(f"{address}v1/{name}")["lessons"]:
            _asked(f"{address}v1/{name}/undo", b"{}")


def _asked(url: str, body: bytes | None = None) -> Any:
    headers = {"X-Pippin": "1", "Content-Type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
        return json.load(answer)


def ours(url: str, address: str) -> bool:
    """Whether a request stays with the studio."""
    return url.startswith((address, "data:", "blob:"))


def shoot(page: Any, name: str, *, full: bool = True) -> None:
    """Write a screenshot to studio/screenshots, to be looked at, where PIPPIN_SCREENSHOTS is set."""
    if TAKES_SHOTS:
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=full)


def rest(page: Any) -> None:
    """Wait until the page has asked for nothing for a moment; streams of events may go on.

    Playwright's own `networkidle` counts them, and is over for good once it was reached after a page was loaded.
    """
    quiet = 0
    while quiet < QUIET_LOOKS:
        page.wait_for_timeout(100)
        quiet = 0 if PENDING[page] else quiet + 1


def settled(page: Any, name: str, *, asks_on: bool = False) -> None:
    """Look at the page once it has come to rest, and have it checked for everybody's use.

    One that asks on and on, as with a camera, never rests.
    """
    if not asks_on:
        rest(page)
    shoot(page, name)
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
