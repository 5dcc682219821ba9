"""Open an ONNX model with ONNX Runtime so that it uses the threads it is given and no more."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pippin.core.errors import PippinError
from pippin.learn.nn.runtimes import Session

if TYPE_CHECKING:
    import onnxruntime


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
    return Session(opened, model, numbers)
