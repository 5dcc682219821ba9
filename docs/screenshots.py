"""Pictures of every page of the studio, taken from a fresh one, into docs/pictures/studio: `make screenshots`.

    python docs/screenshots.py [recognize ...]

Needs chromium and the built pages. Applications are those that the studio offers; with names, only theirs are taken.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

FOLDER = Path(__file__).parent / "pictures" / "studio"
WIDTH, HEIGHT, TALLEST = 1280, 800, 1500  # pixels
LARGEST = 150_000  # bytes
PATIENCE = 300_000  # milliseconds
TABS = {"train": "", "measure": "Score it", "inside": "Show me", "models": "", "more": ""}  # and what to press there


@contextmanager
def served() -> Iterator[str]:
    """A studio whose workspace is empty; its address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PIPPIN_HOME": home})
        try:
            assert process.stderr is not None
            found = re.search(r"http://\S+/", process.stderr.readline())
            assert found
            yield found[0]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def train(page: Any, name: str) -> None:
    """Give an application that brings no model one, as a newcomer would."""
    page.goto(f"/{name}/train")
    page.get_by_label("How long it may learn").select_option("30s")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("heading", name="Finished").wait_for()


def take(page: Any, name: str) -> None:
    """Wait for the page to come to rest, and keep how it looks in few colours."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)
    height = min(TALLEST, max(HEIGHT, page.evaluate("document.documentElement.scrollHeight")))
    content = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    for colours in (256, 128, 64, 32):
        kept = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(kept, "png", optimize=True)
        if kept.tell() < LARGEST:
            break
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.png").write_bytes(kept.getvalue())
    print(f"{name}.png: {kept.tell() // 1000} kB, {colours} colours", flush=True)


def answered(page: Any, name: str) -> None:
    """The first page of an application once it was given one of its samples."""
    page.goto(f"/{name}?sample=2")
    page.locator("[data-verb=predict]").first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")


def walk(page: Any, wanted: list[str]) -> None:
    """Every page, one after the other."""
    page.goto("/")
    page.locator("article a").first.wait_for()
    first = page.locator("article a").first.get_attribute("href").strip("/").split("?")[0]
    page.wait_for_load_state("networkidle")
    if not wanted:
        take(page, "home")
    applications = page.evaluate("fetch('/v1').then(answer => answer.json()).then(found => found.applications)")
    shown = first
    for name in [app["name"] for app in applications if not wanted or app["name"] in wanted]:
        if page.evaluate("name => fetch('/v1/' + name).then(answer => answer.json())", name)["model"] is None:
            train(page, name)
            shown = name  # its training is there to be seen
        answered(page, name)
        take(page, name)
    for tab, press in TABS.items() if not wanted else ():
        page.goto(f"/{shown if tab == 'train' else first}/{tab}")
        page.locator("nav a[aria-current]").wait_for()
        page.wait_for_load_state("networkidle")
        if tab == "train" and (curves := page.get_by_role("button", name="Curves")).count():
            curves.first.click()
            page.locator(".u-wrap").first.wait_for()
        if press:
            page.get_by_role("button", name=press).click()
            page.locator(".found").first.wait_for()
        take(page, f"tab-{tab}")


def main() -> None:
    """Take them."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with served() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--force-color-profile=srgb"])
        page = browser.new_page(
            base_url=address,
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="UTC",
        )
        page.set_default_timeout(PATIENCE)
        walk(page, sys.argv[1:])
        browser.close()


if __name__ == "__main__":
    main()
