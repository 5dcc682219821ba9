"""Commands of the TensorFlow process that convert graphs, run them and run the files made of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np

from pippin.learn.keras_graph.conversion import KerasTwin, convert
from pippin.learn.keras_graph.formats import OPENERS, WRITERS, Runner, describe, run_model
from pippin.learn.keras_graph.graph import read_graph
from pippin.learn.keras_graph.placements import read_initializers
from pippin.learn.nn.runtimes import peak_memory

Arrays = dict[str, np.ndarray]
Reply = tuple[dict[str, Any], Arrays]


def _twin(arrays: Arrays) -> KerasTwin:
    numbers = {name.removeprefix("number."): one for name, one in arrays.items() if name.startswith("number.")}
    return convert(read_graph(arrays["onnx"].tobytes(), numbers))


def write(arrays: Arrays, files: dict[str, str]) -> Reply:
    """Convert `onnx` once and write it in each format; returns what goes in and comes out."""
    keras.utils.clear_session()
    twin = _twin(arrays)
    for name, path in files.items():
        more = {"saved_model": Path(files["tensorflow"])} if name == "litert" and "tensorflow" in files else {}
        WRITERS[name](twin, Path(path), **more)
    weights = {place: variable.numpy() for place, variable in twin.weights().items()}
    back = read_initializers(twin.placements, weights, twin.graph.initializers)
    same = all(np.array_equal(array, twin.graph.initializers[name]) for name, array in back.items())
    return {**describe(twin), "weights": len(back), "bit_equal": same}, {}


def run_file(arrays: Arrays, format: str, path: str) -> Reply:
    """Run a written file on inputs."""
    return {}, _open_file(format, path, Path(path).stat().st_mtime_ns)(arrays)


@cache
def _open_file(format: str, path: str, changed: int) -> Runner:
    return OPENERS[format](Path(path))


def close_files(arrays: Arrays) -> Reply:
    """Forget the files that were opened."""
    _open_file.cache_clear()
    return {}, {}


_sessions: dict[int, tuple[KerasTwin, Runner]] = {}


def open_session(arrays: Arrays) -> Reply:
    """Convert `onnx` and keep it; returns its number, inputs and outputs."""
    twin = _twin(arrays)
    number = max(_sessions, default=0) + 1
    _sessions[number] = twin, run_model(twin.model)
    return {"session": number, **describe(twin)}, {}


def run_session(arrays: Arrays, session: int) -> Reply:
    """Run a kept network on inputs held as the graph has them."""
    twin, run = _sessions[session]
    given = {one.name: arrays[name].transpose(twin.orders[name]) for name, one in twin.inputs.items()}
    found = run(given)
    return {}, {name: found[key] for name, key in twin.outputs.items()}


def close_session(arrays: Arrays, session: int) -> Reply:
    """Forget a kept network."""
    _sessions.pop(session, None)
    return {}, {}


def memory(arrays: Arrays) -> Reply:
    """Return the most memory this process has held, in bytes."""
    return {"peak_bytes": peak_memory()}, {}


COMMANDS: dict[str, Callable[..., Any]] = {
    "memory": memory,
    "write": write,
    "run_file": run_file,
    "close_files": close_files,
    "open_session": open_session,
    "run_session": run_session,
    "close_session": close_session,
}
