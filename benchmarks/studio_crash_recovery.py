"""Whether anything acknowledged is lost when the studio is killed (kill -9) while it teaches, trains and receives.

    python benchmarks/studio_crash_recovery.py

At each of the random moments, corrections, tables to learn from and trainings are under way. Every fifth time the
training that runs is killed too, as when the machine goes down. After each restart everything that was answered with
200 must be there and whole. Any loss ends the command with an error.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import httpx2

from pippin.core.artifact import read_artifact

TRAINING = {"width": 16, "blocks": 1, "threads": 1, "skip": "note"}
SLOWEST = 300.0  # seconds until a training or a start counts as hung


class Lost(AssertionError):
    """Something that was acknowledged is not there, or not whole."""


class Studio:
    """A studio in a process of its own, which can be killed and restarted on the same workspace."""

    def __init__(self, home: Path) -> None:
        self.home, self.said = home, home / "terminal.txt"
        self.process: subprocess.Popen[bytes]
        self.address = ""

    def begin(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", "0"]
        places = {
            "PIPPIN_HOME": str(self.home),
            "PIPPIN_CACHE": os.environ.get("PIPPIN_CACHE", str(self.home / "cache")),
        }
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(command, stderr=said, env={**os.environ, **places})
        end = time.monotonic() + SLOWEST
        while time.monotonic() < end:
            found = re.search(r"http://\S+/", self.said.read_text())
            with suppress(httpx2.HTTPError):
                if found and httpx2.get(f"{found[0]}v1").status_code == 200:
                    self.address = found[0]
                    return
            time.sleep(0.05)
        raise Lost(f"It did not start again: {self.said.read_text()}")

    def kill(self) -> None:
        """Kill the process at once."""
        self.process.kill()
        self.process.wait()
        if "Problem" in (said := self.said.read_text()) or "Traceback" in said:
            raise Lost(f"Something went wrong inside: {said}")

    def client(self) -> httpx2.Client:
        """A browser, so to speak."""
        return httpx2.Client(base_url=f"{self.address}v1/", headers={"X-Pippin": "1"}, timeout=SLOWEST)


class Promises:
    """What was acknowledged so far."""

    def __init__(self) -> None:
        self.lessons: list[str] = []
        self.runs: dict[str, bytes] = {}

    def teach(self, client: httpx2.Client, rng: random.Random, number: int) -> None:
        """One lesson after the other, until the studio is gone."""
        for count in range(10_000):
            answer = f"thing {number} {count}"
            read_body(client.post("recognize/teach", json={"input": {"sample": rng.randrange(8)}, "answer": answer}))
            self.lessons.append(answer)

    def train(self, client: httpx2.Client, rng: random.Random, number: int) -> None:
        """Tables sent to learn from; a training is stopped now and then, so that not all of them wait."""
        for _ in range(10_000):
            alive = [one for one in listed(client) if one["alive"]]
            if len(alive) > 1:
                read_body(client.post("tables/stop", json={"run": alive[-1]["run"]}))
                time.sleep(rng.uniform(0.1, 0.5))
                continue
            table = rows(rng)
            values = {**TRAINING, "epochs": rng.choice([1, 200])}
            data = {"arguments": json.dumps(values)}
            answer = read_body(client.post("tables/train", files={"data": ("fruit.csv", table, "text/csv")}, data=data))
            self.runs[answer["payload"]["run"]] = table


def rows(rng: random.Random) -> bytes:
    """A table that can be learned; a column of noise makes it long under way."""
    lines = ["weight,colour,note,label"]
    for number in range(90):
        weight, colour = rng.randrange(100), "red" if number % 3 else "green"
        lines.append(f"{weight},{colour},{rng.randbytes(2000).hex()},{'apple' if weight > 50 else 'lime'}")
    return "\n".join(lines).encode()


def read_body(answer: httpx2.Response) -> Any:
    """Return the body of a response of status 200, or of a refusal to stop a run that has just ended."""
    if answer.status_code == 200 or "is not running" in answer.text:
        return answer.json()
    raise Lost(f"{answer.request.url}: {answer.status_code} {answer.text[:300]}")


def listed(client: httpx2.Client) -> list[dict[str, Any]]:
    """The trainings."""
    return list(read_body(client.post("tables/runs", json={}))["payload"]["runs"])


def disturbed(studio: Studio, promises: Promises, rng: random.Random, number: int, longest: float) -> None:
    """Let it work until a random moment, then kill it; every fifth time its trainings as well."""
    problems: list[BaseException] = []

    def work(one: Callable[..., None], seed: int) -> None:
        with studio.client() as client, suppress(httpx2.TransportError):
            try:
                one(client, random.Random(seed), number)
            except Lost as problem:
                problems.append(problem)

    jobs = [threading.Thread(target=work, args=(one, rng.getrandbits(32))) for one in (promises.teach, promises.train)]
    for job in jobs:
        job.start()
    before, end = len(promises.lessons), time.monotonic() + SLOWEST
    # Three of four times it is at work already; a restarted one loads its models again.
    while number % 4 and len(promises.lessons) == before and not problems and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(rng.uniform(0, longest))
    if number % 5 == 4:
        kill_trainings(studio.home)
    studio.kill()
    for job in jobs:
        job.join()
    if problems:
        raise problems[0]


def kill_trainings(home: Path) -> None:
    """End what learns at this moment, at once."""
    for record in home.glob("runs/*/run.json"):
        facts = json.loads(record.read_text())
        if facts["state"] == "running":
            with suppress(ProcessLookupError):
                os.kill(facts["pid"], signal.SIGKILL)


def check(studio: Studio, promises: Promises) -> None:
    """Whether all that was acknowledged is there."""
    with studio.client() as client:
        history = read_body(client.post("recognize/history", json={}))["payload"]["taught"]
        trainings = {one["run"]: one for one in listed(client)}
        for name in (f"{studio.address}v1", "recognize", "tables", "tables/samples"):
            read_body(client.get(name))
    there = [row["answer"] for row in history]
    if len(there) != len(set(there)) or not set(promises.lessons) <= set(there):
        missing = sorted(set(promises.lessons) - set(there))
        lost(f"lessons: {missing or 'some are there twice'}")
    for run, table in promises.runs.items():
        if run not in trainings:
            lost(f"the training {run}")
        if trainings[run]["state"] == "failed":
            lost(
                f"{run}: {trainings[run]['problem']} {(studio.home / 'runs' / run / 'console.txt').read_text()[-300:]}"
            )
        request = json.loads((studio.home / "runs" / run / "request.json").read_text())
        try:
            content = Path(request["arguments"]["data"]).read_bytes()
        except FileNotFoundError:  # removed from a run that was stopped before it began, maybe since it was listed
            with studio.client() as client:
                states = {one["run"]: one["state"] for one in listed(client)}
            content = table if states[run] == "cancelled" else b""
        if content != table:
            lost(f"the table of {run}")
    for folder in studio.home.glob("artifacts/[!.]*/"):
        made = read_artifact(folder)
        for part in made.facts["parts"]:
            made.part(part)
    for path in studio.home.rglob("*.json"):
        if not path.name.startswith("."):
            json.loads(path.read_text())
    if (database := studio.home / "feedback.sqlite").exists():
        with closing(sqlite3.connect(database)) as connection:
            (state,) = connection.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            lost(f"the database: {state}")


def settled(studio: Studio, promises: Promises) -> dict[str, int]:
    """How every training ended; one that was cut off is gone on with, and every model made answers."""
    with studio.client() as client:
        cut_off = [one["run"] for one in listed(client) if one["state"] == "interrupted"][:3]
        ended(client, stop=True)
        for run in cut_off:
            read_body(client.post("tables/train", json={"resume": True, "run": run}))
            ended(client)
        trainings = [one for one in listed(client) if one["run"] in promises.runs]
        for one in trainings:
            if one["run"] in cut_off and one["state"] != "finished":
                lost(f"{one['run']}, which was gone on with, is {one['state']}")
            if one["artifact"]:
                row = {"weight": 70, "colour": "red", "note": ""}
                read_body(client.post("tables/predict", json={"inputs": [row], "model": one["artifact"]}))
    states = [one["state"] for one in trainings]
    return {state: states.count(state) for state in sorted(set(states))}


def ended(client: httpx2.Client, *, stop: bool = False) -> None:
    """Wait until no training runs; with `stop` have them stop."""
    end = time.monotonic() + SLOWEST
    while alive := [one for one in listed(client) if one["alive"]]:
        if time.monotonic() > end:
            lost(f"{alive} have hung")
        for one in alive:
            if stop and not one["stopping"]:
                read_body(client.post("tables/stop", json={"run": one["run"]}))
        time.sleep(0.3)


def lost(what: str) -> NoReturn:
    """Say what is not as it was promised."""
    raise Lost(f"Lost or broken: {what}")


@contextmanager
def _folder() -> Any:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def killed(home: Path, kills: int, seed: int = 0, longest: float = 3.0) -> dict[str, Any]:
    """Kill a studio so often over one workspace; what was acknowledged, all of which was there each time.

    Each time it works for up to `longest` seconds.
    """
    studio, promises, rng = Studio(home), Promises(), random.Random(seed)
    try:
        studio.begin()
        for number in range(kills):
            disturbed(studio, promises, rng, number, longest)
            studio.begin()
            check(studio, promises)
        states = settled(studio, promises)
        check(studio, promises)
    finally:
        kill_trainings(home)
        studio.process.terminate()
        studio.process.wait()
    left = list((home / "studio" / "open").glob("*/"))
    if left:
        lost(f"temporary files remain: {left}")
    return {"kills": kills, "lessons": len(promises.lessons), "trainings": len(promises.runs), "ended": states}


def main() -> None:
    """Kill it, and write the results."""
    from _results import Row, arguments, write

    given = arguments(__doc__, kills=50, seed=0)
    with _folder() as home:
        found = killed(home, given.kills, given.seed)
    what = f"{found['lessons']} lessons and {found['trainings']} trainings with their data"
    rows = [Row(f"lost of {what}, killed {found['kills']} times", 0, aim="at most 0", note="kill -9")]
    write("studio_crash_recovery", "The studio, killed at random moments", rows, **found, seed=given.seed)


if __name__ == "__main__":
    main()
