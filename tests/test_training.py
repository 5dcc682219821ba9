"""Training through the front door, cut off in every way: Ctrl-C, a killed process, a full disk."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.run import Run, follow
from pippin.core.workspace import Workspace

TEMPLATE = Path(pippin.__file__).parent / "template"
SETTINGS: dict[str, Any] = {"threads": 1, "seed": 3, "width": 8, "passes": 60, "progress": False}
IMAGES = 300
INTERVAL = 0.3  # seconds between checkpoints, here
CHILD = f"""
import sys, time
sys.path.insert(0, {str(TEMPLATE)!r})
from pippin.core.run import Run
Run.__init__.__kwdefaults__["interval"] = {INTERVAL}
due = Run.checkpoint_due
Run.checkpoint_due = lambda run: time.sleep(0.01) or due(run)  # slow, to be killed in the middle
import pippin, seedling
pippin.train(seedling.application, sys.argv[1], **{SETTINGS!r})
"""


@pytest.fixture(scope="module", autouse=True)
def seedling() -> Iterator[Any]:
    """The application every new one starts from; it must be importable by its reference."""
    sys.path.insert(0, str(TEMPLATE))
    from seedling import application

    yield application
    sys.path.remove(str(TEMPLATE))


@pytest.fixture(scope="module")
def images(seedling: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of the sample, in folders."""
    from seedling.data import load

    folder = tmp_path_factory.mktemp("pictures")
    for number, example in enumerate(load(None).train[:IMAGES]):
        (folder / example.answer).mkdir(exist_ok=True)
        (folder / example.answer / f"{number}.png").write_bytes(example.input.read())
    return folder


@pytest.fixture(scope="module")
def model(seedling: Any, images: Path, tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """What a training ends with that nothing cuts off."""
    space = Workspace(tmp_path_factory.mktemp("whole"))
    pippin.train(seedling, images, workspace=space, **SETTINGS)
    return space.models(seedling)[-1]


@pytest.fixture(scope="module")
def whole(model: Artifact) -> dict[str, np.ndarray]:
    """The weights of that training."""
    return weights(model)


@pytest.fixture
def unexported(model: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the export to ONNX, which takes longer than these trainings and is not what is tested."""
    graph = model.part("model").files["model.onnx"]
    monkeypatch.setattr("seedling.network.stack_to_onnx", lambda *_: graph)


def weights(artifact: Artifact) -> dict[str, np.ndarray]:
    """What was learned."""
    return dict(artifact.part("model").tensors)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Whether all arrays are equal to the last bit."""
    return one.keys() == other.keys() and all(one[k].tobytes() == other[k].tobytes() for k in one)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def at_step(space: Workspace, step: int, then: Callable[[Path], None]) -> threading.Thread:
    """Call `then(folder of the run)` from another thread as soon as the newest run has logged `step`."""

    def wait() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and not list(space.runs.glob("*/log.jsonl")):
            time.sleep(0.01)
        folder = max(space.runs.glob("*"))
        for line in follow(folder, lambda: time.monotonic() > until, pause=0.01):
            if line["step"] >= step:
                then(folder)
                return

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def test_ctrl_c_leaves_a_usable_model_and_resume_ends_bit_identical(
    seedling: Any, images: Path, whole: dict[str, np.ndarray], tmp_path: Path
) -> None:
    space = Workspace(tmp_path)
    waiting = at_step(space, 50, lambda _: os.kill(os.getpid(), signal.SIGINT))
    stopped = pippin.train(seedling, images, workspace=space, **SETTINGS)
    waiting.join()
    assert stopped.payload["stopped"]
    assert stopped.payload["scores"]["accuracy"]["value"] > 0.15
    assert not same(weights(space.models(seedling)[-1]), whole)
    resumed = pippin.train(seedling, resume=True, workspace=space, progress=False)
    assert not resumed.payload["stopped"]
    assert same(weights(space.models(seedling)[-1]), whole)


@pytest.mark.usefixtures("unexported")
def test_a_killed_training_loses_one_interval_at_most_and_resumes_bit_identical(
    seedling: Any, images: Path, whole: dict[str, np.ndarray], home: Path
) -> None:
    space = Workspace(home)
    with subprocess.Popen([sys.executable, "-c", CHILD, str(images)], stdout=subprocess.DEVNULL) as child:
        folders: list[Path] = []

        def kill(folder: Path) -> None:
            while not (folder / "checkpoint" / "state.safetensors").exists():
                time.sleep(0.01)
            time.sleep(INTERVAL)
            child.kill()
            folders.append(folder)

        at_step(space, 50, kill).join()
    assert child.returncode == -signal.SIGKILL
    assert not space.models(seedling)
    logged = [json.loads(line) for line in (folders[0] / "log.jsonl").read_text().splitlines()]
    run = Run(folders[0])
    found = run.restore()
    assert found is not None
    assert 0 < found[1]["step"] < logged[-1]["total"]
    # A step and the writing itself take their time on a busy machine.
    assert logged[-1]["seconds"] - run.earlier <= INTERVAL + 0.5
    pippin.train(seedling, resume=True, workspace=space, progress=False)
    assert same(weights(space.models(seedling)[-1]), whole)


@pytest.mark.usefixtures("unexported")
@pytest.mark.parametrize("place", ["job.json", "model.safetensors", "artifacts"])
def test_a_full_disk_is_one_sentence_and_nothing_older_is_touched(
    seedling: Any, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    space = Workspace(tmp_path)
    quick = {**SETTINGS, "passes": 2}
    pippin.train(seedling, images, workspace=space, **quick)
    older = bytes_of(space.artifacts)
    used = space.in_use(seedling, "default").id
    with (
        full_disk(monkeypatch, place),
        pytest.raises(PippinError, match="the disk is full; make room") as caught,
    ):
        pippin.train(seedling, images, workspace=space, **{**quick, "seed": 4})
    assert "\n" not in caught.value.message
    assert bytes_of(space.artifacts) == older
    assert space.in_use(seedling, "default").id == used


@pytest.mark.usefixtures("unexported")
def test_a_disk_that_fills_while_training_costs_nothing_that_was_saved(
    seedling: Any,
    images: Path,
    whole: dict[str, np.ndarray],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    space = Workspace(tmp_path)
    monkeypatch.setitem(Run.__init__.__kwdefaults__, "interval", 0.05)
    with (
        full_disk(monkeypatch, "state.safetensors", after=2),
        pytest.raises(PippinError, match="disk is full"),
    ):
        pippin.train(seedling, images, workspace=space, **SETTINGS)
    (folder,) = space.runs.glob("*")
    saved = Run(folder).restore()
    assert saved is not None
    assert saved[1]["step"] > 0
    assert not list((folder / "checkpoint").glob(".*")), "half a checkpoint was left behind"
    pippin.train(seedling, resume=True, workspace=space, progress=False)
    assert same(weights(space.models(seedling)[-1]), whole)


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch, place: str, after: int = 0) -> Iterator[None]:
    """Let the disk be full for files whose path holds `place`, after so many of them."""
    really, room = os.replace, after

    def replace(source: Any, target: Any) -> None:
        nonlocal room
        if place in str(target):
            room -= 1
            if room < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(source, target)

    with monkeypatch.context() as full:
        full.setattr(os, "replace", replace)
        yield
