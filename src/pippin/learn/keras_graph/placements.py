"""Where each initializer of an ONNX graph lies in a Keras model, and the way back: bit by bit the same numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pippin.core.errors import PippinError

Step = tuple[
    str, Any, Any
]  # ("transpose", order, None), ("reshape", from, to), ("cast", from, to), ("take", rows, None)


@dataclass(frozen=True)
class Origin:
    """An array made of an initializer by steps that can be undone; `part` is an index into its first axis."""

    initializer: str
    steps: tuple[Step, ...] = ()
    part: int | None = None

    def then(self, *steps: Step) -> Origin:
        """Return the origin of what further steps make of the array."""
        return Origin(self.initializer, (*self.steps, *steps), self.part)


@dataclass(frozen=True)
class Placement:
    """The weight number `index` of `layer` is what `origin` says."""

    layer: str
    index: int
    origin: Origin

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def apply_steps(array: np.ndarray, steps: Sequence[Step]) -> np.ndarray:
    """Return what the steps make of an array."""
    for kind, before, after in steps:
        if kind == "transpose":
            array = array.transpose(before)
        elif kind == "reshape":
            array = array.reshape(after)
        elif kind == "take":
            array = array[np.asarray(before)]
        else:
            array = array.astype(after)
    return array


def undo_steps(array: np.ndarray, steps: Sequence[Step]) -> np.ndarray:
    """Return the array that the steps were applied to."""
    for kind, before, _ in reversed(steps):
        if kind == "transpose":
            array = array.transpose(np.argsort(before))
        elif kind == "reshape":
            array = array.reshape(before)
        elif kind == "take":
            array = array[np.argsort(before)]
        else:
            array = array.astype(before)
    return array


def read_initializers(
    placements: Sequence[Placement], weights: Mapping[tuple[str, int], np.ndarray], initial: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the initializers by name, as the weights (by layer and index) have them now."""
    found: dict[str, np.ndarray] = {}
    for one in placements:
        array = undo_steps(weights[one.layer, one.index], one.origin.steps)
        if one.origin.part is None:
            found[one.origin.initializer] = array
        else:
            whole = found.setdefault(one.origin.initializer, initial[one.origin.initializer].copy())
            whole[one.origin.part] = array
    return found


def replace_initializers(content: bytes, arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return an ONNX model with other numbers in some initializers; PippinError where one does not fit."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(content)
    for tensor in model.graph.initializer:
        if tensor.name not in arrays:
            continue
        old, new = numpy_helper.to_array(tensor), arrays[tensor.name]
        if new.shape != old.shape:
            raise PippinError(f"The weights {tensor.name} are {list(old.shape)}, not {list(new.shape)}.")
        tensor.CopyFrom(numpy_helper.from_array(np.array(new, old.dtype, order="C"), tensor.name))
    return bytes(model.SerializeToString())
