"""Whether a network says the same in another format: real inputs, random ones of several sizes, largest difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pippin.core.errors import PippinError

LIMIT = 1e-4
FREE_SIZES = (24, 32, 48, 64, 96, 128)  # tried for axes of which no real size is known
BATCHES = (3, 1, 7)
MAX_NUMBERS = 4_000_000  # of one random input
_DTYPES = {"float": "float32", "float16": "float16", "double": "float64", "bool": "bool"}

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Difference:
    """The largest absolute difference of outputs from ONNX Runtime's, and at which output.

    Where an output exceeds 1, it is relative to the output's largest number.
    """

    value: float = 0.0
    output: str = ""

    def __lt__(self, other: Difference) -> bool:
        return self.value < other.value


def compare_outputs(ours: Arrays, theirs: Arrays) -> Difference:
    """Return the largest difference of outputs by name from ONNX Runtime's (`theirs`)."""
    worst = Difference()
    for name, wanted in theirs.items():
        found = ours[name]
        if found.shape != wanted.shape:
            return Difference(float("inf"), name)
        if not wanted.size:
            continue
        a, b = found.astype(np.float64), wanted.astype(np.float64)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        apart = np.where(same, 0.0, np.abs(a - b))
        finite = np.abs(b[np.isfinite(b)])
        value = float(apart.max()) / max(1.0, float(finite.max(initial=0.0)))
        worst = max(worst, Difference(float("inf") if np.isnan(value) else value, name))
    return worst


def random_inputs(opened: Any, real: Sequence[Arrays], count: int, sizes: int = 3, seed: int = 0) -> Iterator[Arrays]:
    """Yield batches of `count` random inputs in all of a model opened with ONNX Runtime, of up to `sizes` sizes.

    Numbers are drawn from the range of the `real` ones, where there are any.
    """
    rng = np.random.default_rng(seed)
    fitting: list[Mapping[str, tuple[int, ...]]] = []
    for shapes in _shapes(opened, real):
        if len(fitting) == sizes:
            break
        if shapes not in fitting and _runs(opened, _draw(opened, real, shapes, rng)):
            fitting.append(shapes)
    if not fitting:
        raise PippinError("No input could be made up that this network takes; give it real ones.")
    drawn, turn = 0, 0
    while drawn < count:
        shapes = fitting[turn % len(fitting)]
        yield _draw(opened, real, shapes, rng)
        drawn, turn = drawn + count_inputs(opened, shapes), turn + 1


def count_inputs(opened: Any, shapes: Mapping[str, tuple[int, ...]]) -> int:
    """Return how many inputs a batch is: its free first axis, where all inputs share it."""
    first = {one.shape[0] if len(one.shape) > 1 else None for one in opened.get_inputs()}
    if len(first) != 1 or isinstance(next(iter(first)), int) or None in first:
        return 1
    return next(iter(shapes.values()))[0]


def _shapes(opened: Any, real: Sequence[Arrays]) -> Iterator[Mapping[str, tuple[int, ...]]]:
    """Yield shapes of all inputs: free axes as in real inputs, then multiples of them, then sizes that are common."""
    ports = opened.get_inputs()
    known = [{name: array.shape for name, array in one.items()} for one in real]
    seen = list({str(one): one for one in known}.values())
    for shapes in seen[:3]:
        yield dict(shapes)
    for factor, batch in ((2, 3), (3, 5), (1, 7), (2, 1)):
        for shapes in seen[:1]:
            yield {one.name: _scaled(one.shape, shapes[one.name], factor, batch) for one in ports}
    if not seen:
        for size in FREE_SIZES:
            for batch in BATCHES:
                yield {one.name: _filled(one.shape, size, batch) for one in ports}


def _scaled(shape: Sequence[Any], real: Sequence[int], factor: int, batch: int) -> tuple[int, ...]:
    sizes: dict[Any, int] = {}
    for axis, (one, size) in enumerate(zip(shape, real, strict=True)):
        if not isinstance(one, int):
            sizes.setdefault(one, batch if axis == 0 and len(shape) > 1 else size * factor)
    return tuple(one if isinstance(one, int) else sizes[one] for one in shape)


def _filled(shape: Sequence[Any], size: int, batch: int) -> tuple[int, ...]:
    return tuple(one if isinstance(one, int) else batch if axis == 0 else size for axis, one in enumerate(shape))


def _draw(
    opened: Any, real: Sequence[Arrays], shapes: Mapping[str, tuple[int, ...]], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    found = {}
    for port in opened.get_inputs():
        shape, kind = shapes[port.name], port.type.removeprefix("tensor(").removesuffix(")")
        dtype = np.dtype(_DTYPES.get(kind, kind))
        if np.prod(shape, dtype=float) > MAX_NUMBERS:
            shape = tuple(shape)  # refused by `_runs`
            found[port.name] = np.zeros(0, dtype)
            continue
        examples = [one[port.name].ravel() for one in real if port.name in one]
        if examples and dtype.kind != "f":
            found[port.name] = rng.choice(np.concatenate(examples), shape).astype(dtype)
        elif examples:
            low, high = min(one.min() for one in examples), max(one.max() for one in examples)
            found[port.name] = rng.uniform(low, high, shape).astype(dtype)
        elif dtype.kind == "f":
            found[port.name] = rng.normal(size=shape).astype(dtype)
        else:
            found[port.name] = rng.integers(0, 256 if dtype == np.uint8 else 2, shape).astype(dtype)
    return found


def _runs(opened: Any, given: Arrays) -> bool:
    if any(not one.size for one in given.values()):
        return False
    try:
        opened.run(None, dict(given))
    except Exception:  # ONNX Runtime raises types of its own where a shape does not fit
        return False
    return True


def reference_outputs(opened: Any, inputs: Sequence[Arrays]) -> list[Arrays]:
    """Return what ONNX Runtime makes of each input, by name."""
    names = [one.name for one in opened.get_outputs()]
    return [dict(zip(names, opened.run(None, dict(given)), strict=True)) for given in inputs]


def measure(run: Callable[[Arrays], Arrays], inputs: Sequence[Arrays], wanted: Sequence[Arrays]) -> Difference:
    """Return the largest difference of `run` from ONNX Runtime's outputs over inputs by the graph's names."""
    worst = Difference()
    for given, theirs in zip(inputs, wanted, strict=True):
        worst = max(worst, compare_outputs(run(given), theirs))
    return worst
