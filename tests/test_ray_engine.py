"""The engine ray: one cluster of two nodes on this machine for all; workers and nodes are taken away."""

from __future__ import annotations

import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from conformance_on_engines import ON_ENGINES, run_checks
from subprocess_targets import doubled, kill_own_worker, raise_odd_error, read_variable, refusing, wait_a_little

import pippin
from pippin.core.errors import PippinError
from pippin.core.job import Job
from pippin.engines import engine, worker_state
from pippin.verbs.batch_predictions import Answerer, Chunk
from pippin.verbs.measuring import Measure, Measurement

pytestmark = [
    # Found, not imported: Ray reads its settings when it is imported.
    pytest.mark.skipif(find_spec("ray") is None, reason="the extra ray is not installed: pip install 'pippin[ray]'"),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of Ray's own threads and files
    pytest.mark.skipif(sys.platform != "linux", reason="Ray's clusters of several nodes are Linux's"),
]
LITTLE = {"object_store_memory": 80 * 2**20, "include_dashboard": False}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two raylets with a processor each, which listen on 127.0.0.1; a home of their own stands for another machine."""
    before = dict(os.environ)
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_raylet_start_wait_time_s="300",
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN="0123456789abcdef" * 4,
        PIPPIN_HOME=str(tmp_path_factory.mktemp("node") / "home"),
        PYTHONPATH=os.pathsep.join([str(Path(__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]),
    )
    from pippin.engines import ray_pool

    found = start_cluster(4)
    yield found
    ray_pool.disconnect()
    found.shutdown()
    os.environ.clear()
    os.environ.update(before)


def start_cluster(tries: int) -> Any:
    """Start two nodes; a busy machine may need more than the 30 s after which Ray 2.60 gives one up."""
    from ray.cluster_utils import Cluster

    found = Cluster()
    try:
        found.add_node(num_cpus=1, **LITTLE)
        found.add_node(num_cpus=1, object_store_memory=LITTLE["object_store_memory"])
    except Exception:
        found.shutdown()
        if tries == 1:
            raise
        return start_cluster(tries - 1)
    return found


@pytest.fixture
def address(cluster: Any) -> str:
    return str(cluster.address)


def test_ray_answers_as_the_others_do_in_order(address: str) -> None:
    run = engine(address=address)
    found = list(run(doubled, range(20)))
    assert [value for value, _, _ in found] == [2 * number for number in range(20)]
    pids = {pid for _, pid, _ in found}
    assert os.getpid() not in pids
    assert {threads for _, _, threads in found} == {"1"}
    assert {pid for _, pid, _ in run(doubled, range(20))} <= pids, "workers stay warm"
    with pytest.raises(PippinError, match=r"^3 is odd\.$"):
        list(run(refusing, [2, 3, 4]))
    with pytest.raises(PippinError, match="A worker failed: OddError: 1 and 1"):
        list(run(raise_odd_error, [1]))


def test_nothing_listens_beyond_this_machine(address: str) -> None:
    assert address.startswith("127.0.0.1:")
    listening = [
        line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()
    ]
    port = f"{int(address.rpartition(':')[2]):04X}"
    hosts = {
        local.rpartition(":")[0] for _, local, _, state, *_ in listening if local.endswith(f":{port}") and state == "0A"
    }
    assert hosts
    assert hosts <= {"0100007F", "0000000000000000FFFF00000100007F", "00000000000000000000000001000000"}


def test_a_killed_worker_costs_one_job(address: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    run = engine(2, address=address)
    tasks = [(tmp_path, number, {3: 2, 5: 3}.get(number, 0)) for number in range(8)]
    lost: list[str] = []

    def on_lost(task: tuple[Path, int, int], why: str) -> tuple[int, int]:
        lost.append(why)
        return -task[1], 0

    assert [number for number, _ in run(kill_own_worker, tasks, on_lost=on_lost)] == [0, 1, 2, 3, 4, -5, 6, 7]
    assert lost
    assert "its worker ended in each of 3 tries" in lost[0]
    assert capfd.readouterr().out == "", "standard output is for one object of JSON"


def test_a_node_may_be_taken_away(cluster: Any, address: str) -> None:
    node = cluster.add_node(num_cpus=1, object_store_memory=LITTLE["object_store_memory"])
    run, begun = engine(3, address=address), time.monotonic()
    outcomes = run(wait_a_little, [(number, 0.4) for number in range(24)])
    found = [next(outcomes) for _ in range(6)]
    cluster.remove_node(node, allow_graceful=False)
    found += outcomes
    assert found == list(range(24))
    assert time.monotonic() - begun < 300


def test_the_state_of_another_machine_stays(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_SOMETHING", "new")
    run = engine(1, address=address)
    ((found, folder),) = run(read_variable, ["PIPPIN_SOMETHING"])
    assert found == "new"
    ((home, _),) = run(read_variable, ["PIPPIN_HOME"])
    assert home != os.environ["PIPPIN_HOME"]
    assert folder != str(tmp_path)


def test_model_data_and_inputs_are_sent_along(address: str, miniature: str, home: Path, tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text(
        "".join(f"{a}{b}{c}\t{('early', 'late')[a > 'm']}\n" for a in "abyz" for b in "abcyz" for c in "abx")
    )
    here = pippin.compare(miniature, str(path), cache=False).payload["methods"]
    there = pippin.compare(miniature, str(path), cache=False, address=address, ship=True).payload["methods"]
    assert {name: one["scores"] for name, one in here.items()} == {name: one["scores"] for name, one in there.items()}
    pippin.train(miniature, str(path))
    pippin.teach(miniature, "zz", "early")
    words = [f"{a}{b}" for a in "abcxyz" for b in "abcdxyz"]
    pippin.predict(miniature, *words, out=tmp_path / "here.csv")
    pippin.predict(miniature, *words, out=tmp_path / "there.csv", address=address, ship=True)
    assert (tmp_path / "here.csv").read_text() == (tmp_path / "there.csv").read_text()


def test_a_worker_of_another_version_is_refused_and_costs_later_calls_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(engine(2, address=address)(doubled, [1]))
    run = engine(1, address=address)  # another number than before, so that its worker is new
    with monkeypatch.context() as changed:
        changed.setattr(worker_state, "__version__", "99.0")
        with pytest.raises(PippinError, match=r"^The worker on .* and this process 99\.0; install the same version"):
            list(run(doubled, [1]))
    assert [value for value, _, _ in run(doubled, [1, 2])] == [2, 4]


def test_data_and_models_that_a_worker_does_not_see_are_one_sentence(address: str) -> None:
    nowhere = "/of/another/machine"
    job = Job("miniature:application", nowhere)
    (found,) = engine(1, address=address)(Measure(), [Measurement(job, "")])
    assert re.fullmatch(rf"The data {nowhere} are not there on .*; put them where .*, or give --ship\.", found["error"])
    answerer = Answerer("miniature", "miniature:application", nowhere, nowhere, "", {}, alone=False)
    with pytest.raises(PippinError, match=rf"^The model {nowhere} is not there on .*; put PIPPIN_HOME where"):
        list(engine(1, address=address)(answerer, [Chunk(0, ())]))


def test_another_version_on_a_worker_is_told() -> None:
    with pytest.raises(PippinError, match=r"worker on node7 has Pippin 0\.0, and this process .*; install the same"):
        worker_state.require_same_versions({**worker_state.versions(), "Pippin": "0.0"}, "node7")
    with pytest.raises(PippinError, match=r"worker on node7 has Python 3\.9"):
        worker_state.require_same_versions({**worker_state.versions(), "Python": "3.9"}, "node7")


def test_a_cluster_that_is_not_there_is_one_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    run = engine(address=f"127.0.0.1:{port}")
    with pytest.raises(PippinError, match=rf"cluster at 127\.0\.0\.1:{port} cannot be reached"):
        list(run(doubled, [1]))
    for wrong in ("ray://127.0.0.1:10001", "somewhere"):
        with pytest.raises(PippinError, match="--address must be HOST:PORT"):
            list(engine(address=wrong)(doubled, [1]))


def test_a_local_cluster_that_starts_slowly_is_started_again() -> None:
    from pippin.engines.ray_pool import _start_cluster

    class Slow:
        """Stands for Ray on a busy machine."""

        def __init__(self, failures: int, why: str) -> None:
            self.left, self.why, self.ended = failures, why, 0

        def init(self, address: str, **options: Any) -> None:
            assert address == "local", "a cluster that happens to run here is not ours"
            self.left -= 1
            if self.left >= 0:
                raise RuntimeError(self.why)

        def shutdown(self) -> None:
            self.ended += 1

    timeout = "The current node timed out during startup."
    slow = Slow(2, timeout)
    _start_cluster(slow, {})
    assert slow.ended == 2
    for failures, why, ended in ((3, timeout, 3), (1, "No room for the object store.", 1)):
        slow = Slow(failures, why)
        with pytest.raises(RuntimeError, match=why):
            _start_cluster(slow, {})
        assert slow.ended == ended


@pytest.mark.parametrize("application", ON_ENGINES)
def test_applications_pass_their_checks_on_ray(
    application: str, address: str, miniature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAY_ADDRESS", address)
    found = run_checks(application, "ray", monkeypatch)
    assert all(one["kept"] for one in found.values()), found
