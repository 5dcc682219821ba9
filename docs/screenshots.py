"""Images of every page of the studio, taken from a fresh one, into docs/images/studio: `make screenshots`.

    python docs/screenshots.py [home] [APPLICATION ...] [tabs] [teacher]

Needs chromium and the built pages. Applications are those that the studio offers; with names, only those are taken.
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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import sync_playwright

from pippin.core import registry

FOLDER = Path(__file__).parent / "images" / "studio"
WIDTH, HEIGHT, TALLEST = 1280, 800, 1500  # pixels
LARGEST = 150_000  # bytes
PATIENCE = 300_000  # milliseconds
MANY = 9  # images from which on they come as a sheet
TABS = {"train": "", "measure": "Score it", "runs": "", "inside": "Show me", "models": "", "more": ""}  # what to press
OF_A_TRAINING = ("train", "runs")  # tabs that show one
TOKEN, TEACHER = "the-token-of-the-class", "the-secret-of-the-teacher"


@contextmanager
def served(*options: str) -> Iterator[str]:
    """A studio whose workspace is empty; its address."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0", *options]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PIPPIN_HOME": home})
        try:
            assert process.stderr is not None
            found = re.search(r"http://\S+", process.stderr.readline())
            assert found
            yield found[0]
        finally:
            process.terminate()
            process.communicate(timeout=30)


def train(page: Any, name: str) -> None:
    """Train a model; not by the clock, so that it is the same wherever this is run."""
    page.goto(f"/{name}/train")
    page.get_by_text("More options").click()
    page.get_by_label("epochs").fill("30")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("heading", name="Finished").wait_for()


def take(page: Any, name: str) -> None:
    """Wait for the page to come to rest, and keep how it looks in few colours."""
    page.wait_for_load_state("networkidle")
    moves = page.locator("canvas").count() > 0
    for top in range(0, page.evaluate("document.body.scrollHeight"), HEIGHT // 2):
        page.evaluate("top => scrollTo(0, top)", top)  # some parts begin, and go on, when they are in sight
        page.wait_for_timeout(4000 if moves else 200)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_function("() => !document.querySelector('span.seed')")  # the sign that an answer is awaited
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(4000 if moves else 700)  # what moves shall be under way
    height = min(TALLEST, max(HEIGHT, page.evaluate("document.documentElement.scrollHeight")))
    content = page.screenshot(
        full_page=True, animations="disabled", clip={"x": 0, "y": 0, "width": WIDTH, "height": height}
    )
    image = Image.open(io.BytesIO(content)).convert("RGB")
    for colours in (256, 128, 64, 32):
        kept = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(kept, "png", optimize=True)
        if kept.tell() < LARGEST:
            break
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.png").write_bytes(kept.getvalue())
    print(f"{name}.png: {kept.tell() // 1000} kB, {colours} colours", flush=True)


def answered(page: Any, name: str) -> None:
    """The first page of an application once it was given one of its samples."""
    page.goto(f"/{name}?sample=2")
    page.locator("nav a[aria-current]").wait_for()
    with suppress(PlaywrightTimeout):  # a page of the application's own may show its answer in another way
        page.locator(".answer, canvas").first.wait_for(timeout=30_000)


def inspected(page: Any, name: str) -> bool:
    """Whether an application of rows shows what its table holds before it learns; here its own sample as a file."""
    tables = sorted((registry.get(name).folder / "sample").glob("*.csv"))
    if not tables:
        return False
    page.goto(f"/{name}/train")
    page.get_by_label("Data of yours").check()
    page.get_by_role("group", name="Your data").locator("input[type=file]").first.set_input_files(tables[0])
    page.get_by_role("group", name="The columns of the table").wait_for()
    return True


def grid(page: Any, name: str) -> None:
    """Every row of a file with its answer; here the application's own sample as a file."""
    table = next((registry.get(name).folder / "sample").glob("*.csv"))
    page.goto(f"/{name}")
    page.get_by_role("group", name="Or a file of rows").locator("input[type=file]").set_input_files(table)
    page.get_by_text("each with its answer").wait_for()


def sheet(page: Any, name: str) -> bool:
    """Whether many images of an application's own sample could be given at once, to be shown as a sheet."""
    images = sorted((registry.get(name).folder / "sample").glob("*/*.png"))[::3]
    if len(images) < MANY:
        return False
    page.goto(f"/{name}")
    page.get_by_role("group", name="Drop images here").locator("input[type=file]").first.set_input_files(images)
    page.get_by_role("region", name="All answers").wait_for()
    page.wait_for_load_state("networkidle")
    return True


def walk(page: Any, wanted: list[str]) -> None:
    """Every page, one after the other."""
    page.goto("/")
    page.locator("article a").first.wait_for()
    if not wanted or "home" in wanted:
        take(page, "home")
    applications = page.evaluate("fetch('/v1').then(answer => answer.json()).then(found => found.applications)")
    # The tabs are shown of one that takes pictures and answers in words, or of the first there is.
    shown = next((app for app in applications if app["input"] == "image" and not app["output"]), applications[0])[
        "name"
    ]
    trained = shown
    for name in [app["name"] for app in applications]:
        facts = page.evaluate("name => fetch('/v1/' + name).then(answer => answer.json())", name)
        if facts["kind"] == "record":
            trained = name  # it learns in seconds
        if not wanted or name in wanted:
            answered(page, name)
            take(page, name)
            if facts["kind"] == "record" and inspected(page, name):
                take(page, f"{name}-columns")
                grid(page, name)
                take(page, f"{name}-rows")
            if facts["kind"] == "file" and facts["teach"] and sheet(page, name):
                take(page, f"{name}-sheet")
    if not wanted or "tabs" in wanted:
        train(page, trained)
    for tab, press in TABS.items() if not wanted or "tabs" in wanted else ():
        page.goto(f"/{trained if tab in OF_A_TRAINING else shown}/{tab}")
        page.locator("nav a[aria-current]").wait_for()
        page.wait_for_load_state("networkidle")
        if tab == "train" and (curves := page.get_by_role("button", name="Curves")).count():
            curves.first.click()
            page.locator(".u-wrap").first.wait_for()
        if press:
            page.get_by_role("button", name=press).click()
            page.locator(".found, [data-run] table").first.wait_for()
        take(page, f"tab-{tab}")


def teach_class(browser: Any, address: str) -> None:
    """The teacher's page of a class of three, one of whom trains."""
    for application in ("recognize", "upscale"):
        visitor = opened(browser, address)
        visitor.goto(f"/{application}?token={TOKEN}&sample=1")
        visitor.locator(".answer, .slider").first.wait_for()
    visitor = opened(browser, address)
    visitor.goto(f"/tables/train?token={TOKEN}")
    visitor.get_by_role("button", name="Train", exact=True).click()
    visitor.get_by_role("button", name="Stop").first.wait_for()
    teacher = opened(browser, address)
    teacher.goto(f"/teacher?token={TEACHER}")
    teacher.get_by_label("A message to all").fill("Ten minutes to go: save what you want to keep.")
    teacher.get_by_role("button", name="Show it").click()
    teacher.locator("table tbody tr").nth(2).wait_for()
    take(teacher, "teacher")
    stop = teacher.get_by_role("button", name=re.compile("^Stop"))
    stop.click()  # a training goes on when the studio ends
    stop.wait_for(state="detached")


def opened(browser: Any, address: str) -> Any:
    """A page of a fresh browser."""
    page = browser.new_page(
        base_url=address,
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="light",
        locale="en-GB",
        timezone_id="UTC",
    )
    page.set_default_timeout(PATIENCE)
    return page


def main() -> None:
    """Take them."""
    wanted = sys.argv[1:]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--force-color-profile=srgb"])
        if wanted != ["teacher"]:
            with served() as address:
                walk(opened(browser, address), wanted)
        if not wanted or "teacher" in wanted:
            with served("--host", "0.0.0.0", "--token", TOKEN, "--teacher", TEACHER) as address:
                teach_class(browser, f"http://127.0.0.1:{urlsplit(address).port}/")
        browser.close()


if __name__ == "__main__":
    main()
