"""Exported ONNX files in another format: converted, compared with ONNX Runtime, described, with an example."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes, write_json
from pippin.learn.keras_graph.client import Worker, shared_worker
from pippin.learn.keras_graph.examples import example_program
from pippin.learn.keras_graph.parity import (
    LIMIT,
    Arrays,
    Difference,
    count_inputs,
    measure,
    random_inputs,
    reference_outputs,
)
from pippin.learn.nn.onnx_session import session
from pippin.learn.nn.runtimes import Feed, record_feeds

FORMATS = ("onnx", "keras", "tensorflow", "litert")
TITLES = {"keras": ".keras file", "tensorflow": "SavedModel", "litert": "LiteRT file"}
FACTS = "networks.json"
EXAMPLE = "example.npz"
REAL, RANDOM = 4, 3  # inputs that are compared at every export


@dataclass(frozen=True)
class Network:
    """One ONNX file in other formats: `files` by format, what was compared, and the largest differences."""

    stem: str
    files: Mapping[str, Path]
    facts: Mapping[str, Any]
    real: int
    random: int
    differences: Mapping[str, Difference]
    examples: Sequence[Arrays] = field(repr=False, default=())


def file_name(stem: str, format: str, *, first: bool) -> str:
    """Return the name of a network's file: that of the first one is `model`."""
    name = "model" if first else stem
    if format == "tensorflow":
        return "saved_model" if first else f"{stem}_saved_model"
    return f"{name}.{'keras' if format == 'keras' else 'tflite'}"


def gather_feeds(
    load: Callable[[Path], Callable[[Any], Any]] | None, folder: Path, inputs: Sequence[Any]
) -> list[Feed]:
    """Return what the networks of an exported folder are given for inputs; nothing where that cannot be run here."""
    if load is None or not inputs:
        return []
    with record_feeds() as feeds:
        try:
            load(folder)(inputs)
        except PippinError:  # such as a package that reading its inputs needs; random ones remain
            return feeds
    return feeds


def feeds_of(path: Path, feeds: Sequence[Feed], opened: Any) -> list[Arrays]:
    """Return what one network was given, or another whose inputs are the same."""
    own: list[Arrays] = [one.arrays for one in feeds if isinstance(one.model, Path) and one.model.name == path.name]
    names = {one.name: list(one.shape) for one in opened.get_inputs()}
    return own or [one.arrays for one in feeds if _fits(one.arrays, names)]


def _fits(arrays: Arrays, shapes: Mapping[str, Sequence[Any]]) -> bool:
    return arrays.keys() == shapes.keys() and all(
        arrays[name].ndim == len(shape)
        and all(not isinstance(b, int) or a == b for a, b in zip(arrays[name].shape, shape, strict=True))
        for name, shape in shapes.items()
    )


def convert_file(
    path: Path,
    formats: Sequence[str],
    folder: Path,
    feeds: Sequence[Feed],
    *,
    first: bool,
    real: int = REAL,
    random: int = RANDOM,
) -> Network:
    """Write an ONNX file in other formats into `folder` and measure each; PippinError where one differs too much."""
    worker, content = shared_worker("This format"), path.read_bytes()
    files = {one: folder / file_name(path.stem, one, first=first) for one in formats}
    facts, _ = worker.call(
        "write", {"onnx": np.frombuffer(content, np.uint8)}, files={name: str(one) for name, one in files.items()}
    )
    opened = session(path)
    own = feeds_of(path, feeds, opened)
    chosen = (
        [own[index] for index in np.linspace(0, len(own) - 1, min(real, len(own))).round().astype(int)] if own else []
    )
    made_up = list(random_inputs(opened, own, random))
    n_real, n_random = (sum(count_inputs(opened, _shapes(one)) for one in part) for part in (chosen, made_up))
    inputs = [*chosen, *made_up]
    wanted = reference_outputs(opened, inputs)
    differences = {
        name: measure(partial(_run, worker, facts, name, str(one)), inputs, wanted) for name, one in files.items()
    }
    worker.call("close_files")
    for name, difference in differences.items():
        refuse_difference(path.name, name, difference)
    return Network(path.stem, files, facts, n_real, n_random, differences, inputs[:1])


def _shapes(arrays: Arrays) -> dict[str, tuple[int, ...]]:
    return {name: array.shape for name, array in arrays.items()}


def refuse_difference(network: str, format: str, difference: Difference) -> None:
    """Raise PippinError where a format differs by more than the limit."""
    if not difference.value <= LIMIT:
        raise PippinError(
            f"{network} as {TITLES[format]} differs from ONNX Runtime by {difference.value:.1e} at its output "
            f"{difference.output}, more than {LIMIT:g}; nothing was exported. Use --format onnx.",
            input=network,
        )


def _run(worker: Worker, facts: Mapping[str, Any], format: str, path: str, given: Arrays) -> dict[str, np.ndarray]:
    """Run a written file on inputs by the graph's names; returns outputs by the graph's names."""
    arrays = {one["name"]: given[one["onnx"]].transpose(one["axes"]) for one in facts["inputs"]}
    _, found = worker.call("run_file", arrays, format=format, path=path)
    return {one["onnx"]: found[one["name"]] for one in facts["outputs"]}


def export_format(source: Path, files: Sequence[Path], feeds: Sequence[Feed], format: str, out: Path) -> list[Network]:
    """Write an exported folder in another format: networks, JSON, all else, an example and what was measured."""
    graphs = [path for path in files if path.suffix == ".onnx"]
    if not graphs:
        raise PippinError(f"It exports no ONNX graph, so there is nothing to write as {format}; use --format onnx.")
    networks = [convert_file(path, [format], out, feeds, first=path == graphs[0]) for path in graphs]
    for path in files:
        if path.suffix == ".onnx":
            continue
        if path.suffix == ".json" and isinstance(facts := read_json(path), dict):
            write_json(out / path.name, {**facts, "format": format, "networks": FACTS})
        else:
            shutil.copyfile(path, out / path.name)
    write_json(out / FACTS, {"format": format, "networks": [describe(one, format) for one in networks]})
    write_bytes(out / "example.py", example_program(format).encode())
    _write_example(out / EXAMPLE, graphs[0], networks[0])
    return networks


def measure_formats(files: Sequence[Path], feeds: Sequence[Feed], *, real: int, random: int) -> dict[str, Difference]:
    """Convert exported networks to every format; returns the largest difference of each from ONNX Runtime.

    PippinError where one differs by more than the limit.
    """
    graphs = [path for path in files if path.suffix == ".onnx"]
    formats, worst = FORMATS[1:], dict.fromkeys(FORMATS[1:], Difference())
    for path in graphs:
        with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
            first = path == graphs[0]
            network = convert_file(path, formats, Path(folder), feeds, first=first, real=real, random=random)
        worst = {name: max(worst[name], network.differences[name]) for name in formats}
    return worst


def describe(network: Network, format: str) -> dict[str, Any]:
    """Return what programs need to know of a network in a format."""
    path, difference = network.files[format], network.differences[format]
    ports = {
        side: [
            {key: one[key] for key in ("name", "dtype", "shape", "layout") if one.get(key) not in ("", None)}
            for one in ones
        ]
        for side, ones in (("inputs", network.facts["inputs"]), ("outputs", network.facts["outputs"]))
    }
    return {
        "file": path.name,
        "onnx": f"{network.stem}.onnx",
        **ports,
        "layers": network.facts["layers"],
        "parity": {
            "largest_difference": difference.value,
            "at_output": difference.output,
            "limit": LIMIT,
            "real_inputs": network.real,
            "random_inputs": network.random,
        },
        "made_with": {"keras": network.facts["keras"], "tensorflow": network.facts["tensorflow"]},
    }


def _write_example(path: Path, graph: Path, network: Network) -> None:
    """Write one input, and what ONNX Runtime makes of it."""
    (given,) = network.examples
    opened = session(graph)
    outputs = dict(zip((one.name for one in opened.get_outputs()), opened.run(None, dict(given)), strict=True))
    arrays: dict[str, Any] = {
        f"input {one['name']}": given[one["onnx"]].transpose(one["axes"]) for one in network.facts["inputs"]
    }
    arrays |= {f"output {one['name']}": outputs[one["onnx"]] for one in network.facts["outputs"]}
    np.savez(path, **arrays)
