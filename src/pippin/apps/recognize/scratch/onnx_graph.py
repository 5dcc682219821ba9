"""The network that learned from nothing as ONNX: what answers, in Pippin and elsewhere, without PyTorch."""

from __future__ import annotations

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pippin.apps.recognize.scratch.networks import StagedResNet
from pippin.learn.nn.onnx_builder import checked_model
from pippin.learn.nn.onnx_sequential import stack_nodes


def network_to_onnx(network: StagedResNet, side: int, *, mirror: bool) -> bytes:
    """Return a model from `pixels` [N,3,side,side] to `logits` [N,L], `features` [N,C] and `maps` [N,C,h,w].

    With `mirror`, the logits are the mean over the image and its mirror image.
    """
    outputs = {"logits": "logits", "features": "features", "maps": "maps"}
    names = {"logits": "both_logits", "features": "both_features", "maps": "both_maps"} if mirror else outputs
    stack = network.eval().as_stack()
    nodes, weights = stack_nodes(stack, "both" if mirror else "pixels", {value: key for key, value in names.items()})
    if mirror:
        before, after, constants = _mirrored()
        nodes, weights = [*before, *nodes, *after], [*weights, *constants]
    channels, labels = network.head.in_features, network.head.out_features
    shapes: dict[str, list[int | str]] = {"logits": [labels], "features": [channels], "maps": [channels, "h", "w"]}
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape]) for name, shape in shapes.items()]
    given = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, side, side])
    return checked_model(helper.make_graph(nodes, "network", [given], results, weights))


def _mirrored() -> tuple[list[NodeProto], list[NodeProto], list[TensorProto]]:
    """Return the nodes around the network that run each image beside its mirror image in one batch."""
    ends = {"last": -1, "first": np.iinfo(np.int64).min, "across": 3, "backwards": -1}
    constants = [numpy_helper.from_array(np.array([value], np.int64), name) for name, value in ends.items()]
    before = [
        helper.make_node("Slice", ["pixels", "last", "first", "across", "backwards"], ["mirrored"]),
        helper.make_node("Concat", ["pixels", "mirrored"], ["both"], axis=0),
    ]
    halves = {"logits": "straight", "features": "features", "maps": "maps"}
    after = [
        helper.make_node("Split", [f"both_{name}"], [straight, f"mirrored_{name}"], axis=0, num_outputs=2)
        for name, straight in halves.items()
    ]
    return before, [*after, helper.make_node("Mean", ["straight", "mirrored_logits"], ["logits"])], constants
