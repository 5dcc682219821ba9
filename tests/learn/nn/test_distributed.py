"""Two processes of one training: the loss and the weights of one process with the same batches."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from pippin.core.errors import PippinError
from pippin.core.ranks import leave_ranks, read_ranks
from pippin.core.run import Budget, Run
from pippin.learn.nn import training_loop
from pippin.learn.nn.batches import in_memory
from pippin.learn.nn.distributed import Ranks

# Learns a little regression with a batch that two processes cannot share evenly; writes weights and losses to argv[1];
# then again, to argv[2], where one process is asked to end.
PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_distributed import learn
learn(Path(sys.argv[1]))
learn(Path(sys.argv[2]), stop=True)
"""


def learn(folder: Path, *, stop: bool = False) -> None:
    """Train a small network; each process keeps its own run."""
    usual, training_loop.LOG_EVERY = training_loop.LOG_EVERY, -1.0  # every step
    torch.manual_seed(3)
    network = torch.nn.Sequential(torch.nn.Linear(6, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    inputs = torch.randn(66, 6, generator=torch.Generator().manual_seed(1))
    targets = inputs[:, :1] * inputs[:, 1:2] + inputs[:, 2:3]
    rank, _ = read_ranks()
    run = Run(folder if rank == 0 else folder / f"rank-{rank}", budget=Budget(None, 12), seed=5)
    if stop and rank == 1:
        (run.folder / "stop").touch()  # as where one of the machines is asked to end
    recipe = training_loop.TrainingConfig(batch=11, rate=0.02, clip=1.0, average=0.95)
    loss = lambda net, x, y: torch.nn.functional.mse_loss(net(x), y)  # noqa: E731
    training_loop.train(network, loss, in_memory(inputs, targets), run, recipe)
    training_loop.LOG_EVERY = usual
    run.save({name: value.numpy() for name, value in network.state_dict().items()}, {})


def run_processes(count: int, arguments: list[str], **variables: str) -> list[subprocess.CompletedProcess[str]]:
    """Start a command in `count` processes as torchrun does, and wait for all."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    told = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(count), **variables}
    going = [
        subprocess.Popen(
            arguments,
            env={**os.environ, **told, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(count)
    ]
    return [subprocess.CompletedProcess(one.args, one.wait(600), *one.communicate()) for one in going]


def losses(folder: Path) -> list[float]:
    lines = map(json.loads, (folder / "log.jsonl").read_text().splitlines())
    return [line["loss"] for line in lines if "loss" in line]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of trainings: `one` by this process, `two` by two, `ended` by two of which one is asked to end."""
    folder = tmp_path_factory.mktemp("learned")
    program = PROGRAM.format(folder=str(Path(__file__).parent))
    learn(folder / "one")
    for done in run_processes(2, [sys.executable, "-c", program, str(folder / "two"), str(folder / "ended")]):
        assert done.returncode == 0, done.stderr
    return folder


def test_two_processes_learn_what_one_does(learned: Path) -> None:
    one, two = (load_file(learned / name / "checkpoint" / "state.safetensors") for name in ("one", "two"))
    for name, array in one.items():
        np.testing.assert_allclose(two[name], array, rtol=1e-4, atol=1e-5)
    alone, shared = losses(learned / "one"), losses(learned / "two")
    assert len(alone) == len(shared) == 72
    np.testing.assert_allclose(shared, alone, rtol=1e-4)


def test_all_processes_stop_where_one_is_asked_to(learned: Path) -> None:
    assert (learned / "ended").is_dir()
    assert not (learned / "ended" / "log.jsonl").exists(), "no step was taken"


@pytest.mark.slow
def test_a_training_by_torchrun_writes_one_model(tmp_path: Path, home: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("a,b,label\n" + "".join(f"{n % 7},{n % 5},{'xy'[n % 7 > 3]}\n" for n in range(90)))
    command = [
        sys.executable,
        "-m",
        "pippin",
        "tables",
        "train",
        str(table),
        "--epochs",
        "4",
        "--threads",
        "1",
        "--json",
    ]
    first, second = run_processes(2, [*command, "--width", "16", "--members", "2", "--no-refit"])
    assert first.returncode == second.returncode == 0, first.stderr + second.stderr
    payload: dict[str, Any] = json.loads(first.stdout)
    assert json.loads(second.stdout) == {"application": "tables", "rank": 1, "world_size": 2}
    assert [path.name for path in (home / "artifacts").glob("*/")] == [payload["artifact"]]
    assert len(list((home / "runs").glob("*/"))) == 1
    assert payload["scores"]
    assert payload["baseline"]


@pytest.mark.parametrize(("rank", "count"), [("2", "2"), ("-1", "2"), ("x", "2"), ("0", "0")])
def test_ranks_that_cannot_be_are_told(monkeypatch: pytest.MonkeyPatch, rank: str, count: str) -> None:
    for name, value in {"RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "here", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PippinError, match="name no process of a training"):
        read_ranks()


def test_jobs_are_not_shared_by_torchrun(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import pippin

    for name, value in {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "here", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(PippinError, match=r"start it alone, with --workers"):
        pippin.compare(miniature)
    with pytest.raises(PippinError, match="--resume goes on in one process"):
        pippin.train(miniature, resume=True)
    leave_ranks()
    assert read_ranks() == (0, 1)


def test_a_batch_is_shared_whole() -> None:
    indices = torch.arange(11)
    shares = [Ranks(rank, 4).share(indices) for rank in range(4)]
    assert sorted(torch.cat([own for own, _ in shares]).tolist()) == list(range(11))
    assert sum(weight for _, weight in shares) == pytest.approx(1.0)
    assert [weight for _, weight in (Ranks(rank, 4).share(torch.arange(2)) for rank in range(4))] == [
        0.5,
        0.5,
        0.0,
        0.0,
    ]
