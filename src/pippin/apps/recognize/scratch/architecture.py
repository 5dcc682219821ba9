"""A network of a user's own: a Python function that makes it in PyTorch or Keras, or a .keras file."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pippin.core.errors import PippinError
from pippin.core.run import Run
from pippin.learn.keras_graph.client import shared_worker
from pippin.learn.keras_graph.placements import replace_initializers
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.layers import Standardise
from pippin.learn.nn.training_graph import TrainingGraph
from pippin.learn.nn.training_loop import TrainingConfig, train
from pippin.learn.user_code import load_function, split_reference

KERAS, TORCH = {"keras", "tensorflow"}, {"torch"}
WHAT = "a function (side, labels) that returns a torch.nn.Module or a keras.Model"
RECIPE = TrainingConfig(batch=128, rate=2e-3, weight_decay=0.01, rise=0.15, optimizer="adamw", average=0.99)


class Weights(nn.Module):
    """The weights of a graph without its steps: what TensorFlow trains comes back into it."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        super().__init__()
        for number, array in enumerate(arrays.values()):
            self.register_buffer(str(number), torch.from_numpy(np.array(array)))


@dataclass(frozen=True)
class OwnNetwork:
    """A network ready to learn: a module of PyTorch's, or a graph whose `trainable` weights TensorFlow learns."""

    module: nn.Module | None
    onnx: bytes
    trainable: tuple[str, ...]


def check_reference(reference: str) -> str:
    """Return "keras" or "torch", what a reference is written in; PippinError where it names no network.

    The file is not run: what it imports tells.
    """
    if reference.endswith(".keras"):
        if not Path(reference).is_file():
            raise PippinError(f"There is no file {reference}; give a .keras file or FILE.py:function.", input=reference)
        return "keras"
    file, _ = split_reference(reference)
    if not Path(file).is_file():
        raise PippinError(f"There is no file {file}; give FILE.py:function or a .keras file.", input=file)
    try:
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as problem:
        raise PippinError(f"{file} is no Python ({problem}); correct it.", input=file) from problem
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    found = {name.partition(".")[0] for name in names}
    if found & KERAS and found & TORCH:
        raise PippinError(f"{file} imports both Keras and PyTorch; write a network in one of them.", input=file)
    if not found & (KERAS | TORCH):
        raise PippinError(f"{file} imports neither torch nor keras; write {WHAT}.", input=file)
    return "keras" if found & KERAS else "torch"


def read_own_network(reference: str, side: int, labels: int, run: Run) -> OwnNetwork:
    """Return the network that a reference names, for images of `side` pixels."""
    kind = check_reference(reference)
    if kind == "keras" and run.framework != "tensorflow":
        raise PippinError(f"{reference} is a Keras network, which learns in TensorFlow: add --framework tensorflow.")
    if kind == "keras":
        return _read_keras(reference, side, labels, run.seed)
    file, name = split_reference(reference)
    torch.manual_seed(run.seed)
    module = load_function(file, name, WHAT)(side, labels)
    if not isinstance(module, nn.Module):
        raise PippinError(f"{name} of {file} gives {type(module).__name__}, no torch.nn.Module.", input=reference)
    _require_shape(module, side, labels, reference)
    if run.framework == "pytorch":
        return OwnNetwork(module, b"", ())
    content = _write_onnx(module, side)
    initializers = {one.name for one in onnx.load_from_string(content).graph.initializer}
    learned = [name for name, one in module.named_parameters() if one.requires_grad]
    if lost := [name for name in learned if name not in initializers]:
        raise PippinError(
            f"The weights {lost[0]} of this network are joined with others in its graph, so TensorFlow cannot learn "
            "them; leave out --framework.",
            input=lost[0],
        )
    return OwnNetwork(module, content, tuple(learned))


def _read_keras(reference: str, side: int, labels: int, seed: int) -> OwnNetwork:
    path, function = (reference, "") if reference.endswith(".keras") else split_reference(reference)
    values, arrays = shared_worker("A Keras network").call(
        "read_network", path=str(Path(path).absolute()), function=function, side=side, labels=labels, seed=seed
    )
    if values["side"] != side:
        raise PippinError(
            f"{reference} takes images of {values['side']} pixels a side; add --image-size {values['side']}.",
            input=reference,
        )
    return OwnNetwork(None, arrays["onnx"].tobytes(), tuple(values["trainable"]))


def _require_shape(module: nn.Module, side: int, labels: int, reference: str) -> None:
    try:
        with torch.no_grad():
            found = module.eval()(torch.zeros(2, 3, side, side))
    except Exception as problem:  # the network is the user's own program
        told = " ".join(str(problem).split())[:120]
        raise PippinError(
            f"{reference} does not take images [2, 3, {side}, {side}] ({type(problem).__name__}: {told}).",
            input=reference,
        ) from problem
    shape = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
    if shape != [2, labels]:
        raise PippinError(
            f"{reference} gives {shape} for 2 images and {labels} labels; it must give [2, {labels}].", input=reference
        )


def _write_onnx(module: nn.Module, side: int) -> bytes:
    from pippin.learn.nn.onnx_export import to_onnx

    try:
        return to_onnx(module.eval(), torch.zeros(2, 3, side, side), "pixels", ["logits"])
    except Exception as problem:  # torch's exporter raises types of its own
        told = " ".join(str(problem).split())[:160]
        raise PippinError(f"This network cannot be written as ONNX ({type(problem).__name__}: {told}).") from problem


def learn_own_network(
    network: OwnNetwork,
    scale: tuple[NDArray[np.float32], NDArray[np.float32]],
    data: Batches,
    loss: Callable[..., Tensor],
    smoothing: float,
    run: Run,
    recipe: TrainingConfig,
    held_out: Batches,
) -> tuple[bytes, dict[str, NDArray[Any]]]:
    """Train; returns the graph from pixels of 0 to 1 to `logits`, and its weights by name.

    `scale` are mean and spread [3] of the images, which are taken away and divided by before the network.
    """
    if network.module is not None and not network.onnx:
        mean, spread = (torch.from_numpy(one) for one in scale)
        whole = nn.Sequential(OrderedDict(scale=Standardise(mean, spread), own=network.module))
        train(whole, loss, data, run, recipe, held_out=held_out)
        content = _write_onnx(whole, data.fetch(torch.tensor([0]), torch.Generator())[0].shape[-1])
        return _with_outputs(content), _initializers(content)
    content = _with_scale(network.onnx, *scale)
    arrays = _initializers(content)
    weights = Weights({name: array for name, array in arrays.items() if array.dtype == np.float32})
    names = {name: str(n) for n, name in enumerate(n for n, array in arrays.items() if array.dtype == np.float32)}
    graph = TrainingGraph(
        content, names, network.trainable, {"kind": "cross_entropy", "output": "logits", "smoothing": smoothing}
    )
    train(weights, loss, data, run, recipe, twin=lambda: graph)
    learned = {name: weights.get_buffer(number).numpy() for name, number in names.items()}
    content = replace_initializers(content, learned)
    return _with_outputs(content), _initializers(content)


def _initializers(content: bytes) -> dict[str, NDArray[Any]]:
    graph = onnx.load_from_string(content).graph
    return {one.name: np.array(numpy_helper.to_array(one)) for one in graph.initializer}


def _with_scale(content: bytes, mean: NDArray[np.float32], spread: NDArray[np.float32]) -> bytes:
    """Return a graph that first takes the mean away and divides by the spread."""
    model = onnx.load_from_string(content)
    for node in model.graph.node:
        node.input[:] = ["scaled" if name == "pixels" else name for name in node.input]
    nodes = [
        helper.make_node("Sub", ["pixels", "scale.mean"], ["centred"]),
        helper.make_node("Div", ["centred", "scale.spread"], ["scaled"]),
        *model.graph.node,
    ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    for name, array in (("scale.mean", mean), ("scale.spread", spread)):
        model.graph.initializer.append(numpy_helper.from_array(array.reshape(3, 1, 1), name))
    return bytes(model.SerializeToString())


def _with_outputs(content: bytes) -> bytes:
    """Return a graph that also gives `features` (here the logits) and `maps`, as those of Pippin's own networks do."""
    model = onnx.load_from_string(content)
    model.graph.node.extend(
        [
            helper.make_node("Identity", ["logits"], ["features"]),
            helper.make_node("Unsqueeze", ["logits", "map_axes"], ["maps"]),
        ]
    )
    model.graph.initializer.append(numpy_helper.from_array(np.array([2, 3], np.int64), "map_axes"))
    shapes: dict[str, list[int | str]] = {"features": ["N", "C"], "maps": ["N", "C", 1, 1]}
    for name, shape in shapes.items():
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
