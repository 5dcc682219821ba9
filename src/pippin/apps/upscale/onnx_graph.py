"""The network as ONNX: graphs without numbers, which lie beside them as arrays, so that teaching can change some."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np

from pippin.apps.upscale.colour import LUMA
from pippin.apps.upscale.degradation import CONDITIONS
from pippin.apps.upscale.estimation import (
    BLUR_OF_ALL,
    BLURS,
    MIN_BLUR,
    NOISE_IN_BLUR,
    SOFT_UP_TO,
    SOFTNESS,
    SURELY_BLURRED,
)
from pippin.apps.upscale.onnx_model import (
    DETAIL,
    ESTIMATOR_HIDDEN,
    ESTIMATOR_STEPS,
    ESTIMATOR_WIDTHS,
    MIXER,
    SLOPE,
    Shape,
)
from pippin.core.errors import missing_extra

try:
    import onnx
except ImportError as problem:
    raise missing_extra("onnx", "train", "Writing a network as ONNX") from problem
from onnx import TensorProto, helper, numpy_helper

from pippin.learn.nn.onnx_builder import GraphBuilder, checked_bytes

Array = np.ndarray


def network(shape: Shape) -> bytes:
    """Build a float32 graph: `picture` [1,3,h+2r,w+2r] in 0..1 -> `bicubic` [1,3,s*h,s*w], `added` [1,1 or 3,...]."""
    made = _Nodes(shape)
    return made.finished(_body(made, shape))


def _body(made: _Nodes, shape: Shape) -> dict[str, int]:
    last = made.convolution(made.chain(), shape.layers - 1)
    made.node("DepthToSpace", [last], "added", blocksize=shape.factor, mode="CRD")
    cut = shape.radius - 2
    inner = made.node("Slice", ["picture", *map(made.numbers, ([cut, cut], [-cut, -cut], [2, 3]))])
    enlarged = made.node("Conv", [inner, made.constant("cubic", shape.bicubic())], group=3)
    made.node("DepthToSpace", [enlarged], "bicubic", blocksize=shape.scale, mode="CRD")
    return {"bicubic": 3, "added": shape.channels}


def features(shape: Shape) -> bytes:
    """Return the same up to what the last convolution sees: `features` [1,width,h+2,w+2]."""
    made = _Nodes(shape)
    made.node("Identity", [made.chain()], "features")
    return made.finished({"features": shape.width})


def estimator() -> bytes:
    """Build a float32 graph: `tiles` [N,3,h,w] of one image in 0..1 -> `condition` [conditions]; see `Estimator`."""
    made = _Nodes(None)
    mean = made.node("AveragePool", ["tiles"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    detail = made.node(
        "Mul", [made.node("Sub", ["tiles", mean]), made.constant("detail", np.array([DETAIL], np.float32))]
    )
    middle = made.node("Sub", ["tiles", made.constant("half", np.array([0.5], np.float32))])
    last = made.node("Concat", [middle, detail], axis=1)
    for number, step in enumerate(ESTIMATOR_STEPS):
        inputs, outputs = ESTIMATOR_WIDTHS[number : number + 2]
        kernel = made.outside(f"estimator.kernels.{number}", (outputs, inputs * 9))
        kernel = made.node("Reshape", [kernel, made.numbers([outputs, inputs, 3, 3])])
        names = [kernel, made.outside(f"estimator.biases.{number}", (outputs,))]
        last = made.node(
            "LeakyRelu", [made.node("Conv", [last, *names], kernel_shape=[3, 3], strides=[step, step])], alpha=SLOPE
        )
    mean = made.node("ReduceMean", [last, made.numbers([0, 2, 3])], keepdims=0)
    highest = made.node("ReduceMax", [last, made.numbers([2, 3])], keepdims=0)
    highest = made.node("ReduceMean", [highest, made.numbers([0])], keepdims=0)
    last = made.node("Unsqueeze", [made.node("Concat", [mean, highest], axis=0), made.numbers([0])])
    sizes = (2 * ESTIMATOR_WIDTHS[-1], ESTIMATOR_HIDDEN, len(CONDITIONS))
    for name, inputs, outputs in zip(("hidden", "out"), sizes, sizes[1:], strict=False):
        last = made.dense(f"estimator.{name}", last, inputs, outputs)
        last = made.node("LeakyRelu", [last], alpha=SLOPE) if name == "hidden" else last
    made.node("Squeeze", [last, made.numbers([0])], "condition")
    given = helper.make_tensor_value_info("tiles", TensorProto.FLOAT, ["tiles", 3, "tile_height", "tile_width"])
    condition = helper.make_tensor_value_info("condition", TensorProto.FLOAT, [len(CONDITIONS)])
    return made.model("upscale", [given], [condition])


def conditioned(shape: Shape) -> bytes:
    """Return the network with its experts inside: `picture` and `condition` [conditions] -> `bicubic` and `added`."""
    made = _Nodes(shape, mixed=True)
    return made.finished(
        _body(made, shape), [helper.make_tensor_value_info("condition", TensorProto.FLOAT, [len(CONDITIONS)])]
    )


def filled(graph: bytes, weights: Mapping[str, Array]) -> bytes:
    """Return a graph with its numbers inside, for other programs."""
    model = onnx.load_from_string(graph)
    for place in [tensor for tensor in model.graph.initializer if tensor.external_data]:
        place.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(weights[place.name], "<f4"), place.name))
    return checked_bytes(model)


class _Nodes(GraphBuilder):
    """Nodes of a network; with `mixed`, kernels are summed from experts inside the graph."""

    def __init__(self, shape: Shape | None, *, mixed: bool = False) -> None:
        super().__init__()
        self.mix = ""
        if shape is not None:
            self.shape = shape
            self.mix = self._mix() if mixed else ""

    def outside(self, name: str, size: tuple[int, ...]) -> str:
        """Return a tensor whose numbers lie elsewhere."""
        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=size, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", "weights"), ("offset", 0), ("length", 4 * int(np.prod(size)))):
            tensor.external_data.add(key=key, value=str(value))
        self.tensors.append(tensor)
        return name

    def chain(self) -> str:
        """Return all convolutions but the last, each followed by the leaky ReLU."""
        last = "picture"
        if self.shape.channels == 1:
            luma = self.constant("luma", LUMA.reshape(1, 3, 1, 1).astype(np.float32))
            last = self.node("Conv", ["picture", luma])
        if self.shape.fold > 1:
            last = self.node("SpaceToDepth", [last], blocksize=self.shape.fold)
        for number in range(self.shape.layers - 1):
            last = self.node("LeakyRelu", [self.convolution(last, number)], alpha=SLOPE)
        return last

    def convolution(self, given: str, number: int) -> str:
        """Add one convolution, whose weights lie in another file."""
        sizes = self.shape.sizes(number)
        names = [self._summed(f"{number}.{part}", size) for part, size in zip(("weight", "bias"), sizes, strict=True)]
        return self.node("Conv", [given, *names], kernel_shape=[3, 3])

    def _summed(self, name: str, size: tuple[int, ...]) -> str:
        """Return a kernel or bias; where experts are mixed, with their sum added."""
        plain = self.outside(name, size)
        if not self.mix:
            return plain
        experts = self.outside(f"{name}.experts", (self.shape.experts, *size))
        flat = self.node("Reshape", [experts, self.numbers([self.shape.experts, -1])])
        added = self.node("Reshape", [self.node("MatMul", [self.mix, flat]), self.numbers(list(size))])
        return self.node("Add", [plain, added])

    def _mix(self) -> str:
        given = last = self._cautious(self.node("Unsqueeze", ["condition", self.numbers([0])]))
        sizes = (len(CONDITIONS), MIXER, self.shape.experts)
        for number, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
            last = self.dense(f"mixer.{number}", last, inputs, outputs)
            last = last if number else self.node("LeakyRelu", [last], alpha=SLOPE)
        return self.node("Tanh", [self.node("Add", [last, self.dense("mixer.2", given, sizes[0], sizes[-1])])])

    def _cautious(self, given: str) -> str:
        """Return a condition [1,conditions] with less blur and more noise, as `estimation.cautious`."""
        selected, noise = (np.array([name == one for one in CONDITIONS], np.float32) for name in ("blur", "noise"))
        zero, one, least, softness = (self.scalar(value) for value in (0, 1, MIN_BLUR, SOFTNESS))
        blur = self.node("Max", [self.node("MatMul", [given, self.constant("selected", selected[:, None])]), zero])
        own = self.node("Sub", [self.scalar(SURELY_BLURRED), blur])
        own = self.node("Clip", [self.node("Div", [own, self.scalar(SURELY_BLURRED - SOFT_UP_TO)]), zero, one])
        rest = self.node("Max", [self.node("Sub", [blur, self.node("Mul", [own, softness])]), zero])
        ratio = self.node("Sub", [self.node("Div", [rest, self.node("Max", [blur, least])]), one])
        blurs = self.constant("blurs", (np.arange(len(CONDITIONS)) < BLURS).astype(np.float32)[None])
        factors = self.node("Add", [self.node("Mul", [ratio, blurs]), one])
        share = self.node("Clip", [self.node("Div", [blur, self.scalar(BLUR_OF_ALL)]), zero, one])
        more = self.node("Mul", [share, self.constant("more", NOISE_IN_BLUR * noise[None])])
        floor = self.constant("floor", np.where(noise, 0, np.finfo(np.float32).min).astype(np.float32)[None])
        return self.node("Add", [self.node("Mul", [self.node("Max", [given, floor]), factors]), more])

    def scalar(self, value: float) -> str:
        """Return a constant number."""
        return self.constant(f"number{len(self.tensors)}", np.array(value, np.float32))

    def dense(self, name: str, given: str, inputs: int, outputs: int) -> str:
        """Return a matrix and a bias, whose numbers lie elsewhere."""
        weight = self.outside(f"{name}.weight", (outputs, inputs))
        return self.node("Gemm", [given, weight, self.outside(f"{name}.bias", (outputs,))], transB=1)

    def finished(self, outputs: Mapping[str, int], more: Sequence[onnx.ValueInfoProto] = ()) -> bytes:
        given = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, "height", "width"])
        made = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, f"{name}_height", f"{name}_width"])
            for name, channels in outputs.items()
        ]
        return self.model("upscale", [given, *more], made)
