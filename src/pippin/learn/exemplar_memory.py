"""What a network was taught since its training: single examples that count for themselves and for what is like them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.core.inputs import Input

Array = NDArray[np.float32]

LENGTH_SCALE = 0.15


class ExemplarMemory:
    """Corrections by key, each with its label, name and the direction of its features [C]; the last of a key counts.

    `reach` is the cosine distance at which a correction's label counts a third (1/e) of its full weight.
    """

    def __init__(self, reach: float = LENGTH_SCALE) -> None:
        self.reach = reach
        self.taught: dict[str, tuple[str, str, Array]] = {}

    def add(self, item: Input, label: str, features: Array) -> None:
        """Add the correction that `item`, of such features [C], is `label`."""
        self.taught[item.digest()] = (label, item.short_name, unit(features))

    @property
    def counts(self) -> Counter[str]:
        """How many examples of each label were taught."""
        return Counter(label for label, _, _ in self.taught.values())

    def labels(self, known: Sequence[str]) -> list[str]:
        """Return the network's labels, then those only teaching brought."""
        return [*known, *sorted(set(self.counts) - set(known))]

    def mixed(self, own: Array, features: Array, known: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
        """Blend the network's `own` probabilities over `known` with corrections, in the order of `labels`; evidence."""
        names = self.labels(known)
        shares = np.pad(own, (0, len(names) - len(own)))
        if not self.taught:
            return shares, ()
        labels, sources, points = zip(*self.taught.values(), strict=True)
        likeness = np.stack(points) @ unit(features)
        nearest = int(likeness.argmax())
        weight = np.exp(-max(0.0, 1 - float(likeness[nearest])) / self.reach)
        word = np.array([float(label == labels[nearest]) for label in names], np.float32)
        said = f"most like {sources[nearest]}, which you called {labels[nearest]} (likeness {likeness[nearest]:.2f})"
        return (1 - weight) * shares + weight * word, (said,) if weight > 0.5 else ()

    def save(self) -> tuple[Array, list[list[str]]]:
        """Return directions [T,C], and key, label and name of each."""
        points = [point for _, _, point in self.taught.values()]
        facts = [[key, label, name] for key, (label, name, _) in self.taught.items()]
        return np.stack(points) if points else np.zeros((0, 0), np.float32), facts

    @classmethod
    def load(cls, points: Array, facts: Sequence[Sequence[str]], reach: float = LENGTH_SCALE) -> ExemplarMemory:
        """Return the same again; ValueError where the two are not of one number."""
        made = cls(reach)
        made.taught = {key: (label, name, point) for (key, label, name), point in zip(facts, points, strict=True)}
        return made


def with_exemplar_memory(model: Any, recall: ExemplarMemory, known: Sequence[str]) -> Any:
    """Add `probabilities` to an ONNX model (onnx.ModelProto) of outputs `logits` [N,L] and `features` [N,C].

    The same steps as `Recall.mixed`, over all its labels. Needs onnx.
    """
    from onnx import TensorProto, checker, helper, numpy_helper

    labels = recall.labels(known)
    nodes = [helper.make_node("Softmax", ["logits"], ["own"], axis=1)]
    arrays: dict[str, NDArray[Any]] = {"widen": np.eye(len(known), len(labels), dtype=np.float32)}
    nodes.append(helper.make_node("MatMul", ["own", "widen"], ["untaught" if recall.taught else "probabilities"]))
    if recall.taught:
        told, _, points = zip(*recall.taught.values(), strict=True)
        arrays["points"] = np.ascontiguousarray(np.stack(points).T)
        arrays["words"] = np.eye(len(labels), dtype=np.float32)[[labels.index(label) for label in told]]
        arrays["along"] = np.array([1], np.int64)
        arrays |= {"one": np.ones(1, np.float32), "reach": np.full(1, recall.reach, np.float32)}
        nodes += [helper.make_node(step, given, [made], **facts) for step, given, made, facts in _STEPS]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    model.graph.output.append(helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(labels)]))
    checker.check_model(model)
    return model


Step = tuple[str, list[str], str, Mapping[str, Any]]
STEPS_TO_WEIGHT: tuple[Step, ...] = (
    ("LpNormalization", ["features"], "unit", {"axis": 1, "p": 2}),
    ("MatMul", ["unit", "points"], "likeness", {}),
    ("ArgMax", ["likeness"], "nearest", {"axis": 1, "keepdims": 0}),
    ("Gather", ["words", "nearest"], "word", {"axis": 0}),
    ("ReduceMax", ["likeness", "along"], "highest", {}),
    ("Sub", ["one", "highest"], "distance", {}),
    ("Relu", ["distance"], "beyond", {}),
    ("Div", ["beyond", "reach"], "reaches", {}),
    ("Neg", ["reaches"], "exponent", {}),
    ("Exp", ["exponent"], "weight", {}),
)
_STEPS: tuple[Step, ...] = (
    *STEPS_TO_WEIGHT,
    ("Sub", ["word", "untaught"], "change", {}),
    ("Mul", ["weight", "change"], "moved", {}),
    ("Add", ["untaught", "moved"], "probabilities", {}),
)


def unit(features: Array) -> Array:
    """Return features scaled to length 1 (but for those that are all zero)."""
    return features / (np.linalg.norm(features) + np.float32(1e-9))
