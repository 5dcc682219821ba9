"""Taught numbers: an exemplar's number counts for its own row and, less and less, for rows like it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn.exemplar_memory import STEPS_TO_WEIGHT, ExemplarMemory, Step
from pippin.learn.targets import Target

Array = NDArray[Any]
NEARLY = 0.999  # from this weight on a row is taken for the exemplar itself
_STEPS: tuple[Step, ...] = (
    ("LpNormalization", ["wide"], "unit", {"axis": 1, "p": 2}),
    *STEPS_TO_WEIGHT[1:],
    ("Greater", ["weight", "nearly"], "equal", {}),
    ("Where", ["equal", "one", "weight"], "bounded", {}),
    ("Sub", ["word", "untaught"], "change", {}),
    ("Mul", ["bounded", "change"], "moved", {}),
    ("Add", ["untaught", "moved"], "answer", {}),
)


def blend(recall: ExemplarMemory, own: Array, features: Array) -> tuple[Array, tuple[str, ...]]:
    """Return the number [1] moved towards that of the nearest exemplar, and evidence where it counts most.

    An exemplar's weight is exp(-cosine distance / reach), as it is for labels.
    """
    if not recall.taught:
        return own, ()
    told, sources, points = zip(*recall.taught.values(), strict=True)
    wide = features.astype(float)
    likeness = np.stack(points).astype(float) @ (wide / np.linalg.norm(wide))
    nearest = int(likeness.argmax())
    weight = float(np.exp(-max(0.0, 1 - float(likeness[nearest])) / recall.reach))
    weight = 1.0 if weight > NEARLY else weight
    evidence = f"most like {sources[nearest]}, which you said is {told[nearest]} (likeness {likeness[nearest]:.2f})"
    return (1 - weight) * own + weight * float(told[nearest]), (evidence,) if weight > 0.5 else ()


def with_numbers(model: Any, recall: ExemplarMemory, target: Target) -> Any:
    """Return an ONNX model of outputs `value` [N,1] and `features` [N,C] with one more: `answer` [N,1], float64.

    `answer` is in the target's own unit, moved by what was taught as `blend` does. Needs onnx.
    """
    from onnx import TensorProto, checker, helper, numpy_helper

    arrays: dict[str, Array] = {"scale": np.array(target.scale), "mean": np.array(target.mean)}
    untaught = "untaught" if recall.taught else "answer"
    nodes = [
        helper.make_node("Cast", ["value"], ["exact"], to=TensorProto.DOUBLE),
        helper.make_node("Mul", ["exact", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "mean"], [untaught]),
    ]
    if recall.taught:
        told, _, points = zip(*recall.taught.values(), strict=True)
        arrays["points"] = np.ascontiguousarray(np.stack(points).T.astype(float))
        arrays["words"] = np.array([[float(number)] for number in told])
        arrays["along"] = np.array([1], np.int64)
        arrays |= {"one": np.ones(1), "reach": np.full(1, recall.reach), "nearly": np.full(1, NEARLY)}
        nodes.append(helper.make_node("Cast", ["features"], ["wide"], to=TensorProto.DOUBLE))
        nodes += [helper.make_node(step, given, [made], **facts) for step, given, made, facts in _STEPS]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    model.graph.output.append(helper.make_tensor_value_info("answer", TensorProto.DOUBLE, ["N", 1]))
    checker.check_model(model)
    return model
