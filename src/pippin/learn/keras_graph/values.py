"""What a graph's values are while it is converted: Keras tensors that may be held in another order, arrays, sizes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from keras import ops

from pippin.learn.keras_graph.placements import Origin, Step

IMAGE_ORDER = (0, 2, 3, 1)  # NCHW held as NHWC


class NoRuleError(Exception):
    """What a node asks for is converted by no rule; the message says what."""


class Dim:
    """A size that is known only when the network runs; `scalar` makes it an int32 tensor []."""

    def __init__(self, scalar: Callable[[], Any], source: tuple[Any, int] | None = None) -> None:
        self.scalar, self.source = scalar, source

    @classmethod
    def of(cls, tensor: Any, axis: int) -> Dim:
        """Return the size of a tensor along an axis as it is held."""
        return cls(lambda: ops.sum(ones_along(tensor, axis)), (tensor, axis))

    def is_same(self, other: Any) -> bool:
        """Return whether another size is that of the same axis of the same tensor."""
        if not isinstance(other, Dim) or self.source is None or other.source is None:
            return False
        return self.source[0] is other.source[0] and self.source[1] == other.source[1]

    @property
    def is_batch(self) -> bool:
        """Whether it counts examples: the first axis of a tensor."""
        return self.source is not None and self.source[1] == 0

    def ones(self) -> Any:
        """Return a tensor of ones, int32 [size]."""
        if self.source is None:
            raise NoRuleError("a size that was computed")
        return ones_along(*self.source)

    def _with(self, other: Any, combine: Callable[[Any, Any], Any]) -> Dim:
        other_scalar = other.scalar if isinstance(other, Dim) else lambda: np.int32(other)
        return Dim(lambda: combine(self.scalar(), other_scalar()))

    def __add__(self, other: Any) -> Dim:
        return self._with(other, ops.add)

    def __sub__(self, other: Any) -> Dim:
        return self._with(other, ops.subtract)

    def __mul__(self, other: Any) -> Dim:
        return self if not isinstance(other, Dim) and other == 1 else self._with(other, ops.multiply)

    def __floordiv__(self, other: Any) -> Dim:
        return self if not isinstance(other, Dim) and other == 1 else self._with(other, ops.floor_divide)

    __radd__, __rmul__ = __add__, __mul__


def same_sizes(first: Sequence[Any], second: Sequence[Any]) -> bool:
    """Return whether sizes, free ones among them, are certainly the same."""
    return len(first) == len(second) and all(
        a.is_same(b) if isinstance(a, Dim) else not isinstance(b, Dim) and int(a) == int(b)
        for a, b in zip(first, second, strict=True)
    )


def ones_along(tensor: Any, axis: int) -> Any:
    """Return ones, int32 [size of the axis]."""
    rank = len(tensor.shape)
    line = tensor[tuple(slice(None) if index == axis else slice(0, 1) for index in range(rank))]
    return ops.reshape(ops.cast(ops.ones_like(line), "int32"), (-1,))


@dataclass(frozen=True)
class Value:
    """A value of the graph: `tensor`, its axis number j being the graph's axis `order[j]`, or a known `array`.

    An array of objects holds sizes, some of them Dim. `origin` is the initializer an array came from. Of `merged`
    first axes (0: none) the graph has made one; they are kept apart, for mostly they are parted again.
    """

    tensor: Any = None
    order: tuple[int, ...] = ()
    array: np.ndarray | None = None
    origin: Origin | None = None
    merged: int = 0

    @classmethod
    def plain(cls, tensor: Any) -> Value:
        """Return a tensor that is held as the graph has it."""
        return cls(tensor, tuple(range(len(tensor.shape))))

    @classmethod
    def known(cls, array: Any, origin: Origin | None = None) -> Value:
        """Return an array that is known already."""
        return cls(array=np.asarray(array), origin=origin)

    @property
    def rank(self) -> int:
        """Number of axes."""
        return self.array.ndim if self.array is not None else len(self.order)

    @property
    def shape(self) -> tuple[Any, ...]:
        """The graph's shape; a free dimension is None."""
        if self.array is not None:
            return self.array.shape
        return tuple(self.tensor.shape[self.order.index(axis)] for axis in range(self.rank))

    @property
    def is_plain(self) -> bool:
        """Whether the tensor is held as the graph has it."""
        return self.order == tuple(range(len(self.order)))

    def held_axis(self, axis: int) -> int:
        """Return where an axis of the graph (may be negative) lies in the tensor."""
        return self.order.index(axis % self.rank)

    def in_order(self, order: tuple[int, ...]) -> Any:
        """Return the tensor with the graph's axes in this order; it is transposed only where it must be."""
        if order == self.order:
            return self.tensor
        return ops.transpose(self.tensor, tuple(self.order.index(axis) for axis in order))

    def plain_tensor(self) -> Any:
        """Return the tensor as the graph has it."""
        return self.in_order(tuple(range(self.rank)))

    def sizes(self) -> np.ndarray:
        """Return the graph's shape as an array of whole numbers, or of objects where some are free."""
        found = [
            self.tensor.shape[held] if self.tensor.shape[held] is not None else Dim.of(self.tensor, held)
            for held in (self.order.index(axis) for axis in range(self.rank))
        ]
        if any(isinstance(one, Dim) for one in found):
            sizes = np.empty(len(found), object)
            sizes[:] = found
            return sizes
        return np.array(found, np.int64)

    def then(self, *steps: Step) -> Origin | None:
        """Return the origin of the array after further steps."""
        return self.origin.then(*steps) if self.origin else None
