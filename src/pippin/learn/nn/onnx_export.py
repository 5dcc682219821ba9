"""From a PyTorch network to ONNX: the form in which Pippin predicts and other programs can read it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from pippin.core.errors import missing_extra

try:
    import onnx
    import onnxscript  # noqa: F401 - torch's exporter needs it, and says so less clearly
    import torch
    from onnx import numpy_helper
except ImportError as problem:
    raise missing_extra(problem.name or "onnx", "train", "Writing a network as ONNX") from problem

SMALL = 4096  # bytes: what is not larger stays as it is


def to_onnx(network: torch.nn.Module, example: torch.Tensor, inputs: str, outputs: Sequence[str]) -> bytes:
    """Return the bytes of an ONNX model of `network`.

    It is called as `network(example)`.
    `inputs` and `outputs` are names. The first dimension of `example` [2 or more, ...] becomes free, all
    others are fixed. What a network does only while it trains (dropout) is left out.
    """
    with _quiet():
        program = torch.onnx.export(
            network.eval(),
            (example,),
            dynamo=True,
            input_names=[inputs],
            output_names=list(outputs),
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            verbose=False,
        )
    assert program is not None
    return _without_origins(program.model_proto).SerializeToString()


def halved(model: bytes) -> bytes:
    """Return a model that keeps its weights in half precision and widens them when it is loaded: half the bytes."""
    found = onnx.load_from_string(model)
    weights, nodes = list(found.graph.initializer), list(found.graph.node)
    del found.graph.initializer[:], found.graph.node[:]
    for tensor in weights:
        if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.raw_data) > SMALL:
            name = f"{tensor.name}.half"
            found.graph.node.append(onnx.helper.make_node("Cast", [name], [tensor.name], to=tensor.data_type))
            tensor = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name)
        found.graph.initializer.append(tensor)
    found.graph.node.extend(nodes)
    return bytes(found.SerializeToString())


def _without_origins(model: onnx.ModelProto) -> onnx.ModelProto:
    """Remove the source file and line of each node: they show local paths and take a third of the bytes."""
    for node in model.graph.node:
        del node.metadata_props[:]
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporter says about libraries it does not need, and its own use of old functions."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
