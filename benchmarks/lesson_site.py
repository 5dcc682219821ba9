"""The lesson without a server: how soon a page can be read and computes, at 4 MB/s and a quarter of the processor.

A server of its own hands out 4 million bytes a second in all. A quarter of the processor is chromium's throttling of
the page; workers are not throttled by it, so the processor time of an answer times four is given beside it. Half
precision is compared with single precision on photographs, where they are there. `--starts 0` measures sizes alone,
and leaves all other rows of the result as they are: they need a machine that does nothing else.
"""

from __future__ import annotations

import functools
import http.server
import os
import statistics
import tempfile
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from _results import DATA, RESULTS, Row, arguments, write
from playwright.sync_api import sync_playwright

from pippin.core.files import read_json, write_json
from pippin.lessons.command import learn

RATE, PIECE = 4e6, 16384
BURST = 0.2  # seconds a line was idle since a busy machine sent late, which it makes up for
SLOWER = 4
LABELS, EACH = 9, 20  # photographs: half of each label's to learn from, half to ask about
NAMED = [f"{label} {number}" for label in ("tennis ball", "orange", "football") for number in (1, 2, 3, 4)]


class Slow(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, all connections together at RATE."""

    lock, free, sent = threading.Lock(), 0.0, 0

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file in pieces, each when its turn comes."""
        while piece := source.read(PIECE):
            with Slow.lock:
                Slow.free = max(Slow.free, time.monotonic() - BURST) + len(piece) / RATE
                Slow.sent += len(piece)
                wait = Slow.free - time.monotonic()
            time.sleep(max(0.0, wait))
            outputfile.write(piece)


def serve(folder: Path) -> str:
    """Serve a folder from a thread; return its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Slow, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


class Visit:
    """A browser with an empty cache, its page and the processor time of what shows it."""

    def __init__(self, driver: Any) -> None:
        self.browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        self._session = self.browser.new_browser_cdp_session()
        self.context = self.browser.new_context(viewport={"width": 1280, "height": 900}, service_workers="block")
        self.page = self.context.new_page()
        self.page.set_default_timeout(120_000)

    def cpu(self) -> float:
        """Return the processor time of all pages in seconds."""
        found = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return sum(float(one["cpuTime"]) for one in found if one["type"] == "renderer")

    def throttle(self) -> None:
        """Run the page at a quarter of the processor's speed."""
        session = self.context.new_cdp_session(self.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def start(driver: Any, address: str) -> tuple[float, float, float]:
    """Return seconds until text is painted, until the network answers, and of transfer and CPU in sum."""
    visit = Visit(driver)
    sent, before, began = Slow.sent, visit.cpu(), time.monotonic()
    visit.page.goto(f"{address}01-what-is-it.html", wait_until="commit")
    visit.page.locator("[data-knows]").wait_for()
    ready = time.monotonic() - began
    apart = (Slow.sent - sent) / RATE + visit.cpu() - before
    paint = visit.page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000")
    visit.browser.close()
    return float(paint), ready, apart


def name_images(driver: Any, address: str) -> list[float]:
    """Return for each image shown the seconds until it is named on a throttled page."""
    visit = Visit(driver)
    visit.page.goto(f"{address}01-what-is-it.html")
    visit.page.locator("[data-knows]").wait_for()
    found = []
    visit.throttle()
    for name in NAMED:
        found.append(float(visit.page.evaluate(NAME, name)))
    visit.browser.close()
    return found[2:]  # the first two compile


def cpu_of_names(driver: Any, address: str) -> list[float]:
    """Return the processor time of naming each image on a page that is not throttled."""
    visit = Visit(driver)
    visit.page.goto(f"{address}01-what-is-it.html")
    visit.page.locator("[data-knows]").wait_for()
    found = []
    for name in NAMED:
        before = visit.cpu()
        visit.page.evaluate(NAME, name)
        found.append(visit.cpu() - before)
    visit.browser.close()
    return found[2:]


NAME = """(name) => new Promise((done) => {
  const [stage, began] = [document.querySelector('.stage'), performance.now()]
  let gone = !stage.querySelector('.word')
  new MutationObserver((_, watching) => {
    const word = stage.querySelector('.says .word')
    gone ||= !word
    if (!gone || !word) return
    watching.disconnect()
    done((performance.now() - began) / 1000)
  }).observe(stage, { childList: true, subtree: true, characterData: true })
  document.querySelector(`[aria-label="${name}"]`).click()
})"""
FRAMES = """() => new Promise((done) => {
  let [count, began] = [0, performance.now()]
  requestAnimationFrame(function next(now) {
    count += 1
    if (now - began < 5000) requestAnimationFrame(next)
    else done((count - 1) / ((now - began) / 1000))
  })
})"""


def fly(driver: Any, address: str) -> tuple[float, float]:
    """Return frames drawn a second on a throttled page with both birds, and four times the CPU time of a second."""
    visit = Visit(driver)
    visit.page.goto(f"{address}07-the-bird.html")
    visit.page.locator("[data-ready]").wait_for()
    visit.page.locator(".arena").scroll_into_view_if_needed()
    visit.page.wait_for_timeout(2000)
    before, began = visit.cpu(), time.monotonic()
    visit.page.wait_for_timeout(4000)
    share = (visit.cpu() - before) / (time.monotonic() - began)
    visit.throttle()
    frames = float(visit.page.evaluate(FRAMES))
    visit.browser.close()
    return frames, SLOWER * share


def compare_halves() -> list[Row]:
    """Return how far answers move when the network's numbers are rounded to half precision."""
    from pippin.apps.recognize.config import RecognizeConfig
    from pippin.apps.recognize.data import load
    from pippin.apps.recognize.pretrained import embedding
    from pippin.core.workspace import cache
    from pippin.learn.nn.onnx_session import session
    from pippin.learn.vision import backbone, efficientnet_graph
    from pippin.learn.vision.image_decoding import open_image

    folder = DATA / "recognize" / "apple_ball"
    source = str(folder) if folder.is_dir() else None
    data = load(source, RecognizeConfig())
    chosen: dict[str, list[Any]] = {}
    for example in sorted((*data.train, *data.val, *data.test), key=lambda one: one.key):
        if len(chosen.setdefault(example.answer, [])) < EACH:
            chosen[example.answer].append(example)
    whole = backbone.prepare(cache("backbone"))
    with tempfile.TemporaryDirectory() as made:
        half = Path(made) / efficientnet_graph.GRAPH_FILE
        half.write_bytes(whole.read_bytes())
        numbers = np.fromfile(whole.with_name(efficientnet_graph.WEIGHTS_FILE), "<f4")
        half.with_name(efficientnet_graph.WEIGHTS_FILE).write_bytes(numbers.astype("<f2").astype("<f4").tobytes())
        networks = [session(path, threads=1) for path in (whole, half)]
        pairs = []
        for label, examples in chosen.items():
            for example in examples:
                pixels = embedding.views(backbone.pixels(open_image(example.input)), embedding.VIEWS)
                seen = [network.run(["features"], {"pixels": pixels})[0].mean(axis=0) for network in networks]
                pairs.append((label, np.stack([embedding.embed(one[None])[0] for one in seen])))
    labels = [label for label, _ in pairs]
    points = np.stack([both for _, both in pairs])
    return _compare(labels, points, "photographs" if source else "drawn images")


def _compare(labels: list[str], points: Any, what: str) -> list[Row]:
    from pippin.apps.recognize.pretrained.ridge_head import Head

    learn_from = np.arange(len(labels)) % 2 == 0
    answers = []
    for which in (0, 1):
        head = Head.fit(
            points[learn_from, which], [label for label, one in zip(labels, learn_from, strict=True) if one]
        )
        shares, known, _ = head.predict(points[~learn_from, which])
        answers.append((shares, shares.argmax(1), known))
    (one, first, knows), (other, second, knew) = answers
    count = len(first)
    equal = float(((first == second) & (knows == knew)).mean())
    return [
        Row(f"half precision, {count} {what}: share with the same answer", equal),
        Row(f"half precision, {count} {what}: largest difference of a probability", float(np.abs(one - other).max())),
        Row(f"half precision, {count} {what}: mean difference of a probability", float(np.abs(one - other).mean())),
    ]


def ranged(what: str, values: list[float], unit: str, aim: str, count: str) -> Row:
    """Return the median of values as a row, its bounds their range."""
    note = f"median and range of {count}"
    return Row(what, statistics.median(values), unit, min(values), max(values), aim=aim, note=note)


def measure_sizes(folder: Path) -> list[Row]:
    """Write the pages to a folder and return how large they are."""
    size = learn("site", out=folder).payload["bytes"]
    single = Path(learn("site", out=folder / "stick", single_file=True).payload["files"][0]).stat().st_size
    single_row = Row("pages of the path in one file", single / 1e6, "MB")
    return [Row("all pages with their networks", size / 1e6, "MB"), single_row]


def replace_rows(rows: list[Row]) -> None:
    """Put rows in the place of those with the same name, in the stored result."""
    stored = read_json(RESULTS / "lesson_site.json")
    fresh = {row.what: asdict(row) for row in rows}
    stored["rows"] = [fresh.get(row["what"], row) for row in stored["rows"]]
    write_json(RESULTS / "lesson_site.json", stored)
    print(fresh)


def main() -> None:
    """Measure, and write benchmarks/results/lesson_site.json."""
    count = arguments(__doc__, starts=5).starts
    with tempfile.TemporaryDirectory() as made, sync_playwright() as driver:
        folder = Path(made)
        sizes = measure_sizes(folder)
        if not count:
            return replace_rows(sizes)
        address = serve(folder)
        starts = [start(driver, address) for _ in range(count)]
        walls = name_images(driver, address)
        cpu = [SLOWER * one for one in cpu_of_names(driver, address)]
        flights = [fly(driver, address) for _ in range(3)]
    paints, ready, apart = (list(one) for one in zip(*starts, strict=True))
    frames, loads = (list(one) for one in zip(*flights, strict=True))
    about = f"{count} cold starts"
    quarter = "at a quarter of the processor's speed"
    rows = [
        ranged("page 1 readable, cold, 4 MB/s", paints, "s", "at most 1.5", about),
        ranged("page 1: its network ready, cold, 4 MB/s", ready, "s", "at most 6", about),
        ranged("page 1: bytes until then at 4 MB/s, plus all processor time", apart, "s", "at most 6", about),
        ranged(f"an image named, page {quarter}", walls, "s", "at most 1", f"{len(walls)} images"),
        ranged("an image named: four times its processor time", cpu, "s", "at most 1", f"{len(cpu)} images"),
        ranged(f"the bird, page {quarter}", frames, "frames/s", "at least 30", "3 flights of 5 s"),
        ranged("the bird: four times the processor time of a second", loads, "s", "at most 1", "3 flights of 4 s"),
        *sizes,
        *compare_halves(),
    ]
    write("lesson_site", "The lesson without a server", rows, load=os.getloadavg())


if __name__ == "__main__":
    main()
