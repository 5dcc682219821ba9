"""A class that follows the lesson: 25 browsers do page 1 at once, and 60 browsers ask for light answers.

    python benchmarks/lesson_class.py [--pupils 25 --repeats 3 --browsers 60 --seconds 60]

Every pupil has a workspace and connections of their own, as a browser has. Part 1, repeated with other seeds in a fresh
studio each time: all join within three seconds, open page 1 with its files, give five images of apples of their own
(the sample's, each pupil's moved, brightened and of 800 x 600 pixels, so that no cache of another's helps), teach them
four times over, give an orange, correct it, and see four points; between two things they wait up to two seconds. A wait
is the time of one request. Part 2: for a minute, browsers open pages, answer questions, write and read
queries, name and teach an image, and look at the queue every six seconds as pages do, while the teacher's board is
looked at every three seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from _results import Row, arguments, write
from PIL import Image, ImageEnhance

import pippin

TOKEN, TEACHER = "a-secret-of-the-class", "a-secret-of-the-teacher"
SAMPLE = Path(pippin.__file__).parent / "apps" / "recognize" / "sample"
APPLES, ORANGE = sorted(SAMPLE.glob("apple/*.png")), min(SAMPLE.glob("orange/*.png"))
PHOTOGRAPH = (800, 600)  # pixels
CONNECTIONS = 6  # of one browser to one host


def photograph(path: Path, rng: random.Random) -> bytes:
    """Return an image of the sample as a pupil's own: elsewhere in a frame, of another brightness, as JPEG."""
    with Image.open(path) as opened:
        thing = opened.convert("RGB").resize((400, 400))
    frame = Image.new("RGB", PHOTOGRAPH, (rng.randint(180, 255),) * 3)
    frame.paste(thing, (rng.randint(0, PHOTOGRAPH[0] - 400), rng.randint(0, PHOTOGRAPH[1] - 400)))
    content = io.BytesIO()
    ImageEnhance.Brightness(frame).enhance(rng.uniform(0.8, 1.2)).save(content, "jpeg", quality=88)
    return content.getvalue()


class Browser:
    """One browser of the class, and how long it waited for each thing."""

    def __init__(self, address: str, rng: random.Random) -> None:
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        headers = {"X-Pippin": "1", "Accept": "text/html,*/*"}
        self.client = httpx2.AsyncClient(base_url=address, headers=headers, timeout=300, limits=limits)
        self.rng, self.waits = rng, list[tuple[str, float]]()
        self.apples, self.orange = [photograph(path, rng) for path in APPLES], photograph(ORANGE, rng)

    async def ask(self, what: str, method: str, path: str, **given: Any) -> httpx2.Response:
        """Send a request and note how long its answer took; an error ends the measurement."""
        begun = time.monotonic()
        answer = await self.client.request(method, path, **given)
        self.waits.append((what, time.monotonic() - begun))
        if answer.status_code != 200:
            raise SystemExit(f"{what}: {answer.status_code} {answer.text[:300]}")
        return answer

    async def think(self, seconds: float = 2.0) -> None:
        """Do nothing for a moment."""
        await asyncio.sleep(self.rng.uniform(0, seconds))

    async def join(self, name: str, token: str = TOKEN) -> None:
        """Come in with the token, fetch the pages' files, and choose a nickname."""
        page = await self.ask("come in", "GET", "/learn", params={"token": token}, follow_redirects=True)
        files = re.findall(r"/assets/[\w.-]+", page.text)
        await asyncio.gather(*(self.ask("files", "GET", path) for path in files))
        await self.ask("queue", "GET", "/v1/queue")
        if token == TOKEN:
            await self.ask("join", "POST", "/v1/class/join", json={"name": name})

    async def open_page(self, number: int) -> dict[str, Any]:
        """Open a page of the lesson as its script does."""
        paths = ("/v1/learn/words", f"/v1/learn/{number}", f"/v1/learn/{number}/queries")
        found = await asyncio.gather(*(self.ask("page", "GET", path) for path in paths))
        return found[1].json()

    async def send(self, what: str, command: str, field: str, images: list[bytes], **values: object) -> Any:
        """Have an image named or taught."""
        files = [(field, (f"{at}.png", content, "image/png")) for at, content in enumerate(images)]
        return await self.ask(
            what, "POST", f"/v1/recognize/{command}", files=files, data={"arguments": json.dumps(values)}
        )

    async def do_page_1(self, name: str) -> int:
        """Do page 1 and return its points."""
        await self.think(3)
        await self.join(name)
        await self.open_page(1)
        await self.think()
        await asyncio.gather(*(self.ask("application", "GET", f"/v1/recognize{path}") for path in ("", "/samples")))
        await self.send("name five images", "predict", "inputs", self.apples)
        for _ in range(4):
            await self.think()
            await self.send("teach five images", "teach", "input", self.apples, answer="apple")
        await self.send("name an image", "predict", "inputs", [self.orange])
        await self.think()
        await self.send("teach an image", "teach", "input", [self.orange], answer="ball")
        return int((await self.open_page(1))["xp"])

    async def be_light(self, end: float) -> None:
        """Do what is light until the end."""
        deeds: list[Callable[[], Awaitable[Any]]] = [
            lambda: self.open_page(self.rng.randint(1, 15)),
            lambda: self.ask("overview", "GET", "/v1/learn"),
            lambda: self.ask("answer", "POST", "/v1/learn/2", json={"quiz": "ball-apple", "choice": "b"}),
            lambda: self.send("name an image", "predict", "inputs", [self.rng.choice(self.apples)]),
            lambda: self.send("teach an image", "teach", "input", [self.orange], answer="orange"),
        ]
        await self.think(5)
        asked = {"action": "ask", "text": "Why is it so?"}
        await self.ask("write a question", "POST", f"/v1/learn/{self.rng.randint(1, 15)}/queries", json=asked)
        looks = time.monotonic()
        while time.monotonic() < end:
            await self.rng.choice(deeds)()
            if time.monotonic() - looks > 6:
                await self.ask("queue", "GET", "/v1/queue")
                looks = time.monotonic()
            await asyncio.sleep(self.rng.uniform(1, 5))


async def watch(teacher: Browser, is_over: asyncio.Event) -> None:
    """Look at the teacher's board every three seconds."""
    while not is_over.is_set():
        await teacher.ask("the teacher's board", "GET", "/v1/teacher/board")
        await asyncio.sleep(3)


async def hold(port: int, count: int, seed: int, do: Callable[[Browser, int], Awaitable[Any]]) -> tuple[Any, Any]:
    """Let everybody do something at once while the teacher watches; what each returned, and all waits."""
    address = f"http://127.0.0.1:{port}"
    everybody = [Browser(address, random.Random(seed * 1000 + number)) for number in range(count)]
    teacher, is_over = Browser(address, random.Random(seed)), asyncio.Event()
    await teacher.join("", TEACHER)
    watching = asyncio.create_task(watch(teacher, is_over))
    found = await asyncio.gather(*(do(one, number) for number, one in enumerate(everybody)))
    is_over.set()
    await watching
    for one in (*everybody, teacher):
        await one.client.aclose()
    return found, [wait for one in (*everybody, teacher) for wait in one.waits]


def measure(count: int, seed: int, do: Callable[[Browser, int], Awaitable[Any]]) -> tuple[Any, Any, float]:
    """Open a studio for a class, and hold a lesson in it; also the processor time of the studio."""
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0", "--host", "0.0.0.0"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        console = Path(folder, "console.txt")
        with console.open("wb") as stderr:
            server = subprocess.Popen(
                [*command, "--token", TOKEN, "--teacher", TEACHER, "--lesson", "deep-learning"],
                stderr=stderr,
                env={**os.environ, "PIPPIN_HOME": folder},
            )
        try:
            while not (printed := re.findall(r":(\d+)/", console.read_text())):
                assert server.poll() is None, console.read_text()
                time.sleep(0.1)
            time.sleep(20)  # the models are tried once before a class comes
            found, waits = asyncio.run(hold(int(printed[0]), count, seed, do))
            ticks = Path(f"/proc/{server.pid}/stat").read_text().rpartition(") ")[2].split()[11:13]
        finally:
            server.terminate()
            server.wait(120)
        if "Problem" in (said := console.read_text()):
            raise SystemExit(said[-3000:])
    return found, waits, sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


async def be_light(browser: Browser, number: int, seconds: int) -> None:
    """Join, and do light things for some seconds."""
    await browser.think(3)
    await browser.join(f"Pupil {number}")
    await browser.be_light(time.monotonic() + seconds)


def main() -> None:
    """Measure both parts."""
    given: argparse.Namespace = arguments(__doc__, pupils=25, repeats=3, browsers=60, seconds=60)
    before = os.getloadavg()[0]
    longest, waits, cpu = [], [], 0.0
    for seed in range(given.repeats):
        points, found, seconds = measure(given.pupils, seed, lambda one, number: one.do_page_1(f"Pupil {number}"))
        if set(points) != {4}:
            raise SystemExit(f"Not everybody got the four points of page 1: {Counter(points)}")
        waits += found
        cpu += seconds
        longest.append(max(wait for _, wait in found))
    _, light, seconds = measure(given.browsers, 0, lambda one, number: be_light(one, number, given.seconds))
    rows = [
        Row(
            f"{given.pupils} browsers do page 1 at once, the longest wait of anybody",
            round(max(longest), 2),
            "s",
            aim="at most 10",
            note=f"of {given.repeats} classes: {', '.join(f'{one:.2f}' for one in longest)} s; {len(waits)} requests",
        ),
        Row("page 1, all waits, p95", round(float(np.percentile([wait for _, wait in waits], 95)), 3), "s"),
        *_by_kind("page 1", waits),
        _row(f"{given.browsers} browsers, light answers, p95", [wait for _, wait in light], "at most 2"),
        *_by_kind("light", light),
        Row("processor time of the studio, page 1, its start with it", round(cpu / given.repeats, 1), "s"),
        Row("processor time of the studio, light answers, its start with it", round(seconds, 1), "s"),
        Row("load average of the machine before it began", round(before, 1), note="what else it had to do"),
    ]
    write("lesson_class", "A class that follows the lesson", rows, seconds=given.seconds)


def _by_kind(part: str, waits: list[tuple[str, float]]) -> list[Row]:
    kinds = sorted({what for what, _ in waits})
    return [_row(f"{part}: {kind}, p95", [wait for what, wait in waits if what == kind]) for kind in kinds]


def _row(what: str, seconds: list[float], aim: str = "") -> Row:
    middle, late, worst = np.percentile(seconds, [50, 95, 100]).round(3).tolist()
    return Row(what, late, "s", aim=aim, note=f"p50 {middle} s, max {worst} s, n = {len(seconds)}")


if __name__ == "__main__":
    main()
