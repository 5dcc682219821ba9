"""Several processes on one port: one killed under load, models that come into use, counts, the parent's end."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgres import Postgres
from serving import Server, serving

SAMPLE = {"inputs": [{"sample": 0}]}
ZEROS = {"inputs": [{"name": "columns", "datatype": "FP32", "shape": [1, 367], "data": [0.0] * 367}]}


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server."""
    made = Postgres()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def server(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two replicas with their corrections in PostgreSQL; the last test of this module ends them."""
    home = tmp_path_factory.mktemp("served")
    with serving("tables", "--replicas", "2", home=home, database=postgres.url) as made:
        made.wait("/v2", lambda _: len(ready(made)) == 2)
        yield made


def ready(server: Server) -> dict[int, int]:
    """The processes of the replicas that have said that they are ready and not ended since, by replica."""
    dead = {line["pid"] for line in server.log if line["event"] == "death"}
    lines = [line for line in server.log if line["event"] == "ready" and line["process"] not in dead]
    return {line["replica"]: line["process"] for line in lines}


def ask(server: Server, path: str, values: Any) -> tuple[int, Any]:
    """Ask as a program does that tries again where its connection broke, which no answer came over."""
    for _ in range(100):
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            return server.post(path, values)
        time.sleep(0.05)
    raise AssertionError("no answer")


def test_both_replicas_take_over_what_was_taught_and_their_counts_are_one(server: Server) -> None:
    before = counts(server)
    label = server.post("/v1/tables/predict", SAMPLE)[1]["payload"]["results"][0]["answer"]
    status, taught = server.post("/v1/tables/teach", {"input": {"sample": 0}, "answer": label})
    assert status == 200, taught
    until = time.monotonic() + 60
    while len([line for line in server.log if "taught-1" in line.get("model", "") and line["event"] == "model"]) < 2:
        assert time.monotonic() < until, server.log
        time.sleep(0.05)
    versions = {server.post("/v2/models/tables/infer", ZEROS)[1]["model_version"] for _ in range(30)}
    assert len(versions) == 1
    assert "taught-1" in versions.pop()
    after = counts(server)
    name = 'pippin_requests_total{application="tables",command="infer",status="200"}'
    assert after[name] - before.get(name, 0) == 30
    served = {name: value for name, value in after.items() if name.startswith("pippin_model_info") and value}
    assert list(served.values()) == [2.0]
    replicas = {line["replica"] for line in server.log if line.get("command") == "infer"}
    assert replicas == {0, 1}
    assert server.post("/v1/tables/undo", {})[1]["payload"]["rows"] == 0


def test_a_replica_killed_under_load_loses_no_lesson_and_answers_nothing_wrong(
    server: Server, postgres: Postgres
) -> None:
    right = server.post("/v2/models/tables/infer", ZEROS)[1]["outputs"]
    label = server.post("/v1/tables/predict", SAMPLE)[1]["payload"]["results"][0]["answer"]
    batches: list[int] = []
    wrong: list[Any] = []
    ended = threading.Event()

    def teach() -> None:
        while not ended.is_set():
            status, answer = ask(server, "/v1/tables/teach", {"input": {"sample": 0}, "answer": label})
            if status == 200:
                batches.append(answer["payload"]["batch"])
            else:
                wrong.append(answer)

    def infer() -> None:
        while not ended.is_set():
            status, answer = ask(server, "/v1/tables/predict", SAMPLE)
            if status != 200 or answer["payload"]["results"][0]["answer"] != label:
                wrong.append(answer)
            status, answer = ask(server, "/v2/models/tables/infer", ZEROS)
            if status != 200 or [o["shape"] for o in answer["outputs"]] != [o["shape"] for o in right]:
                wrong.append(answer)

    threads = [threading.Thread(target=work) for work in (teach, teach, infer, infer)]
    for thread in threads:
        thread.start()
    try:
        for victim in (0, 1):
            before = len(batches)
            process = ready(server)[victim]
            os.kill(process, signal.SIGKILL)
            server_again(server, victim, process)
            while len(batches) < before + 3:
                time.sleep(0.05)
    finally:
        ended.set()
        for thread in threads:
            thread.join(60)
    assert wrong == []
    stored = Counter(row[0] for row in postgres.execute("SELECT batch FROM feedback WHERE undone IS NULL"))
    assert set(batches) <= set(stored)
    assert set(stored.values()) == {1}
    assert len(batches) == len(set(batches)) >= 6
    for _ in range(6):  # whichever replica answers
        assert ask(server, "/v1/tables/predict", SAMPLE)[1]["payload"]["results"][0]["answer"] == label


def server_again(server: Server, replica: int, process: int) -> None:
    """Wait until another process is the replica, and ready."""
    until = time.monotonic() + 120
    while ready(server).get(replica) in (None, process):
        assert time.monotonic() < until, server.log
        time.sleep(0.1)


def counts(server: Server) -> dict[str, float]:
    lines = server.ask("GET", "/metrics")[2].decode().splitlines()
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if not line.startswith("#")}


def is_alive(process: int) -> bool:
    stat = Path(f"/proc/{process}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def test_asked_to_leave_all_leave(server: Server) -> None:
    processes = list(ready(server).values())
    began = time.monotonic()
    assert server.end() == 0
    assert time.monotonic() - began < 10
    assert not any(is_alive(process) for process in processes)
    assert not list((server.home / "serve").glob("server-*"))


def test_all_end_with_their_parent(tmp_path: Path) -> None:
    with serving("tables", "--replicas", "2", home=tmp_path) as server:
        server.wait("/v2", lambda _: len(ready(server)) == 2)
        processes = list(ready(server).values())
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(30)
        until = time.monotonic() + 30
        while any(is_alive(process) for process in processes):
            assert time.monotonic() < until
            time.sleep(0.1)
