"""`frameworks`: one network with the same weights in NumPy, PyTorch and TensorFlow; outputs and times of a step."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.report import Report

PROGRAMS = {"PyTorch": ("torch", "step_pytorch.py"), "TensorFlow": ("tensorflow", "step_tensorflow.py")}
SIZES = (256, 64, 10)  # inputs, hidden units, outputs
BATCH, RATE, MAX_STEPS = 32, 0.1, 10_000
PATIENCE_SECONDS = 300
Values = Mapping[str, Any]


def frameworks(context: Context, *, steps: Annotated[int, "training steps to time"] = 200) -> Report:
    """Run one network in PyTorch and in TensorFlow.

    Both get the same weights; each runs in a process of its own, since the two in one crash.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise PippinError(f"steps must be 1 to {MAX_STEPS}, not {steps}.", input=str(steps))
    network = make_network()
    reference = run_numpy(network, steps)
    found = {name: _run(name, network, steps) for name, (package, _) in PROGRAMS.items() if find_spec(package)}
    rows: list[tuple[Any, ...]] = [("NumPy, by hand", np.__version__, None, None, reference["milliseconds"])]
    rows += [
        (
            name,
            one["version"],
            _difference(one["outputs"], reference["outputs"]),
            abs(one["losses"][-1] - reference["losses"][-1]),
            one["milliseconds"],
        )
        for name, one in found.items()
    ]
    columns = ("framework", "version", "outputs differ by", "loss differs by", "ms a step (median)")
    missing = [name for name in PROGRAMS if name not in found]
    own = _own_model(context) if "TensorFlow" in found else ()
    return Report(
        title=f"{context.name}: one network in {' and '.join(found) or 'NumPy alone'}",
        summary=f"{SIZES[0]} inputs, {SIZES[1]} hidden units, {SIZES[2]} outputs, {BATCH} examples a step, one thread.",
        tables=(Table(columns, tuple(rows)),),
        notes=(*(f"{name} is not installed here: pip install {PROGRAMS[name][0]}" for name in missing), *own),
        payload={
            "application": context.name,
            "frameworks": list(found),
            "steps": steps,
            "results": {"NumPy": _brief(reference), **{name: _brief(one) for name, one in found.items()}},
            "differences": {name: _difference(one["outputs"], reference["outputs"]) for name, one in found.items()},
        },
        next=f"pippin {context.name} export DIR",
    )


def _own_model(context: Context) -> tuple[str, ...]:
    """Return how far the model in use, run by TensorFlow, is from what ONNX Runtime makes of it."""
    from pippin.core.data import spread
    from pippin.learn.keras_graph.client import has_tensorflow
    from pippin.learn.nn.runtimes import use_runtime

    if not has_tensorflow():
        return ()
    data = context.application.load_data(None, context.application.defaults)
    inputs = [example.input for example in spread(data.examples, 0, "frameworks")[:3]]
    learner, found = context.load(context.artifact()).learner, []
    for runtime in ("onnx", "tensorflow"):
        with use_runtime(runtime):
            found.append([one.confidence or 0.0 for one in learner.predict(inputs)])
    apart = max(abs(a - b) for a, b in zip(*found, strict=True))
    return (f"The model in use says the same in TensorFlow: on {len(inputs)} images it differs by {apart:.0e}.",)


def make_network(seed: int = 0) -> dict[str, np.ndarray[Any, Any]]:
    """Return inputs (BATCH, SIZES[0]), labels and weights, all float32 but the labels."""
    rng = np.random.default_rng(seed)
    n_in, n_hidden, n_out = SIZES
    arrays = {
        "inputs": rng.normal(size=(BATCH, n_in)),
        "w1": rng.normal(size=(n_in, n_hidden)) * np.sqrt(2 / n_in),
        "b1": np.zeros(n_hidden),
        "w2": rng.normal(size=(n_hidden, n_out)) * np.sqrt(2 / n_hidden),
        "b2": np.zeros(n_out),
        "rate": np.array(RATE),
    }
    return {
        **{name: array.astype("float32") for name, array in arrays.items()},
        "labels": rng.integers(0, n_out, BATCH),
    }


def run_numpy(network: Values, steps: int) -> dict[str, Any]:
    """Return outputs, losses and milliseconds of a step, gradients written out by hand (softmax cross-entropy)."""
    inputs, labels = network["inputs"], network["labels"]
    w1, b1, w2, b2 = (network[name].copy() for name in ("w1", "b1", "w2", "b2"))
    outputs = np.maximum(inputs @ w1 + b1, 0) @ w2 + b2
    seconds, losses, rows = [], [], np.arange(len(labels))
    for _ in range(steps):
        began = time.perf_counter()
        hidden = np.maximum(inputs @ w1 + b1, 0)
        logits = hidden @ w2 + b2
        shifted = np.exp(logits - logits.max(1, keepdims=True))
        shares = shifted / shifted.sum(1, keepdims=True)
        losses.append(float(-np.log(shares[rows, labels]).mean()))
        slope = shares.copy()
        slope[rows, labels] -= 1
        slope /= len(labels)
        back = (slope @ w2.T) * (hidden > 0)
        w2 -= RATE * hidden.T @ slope
        b2 -= RATE * slope.sum(0)
        w1 -= RATE * inputs.T @ back
        b1 -= RATE * back.sum(0)
        seconds.append(time.perf_counter() - began)
    return {"outputs": outputs.tolist(), "losses": losses, "milliseconds": float(np.median(seconds)) * 1000}


def _run(name: str, network: Values, steps: int) -> dict[str, Any]:
    program = Path(__file__).with_name(PROGRAMS[name][1])
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "network.npz"
        np.savez(file, **network)
        ended = subprocess.run(
            [sys.executable, str(program), str(file), str(steps)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
        raise PippinError(f"{name} is installed and does not run: {last[:200]}.", input=name)
    told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told


def _difference(one: list[list[float]], other: list[list[float]]) -> float:
    return float(np.abs(np.array(one) - np.array(other)).max())


def _brief(one: Values) -> dict[str, Any]:
    return {"milliseconds": one["milliseconds"], "loss": one["losses"][-1]}
