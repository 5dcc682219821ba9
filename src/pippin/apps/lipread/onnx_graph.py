"""The network as ONNX: a clip of any length goes in at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pippin.apps.lipread.decoding.decoder import Head
from pippin.apps.lipread.network import NEIGHBOURS, LipreadNetwork
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH
from pippin.core.errors import PippinError, missing_extra

try:
    import onnx
    import torch
except ImportError as problem:
    raise missing_extra("onnx", "train", "Writing a network as ONNX") from problem
from onnx import TensorProto, helper, numpy_helper

from pippin.learn.nn.onnx_builder import GraphBuilder, checked_bytes, checked_model
from pippin.learn.nn.onnx_sequential import stack_nodes

Array = np.ndarray
NONE = np.zeros(0)  # in place of what a graph does not have


def features(network: LipreadNetwork) -> bytes:
    """Build a graph of float32 `mouths` [T,40,64] less their mean, of deviation 1 -> `features` [T,2*memory]."""
    made = _Nodes()
    made.features(network)
    return made.finished({"features": 2 * network.size.memory})


def whole(graph: bytes, heads: Mapping[str, Head]) -> bytes:
    """Return a graph of `features` with heads after them, each giving logits by its name."""
    model = onnx.load_from_string(graph)
    for name, head in heads.items():
        tensors = [numpy_helper.from_array(part, f"{name}.{place}") for place, part in head._asdict().items()]
        model.graph.initializer.extend(tensors)
        model.graph.node.append(
            helper.make_node("Gemm", ["features", *(tensor.name for tensor in tensors)], [name], transB=1)
        )
        model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["T", len(head.bias)]))
    return checked_bytes(model)


def begin_with(network: LipreadNetwork, graph: bytes, heads: Mapping[str, Head]) -> None:
    """Load the weights of a graph made by `features` into a network, and those heads that are of its size.

    PippinError where the graph is of another size.
    """
    numbers = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load_from_string(graph).graph.initializer}
    found: dict[str, Array] = {}
    for name, layer in network.seen.named_children():
        kept = [key for key in layer.state_dict() if key != "num_batches_tracked"]
        found |= {f"seen.{name}.{key}": numbers.get(f"{name}.{index}", NONE) for index, key in enumerate(kept)}
    for number in range(network.memory.num_layers):
        found |= _memories(numbers, number)
    for name, head in heads.items():
        layer = getattr(network, name)
        if layer is not None and layer.weight.shape == head.weight.shape:
            found |= {f"{name}.{part}": array for part, array in head._asdict().items()}
    own = network.state_dict()
    if any(own[name].shape != array.shape for name, array in found.items()):
        raise PippinError("The model to start from is of another size; give the preset it was made with.")
    network.load_state_dict({**own, **{name: torch.from_numpy(array.copy()) for name, array in found.items()}})


def _memories(numbers: Mapping[str, Array], layer: int) -> dict[str, Array]:
    """Return the parameters of a GRU's layer in PyTorch's names and order of gates."""
    found = {}
    if f"memory{layer}.bias" not in numbers:
        return {f"memory.bias_ih_l{layer}": NONE}
    inputs, hidden = numbers[f"memory{layer}.weight_ih"], numbers[f"memory{layer}.weight_hh"]
    biases = np.split(numbers[f"memory{layer}.bias"], 2, axis=1)
    parts = {"weight_ih": inputs, "weight_hh": hidden, "bias_ih": biases[0], "bias_hh": biases[1]}
    for part, both in parts.items():
        for direction, end in enumerate(("", "_reverse")):
            update, reset, new = np.split(both[direction], 3)
            found[f"memory.{part}_l{layer}{end}"] = np.concatenate([reset, update, new])
    return found


class _Nodes(GraphBuilder):
    """Nodes of the network."""

    def features(self, network: LipreadNetwork) -> None:
        nodes, tensors = stack_nodes(network.seen.eval(), self._neighbours(), {})
        self.nodes += nodes
        self.tensors += tensors
        steps = self.node("Unsqueeze", [nodes[-1].output[0], self.constant("one", np.array([1]))], "steps")
        for layer in range(network.memory.num_layers):
            steps = self._memory(network, layer, steps)
        self.node("Squeeze", [steps, "one"], "features")

    def _neighbours(self) -> str:
        """Return each frame with those around it as channels: [T,5,40,64]."""
        reach = NEIGHBOURS
        pads = self.constant("pads", np.array([reach, 0, 0, reach, 0, 0]))
        padded = self.node("Pad", ["mouths", pads], "padded", mode="edge")
        shifted = []
        for index in range(2 * reach + 1):
            begin = self.constant(f"begin{index}", np.array([index]))
            end = self.constant(f"end{index}", np.array([index - 2 * reach or np.iinfo(np.int64).max]))
            cut = self.node("Slice", [padded, begin, end, self.constant(f"axis{index}", np.array([0]))], f"cut{index}")
            shifted.append(self.node("Unsqueeze", [cut, self.constant(f"in{index}", np.array([1]))], f"shifted{index}"))
        return self.node("Concat", shifted, "stacked", axis=1)

    def _memory(self, network: LipreadNetwork, layer: int, steps: str) -> str:
        """Return a bidirectional GRU over [T,1,inputs]; ONNX has its gates in another order than PyTorch."""
        size = network.size.memory
        named = dict(network.memory.named_parameters())

        def both(part: str) -> Array:
            rows = [named[f"{part}_l{layer}{end}"].detach().numpy() for end in ("", "_reverse")]
            reset, update, new = (np.stack([row[gate * size : (gate + 1) * size] for row in rows]) for gate in range(3))
            return np.concatenate([update, reset, new], axis=1)

        inputs = [self.constant(f"memory{layer}.{part}", both(part)) for part in ("weight_ih", "weight_hh")]
        biases = np.concatenate([both("bias_ih"), both("bias_hh")], axis=1)
        inputs.append(self.constant(f"memory{layer}.bias", biases))
        facts = {"hidden_size": size, "direction": "bidirectional", "linear_before_reset": 1}
        known = self.node("GRU", [steps, *inputs], f"memory{layer}", **facts)
        turned = self.node("Transpose", [known], f"turned{layer}", perm=[0, 2, 1, 3])
        shape = self.constant(f"shape{layer}", np.array([0, 0, -1]))
        return self.node("Reshape", [turned, shape], f"known{layer}")

    def finished(self, outputs: dict[str, int]) -> bytes:
        given = helper.make_tensor_value_info("mouths", TensorProto.FLOAT, ["T", HEIGHT, WIDTH])
        results = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["T", size]) for name, size in outputs.items()
        ]
        return checked_model(helper.make_graph(self.nodes, "lipread", [given], results, self.tensors))
