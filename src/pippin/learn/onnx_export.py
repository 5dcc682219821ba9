"""From a PyTorch network to ONNX: the form in which Pippin predicts and other programs can read it."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pippin.core.errors import missing_extra

try:
    import onnx
    import onnxscript  # noqa: F401 - torch's exporter needs it, and says so less clearly
    import torch
except ImportError as problem:
    raise missing_extra(problem.name or "onnx", "train", "Writing a network as ONNX") from problem


def to_onnx(network: torch.nn.Module, example: torch.Tensor, inputs: str, outputs: Sequence[str]) -> bytes:
    """The bytes of an ONNX model of `network`, which is called as `network(example)`.

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


def _without_origins(model: onnx.ModelProto) -> onnx.ModelProto:
    """Leave out which line of whose file each node came from: nobody's business, and a third of the bytes."""
    for node in model.graph.node:
        del node.metadata_props[:]
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
    del model.graph.metadata_props[:]
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter says about libraries it does not need, and its own use of old functions."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            logger.setLevel(level)
