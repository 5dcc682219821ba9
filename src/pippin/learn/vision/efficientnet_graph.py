"""EfficientNet-Lite0 written down once: its layers, the numbers they need, and the ONNX graph of them.

The shipped `backbone.onnx` is this graph without its numbers, made by
`python -m pippin.learn.vision.efficientnet_graph`; the numbers are folded out of the published weights by
`folded`, which needs numpy only, on the user's machine.

Source of the architecture: Tan & Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks", ICML 2019, table 1, in the "lite" form that TensorFlow's TPU models published in 2020:
no squeeze-and-excitation, ReLU6 for swish, stem and head not scaled.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import onnx

GRAPH_FILE = "backbone.onnx"
ANY_SIZE_FILE = "backbone_any_size.onnx"  # the same for images of any height and width, without logits
WEIGHTS_FILE = "backbone.weights"
WEIGHTS_BYTES = 18_524_000  # of all arrays of `shapes`
SIDE = 224  # height and width of the input in pixels
WIDTH = 1280  # numbers that describe an image
LATE = 192, 7, 7  # what the last block is given
CLASSES = 1000  # of ILSVRC-2012

# Opset and IR version are fixed so that the same file comes out of every release of onnx.
_OPSET, _IR_VERSION = 17, 8
_NORM_EPSILON = 1e-3
# (blocks, kernel, stride of the first block, expansion, channels out): table 1 of the paper.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


_BELOW = "_blocks.14._project_conv"  # which makes `late`


class Convolution(NamedTuple):
    """One convolution with the batch normalisation after it; names are those of the published weights."""

    name: str
    norm: str
    shape: tuple[int, int, int, int]  # channels out, channels in per group, kernel height, kernel width
    stride: int = 1
    groups: int = 1
    relu6: bool = True
    adds: str = ""  # the convolution whose output is added to this one's (the block's way round), if any


def convolutions() -> Iterator[Convolution]:
    """Yield the network's 49 convolutions in order; each works on what the one before it gave."""
    yield Convolution("_conv_stem", "_bn0", (32, 3, 3, 3), stride=2)
    last, channels, index = "_conv_stem", 32, 0
    for blocks, kernel, first_stride, expansion, out in _STAGES:
        for position in range(blocks):
            stride = first_stride if position == 0 else 1
            yield from _block(f"_blocks.{index}.", (channels, expansion, out), kernel, stride, last)
            last, channels, index = f"_blocks.{index}._project_conv", out, index + 1
    yield Convolution("_conv_head", "_bn1", (WIDTH, channels, 1, 1))


def _block(prefix: str, widths: tuple[int, int, int], kernel: int, stride: int, before: str) -> Iterator[Convolution]:
    """Yield an inverted bottleneck: widen, filter each channel by itself, narrow; add what came in if it fits."""
    channels, expansion, out = widths
    wide = channels * expansion
    if expansion > 1:
        yield Convolution(f"{prefix}_expand_conv", f"{prefix}_bn0", (wide, channels, 1, 1))
    by_channel = (wide, 1, kernel, kernel)
    yield Convolution(f"{prefix}_depthwise_conv", f"{prefix}_bn1", by_channel, stride, groups=wide)
    adds = before if stride == 1 and channels == out else ""
    yield Convolution(f"{prefix}_project_conv", f"{prefix}_bn2", (out, wide, 1, 1), relu6=False, adds=adds)


def above_late() -> Iterator[Convolution]:
    """Yield the convolutions that follow `late`: those of the last block, and the one after it."""
    names = [layer.name for layer in convolutions()]
    yield from list(convolutions())[names.index(_BELOW) + 1 :]


def shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of every float32 array in the weights file, in the order they lie in it."""
    found: dict[str, tuple[int, ...]] = {}
    for layer in convolutions():
        found[f"{layer.name}.weight"] = layer.shape
        found[f"{layer.name}.bias"] = layer.shape[:1]
    return found | {"_fc.weight": (CLASSES, WIDTH), "_fc.bias": (CLASSES,)}


def folded(state: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the contents of the weights file for the published state dict.

    A batch normalisation at rest is a scale and a shift for each channel, so it is multiplied into the
    convolution before it: same answers, half the layers.
    """
    arrays = {"_fc.weight": state["_fc.weight"], "_fc.bias": state["_fc.bias"]}
    for layer in convolutions():
        parts = ("running_mean", "running_var", "weight", "bias")
        mean, variance, gamma, beta = (state[f"{layer.norm}.{part}"].astype(np.float64) for part in parts)
        scale = gamma / np.sqrt(variance + _NORM_EPSILON)
        arrays[f"{layer.name}.weight"] = state[f"{layer.name}.weight"] * scale[:, None, None, None]
        arrays[f"{layer.name}.bias"] = beta - mean * scale
    return b"".join(_checked(name, arrays[name], shape) for name, shape in shapes().items())


def _checked(name: str, array: NDArray[Any], shape: tuple[int, ...]) -> bytes:
    if array.shape != shape:
        raise ValueError(f"{name} has the shape {array.shape}, not {shape}")
    return array.astype("<f4").tobytes()


def build(*, any_size: bool = False) -> "onnx.ModelProto":
    """Return the graph; its numbers are left in WEIGHTS_FILE beside it. Needs the package onnx.

    Input `pixels` [N,3,224,224], float32, RGB from 0 to 255. Outputs: `map` [N,1280,7,7], what was seen
    where; `features` [N,1280], its mean over the places; `logits` [N,1000] for the classes of imagenet.txt;
    `late` [N,192,7,7], what the last block is given. For `any_size`, height and width of `pixels` (best multiples of
    32) are free, and there are `map` and `features` alone.
    """
    from onnx import helper

    nodes, last = _scaling(), "scaled"
    for layer in convolutions():
        nodes += _convolution(layer, last)
        last = layer.name
    nodes += [
        helper.make_node("Identity", [last], ["map"]),
        helper.make_node("Identity", [_BELOW], ["late"]),
        helper.make_node("GlobalAveragePool", [last], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["features"]),
        helper.make_node("Gemm", ["features", "_fc.weight", "_fc.bias"], ["logits"], transB=1),
    ]
    pixels = _value("pixels", 3, SIDE, SIDE)
    outputs = [_value("map", WIDTH, 7, 7), _value("features", WIDTH), _value("logits", CLASSES), _value("late", *LATE)]
    if any_size:
        pixels, outputs = _value("pixels", 3, "H", "W"), [_value("map", WIDTH, "h", "w"), _value("features", WIDTH)]
        nodes = [node for node in nodes if node.output[0] not in ("late", "logits")]
    graph = helper.make_graph(nodes, "EfficientNet-Lite0", [pixels], outputs, _constants() + _external())
    opset = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION, producer_name="pippin")


def _value(name: str, *shape: int | str) -> "onnx.ValueInfoProto":
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *shape])


def _scaling() -> "list[onnx.NodeProto]":
    # The network was trained on (x - 127) / 128. This stays a step of its own: multiplied into the first
    # convolution, the zeros padded round the image would stand for black instead of for grey.
    from onnx import helper

    return [
        helper.make_node("Sub", ["pixels", "grey"], ["centred"]),
        helper.make_node("Mul", ["centred", "contrast"], ["scaled"]),
    ]


def _constants() -> "list[onnx.TensorProto]":
    from onnx import TensorProto, helper

    constants = {"grey": 127.0, "contrast": 1 / 128, "zero": 0.0, "six": 6.0}
    return [helper.make_tensor(name, TensorProto.FLOAT, [], [value]) for name, value in constants.items()]


def _convolution(layer: Convolution, last: str) -> "list[onnx.NodeProto]":
    from onnx import helper

    kernel = layer.shape[2]
    # TensorFlow's "same" padding: where the total is odd (stride 2), the extra row and column lie at the end.
    before, after = (kernel - layer.stride) // 2, (kernel - layer.stride + 1) // 2
    plain = f"{layer.name}.plain" if layer.relu6 or layer.adds else layer.name
    inputs = [last, f"{layer.name}.weight", f"{layer.name}.bias"]
    window: dict[str, Any] = {"kernel_shape": [kernel] * 2, "strides": [layer.stride] * 2}
    window["pads"] = [before, before, after, after]
    nodes = [helper.make_node("Conv", inputs, [plain], name=layer.name, group=layer.groups, **window)]
    if layer.relu6:
        nodes.append(helper.make_node("Clip", [plain, "zero", "six"], [layer.name]))
    if layer.adds:
        nodes.append(helper.make_node("Add", [plain, layer.adds], [layer.name]))
    return nodes


def _external() -> "list[onnx.TensorProto]":
    """Return the tensors of the weights file as ONNX refers to them: file name, offset and length in bytes."""
    from onnx import TensorProto

    tensors, offset = [], 0
    for name, shape in shapes().items():
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape)
        tensor.data_location = TensorProto.EXTERNAL
        length = 4 * int(np.prod(shape))
        for key, value in (("location", WEIGHTS_FILE), ("offset", offset), ("length", length)):
            tensor.external_data.add(key=key, value=str(value))
        tensors.append(tensor)
        offset += length
    return tensors


if __name__ == "__main__":
    for any_size, file in ((False, GRAPH_FILE), (True, ANY_SIZE_FILE)):
        graph = build(any_size=any_size)
        Path(__file__).with_name(file).write_bytes(graph.SerializeToString(deterministic=True))
