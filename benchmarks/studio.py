"""How soon the studio is there, how fast a page and a lesson are, and how much a browser has to fetch.

    python benchmarks/studio.py

Needs chromium, which is open before the clock starts; the workspace is new, the caches are warm.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _results import Row, write

import pippin

STATIC = Path(pippin.__file__).parent / "web" / "static"
TIMES = 9


@contextmanager
def served(home: str) -> Iterator[tuple[str, float]]:
    """A studio in a process of its own: its address, and when it was begun."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PIPPIN_HOME": home})
    try:
        assert process.stderr is not None
        found = re.search(r"http://\S+/", process.stderr.readline())
        assert found
        yield found[0], begun
    finally:
        process.terminate()
        process.communicate(timeout=30)


def opened(browser: Any, home: str) -> float:
    """Seconds from the command to a home page with all its entries."""
    with served(home) as (address, begun):
        page = browser.new_page()
        page.goto(address)
        page.locator("article a.button").first.wait_for()
        seconds = time.perf_counter() - begun
        page.close()
    return seconds


def used(browser: Any, home: str) -> dict[str, list[float]]:
    """Seconds of changing pages and of lessons, from the click to what is seen."""
    switches, lessons = [], []
    with served(home) as (address, _):
        page = browser.new_page()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        for _ in range(TIMES):
            page.get_by_role("link", name="Name an image", exact=True).click()
            begun = time.perf_counter()
            page.locator("nav a[aria-current]").wait_for()
            switches.append(time.perf_counter() - begun)
            page.wait_for_load_state("networkidle")
            page.get_by_role("link", name="Pippin").click()
            page.wait_for_load_state("networkidle")
        page.goto(f"{address}recognize?sample=2")
        page.locator(".answer").wait_for()
        for number in range(TIMES + 1):
            page.get_by_role("button", name=re.compile("That’s|that’s")).click()
            page.locator("article input").fill(f"thing {number}")
            page.get_by_role("button", name="Teach", exact=True).click()
            begun = time.perf_counter()
            page.locator(".answer", has_text=f"thing {number}").wait_for()
            lessons.append(time.perf_counter() - begun)
            page.wait_for_load_state("networkidle")
    return {"page switch": switches, "lesson": lessons[1:]}


def compressed() -> int:
    """Bytes of the scripts that the home page fetches, compressed."""
    page = (STATIC / "index.html").read_text()
    first = re.findall(r"/assets/([\w.-]+\.js)", page)
    ahead = [path.name for path in (STATIC / "assets").glob("Application-*.js")]  # fetched beside it, for the next page
    return sum(len(gzip.compress((STATIC / "assets" / name).read_bytes(), 6)) for name in {*first, *ahead})


def main() -> None:
    """Measure, and write the results."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened(browser, home)
        starts = [opened(browser, home) for _ in range(TIMES)]
        times = used(browser, home)
        browser.close()
    rows = [
        _row("`pippin studio` to a home page that can be used, caches warm", starts, "at most 1.5"),
        _row("another page, from the click", times["page switch"], "at most 0.2"),
        _row("one lesson on one image, from the click", times["lesson"], "at most 0.3"),
        Row("scripts of the home page, compressed", round(compressed() / 1000, 1), "kB", aim="at most 150"),
    ]
    write("studio", "The studio, in chromium", rows)


def _row(what: str, seconds: list[float], aim: str) -> Row:
    middle = round(statistics.median(seconds), 3)
    return Row(what, middle, "s", round(min(seconds), 3), round(max(seconds), 3), aim, note=f"median of {len(seconds)}")


if __name__ == "__main__":
    main()
