"""An ONNX graph becomes a Keras functional model of ordinary layers, its weights in place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from pippin.core.errors import PippinError
from pippin.learn.keras_graph.folding import can_fold, fold
from pippin.learn.keras_graph.graph import Graph, Node, Port
from pippin.learn.keras_graph.placements import Origin, Placement, apply_steps
from pippin.learn.keras_graph.rules import RULES
from pippin.learn.keras_graph.rules.shapes import settled
from pippin.learn.keras_graph.values import IMAGE_ORDER, NoRuleError, Value

MAX_INLINE = 4096  # numbers of an array that stand in the model's description; more become a layer's weights
IMAGE_CHANNELS = (1, 3)
_ILLEGAL = re.compile(r"[^A-Za-z0-9_.]+")


@dataclass(frozen=True)
class KerasTwin:
    """A Keras model of a graph; `placements` say which initializer each weight is.

    By the graph's names: `inputs` are its tensors, `outputs` its names of them, `orders` how inputs' axes are held.
    """

    model: Any
    placements: tuple[Placement, ...]
    inputs: Mapping[str, Any]
    outputs: Mapping[str, str]
    orders: Mapping[str, tuple[int, ...]]
    graph: Graph

    def weights(self) -> dict[tuple[str, int], Any]:
        """Return the variables that hold initializers, by layer and index."""
        layers = {layer.name: layer for layer in self.model.layers}
        return {(one.layer, one.index): layers[one.layer].weights[one.index] for one in self.placements}


class Converter:
    """The state of one conversion; rules call its methods.

    `trainable` are initializers that shall be weights of layers also where they are few numbers.
    With `portable`, operators that small runtimes lack are written by others.
    """

    def __init__(self, graph: Graph, trainable: Sequence[str] = (), *, portable: bool = False) -> None:
        self.graph, self.trainable, self.portable = graph, frozenset(trainable), portable
        self.values: dict[str, Value] = {}
        self.placements: list[Placement] = []
        self.node: Node | None = None
        self.done: set[str] = set()  # outputs that an earlier node made along the way
        self._names: set[str] = set()
        self._layers: dict[Any, Any] = {}
        self._zero: Any = None

    def convert(self) -> KerasTwin:
        """Return the model; PippinError names the first node that cannot be converted."""
        inputs, orders = {}, {}
        for port in self.graph.inputs:
            order = _input_order(port)
            held = tuple(port.shape[axis] for axis in order)
            tensor = keras.Input(batch_shape=held, dtype=port.dtype, name=self.name(port.name))
            inputs[port.name], orders[port.name] = tensor, order
            self.values[port.name] = Value(tensor, order)
        self._first = next(iter(inputs.values()), None)
        for name, array in self.graph.initializers.items():
            self.values[name] = Value.known(array, Origin(name))
        for node in self.graph.nodes:
            self._convert(node)
        outputs = {port.name: self._output(port) for port in self.graph.outputs}
        model = keras.Model({one.name: one for one in inputs.values()}, dict(outputs.values()), name="network")
        names = {name: key for name, (key, _) in outputs.items()}
        return KerasTwin(model, tuple(self.placements), inputs, names, orders, self.graph)

    def _convert(self, node: Node) -> None:
        if all(name in self.done for name in node.outputs if name):
            return
        self.node = node
        try:
            inputs = [self.values[name] if name else None for name in node.inputs]
        except KeyError as problem:
            raise PippinError(f"The node {node.name} reads {problem}, which nothing in the graph makes.") from problem
        rule = RULES.get(node.operator)
        try:
            if can_fold(node, inputs):
                results: Any = fold(node, inputs, self.graph.opset)
            elif rule is None:
                raise NoRuleError("no rule knows this operator")
            else:
                if node.operator not in ("Reshape", "Transpose", "Identity"):
                    inputs = [one and settled(one) for one in inputs]
                results = rule(self, node, *inputs)
        except NoRuleError as problem:
            raise PippinError(
                f"The operator {node.operator} of node {node.name} cannot be converted to Keras: {problem}.",
                input=node.operator,
            ) from problem
        except (ValueError, TypeError, IndexError, AttributeError) as problem:
            told = " ".join(str(problem).split())[:160]
            raise PippinError(
                f"The operator {node.operator} of node {node.name} cannot be converted to Keras ({told}).",
                input=node.operator,
            ) from problem
        results = results if isinstance(results, (list, tuple)) else [results]
        for name, value in zip(node.outputs, results, strict=False):
            if name:
                self.values[name] = value

    def _output(self, port: Port) -> tuple[str, Any]:
        """Return an output as the graph has it, with the name it has in Keras."""
        value = self.values.get(port.name)
        if value is None:
            raise PippinError(f"The output {port.name} is made by no node of the graph.")
        tensor = self.constant(value) if value.array is not None else settled(value).plain_tensor()
        name = self.name(port.name)
        return name, keras.layers.Identity(name=name)(tensor)

    def name(self, wanted: str) -> str:
        """Return a layer's name, unlike all others: Keras allows neither slashes nor a leading underscore."""
        base = _ILLEGAL.sub("_", wanted).strip("_") or "layer"
        name, number = base, 1
        while name.lower() in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name.lower())
        return name

    def layer(
        self,
        make: Callable[..., Any],
        tensor: Any,
        weights: Sequence[tuple[np.ndarray, Origin | None]] = (),
        **settings: Any,
    ) -> Any:
        """Call a layer named after the present node, its weights set; the same weights used again are one layer."""
        assert self.node is not None
        origins = tuple(origin for _, origin in weights)
        key = (make, repr(sorted(settings.items(), key=str)), origins)
        shared = bool(origins) and all(origins)
        layer = self._layers.get(key) if shared else None
        if layer is not None:
            return layer(tensor)
        layer = make(**settings, name=self.name(self.node.name))
        result = layer(tensor)
        if weights:
            layer.set_weights([array for array, _ in weights])
            self.placements += [Placement(layer.name, n, one) for n, one in enumerate(origins) if one is not None]
        if shared:
            self._layers[key] = layer
        return result

    def place(self, array: np.ndarray, origin: Origin | None, *steps: Any) -> tuple[np.ndarray, Origin | None]:
        """Return an array after steps, with its origin."""
        return apply_steps(array, steps), origin.then(*steps) if origin else None

    def constant(self, value: Value) -> Any:
        """Return a known array as a tensor of the model: a layer's weights."""
        assert value.array is not None
        array, size = value.array, value.array.size
        flat = self.place(array, value.origin, ("reshape", array.shape, (1, size)))
        if array.dtype != np.float32:
            return ops.add(ops.cast(self.zero(), array.dtype.name), array)
        found = self.layer(keras.layers.Embedding, self.zero(), [flat], input_dim=1, output_dim=size)
        return ops.reshape(found, array.shape)

    def zero(self) -> Any:
        """Return the number 0 as an int32 tensor [] of the model."""
        if self._zero is None:
            if self._first is None:
                raise NoRuleError("the graph has no input")
            one = self._first[(slice(0, 1),) * len(self._first.shape)]
            self._zero = ops.max(ops.zeros_like(ops.cast(one, "int32")))
        return self._zero

    def operand(self, value: Value, order: tuple[int, ...]) -> Any:
        """Return a value as an operand beside tensors held in `order`, broadcast as ONNX does."""
        rank = len(order)
        if value.array is None:
            if value.rank == rank:
                return value.in_order(order)
            tensor = value.plain_tensor()
            for _ in range(rank - value.rank):
                tensor = ops.expand_dims(tensor, 0)
            return ops.transpose(tensor, order) if order != tuple(range(rank)) else tensor
        array = value.array
        if array.dtype == object:
            raise NoRuleError("a size that is known only when it runs counts as a number")
        is_weight = value.origin is not None and value.origin.initializer in self.trainable
        if array.ndim == 0 and not is_weight:
            return array
        shape = (1,) * (rank - array.ndim) + array.shape
        steps = [("reshape", array.shape, shape), ("transpose", order, None)]
        if array.size > MAX_INLINE or is_weight:
            held = self.place(array, value.origin, *steps)
            return self.constant(Value.known(*held))
        return self.place(array, None, *steps)[0]

    def aligned(self, *values: Value) -> tuple[list[Any], tuple[int, ...]]:
        """Return values as operands of one elementwise operator, and the order of its result."""
        rank = max(value.rank for value in values)
        tensors = [value for value in values if value.array is None and value.rank == rank]
        order = next((one.order for one in tensors if not one.is_plain), tuple(range(rank)))
        return [self.operand(value, order) for value in values], order

    def finish(self, output: str, value: Value) -> None:
        """Set the output of a later node, which is skipped then."""
        self.values[output] = value
        self.done.add(output)


def _input_order(port: Port) -> tuple[int, ...]:
    """Return how an input is held: images as NHWC, all else as the graph has it."""
    is_image = len(port.shape) == 4 and port.dtype == "float32" and port.shape[1] in IMAGE_CHANNELS
    return IMAGE_ORDER if is_image else tuple(range(len(port.shape)))


def convert(graph: Graph, trainable: Sequence[str] = (), *, portable: bool = False) -> KerasTwin:
    """Return the Keras twin of a graph; see `Converter`."""
    return Converter(graph, trainable, portable=portable).convert()
