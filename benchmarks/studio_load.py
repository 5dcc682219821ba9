"""A class of 70 browsers with 6 connections each, and the same class beside 1,000 silent connections.

    python benchmarks/studio_load.py [--part 1 --visitors 70 --seconds 120 --silent 1000]

Each visitor has a workspace of their own, and does one thing after the other as a class would (most of all: give it
something, correct it, look again), with one to five seconds in between. All 6 connections of a browser stay open
throughout. Part 1: for two minutes, one visitor has 48 enlargements in work, and another a training with a budget of
two hours. Part 2: for one minute, the class meets 1,000 connections of its own address that say nothing, or little,
and come again when they are closed. Each part opens a studio of its own, where one visitor has tried everything once
before it begins, takes less than three minutes, and writes a result of its own; without --part both are done.
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
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import numpy as np
from _results import Row, arguments, write
from PIL import Image

import pippin

TOKEN = "a-secret-of-the-class"
CONNECTIONS = 6  # of one browser to one host, as Chromium and Firefox have them
ENLARGEMENTS = 48
IMAGES = [path.read_bytes() for path in Path(pippin.__file__).parent.glob("apps/recognize/sample/*/*.png")]
GRACE_SECONDS = 20.0  # after a lesson, for what was asked for within it
MORE_WORK = ("enlarge an image", "play a game")  # seconds of work: not among the light ones


class Visitor:
    """One browser of the class: what it asks for, and how long it waited for that."""

    def __init__(self, address: str, rng: random.Random, times: dict[str, list[float]]) -> None:
        limits = httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=600)
        headers = {"X-Pippin": "1", "Accept": "text/html,*/*"}
        self.client = httpx2.AsyncClient(base_url=address, headers=headers, timeout=300, limits=limits)
        self.rng, self.times = rng, times
        self.problems: Counter[str] = Counter()
        self.taught = 0
        self.deeds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "open the home page": (6, self.home),
            "open an application": (16, self.application),
            "name an image": (28, self.name),
            "teach an image": (14, self.teach),
            "undo": (4, self.undo),
            "answer a row": (10, lambda: self.ask("tables", "predict", inputs=[self.sample()])),
            "models": (5, lambda: self.ask(self.one(), "models")),
            "history": (5, lambda: self.ask("recognize", "history")),
            "runs": (2, lambda: self.ask(self.one(), "runs")),
            "enlarge an image": (3, lambda: self.enlarge(48)),
            "play a game": (4, lambda: self.ask("flappy", "predict", inputs=[self.sample()], max_pipes=10)),
        }

    async def join(self) -> None:
        """Come in by the address with the token, and open all connections."""
        answer = await self.client.get("/", params={"token": TOKEN}, follow_redirects=True)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:200]}"
        await self.keep_open()

    async def keep_open(self) -> None:
        """Use all connections at the same time, so that none is closed for being idle."""
        await asyncio.gather(*(self.get("/v1/queue") for _ in range(CONNECTIONS)))

    async def stay(self, end: float) -> None:
        """Do one thing after the other until the lesson is over; the first is to open the page."""
        await asyncio.sleep(self.rng.uniform(0, 5))
        await self.timed("open the home page")
        names, weights = list(self.deeds), [weight for weight, _ in self.deeds.values()]
        kept = time.monotonic()
        while time.monotonic() < end:
            await self.timed(self.rng.choices(names, weights)[0])
            if time.monotonic() - kept > 15:
                await self.timed("all connections at once", self.keep_open)
                kept = time.monotonic()
            await asyncio.sleep(self.rng.uniform(1, 5))

    async def timed(self, deed: str, doing: Callable[[], Awaitable[None]] | None = None) -> None:
        """Do it, and note the seconds."""
        begun = time.monotonic()
        try:
            await (doing or self.deeds[deed][1])()
        except (httpx2.HTTPError, AssertionError) as problem:
            self.problems[f"{deed}: {type(problem).__name__} {problem}"[:300]] += 1
        self.times[deed].append(time.monotonic() - begun)

    def one(self) -> str:
        """An application."""
        return self.rng.choice(["recognize", "tables", "upscale", "flappy"])

    def sample(self) -> dict[str, int]:
        """One of the first samples."""
        return {"sample": self.rng.randrange(6)}

    async def get(self, path: str) -> httpx2.Response:
        """Something that must be there."""
        answer = await self.client.get(path)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:200]}"
        return answer

    async def ask(self, application: str, command: str, **values: object) -> None:
        """Have a command carried out."""
        answer = await self.client.post(f"/v1/{application}/{command}", json=values)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:200]}"

    async def send(self, application: str, command: str, name: str, content: bytes, **values: object) -> None:
        """Have a command carried out on a file."""
        answer = await self.client.post(
            f"/v1/{application}/{command}",
            files={name: ("image.png", content, "image/png")},
            data={"arguments": json.dumps(values)},
        )
        assert answer.status_code == 200, f"{answer.status_code} {answer.text[:200]}"

    async def home(self) -> None:
        """The page with what it fetches."""
        page = (await self.get("/")).text
        await asyncio.gather(*(self.get(path) for path in re.findall(r"/assets/[\w.-]+", page)), self.get("/v1"))

    async def application(self) -> None:
        """The page of an application."""
        name = self.one()
        await asyncio.gather(self.get(f"/v1/{name}"), self.get(f"/v1/{name}/samples"))

    async def name(self) -> None:
        """What is this?"""
        await self.send("recognize", "predict", "inputs", self.rng.choice(IMAGES))

    async def teach(self) -> None:
        """This is a ..."""
        answer = self.rng.choice(["plum", "pear", "quince", "medlar"])
        await self.send("recognize", "teach", "input", self.rng.choice(IMAGES), answer=answer)
        self.taught += 1

    async def undo(self) -> None:
        """Take the last correction back, if there is one."""
        if self.taught:
            await self.ask("recognize", "undo")
            self.taught -= 1

    async def enlarge(self, side: int) -> None:
        """Enlarge an image of noise."""
        image = Image.fromarray(np.frombuffer(self.rng.randbytes(side * side * 3), np.uint8).reshape(side, side, 3))
        content = io.BytesIO()
        image.save(content, "png")
        await self.send("upscale", "predict", "inputs", content.getvalue())


class Silent:
    """Connections that say nothing, half a header or half a body, and come again when they are closed."""

    SAID = (
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX",
        b"POST /v1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n",
    )

    def __init__(self, port: int, amount: int) -> None:
        self.port, self.opened, self.failed = port, 0, 0
        self._tasks = [asyncio.create_task(self._lean(self.SAID[number % 3])) for number in range(amount)]

    async def _lean(self, said: bytes) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                self.failed += 1
                await asyncio.sleep(1)
                continue
            self.opened += 1
            with suppress(OSError):
                writer.write(said)
                await reader.read()
            writer.close()
            await asyncio.sleep(1)

    async def end(self) -> None:
        """Close them all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@dataclass
class Outcome:
    """What a lesson came to; `more` are rows of its own."""

    times: dict[str, list[float]]
    problems: Counter[str]
    more: list[Row]


Lesson = Callable[[list[Visitor], int, argparse.Namespace], Awaitable[Outcome]]


async def busy_lesson(everybody: list[Visitor], port: int, given: argparse.Namespace) -> Outcome:
    """The class at work, one of it with 48 enlargements, one with a training."""
    times = everybody[0].times
    times.clear()
    first, second = everybody[0], everybody[1]
    await second.ask("tables", "train", budget="2h", threads=1)
    begun = time.monotonic()
    _, enlarged = await asyncio.gather(
        asyncio.gather(*(one.stay(begun + given.seconds) for one in everybody[1:])),
        enlarge_all(first, begun + given.seconds + GRACE_SECONDS),
    )
    (run,) = (await second.client.post("/v1/tables/runs", json={})).json()["payload"]["runs"]
    if not run["alive"]:
        second.problems[f"the training ended: {run}"[:300]] += 1
    await second.ask("tables", "stop", run=run["run"])
    return Outcome(dict(times), problems_of(everybody), [enlarged])


async def enlarge_all(visitor: Visitor, end: float) -> Row:
    """Have 48 images enlarged at once; what has no answer at the end is left."""
    # One visitor may hold 64 connections; a browser's six would keep the others in the browser.
    own, begun = visitor.client, time.monotonic()
    limits = httpx2.Limits(max_connections=ENLARGEMENTS)
    visitor.client = httpx2.AsyncClient(
        base_url=own.base_url, headers=own.headers, cookies=own.cookies, timeout=600, limits=limits
    )
    tasks = [asyncio.create_task(visitor.enlarge(300)) for _ in range(ENLARGEMENTS)]
    done, late = await asyncio.wait(tasks, timeout=end - begun)
    seconds = time.monotonic() - begun
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    for task in done:
        if problem := task.exception():
            visitor.problems[f"one of 48 enlargements: {type(problem).__name__} {problem}"[:300]] += 1
    await visitor.client.aclose()
    visitor.client = own
    note = f"{len(late)} of them had no answer yet" if late else ""
    return Row(f"{ENLARGEMENTS} enlargements of one visitor", round(seconds, 1), "s", note=note)


async def besieged_lesson(everybody: list[Visitor], port: int, given: argparse.Namespace) -> Outcome:
    """The class at work while silent connections lean on it; a newcomer comes in."""
    times = everybody[0].times
    times.clear()
    silent = Silent(port, given.silent)
    await asyncio.sleep(2)
    newcomer = Visitor(str(everybody[0].client.base_url), random.Random(0), times)
    await newcomer.timed("come in", newcomer.join)
    end = time.monotonic() + given.seconds / 2
    await asyncio.gather(*(one.stay(end) for one in everybody))
    await silent.end()
    await newcomer.client.aclose()
    opened = Row("silent connections opened", silent.opened, note=f"{silent.failed} more could not be")
    return Outcome(dict(times), problems_of([*everybody, newcomer]), [opened])


def problems_of(everybody: list[Visitor]) -> Counter[str]:
    """What went wrong how often; the count starts again at nothing."""
    found = sum((one.problems for one in everybody), Counter[str]())
    for one in everybody:
        one.problems.clear()
    return found


async def lesson(port: int, given: argparse.Namespace, hold: Lesson) -> tuple[Outcome, int]:
    """Let the class in, and hold a lesson; how many connections were open when it began."""
    times: dict[str, list[float]] = defaultdict(list)
    everybody = [Visitor(f"http://127.0.0.1:{port}", random.Random(number), times) for number in range(given.visitors)]
    for visitor in everybody:
        await visitor.join()
    for deed in everybody[0].deeds:
        await everybody[0].timed(deed)
    problems = problems_of(everybody)
    if problems:
        raise SystemExit(f"It does not work for one alone: {dict(problems)}")
    await asyncio.gather(*(visitor.keep_open() for visitor in everybody))
    opened = connections(port)
    outcome = await hold(everybody, port, given)
    for visitor in everybody:
        await visitor.client.aclose()
    return outcome, opened


def connections(port: int) -> int:
    """How many connections to the port this process holds."""
    lines = Path("/proc/self/net/tcp").read_text().splitlines()[1:]
    return sum(int(line.split()[2].rpartition(":")[2], 16) == port and line.split()[3] == "01" for line in lines)


def spent(process: int) -> tuple[float, float]:
    """Megabytes a process holds, and seconds of processor time it took."""
    status = Path(f"/proc/{process}/status").read_text()
    ticks = sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[11:13]))
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1000, ticks / os.sysconf("SC_CLK_TCK")


def measure(given: argparse.Namespace, hold: Lesson, name: str, title: str) -> None:
    """Open a studio, hold a lesson in it, and write the result."""
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0", "--host", "0.0.0.0"]
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        console = Path(folder, "console.txt")
        with console.open("wb") as stderr:
            server = subprocess.Popen(
                [*command, "--token", TOKEN, "--max-training", "2h"],
                stderr=stderr,
                env={**os.environ, "PIPPIN_HOME": folder},
            )
        try:
            while not (printed := re.findall(r":(\d+)/", console.read_text())):
                assert server.poll() is None, console.read_text()
                time.sleep(0.1)
            outcome, opened = asyncio.run(lesson(int(printed[0]), given, hold))
            megabytes, processor = spent(server.pid)
        finally:
            server.terminate()
            server.wait(120)
            said = console.read_text()
    if "Problem" in said:
        outcome.problems[said[-2000:]] += 1
    rows = [
        Row("connections of the class", opened, aim=f"at least {given.visitors * CONNECTIONS}"),
        _row("light answers", light(outcome.times), "at most 1"),
        *(_row(deed, seconds) for deed, seconds in sorted(outcome.times.items())),
        Row(
            "errors",
            sum(outcome.problems.values()),
            aim="at most 0",
            note=f"of {sum(map(len, outcome.times.values()))} deeds",
        ),
        *outcome.more,
        Row("largest memory of the server", round(megabytes), "MB"),
        Row("processor time of the server, its start with it", round(processor, 1), "s"),
        Row("load average of the machine before it began", round(before, 1), note="what else it had to do"),
    ]
    write(name, title, rows, seconds=given.seconds, silent=given.silent, problems=dict(outcome.problems))


def main() -> None:
    """Measure one part, or both."""
    given = arguments(__doc__, part=0, visitors=70, seconds=120, silent=1000)
    if given.part not in (0, 1, 2):
        raise SystemExit(f"--part must be 1 or 2, or 0 for both, not {given.part}.")
    browsers = f"{given.visitors} browsers with {CONNECTIONS} connections each"
    if given.part in (0, 1):
        measure(given, busy_lesson, "studio_load", f"The studio, {browsers}")
    if given.part in (0, 2):
        title = f"The studio, {browsers} beside {given.silent:,} silent connections"
        measure(given, besieged_lesson, "studio_load_silent", title)


def light(times: dict[str, list[float]]) -> list[float]:
    """The seconds of all that is light."""
    return [one for deed, seconds in times.items() if deed not in MORE_WORK for one in seconds]


def _row(what: str, seconds: list[float], aim: str = "") -> Row:
    middle, late, worst = np.percentile(seconds, [50, 95, 100]).round(3).tolist()
    note = f"p50 {middle} s, max {worst} s, n = {len(seconds)}"
    return Row(f"{what}, p95", late, "s", aim=aim, note=note)


if __name__ == "__main__":
    main()
