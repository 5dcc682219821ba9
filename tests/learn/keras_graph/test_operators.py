"""Every operator's rule beside ONNX Runtime, on random shapes; TensorFlow runs in its own process."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper

from pippin.core.errors import PippinError
from pippin.learn.keras_graph.client import has_tensorflow
from pippin.learn.keras_graph.sessions import TensorFlowSession
from pippin.learn.nn.onnx_session import session

pytestmark = pytest.mark.skipif(not has_tensorflow(), reason="TensorFlow is not installed: pippin[tensorflow]")

Shape = Sequence[int | str]
OPSET = 18
TYPES = {"f": TensorProto.FLOAT, "i": TensorProto.INT64, "u": TensorProto.UINT8, "b": TensorProto.BOOL}
rng = np.random.default_rng(7)


class Case:
    """A graph of few nodes: inputs by name with their shapes (a word is a free size), arrays, names of outputs."""

    def __init__(
        self,
        inputs: Mapping[str, Shape],
        nodes: Sequence[Any],
        outputs: Sequence[str] = ("y",),
        arrays: Mapping[str, Any] | None = None,
        types: Mapping[str, str] | None = None,
        draw: Callable[[tuple[int, ...]], np.ndarray] | None = None,
        opset: int = OPSET,
    ) -> None:
        self.inputs, self.nodes, self.outputs, self.opset = inputs, nodes, outputs, opset
        self.arrays, self.types, self.draw = arrays or {}, types or {}, draw

    def model(self) -> bytes:
        ports = [
            helper.make_tensor_value_info(name, TYPES[self.types.get(name, "f")], list(shape))
            for name, shape in self.inputs.items()
        ]
        results = [helper.make_empty_tensor_value_info(name) for name in self.outputs]
        tensors = [numpy_helper.from_array(np.asarray(one), name) for name, one in self.arrays.items()]
        graph = helper.make_graph(list(self.nodes), "case", ports, results, tensors)
        domains = [helper.make_opsetid("", self.opset), helper.make_opsetid("ai.onnx.ml", 3)]
        return bytes(helper.make_model(graph, opset_imports=domains, ir_version=9).SerializeToString())

    def feed(self, seed: int) -> dict[str, np.ndarray]:
        sizes: dict[str, int] = {}
        drawn = np.random.default_rng(seed)
        found = {}
        for name, shape in self.inputs.items():
            real = tuple(
                sizes.setdefault(one, int(drawn.integers(2, 9)) * (4 if one.startswith("big") else 1))
                if isinstance(one, str)
                else one
                for one in shape
            )
            kind = self.types.get(name, "f")
            if kind == "f":
                found[name] = (self.draw or (lambda size: drawn.normal(size=size)))(real).astype(np.float32)
            elif kind == "b":
                found[name] = drawn.random(real) < 0.5
            else:
                found[name] = drawn.integers(0, 3, real).astype({"i": np.int64, "u": np.uint8}[kind])
        return found


def node(operator: str, inputs: str, outputs: str = "y", **attributes: Any) -> Any:
    names = [name if name != "_" else "" for name in inputs.split()]
    return helper.make_node(operator, names, outputs.split(), **attributes)


def floats(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


def unary(operator: str, draw: Any = None, **attributes: Any) -> Case:
    return Case({"x": ("N", "M", 3)}, [node(operator, "x", **attributes)], draw=draw)


def positive(size: tuple[int, ...]) -> np.ndarray:
    return np.abs(rng.normal(size=size)) + 0.1


def binary(operator: str) -> Case:
    return Case({"x": ("N", 3, "M"), "z": (3, "M")}, [node(operator, "x z")], draw=positive)


def compared(operator: str) -> Case:
    both = [node(operator, "x c", "flag"), node("Where", "flag x c")]
    return Case({"x": ("N", 4)}, both, arrays={"c": np.float32(0.2)})


def conv(kernel: tuple[int, ...], channels: int = 3, *, bias: bool = True, **attributes: Any) -> Case:
    spatial = ["big_h", "big_w", "big_d"][: len(kernel) - 2]
    arrays = {"w": floats(*kernel), **({"b": floats(kernel[0])} if bias else {})}
    return Case(
        {"x": ("N", channels, *spatial)}, [node("Conv", "x w b" if bias else "x w", **attributes)], arrays=arrays
    )


def pool(operator: str, shape: Shape = ("N", 3, "big_h", "big_w"), **attributes: Any) -> Case:
    return Case({"x": shape}, [node(operator, "x", **attributes)])


def recurrent(operator: str, gates: int, directions: int, **attributes: Any) -> Case:
    arrays = {
        "w": floats(directions, gates * 4, 5) * 0.4,
        "r": floats(directions, gates * 4, 4) * 0.4,
        "b": floats(directions, 2 * gates * 4) * 0.4,
    }
    settings = {"hidden_size": 4, "direction": ["forward", "bidirectional"][directions - 1], **attributes}
    return Case({"x": ("T", 1, 5)}, [node(operator, "x w r b", "y last", **settings)], ("y", "last"), arrays)


def trees() -> Case:
    """Two trees over three columns and two outputs, one of them a leaf alone; a missing value goes left at one."""
    attributes = {
        "nodes_treeids": [0, 0, 0, 0, 0, 1],
        "nodes_nodeids": [0, 1, 2, 3, 4, 0],
        "nodes_featureids": [0, 0, 2, 0, 0, 0],
        "nodes_values": [0.1, 0.0, -0.2, 0.0, 0.0, 0.0],
        "nodes_modes": ["BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF", "LEAF"],
        "nodes_truenodeids": [1, 0, 3, 0, 0, 0],
        "nodes_falsenodeids": [2, 0, 4, 0, 0, 0],
        "nodes_missing_value_tracks_true": [0, 0, 1, 0, 0, 0],
        "target_treeids": [0, 0, 0, 0, 1, 1],
        "target_nodeids": [1, 3, 4, 4, 0, 0],
        "target_ids": [0, 1, 0, 1, 0, 1],
        "target_weights": [1.0, 2.0, 3.0, -1.0, 0.5, 0.25],
        "base_values": [0.5, -0.5],
        "n_targets": 2,
    }
    made = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", **attributes)

    def draw(size: tuple[int, ...]) -> np.ndarray:
        values = rng.normal(size=size)
        values[rng.random(size) < 0.3] = np.nan
        return values

    return Case({"x": ("N", 3)}, [made], draw=draw)


def views() -> list[Any]:
    """The halves of a batch that was joined of an image and its mirror image."""
    return [
        node("Slice", "x last first across backwards", "mirrored"),
        node("Concat", "x mirrored", "both", axis=0),
        node("Split", "both", "one two", axis=0, num_outputs=2),
        node("Mean", "one two"),
    ]


def attention() -> Case:
    """Heads parted and joined again, batch and length free, keys turned as PyTorch's exporter does."""
    nodes = [
        node("Shape", "x", "n", start=0, end=1),
        node("Shape", "x", "t", start=1, end=2),
        node("Concat", "n t open four", "heads", axis=0),
        node("Reshape", "x heads", "parted", allowzero=1),
        node("Transpose", "parted", "q", perm=[0, 2, 1, 3]),
        node("Shape", "q", "whole"),
        node("Slice", "whole minus1 end", "last"),
        node("Slice", "whole minus2 minus1", "middle"),
        node("Slice", "whole zero minus2", "lead"),
        node("Concat", "open middle last", "flat", axis=0),
        node("Reshape", "q flat", "k0"),
        node("Transpose", "k0", "k1", perm=[0, 2, 1]),
        node("Concat", "lead last middle", "turned", axis=0),
        node("Reshape", "k1 turned", "k"),
        node("MatMul", "q k", "scores"),
        node("Softmax", "scores", "shares", axis=-1),
        node("MatMul", "shares q", "mixed"),
        node("Transpose", "mixed", "back", perm=[0, 2, 1, 3]),
        node("Concat", "n t open", "joined", axis=0),
        node("Reshape", "back joined", "y", allowzero=1),
    ]
    arrays = {"open": ints(-1), "four": ints(4), "minus1": ints(-1), "minus2": ints(-2), "zero": ints(0)}
    return Case({"x": ("N", "T", 12)}, nodes, arrays=arrays | {"end": ints(2**62)})


def masks() -> Case:
    """A mask of real pieces, made by counting: Range, Expand, GatherND."""
    nodes = [
        node("Shape", "m", "n1", start=0, end=1),
        node("Squeeze", "n1", "n"),
        node("Shape", "m", "t1", start=1, end=2),
        node("Squeeze", "t1", "t"),
        node("Range", "zero n one", "rows"),
        node("Range", "zero t one", "columns"),
        node("Unsqueeze", "rows last", "r"),
        node("Unsqueeze", "columns first", "c"),
        node("Max", "r c", "wide"),
        node("Shape", "wide", "shape"),
        node("Expand", "r shape", "re"),
        node("Expand", "c shape", "ce"),
        node("Unsqueeze", "re minus", "r3"),
        node("Unsqueeze", "ce minus", "c3"),
        node("Concat", "r3 c3", "places", axis=-1),
        node("GatherND", "m places", "y"),
        node("Slice", "table zero1 t1 one1", "used"),
    ]
    arrays = {"zero": np.int64(0), "one": np.int64(1), "last": ints(1), "first": ints(0), "minus": ints(-1)}
    arrays |= {"table": np.arange(20, dtype=np.int64), "zero1": ints(0), "one1": ints(0)}
    return Case({"m": ("N", "T")}, nodes, ("y", "used"), arrays, {"m": "i"})


CASES: dict[str, Case] = {
    **{name: unary(name) for name in ("Relu", "Sigmoid", "Tanh", "Exp", "Neg", "Abs", "Erf", "Softplus", "Softsign")},
    **{name: unary(name) for name in ("Identity", "Floor", "Ceil", "Round", "Sign", "Sin", "Cos", "Selu", "HardSwish")},
    **{name: unary(name, positive) for name in ("Log", "Sqrt", "Reciprocal")},
    **{name: binary(name) for name in ("Add", "Sub", "Mul", "Div", "Pow", "Max", "Min", "Sum", "Mean")},
    **{name: compared(name) for name in ("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")},
    "LeakyRelu": unary("LeakyRelu", alpha=0.1),
    "Elu": unary("Elu", alpha=0.7),
    "HardSigmoid": unary("HardSigmoid", alpha=0.25, beta=0.4),
    "Mod": Case({"x": ("N", 3)}, [node("Mod", "x three")], arrays={"three": np.int64(3)}, types={"x": "i"}),
    "Gelu": Case({"x": ("N", 5)}, [node("Gelu", "x")], opset=20),
    "Gelu tanh": Case({"x": ("N", 5)}, [node("Gelu", "x", approximate="tanh")], opset=20),
    "PRelu": Case({"x": ("N", 3, "H")}, [node("PRelu", "x s")], arrays={"s": floats(3, 1)}),
    "IsNaN": Case({"x": ("N", 3)}, [node("Log", "x", "l"), node("IsNaN", "l", "n"), node("Where", "n zero l")],
                  arrays={"zero": np.float32(0)}),
    "logic": Case({"x": ("N", 3), "z": ("N", 3)},
                  [node("And", "x z", "a"), node("Or", "x z", "o"), node("Xor", "a o", "e"), node("Not", "e", "y")],
                  types={"x": "b", "z": "b"}),
    "Clip": Case({"x": ("N", 3)}, [node("Clip", "x low high")],
                 arrays={"low": np.float32(-0.3), "high": np.float32(0.4)}),
    "Clip to 6": Case({"x": ("N", 3)}, [node("Clip", "x low high")],
                      arrays={"low": np.float32(0), "high": np.float32(6)}),
    "Clip below": Case({"x": ("N", 3)}, [node("Clip", "x _ high")], arrays={"high": np.float32(0.4)}),
    "Cast half": Case({"x": ("N", 3)}, [node("Cast", "x", "h", to=10), node("Cast", "h", to=1)]),
    "Cast bytes": Case({"x": ("N", 4, 5, 6)}, [node("Cast", "x", "f", to=1), node("Sub", "f mean")],
                       arrays={"mean": floats(4, 5, 6)}, types={"x": "u"}),
    "Dropout": Case({"x": ("N", 3)}, [node("Dropout", "x ratio")], arrays={"ratio": np.float32(0.4)}),
    "large constant": Case({"x": ("N", 70, 70)}, [node("Add", "x c")], arrays={"c": floats(70, 70)}),
    "MatMul": Case({"x": ("N", 2, 3), "z": ("N", 3, 4)}, [node("MatMul", "x z")]),
    "MatMul known": Case({"x": ("N", "T", 5)}, [node("MatMul", "x w", "p"), node("Add", "p b")],
                         arrays={"w": floats(5, 4), "b": floats(4)}),
    "MatMul known left": Case({"x": (5,)}, [node("MatMul", "w x", "p"), node("Add", "p b")],
                              arrays={"w": floats(4, 5), "b": floats(4)}),
    "MatMul column": Case({"x": ("N", 5)}, [node("MatMul", "x w")], arrays={"w": floats(5)}),
    "MatMul members": Case({"x": ("N", 5)},
                           [node("MatMul", "x w", "p"), node("Add", "p b", "q"), node("Relu", "q", "r"),
                            node("MatMul", "r v", "s"), node("Transpose", "s", perm=[1, 0, 2])],
                           arrays={"w": floats(3, 5, 4), "b": floats(3, 1, 4), "v": floats(3, 4, 2)}),
    "Gemm": Case({"x": ("N", 5)}, [node("Gemm", "x w b", transB=1)], arrays={"w": floats(4, 5), "b": floats(4)}),
    "Gemm scaled": Case({"x": (5, "N")}, [node("Gemm", "x w b", transA=1, alpha=0.5, beta=2.0)],
                        arrays={"w": floats(5, 4), "b": floats(4)}),
    "Gemm of two": Case({"x": ("N", 5), "z": (5, "M")}, [node("Gemm", "x z b")], arrays={"b": floats(1)}),
    "Conv": conv((4, 3, 3, 3), pads=[1, 1, 1, 1]),
    "Conv valid": conv((4, 3, 3, 2), bias=False),
    "Conv strided": conv((4, 3, 5, 5), strides=[2, 2], pads=[2, 2, 2, 2]),
    "Conv uneven": conv((4, 3, 3, 3), pads=[0, 1, 2, 1], dilations=[2, 1]),
    "Conv grouped": conv((6, 2, 3, 3), 4, group=2, pads=[1, 1, 1, 1]),
    "Conv by channel": conv((8, 1, 3, 3), 4, group=4, pads=[1, 1, 1, 1], strides=[2, 2]),
    "Conv 1": conv((4, 3, 3), pads=[1, 1], strides=[2]),
    "Conv 3": conv((2, 3, 2, 2, 2)),
    "Conv computed": Case({"x": (1, 3, "big_h", "big_w"), "m": (1, 2)},
                          [node("MatMul", "m e", "k0"), node("Reshape", "k0 shape", "k1"), node("Add", "base k1", "k"),
                           node("Conv", "x k b", kernel_shape=[3, 3])],
                          arrays={"e": floats(2, 108), "shape": ints(4, 3, 3, 3), "base": floats(4, 3, 3, 3),
                                  "b": floats(4)}),
    "ConvTranspose": Case({"x": ("N", 3, "H", "W")}, [node("ConvTranspose", "x w b", strides=[2, 2])],
                          arrays={"w": floats(3, 4, 2, 2), "b": floats(4)}),
    "ConvTranspose cut": Case({"x": ("N", 3, "H", "W")},
                              [node("ConvTranspose", "x w", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])],
                              arrays={"w": floats(3, 4, 3, 3)}),
    "DepthToSpace CRD": Case({"x": ("N", 12, "H", "W")}, [node("DepthToSpace", "x", blocksize=2, mode="CRD")]),
    "DepthToSpace DCR": Case({"x": ("N", 12, "H", "W")}, [node("DepthToSpace", "x", blocksize=2, mode="DCR")]),
    "MaxPool": pool("MaxPool", kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1]),
    "MaxPool up": pool("MaxPool", ("N", 3, 13, 11), kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1),
    "AveragePool": pool("AveragePool", kernel_shape=[2, 2], strides=[2, 2]),
    "AveragePool inside": pool("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "AveragePool outside": pool("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
    "GlobalAveragePool": pool("GlobalAveragePool"),
    "GlobalMaxPool": pool("GlobalMaxPool"),
    "BatchNormalization": Case({"x": ("N", 3, "H", "W")}, [node("BatchNormalization", "x s b m v", epsilon=1e-3)],
                               arrays={"s": floats(3), "b": floats(3), "m": floats(3), "v": np.abs(floats(3)) + 0.1}),
    "BatchNormalization rows": Case({"x": ("N", 3)}, [node("BatchNormalization", "x s b m v")],
                                    arrays={"s": floats(3), "b": floats(3), "m": floats(3),
                                            "v": np.abs(floats(3)) + 0.1}),
    "LayerNormalization": Case({"x": ("N", "T", 6)}, [node("LayerNormalization", "x s b", axis=-1, epsilon=1e-5)],
                               arrays={"s": floats(6), "b": floats(6)}),
    "InstanceNormalization": Case({"x": ("N", 3, "H", "W")}, [node("InstanceNormalization", "x s b")],
                                  arrays={"s": floats(3), "b": floats(3)}),
    "GroupNormalization": Case({"x": ("N", 6, "H", "W")}, [node("GroupNormalization", "x s b", num_groups=2)],
                               arrays={"s": floats(6), "b": floats(6)}, opset=21),
    "Softmax": Case({"x": ("N", 4, "M")}, [node("Softmax", "x", axis=1)]),
    "LogSoftmax": Case({"x": ("N", 4)}, [node("LogSoftmax", "x")]),
    "LpNormalization": Case({"x": ("N", 4)}, [node("LpNormalization", "x", axis=1, p=2)]),
    "LpNormalization 1": Case({"x": ("N", 4)}, [node("LpNormalization", "x", axis=1, p=1)]),
    "GRU": recurrent("GRU", 3, 1, linear_before_reset=1),
    "GRU both ways": recurrent("GRU", 3, 2, linear_before_reset=1),
    "LSTM": recurrent("LSTM", 4, 1),
    "LSTM both ways": recurrent("LSTM", 4, 2),
    **{
        name: Case({"x": ("N", 3, "H", "W")}, [node(name, "x axes", keepdims=0)], arrays={"axes": ints(2, 3)})
        for name in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2", "ReduceLogSumExp", "ReduceProd")
    },
    "ReduceSum kept": Case({"x": ("N", 3, "H")}, [node("ReduceSum", "x axes")], arrays={"axes": ints(-1)}),
    "ReduceMean old": Case({"x": ("N", 3, "H")}, [node("ReduceMean", "x", axes=[1], keepdims=0)], opset=13),
    "ReduceMax after Conv": Case({"x": ("N", 3, "big_h", "big_w")},
                                 [node("Conv", "x w", "c"), node("ReduceMax", "c axes", keepdims=0)],
                                 arrays={"w": floats(4, 3, 3, 3), "axes": ints(1)}),
    "ArgMax": Case({"x": ("N", 4)}, [node("ArgMax", "x", "i", axis=1, keepdims=0), node("Gather", "words i", axis=0)],
                   arrays={"words": floats(4, 3)}),
    "ArgMin": Case({"x": ("N", 4)}, [node("ArgMin", "x", axis=1)]),
    "Slice": Case({"x": ("N", 3, 9)}, [node("Slice", "x a b c d")],
                  arrays={"a": ints(1, 7), "b": ints(3, 1), "c": ints(1, 2), "d": ints(1, -2)}),
    "Slice ends": Case({"x": ("N", 3, 9)}, [node("Slice", "x a b c")],
                       arrays={"a": ints(-4), "b": ints(2**62), "c": ints(2)}),
    "Slice after Conv": Case({"x": ("N", 3, "big_h", "big_w")}, [node("Conv", "x w", "c"), node("Slice", "c a b d")],
                             arrays={"w": floats(4, 3, 3, 3), "a": ints(1, 1), "b": ints(-1, 3), "d": ints(2, 1)}),
    "Gather": Case({"x": ("N", 7)}, [node("Gather", "x i", axis=1)], arrays={"i": ints(5, 0, -1)}),
    "Gather one": Case({"x": ("N", 7, 2)}, [node("Gather", "x i", axis=1)], arrays={"i": np.int64(3)}),
    "Gather table": Case({"x": ("N", "T")}, [node("Gather", "table x")], arrays={"table": floats(3, 5)},
                         types={"x": "i"}),
    "TopK": Case({"x": ("N", 7)}, [node("TopK", "x k", "y i", axis=1)], ("y", "i"), {"k": ints(3)}),
    "TopK least": Case({"x": (7, "N")}, [node("TopK", "x k", "y i", axis=0, largest=0)], ("y",), {"k": ints(3)}),
    "Reshape": Case({"x": ("N", 3, 4)}, [node("Reshape", "x s")], arrays={"s": ints(0, -1)}),
    "Reshape after Conv": Case({"x": ("N", 3, 9, 9)}, [node("Conv", "x w", "c"), node("Reshape", "c s")],
                               arrays={"w": floats(4, 3, 3, 3), "s": ints(-1, 196)}),
    "Flatten": Case({"x": ("N", 3, 4)}, [node("Flatten", "x")]),
    "Flatten after Conv": Case({"x": ("N", 3, 9, 9)}, [node("Conv", "x w", "c"), node("Flatten", "c")],
                               arrays={"w": floats(4, 3, 3, 3)}),
    "Transpose": Case({"x": ("N", 3, 4)}, [node("Transpose", "x", "t", perm=[2, 0, 1]), node("Relu", "t")]),
    "Squeeze": Case({"x": ("N", 1, 4)}, [node("Squeeze", "x a")], arrays={"a": ints(1)}),
    "Squeeze after Conv": Case({"x": ("N", 3, 3, "big_w")},
                               [node("Conv", "x w", "c"), node("Squeeze", "c a", "s"), node("Relu", "s")],
                               arrays={"w": floats(4, 3, 3, 3), "a": ints(2)}),
    "Unsqueeze": Case({"x": ("N", 4)}, [node("Unsqueeze", "x a")], arrays={"a": ints(0, -1)}),
    "Unsqueeze after Conv": Case({"x": ("N", 3, "big_h")}, [node("Conv", "x w", "c"), node("Unsqueeze", "c a")],
                                 arrays={"w": floats(4, 3, 3), "a": ints(1)}),
    "Concat": Case({"x": ("N", 3), "z": ("N", 2)}, [node("Concat", "x z", axis=1)]),
    "Concat after Conv": Case({"x": ("N", 3, "big_h", "big_w")},
                              [node("Conv", "x w", "c", pads=[1, 1, 1, 1]), node("Concat", "c x", axis=1)],
                              arrays={"w": floats(4, 3, 3, 3)}),
    "Split": Case({"x": ("N", 7)}, [node("Split", "x s", "y z", axis=1)], ("y", "z"), {"s": ints(3, 4)}),
    "Split in three": Case({"x": ("N", 7)}, [node("Split", "x", "y z u", axis=1, num_outputs=3)], ("y", "z", "u")),
    "mirrored": Case({"x": ("N", 3, 6, 8)}, views(),
                     arrays={"last": ints(-1), "first": ints(np.iinfo(np.int64).min), "across": ints(3),
                             "backwards": ints(-1)}),
    "Pad": Case({"x": ("N", 3, "H")}, [node("Pad", "x p v")],
                arrays={"p": ints(0, 0, 2, 0, 1, 1), "v": np.float32(0.5)}),
    "Pad edge": Case({"x": ("T", 4)}, [node("Pad", "x p", mode="edge")], arrays={"p": ints(2, 0, 2, 0)}),
    "Pad reflect": Case({"x": ("N", 5)}, [node("Pad", "x p", mode="reflect")], arrays={"p": ints(0, 2, 0, 1)}),
    "Expand": Case({"x": ("N", 1)}, [node("Expand", "x s")], arrays={"s": ints(1, 4)}),
    "Resize linear": Case({"x": ("N", 3, 14, 14)}, [node("Resize", "x _ s", mode="linear")],
                          arrays={"s": np.array([1, 1, 16 / 14, 16 / 14], np.float32)}),
    "Resize to": Case({"x": ("N", 3, 5, 7)}, [node("Resize", "x _ _ s", mode="linear")], arrays={"s": ints(1, 3, 9, 8)},
                      ),
    "Resize nearest": Case({"x": ("N", 3, "H", "W")},
                           [node("Resize", "x _ s", mode="nearest", coordinate_transformation_mode="asymmetric",
                                 nearest_mode="floor")],
                           arrays={"s": np.array([1, 1, 2, 3], np.float32)}),
    "attention": attention(),
    "masks": masks(),
    "trees": trees(),
}  # fmt: skip
CASES["Resize to"].inputs = {"x": (1, 3, 5, 7)}


@pytest.mark.parametrize("name", CASES)
def test_an_operator_gives_what_onnx_runtime_gives(name: str) -> None:
    case = CASES[name]
    content = case.model()
    opened, twin = session(content), TensorFlowSession(content)
    for seed in range(3):
        given = case.feed(seed + zlib.crc32(name.encode()) % 1000)
        for output, ours, theirs in zip(
            case.outputs, twin.run(case.outputs, given), opened.run(list(case.outputs), given), strict=True
        ):
            assert ours.shape == theirs.shape, output
            if theirs.dtype.kind == "f":
                np.testing.assert_allclose(ours, theirs, atol=2e-5, rtol=2e-5, err_msg=output)
            else:
                np.testing.assert_array_equal(ours, theirs, err_msg=output)


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (Case({"x": ("N", 3)}, [node("Hardmax", "x")]), "Hardmax.*no rule knows this operator"),
        (Case({"x": ("N", 3)}, [node("CumSum", "x a")], arrays={"a": np.int64(1)}), "operator CumSum of node y"),
        (Case({"x": ("N", "M")}, [node("NonZero", "x")]), "NonZero"),
        (recurrent("GRU", 3, 1, linear_before_reset=0), "operator GRU of node y"),
        (Case({"x": ("N", 3, "H", "W")}, [node("Resize", "x _ s", mode="cubic")],
              arrays={"s": np.array([1, 1, 2, 2], np.float32)}), "operator Resize.*cubic"),
    ],
)  # fmt: skip
def test_an_operator_no_rule_knows_is_named_with_its_node(case: Case, told: str) -> None:
    with pytest.raises(PippinError, match=told) as problem:
        TensorFlowSession(case.model())
    assert "\n" not in problem.value.message
    assert len(problem.value.message) < 400


def test_an_unknown_graph_is_refused_in_a_sentence() -> None:
    with pytest.raises(PippinError, match="no ONNX model"):
        TensorFlowSession(b"no graph at all")
