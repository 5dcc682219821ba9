"""Nodes of a Ray cluster taken away beside a slow one: machines in network namespaces, or raylets of one machine."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from _namespaces import Machine, can_be_made, machines
from _results import Row, write
from _scale_jobs import sleep_by_node

from pippin.engines import Engine, engine

JOBS, TAKEN_AFTER, RUNS = 40, 6.0, 3
LITTLE = 80 * 2**20
# How soon a node that says nothing counts as gone: Ray's own settings wait for about a minute.
SOON = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}
CLUSTER = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_raylet_start_wait_time_s": "300",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "0f" * 32,
}


@dataclass(frozen=True)
class Cluster:
    """A cluster with a head and a slow node; a third node is added and taken away."""

    address: str
    slow: str
    add: Callable[[], object]
    kill: Callable[[object], None]


def measure_nodes() -> None:
    """Take nodes of a Ray cluster away, beside one that is half as fast, and write down what it cost."""
    here = str(Path(__file__).parent)
    os.environ.update(CLUSTER)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    if not can_be_made():
        with _raylets() as cluster:
            rows = _taken_away(cluster)
        return _write(rows, "raylets of one machine")
    with _machines(SOON) as (cluster, third):
        rows = [*_taken_away(cluster), _cut(cluster, third, "checks each second")]
    with _machines({}) as (cluster, third):
        rows.append(_cut(cluster, third, "Ray's own settings"))
    return _write(rows, "machines in network namespaces")


def _write(rows: list[Row], what: str) -> None:
    write("scale_nodes", f"Nodes of a Ray cluster taken away ({what})", rows, load=os.getloadavg())


def _taken_away(cluster: Cluster) -> list[Row]:
    from pippin.engines.ray_pool import disconnect

    run = engine(3, address=cluster.address)
    list(run(sleep_by_node, [(0, 0.0, "")]))  # connected to a node that stays
    times, right = [], True
    for _ in range(RUNS):
        third = cluster.add()
        seconds, found = _run(run, cluster.slow, lambda third=third: cluster.kill(third))
        times.append(seconds)
        right = right and found == list(range(JOBS))
    disconnect()
    ideal = (JOBS - TAKEN_AFTER) / 1.5  # a fast and a slow node, and what the third did until it was taken away
    return [
        Row(
            f"{JOBS} jobs of 1 s, a node killed after {TAKEN_AFTER:g} s, one half as fast: time beside the ideal",
            statistics.mean(times) / ideal,
            "times",
            min(times) / ideal,
            max(times) / ideal,
            "at most 1.3",
            note=f"jobs that sleep; mean, lowest and highest of {RUNS} runs; ideal by calculation",
        ),
        Row("all results right and in order", float(right), aim="at least 1"),
    ]


def _cut(cluster: Cluster, third: Machine, settings: str) -> Row:
    """Cut the link of a node, which ends no connection, and tell in how many seconds its job came back from another."""
    from pippin.engines.ray_pool import disconnect

    cluster.add()
    seconds, found = _run(engine(3, address=cluster.address), cluster.slow, third.cut)
    disconnect()
    assert found == list(range(JOBS))
    ideal = (JOBS - TAKEN_AFTER) / 1.5
    what = f"the same where the node's link is cut ({settings}): time beside the ideal"
    return Row(what, seconds / ideal, "times", note=f"1 run; {seconds:.1f} s; all results right and in order")


def _run(run: Engine, slow: str, take_away: Callable[[], None]) -> tuple[float, list[int]]:
    """Return the seconds of all jobs, and their numbers as they came."""
    list(run(sleep_by_node, [(number, 0.5, "") for number in range(9)]))  # all three are warm
    begun, is_taken, found = time.perf_counter(), False, []
    for outcome in run(sleep_by_node, [(number, 1.0, slow) for number in range(JOBS)]):
        found.append(outcome[0])
        if not is_taken and time.perf_counter() - begun > TAKEN_AFTER:
            take_away()
            is_taken = True
    return time.perf_counter() - begun, found


@contextmanager
def _machines(settings: dict[str, str]) -> Iterator[tuple[Cluster, Machine]]:
    """Yield a cluster of machines that share nothing but a switch, and the one that is to be taken away."""
    ray = str(Path(sys.executable).with_name("ray"))
    with machines(3) as (head, slow, third), tempfile.TemporaryDirectory(prefix="pippin-nodes-") as folder:

        def start(machine: Machine, *words: str) -> None:
            own = ["--num-cpus=1", f"--object-store-memory={LITTLE}", "--disable-usage-stats"]
            environment = {**os.environ, **settings, "PIPPIN_HOME": f"{folder}/{machine.name}"}
            machine.start(ray, "start", *words, f"--node-ip-address={machine.address}", *own, environment=environment)

        def add() -> Machine:
            start(third, f"--address={address}")
            return third

        address = f"{head.address}:6379"
        start(head, "--head", "--port=6379", "--include-dashboard=false", f"--temp-dir={folder}/ray")
        start(slow, f"--address={address}")
        with head.enter():
            yield Cluster(address, _node(slow.address, address), add, lambda machine: third.kill()), third


def _node(host: str, address: str) -> str:
    """Return the id of the node with an address, asked by a process of its own, which leaves no connection."""
    program = (
        "import ray, sys; ray.init(sys.argv[1], logging_level='ERROR', log_to_driver=False); "
        "print([n['NodeID'] for n in ray.nodes() if n['NodeManagerAddress'] == sys.argv[2]][0])"
    )
    done = subprocess.run([sys.executable, "-c", program, address, host], capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


@contextmanager
def _raylets() -> Iterator[Cluster]:
    """Yield a cluster of nodes of this one machine, where no namespaces can be made."""
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    from ray.cluster_utils import Cluster as Raylets

    head = {"num_cpus": 1, "object_store_memory": LITTLE, "include_dashboard": False}
    raylets = Raylets(initialize_head=True, head_node_args=head)

    def add() -> object:
        return raylets.add_node(num_cpus=1, object_store_memory=LITTLE)

    def kill(node: object) -> None:
        raylets.remove_node(node, allow_graceful=False)

    slow = add()
    try:
        yield Cluster(str(raylets.address), slow.node_id, add, kill)  # type: ignore[attr-defined]
    finally:
        raylets.shutdown()
