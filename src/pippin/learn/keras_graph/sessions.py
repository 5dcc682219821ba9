"""An ONNX model opened in the TensorFlow process, with the face of ONNX Runtime's session."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from pippin.core.errors import PippinError
from pippin.learn.keras_graph.client import Worker, shared_worker


class PortFacts(NamedTuple):
    """An input or output of an opened model."""

    name: str
    shape: list[Any]
    type: str


class TensorFlowSession:
    """A network that answers in TensorFlow; inputs and outputs are those of its ONNX graph."""

    def __init__(self, content: bytes, numbers: Mapping[str, np.ndarray] | None = None) -> None:
        self._worker = shared_worker("Answering in TensorFlow")
        arrays = {f"number.{name}": np.asarray(one) for name, one in (numbers or {}).items()}
        self.facts, _ = self._worker.call("open_session", {"onnx": np.frombuffer(content, np.uint8), **arrays})
        self._finalizer = weakref.finalize(self, _close, self._worker, self.facts["session"])

    def run(self, names: Sequence[str] | None, given: Mapping[str, np.ndarray], options: Any = None) -> list[Any]:
        """Return the outputs named (None: all) for inputs by name."""
        arrays = {name: np.asarray(one) for name, one in given.items()}
        _, found = self._worker.call("run_session", arrays, session=self.facts["session"])
        return [found[name] for name in (names or [one["onnx"] for one in self.facts["outputs"]])]

    def get_inputs(self) -> list[PortFacts]:
        """Return what goes in."""
        return [PortFacts(one["onnx"], one["shape"], one["dtype"]) for one in self.facts["inputs"]]

    def get_outputs(self) -> list[PortFacts]:
        """Return what comes out."""
        return [PortFacts(one["onnx"], one["shape"], one["dtype"]) for one in self.facts["outputs"]]


def _close(worker: Worker, number: int) -> None:
    with suppress(PippinError):  # it has ended already
        if worker.is_alive:
            worker.call("close_session", session=number)
