"""What `pippin serve` costs beside the bare model, and what is lost when a replica is killed under load.

    python benchmarks/serve.py

Rounds of the bare model (ONNX Runtime in a process of its own, as many threads as cores) and of 32 clients of
`pippin serve recognize` take turns, so that other programs slow both. Processor seconds are those of the process that
computes. Then a replica of two is killed with SIGKILL again and again while lessons and questions go on, and models
come into use. `--part` runs one of load, kills and takeover, and keeps the figures of the others.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from _results import RESULTS, Row, write

import pippin
from pippin.core import registry
from pippin.core.context import Context
from pippin.core.workspace import Workspace

CLIENTS, SIDE = 32, 224
STARTING_SECONDS = 300.0
PARTS = ("load", "kills", "takeover")
BARE = """
import json, os, sys, threading, time
import numpy as np
from pippin.learn.nn.onnx_session import session
graph, pixels = session(__import__("pathlib").Path(sys.argv[1])), np.load(sys.argv[2])
graph.run(None, {"pixels": pixels})
print("ready", flush=True)
for line in sys.stdin:
    end, counts, began = time.monotonic() + float(line), [], time.monotonic()
    cpu = time.process_time()
    def work():
        count = 0
        while time.monotonic() < end:
            graph.run(None, {"pixels": pixels})
            count += 1
        counts.append(count)
    threads = [threading.Thread(target=work) for _ in range(os.cpu_count() or 1)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print(json.dumps([sum(counts), time.monotonic() - began, time.process_time() - cpu]), flush=True)
"""


class Served:
    """`pippin serve` in a process of its own."""

    def __init__(self, home: Path, *words: str) -> None:
        self.home, self.log_file = home, home / f"log-{random.getrandbits(32):x}"
        environment = {**os.environ, "PIPPIN_HOME": str(home), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "pippin", "serve", *words, "--port", "0"]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)
        self.wait(lambda: any(line["event"] == "listening" for line in self.log))
        self.port = int(next(line for line in self.log if line["event"] == "listening")["address"].rpartition(":")[2])

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the log that are whole."""
        lines = self.log_file.read_text().splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    def ready(self) -> dict[int, int]:
        """Processes of the replicas that are ready."""
        dead = {line["pid"] for line in self.log if line["event"] == "death"}
        lines = [line for line in self.log if line["event"] == "ready" and line["process"] not in dead]
        return {line["replica"]: line["process"] for line in lines}

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait until something holds."""
        until = time.monotonic() + STARTING_SECONDS
        while not done():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log_file.read_text())
            time.sleep(0.05)

    def ask(self, path: str, values: Any) -> tuple[int, Any]:
        """Ask with JSON over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("POST", path, json.dumps(values), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def end(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(60)


@contextlib.contextmanager
def serve(home: Path, *words: str) -> Iterator[Served]:
    """Serve until the block ends."""
    served = Served(home, *words)
    try:
        yield served
    finally:
        served.end()


def cpu_seconds(process: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def infer_request(pixels: np.ndarray) -> bytes:
    """One request with binary tensors, as bytes on the wire."""
    data = pixels.astype("<f4").tobytes()
    info = {"name": "pixels", "datatype": "FP32", "shape": list(pixels.shape)}
    text = json.dumps({"inputs": [{**info, "parameters": {"binary_data_size": len(data)}}]}).encode()
    head = (
        f"POST /v2/models/recognize/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(text) + len(data)}\r\n"
        f"Inference-Header-Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text + data


class Client(threading.Thread):
    """A program with one connection that asks again as soon as it is answered; it notes when, and for how long."""

    def __init__(self, port: int, request: bytes, go: threading.Event, ended: threading.Event) -> None:
        super().__init__()
        self.port, self.request, self.go, self.ended = port, request, go, ended
        self.answered: list[tuple[float, float]] = []

    def run(self) -> None:
        """Ask until the end."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            file = connection.makefile("rb")
            self.go.wait()
            while not self.ended.is_set():
                began = time.monotonic()
                connection.sendall(self.request)
                if b" 200 " not in file.readline():
                    raise RuntimeError("the server refused")
                length = 0
                while line := file.readline().strip():
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                file.read(length)
                now = time.monotonic()
                self.answered.append((now, now - began))


def load(rounds: int, seconds: float) -> list[Row]:
    """Measure throughput and latency of 32 clients beside the bare model."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        pixels = np.random.default_rng(0).uniform(0, 255, (1, 3, SIDE, SIDE)).astype(np.float32)
        np.save(home / "pixels.npy", pixels)
        pippin.export("recognize", home / "exported", workspace=Workspace(home))
        bare = subprocess.Popen(
            [sys.executable, "-c", BARE, str(home / "exported" / "recognize.onnx"), str(home / "pixels.npy")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert bare.stdin
        assert bare.stdout
        bare.stdout.readline()
        speeds, costs, tails, medians = [], [], [], []
        with serve(home, "recognize") as served:
            served.wait(lambda: len(served.ready()) == 1)
            for _ in range(rounds):
                bare.stdin.write(f"{seconds}\n")
                bare.stdin.flush()
                count, took, cpu = json.loads(bare.stdout.readline())
                rate, cost, latencies = measure_clients(served, infer_request(pixels), seconds)
                speeds.append(rate / (count / took))
                costs.append((cpu / count) / cost)
                tails.append(float(np.percentile(latencies, 99) / np.median(latencies)))
                medians.append(float(np.median(latencies)))
        bare.stdin.close()
        bare.wait()
    note = f"{rounds} rounds of {seconds:g} s each, bare and served in turn"
    return [
        row("throughput of 32 clients of `serve recognize`, of the bare model's", speeds, "at least 0.9", note),
        row("bare model's processor time, of that of a served answer", costs, "", note),
        row("p99 over median latency of 32 clients", tails, "at most 3", note),
        row("median latency of 32 clients, seconds", medians, "", note),
    ]


def measure_clients(served: Served, request: bytes, seconds: float) -> tuple[float, float, list[float]]:
    """Return answers a second, the server's processor seconds an answer, and latencies, once the queue is full."""
    go, ended = threading.Event(), threading.Event()
    clients = [Client(served.port, request, go, ended) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    go.set()
    while not all(client.answered for client in clients):  # the first answers of all fill the queue
        time.sleep(0.02)
    began, cpu = time.monotonic(), cpu_seconds(served.process.pid)
    time.sleep(seconds)
    end, used = time.monotonic(), cpu_seconds(served.process.pid) - cpu
    ended.set()
    for client in clients:
        client.join()
    latencies = [took for client in clients for at, took in client.answered if began <= at <= end]
    return len(latencies) / (end - began), used / len(latencies), latencies


def row(what: str, values: list[float], aim: str, note: str) -> Row:
    """Return the mean over rounds with its 95 % interval (Student's t)."""
    from scipy import stats

    mean = statistics.fmean(values)
    half = float(stats.t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / len(values) ** 0.5
    return Row(what, mean, "", mean - half, mean + half, aim, note=note)


def kills(count: int) -> list[Row]:
    """Kill a replica again and again while lessons and questions go on."""
    rng, ended = random.Random(0), threading.Event()
    acknowledged: list[int] = []
    wrong: list[Any] = []
    sent, broken = [0], [0]
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder), "tables", "--replicas", "2") as served:
        served.wait(lambda: len(served.ready()) == 2)
        question = {"inputs": [{"sample": 0}]}
        label = served.ask("/v1/tables/predict", question)[1]["payload"]["results"][0]["answer"]

        def work(path: str, values: Any, hear: Callable[[int, Any], None]) -> None:
            while not ended.is_set():
                sent[0] += 1
                try:
                    hear(*served.ask(path, values))
                except (ConnectionError, http.client.HTTPException):
                    broken[0] += 1

        def hear_lesson(status: int, answer: Any) -> None:
            if status == 200:
                acknowledged.append(answer["payload"]["batch"])
            else:
                wrong.append(answer)

        def hear_answer(status: int, answer: Any) -> None:
            if status != 200 or answer["payload"]["results"][0]["answer"] != label:
                wrong.append(answer)

        lesson = {"input": {"sample": 0}, "answer": label}
        jobs = [threading.Thread(target=work, args=("/v1/tables/teach", lesson, hear_lesson))]
        jobs += [threading.Thread(target=work, args=("/v1/tables/predict", question, hear_answer)) for _ in range(3)]
        for job in jobs:
            job.start()
        for _ in range(count):
            time.sleep(rng.uniform(0.1, 1.0))
            number, process = rng.choice(sorted(served.ready().items()))
            os.kill(process, signal.SIGKILL)
            served.wait(lambda number=number, process=process: served.ready().get(number) not in (None, process))
        ended.set()
        for job in jobs:
            job.join()
        app = registry.get("tables")
        context = Context(app, Workspace(Path(folder)))
        there = [one.batch for one in context.rows(context.artifact())]
    lost = len(set(acknowledged) - set(there))
    note = f"{count} kills -9 of one of two replicas"
    return [
        Row(f"acknowledged lessons lost, of {len(acknowledged)}", lost, aim="at most 0", note=note),
        Row(f"answers wrong or refused, of {sent[0] - broken[0]}", len(wrong), aim="at most 0", note=note),
        Row(f"requests whose connection broke, of {sent[0]}", broken[0], note=f"{note}; a program sends them again"),
    ]


def measure_export(count: int) -> list[float]:
    """Return the processor seconds of this process for taking over the model in use, each time."""
    from pippin.web.serving.graphs import export_model, open_graphs

    app, seconds = registry.get("recognize"), []
    served = open_graphs(app, export_model(app, first=True))
    for _ in range(count):
        began = time.process_time()
        served = open_graphs(app, export_model(app, first=False), served)
        seconds.append(time.process_time() - began)
    return seconds


def takeover(count: int) -> list[Row]:
    """Time how long two replicas take until both serve a model that came into use."""
    costs = measure_export(count)
    seconds, answered, lost = [], [], []
    ended = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        space, app = Workspace(home), registry.get("recognize")
        item = app.load_data(None, {}).test[0].input
        pippin.teach("recognize", item, "another label", workspace=space)
        (archive,) = [Path(one) for one in export_archive(space)]
        pippin.undo("recognize", workspace=space)
        other = pippin.pull("recognize", archive, workspace=space).payload["artifact"]
        with serve(home, "recognize", "--replicas", "2") as served:
            served.wait(lambda: len(served.ready()) == 2)
            pixels = np.random.default_rng(0).uniform(0, 255, (1, 3, SIDE, SIDE)).astype(np.float32)
            request = infer_request(pixels)

            def ask() -> None:
                go = threading.Event()
                go.set()
                while not ended.is_set():
                    client = Client(served.port, request, go, ended)
                    try:
                        client.run()
                    except (OSError, RuntimeError) as problem:
                        lost.append(problem)
                    answered.extend(client.answered)

            asking = threading.Thread(target=ask)
            asking.start()
            for number in range(count):
                model = space.find(app, other if number % 2 == 0 else "builtin")
                lines = len(served.log)
                began = time.time()
                space.use(app, model)
                served.wait(lambda lines=lines, model=model: len(taken(served, lines, model.id)) == 2)
                seconds.append(max(taken(served, lines, model.id).values()) - began)
            ended.set()
            asking.join()
    note = f"{count} changes of the model in use, two replicas, one client asking all the while"
    return [
        Row(
            "seconds until all replicas serve a model that came into use, median",
            statistics.median(seconds), "s", min(seconds), max(seconds), "at most 1", note=f"{note}; range",
        ),
        row("processor seconds in which a process takes it over", costs, "", f"{count} times, alone"),
        Row(f"requests lost meanwhile, of {len(answered) + len(lost)}", len(lost), aim="at most 0", note=note),
    ]  # fmt: skip


def taken(served: Served, since: int, model: str) -> dict[int, float]:
    """When each replica began to serve a model, by replica, in seconds since 1970."""
    import calendar

    found = {}
    for line in served.log[since:]:
        if line["event"] == "model" and line["model"] == model:
            whole, _, part = line["time"].rstrip("Z").partition(".")
            found[line["replica"]] = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + int(part) / 1000
    return found


def export_archive(space: Workspace) -> list[str]:
    """Write the model in use with its corrections as a zip file."""
    folder = space.home / "archive"
    pippin.export("recognize", folder, archive=True, workspace=space)
    return [str(path) for path in folder.glob("*.zip")]


def main() -> None:
    """Measure and write the results; parts that are left out keep their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("rounds", 10), ("seconds", 10), ("kills", 20), ("changes", 12)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--part", choices=PARTS)
    given = parser.parse_args()
    path = RESULTS / "serve.json"
    found: dict[str, Any] = json.loads(path.read_text())["parts"] if path.exists() else {}
    measures = {
        "load": lambda: load(given.rounds, given.seconds),
        "kills": lambda: kills(given.kills),
        "takeover": lambda: takeover(given.changes),
    }
    for part in [given.part] if given.part else PARTS:
        found[part] = [asdict(one) for one in measures[part]()]
    rows = [Row(**one) for part in PARTS for one in found.get(part, [])]
    write("serve", "Served to programs", rows, clients=CLIENTS, parts=found)


if __name__ == "__main__":
    main()
