"""GRU and LSTM, in either direction or both; ONNX's and Keras's GRU have the same order of gates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.placements import Origin, Placement
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter

GATES = {"GRU": 3, "LSTM": 4}
# Where Keras's gates (input, forget, cell, output) lie among ONNX's (input, output, forget, cell).
LSTM_ORDER = (0, 2, 3, 1)
SEQUENCE = (1, 0, 2)  # [steps, examples, values] held with examples first


def _recurrent(c: Converter, node: Node, value: Value, *more: Value | None) -> tuple[Value, ...]:
    kernel, recurrent, bias = (*more, None, None)[:3]
    if any(one is not None for one in more[3:]):
        raise NoRuleError("it has an initial state, lengths or peepholes")
    if any(one is None or one.array is None for one in (kernel, recurrent)) or (
        bias is not None and bias.array is None
    ):
        raise NoRuleError("its weights are computed")
    _require_defaults(node)
    direction, units = node.attribute("direction", "forward"), int(node.attribute("hidden_size"))
    ways = 2 if direction == "bidirectional" else 1
    pieces = [piece for way in range(ways) for piece in _weights(node.operator, units, way, kernel, recurrent, bias)]
    layer = _layer(c, node, units, direction, bias is not None)
    tensor = value.in_order(SEQUENCE)
    result = layer(tensor)
    layer.set_weights([array for array, _ in pieces])
    c.placements += [Placement(layer.name, n, origin) for n, (_, origin) in enumerate(pieces) if origin is not None]
    steps = ops.reshape(result, (*[-1 if side is None else side for side in _known(result)], ways, units))
    # Held [examples, steps, ways, units]; the graph has [steps, ways, examples, units].
    return (Value(steps, (2, 0, 1, 3)), *_last(node, result, ways, units))


def _known(result: Any) -> tuple[Any, ...]:
    """Return examples and steps of a result, of which one may be free."""
    shape = tuple(result.shape[:2])
    if shape.count(None) > 1:
        raise NoRuleError("neither the number of examples nor of steps is fixed")
    return shape


def _last(node: Node, result: Any, ways: int, units: int) -> tuple[Value, ...]:
    """Return the last state [ways, examples, units], where it is asked for."""
    if len(node.outputs) < 2 or not node.outputs[1]:
        return ()
    if len(node.outputs) > 2 and node.outputs[2]:
        raise NoRuleError("its cell state is used")
    direction = node.attribute("direction", "forward")
    ends = [
        result[:, 0 if way or direction == "reverse" else -1, way * units : (way + 1) * units] for way in range(ways)
    ]
    return (Value(ops.stack(ends, axis=1), (1, 0, 2)),)


def _require_defaults(node: Node) -> None:
    usual = {"GRU": [b"Sigmoid", b"Tanh"], "LSTM": [b"Sigmoid", b"Tanh", b"Tanh"]}[node.operator]
    given = list(node.attribute("activations") or [])
    if given and given not in (usual, usual * 2):
        raise NoRuleError("its activations are not sigmoid and tanh")
    if node.operator == "GRU" and not node.attribute("linear_before_reset", 0):
        raise NoRuleError("it resets before the product (linear_before_reset=0)")
    if node.attribute("layout", 0) or node.attribute("clip") or node.attribute("input_forget", 0):
        raise NoRuleError("its layout, clip or input_forget is not the default")


def _layer(c: Converter, node: Node, units: int, direction: str, use_bias: bool) -> Any:
    settings: dict[str, Any] = {"units": units, "return_sequences": True, "use_bias": use_bias}
    name = c.name(node.name)
    if node.operator == "GRU":
        make: Any = keras.layers.GRU
        settings["reset_after"] = True
    else:
        make = keras.layers.LSTM
    if direction != "bidirectional":
        if direction == "reverse":
            # Keras gives the steps in the order it saw them; within Bidirectional they are turned back.
            raise NoRuleError("it runs backwards only")
        return make(**settings, name=name)
    return keras.layers.Bidirectional(make(**settings), merge_mode="concat", name=name)


def _weights(
    operator: str, units: int, way: int, kernel: Value | None, recurrent: Value | None, bias: Value | None
) -> list[tuple[np.ndarray, Origin | None]]:
    """Return kernel, recurrent kernel and bias of one direction as Keras holds them."""
    assert kernel is not None
    assert recurrent is not None
    order = gate_order(operator, units)
    found = [_part(one, way, (("take", order, None), ("transpose", (1, 0), None))) for one in (kernel, recurrent)]
    if bias is not None:
        gates = GATES[operator]
        if operator == "GRU":
            found.append(_part(bias, way, (("reshape", (2 * gates * units,), (2, gates * units)),)))
        else:
            array = bias.array
            assert array is not None
            halves = array[way].reshape(2, gates * units)
            found.append((halves.sum(0)[np.array(order)], None))
    return found


def gate_order(operator: str, units: int) -> tuple[int, ...]:
    """Return which of ONNX's rows each of Keras's is."""
    if operator == "GRU":
        return tuple(range(3 * units))
    return tuple(gate * units + unit for gate in LSTM_ORDER for unit in range(units))


def _part(value: Value, way: int, steps: tuple[Any, ...]) -> tuple[np.ndarray, Origin | None]:
    from pippin.learn.keras_graph.placements import apply_steps

    assert value.array is not None
    origin = Origin(value.origin.initializer, steps, way) if value.origin and not value.origin.steps else None
    return apply_steps(value.array[way], steps), origin


RULES: dict[str, Callable[..., Any]] = {"GRU": _recurrent, "LSTM": _recurrent}
