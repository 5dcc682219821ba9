"""A class of 60 at one studio for two minutes: how long each waits for what, whether anything fails, and what it costs.

    python benchmarks/studio_load.py [--visitors 60 --seconds 120]

Each visitor has a workspace of their own with a model of tables in it, does one thing after the other as a class would
(most of all: give it something, correct it, look again), and thinks for one to five seconds in between. Before they
come, their teacher has tried everything once.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import numpy as np
from _results import Row, arguments, write
from PIL import Image

import pippin

TOKEN = "a-secret-of-the-class"
PICTURES = [path.read_bytes() for path in Path(pippin.__file__).parent.glob("apps/recognize/sample/*/*.png")]
MORE_WORK = ("enlarge a picture", "play a game", "read lips")  # seconds of work: not among the light ones


class Visitor:
    """Somebody of the class: what they do, and how long they waited for it."""

    def __init__(self, client: httpx2.AsyncClient, chance: random.Random, times: dict[str, list[float]]) -> None:
        self.client, self.chance, self.times = client, chance, times
        self.problems: Counter[str] = Counter()
        self.taught = 0
        self.deeds: dict[str, tuple[int, Callable[[], Awaitable[None]]]] = {
            "open the home page": (6, self.home),
            "open an application": (16, self.application),
            "name a picture": (28, self.name),
            "teach a picture": (14, self.teach),
            "undo": (4, self.undo),
            "answer a row": (10, lambda: self.ask("tables", "predict", inputs=[self.sample()])),
            "models": (5, lambda: self.ask(self.one(), "models")),
            "history": (5, lambda: self.ask("recognize", "history")),
            "trainings": (2, lambda: self.ask(self.one(), "runs")),
            "enlarge a picture": (3, self.enlarge),
            "play a game": (4, lambda: self.ask("flappy", "predict", inputs=[self.sample()], cap=10)),
            "read lips": (3, lambda: self.ask("lipread", "predict", inputs=[self.sample()])),
        }

    async def come(self, end: float) -> None:
        """Do one thing after the other until the lesson is over; the first is to open the page."""
        await asyncio.sleep(self.chance.uniform(0, 5))
        await self.timed("open the home page")
        names, weights = list(self.deeds), [weight for weight, _ in self.deeds.values()]
        while time.monotonic() < end:
            await self.timed(self.chance.choices(names, weights)[0])
            await asyncio.sleep(self.chance.uniform(1, 5))

    async def timed(self, deed: str) -> None:
        """Do it, and note the seconds."""
        begun = time.monotonic()
        try:
            await self.deeds[deed][1]()
        except (httpx2.HTTPError, AssertionError) as problem:
            self.problems[f"{deed}: {type(problem).__name__} {problem}"[:300]] += 1
        self.times[deed].append(time.monotonic() - begun)

    def one(self) -> str:
        """An application."""
        return self.chance.choice(["recognize", "tables", "upscale", "flappy", "lipread"])

    def sample(self) -> dict[str, int]:
        """One of the first samples."""
        return {"sample": self.chance.randrange(6)}

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
            files={name: ("picture.png", content, "image/png")},
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
        await self.send("recognize", "predict", "inputs", self.chance.choice(PICTURES))

    async def teach(self) -> None:
        """This is a ..."""
        answer = self.chance.choice(["plum", "pear", "quince", "medlar"])
        await self.send("recognize", "teach", "input", self.chance.choice(PICTURES), answer=answer)
        self.taught += 1

    async def undo(self) -> None:
        """Take the last lesson back, if there is one."""
        if self.taught:
            await self.ask("recognize", "undo")
            self.taught -= 1

    async def enlarge(self) -> None:
        """Make a small picture larger."""
        picture = Image.fromarray(np.frombuffer(self.chance.randbytes(48 * 48 * 3), np.uint8).reshape(48, 48, 3))
        content = io.BytesIO()
        picture.save(content, "png")
        await self.send("upscale", "predict", "inputs", content.getvalue())


async def lesson(address: str, visitors: list[str], seconds: float) -> tuple[dict[str, list[float]], Counter[str]]:
    """The class at work: the seconds of every deed, and what went wrong how often."""
    times: dict[str, list[float]] = defaultdict(list)
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Pippin": "1"}
    clients = [
        httpx2.AsyncClient(base_url=address, headers=headers, timeout=300, cookies={"pippin-visitor": name})
        for name in visitors
    ]
    everybody = [Visitor(client, random.Random(number), times) for number, client in enumerate(clients)]
    for deed in everybody[0].deeds:
        await everybody[0].timed(deed)
    times.clear()
    end = time.monotonic() + seconds
    await asyncio.gather(*(one.come(end) for one in everybody))
    for client in clients:
        await client.aclose()
    return times, sum((one.problems for one in everybody), Counter())


def prepared(home: Path, visitors: int) -> list[str]:
    """Workspaces in which `tables` has a model; their visitors' names."""
    quick = ["--epochs", "2", "--width", "32", "--blocks", "1", "--threads", "1"]
    subprocess.run(
        [sys.executable, "-m", "pippin", "tables", "train", *quick],
        env={**os.environ, "PIPPIN_HOME": str(home / "first")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    names = [secrets.token_hex(16) for _ in range(visitors)]
    for name in names:
        for part in ("artifacts", "use.json"):
            source, target = home / "first" / part, home / "visitors" / name / part
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    return names


def spent(process: int) -> tuple[float, float]:
    """Megabytes a process holds, and seconds of processor time it took."""
    status = Path(f"/proc/{process}/status").read_text()
    ticks = sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[11:13]))
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1000, ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Let the class in, and write the results."""
    given = arguments(__doc__, visitors=60, seconds=120)
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0", "--host", "0.0.0.0"]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        visitors = prepared(Path(folder), given.visitors)
        server = subprocess.Popen(
            [*command, "--token", TOKEN],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PIPPIN_HOME": folder},
        )
        try:
            assert server.stderr is not None
            port = re.findall(r":(\d+)/", server.stderr.readline())[0]
            times, problems = asyncio.run(lesson(f"http://127.0.0.1:{port}", visitors, given.seconds))
            megabytes, processor = spent(server.pid)
        finally:
            server.terminate()
            said = server.communicate(timeout=60)[1]
    if "Problem" in said:
        problems[said[-2000:]] += 1
    light = [one for deed, seconds in times.items() if deed not in MORE_WORK for one in seconds]
    rows = [
        _row("whatever is light", light, "at most 2"),
        *(_row(deed, seconds) for deed, seconds in sorted(times.items())),
        Row("errors", sum(problems.values()), aim="at most 0", note=f"of {sum(map(len, times.values()))} deeds"),
        Row("memory of the server at the end", round(megabytes), "MB"),
        Row("processor time of the server, its start with it", round(processor, 1), "s"),
    ]
    title = f"The studio, {given.visitors} visitors at once"
    write("studio_load", title, rows, seconds=given.seconds, problems=dict(problems))


def _row(what: str, seconds: list[float], aim: str = "") -> Row:
    middle, late, worst = np.percentile(seconds, [50, 95, 100]).round(3).tolist()
    return Row(f"{what}, 95 % within", late, "s", aim=aim, note=f"half within {middle} s, all within {worst} s")


if __name__ == "__main__":
    main()
