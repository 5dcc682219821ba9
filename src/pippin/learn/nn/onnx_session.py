"""Open an ONNX model with ONNX Runtime so that it uses the threads it is given and no more."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.core.errors import PippinError
from pippin.learn.nn.runtimes import Session

if TYPE_CHECKING:
    import onnxruntime

_runs: ContextVar[dict[str, dict[str, np.ndarray]] | None] = ContextVar("runs", default=None)


def session(
    model: Path | bytes, threads: int = 1, *, numbers: Mapping[str, np.ndarray] | None = None
) -> "onnxruntime.InferenceSession":
    """Return `model` (a file or its bytes), ready to run on the CPU; PippinError if it cannot.

    `numbers` are those weights, by name, that the model itself says lie elsewhere.
    It answers by TensorFlow within `use_runtime("tensorflow")`.
    Waiting threads sleep instead of spinning, which would take the processor from other programs.
    """
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    if numbers:
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(v)) for v in numbers.values()]
        options.add_external_initializers(list(numbers), values)
    content = model if isinstance(model, bytes) else str(model)
    name = "in memory" if isinstance(model, bytes) else model
    try:
        opened = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a type of its own for each of its dozen status codes
        message = f"Cannot open the model {name}: it is missing or damaged; delete its folder and try again."
        raise PippinError(message, input=name) from error
    opened = Session(opened, model, numbers)
    runs = _runs.get()
    return opened if runs is None or isinstance(model, bytes) else RecordedSession(opened, model.name, runs)


@contextmanager
def record_runs() -> Iterator[dict[str, dict[str, np.ndarray]]]:
    """Record, by the names of the files of models opened within, the inputs of the last run of each."""
    runs: dict[str, dict[str, np.ndarray]] = {}
    token = _runs.set(runs)
    try:
        yield runs
    finally:
        _runs.reset(token)


class RecordedSession:
    """A session that notes what it is run on."""

    def __init__(self, opened: Any, name: str, runs: dict[str, dict[str, np.ndarray]]) -> None:
        self._opened, self._name, self._runs = opened, name, runs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def run(self, outputs: Any, feeds: Mapping[str, np.ndarray], *more: Any) -> Any:
        """Run the model, and note its inputs."""
        self._runs[self._name] = dict(feeds)
        return self._opened.run(outputs, feeds, *more)
