"""Commands of the TensorFlow process that read a network of a user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from pippin.core.errors import PippinError
from pippin.learn.keras_graph.formats import load_model
from pippin.learn.keras_graph.from_keras import to_onnx
from pippin.learn.user_code import load_function

Arrays = dict[str, np.ndarray]


def read_network(
    arrays: Arrays, path: str, function: str, side: int, labels: int, seed: int
) -> tuple[dict[str, Any], Arrays]:
    """Return a Keras network as `onnx`: of a .keras file, or what a function of a Python file makes."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed % 2**32)
    if not function:
        model = load_model(Path(path))
    else:
        model = load_function(path, function, "a function (side, labels) that returns a keras.Model")(side, labels)
    if not isinstance(model, keras.Model):
        raise PippinError(f"{function or path} gives {type(model).__name__}, no keras.Model.", input=path)
    content, trainable = to_onnx(model, labels)
    side_found = int(model.inputs[0].shape[1])
    return {"trainable": trainable, "side": side_found}, {"onnx": np.frombuffer(content, np.uint8)}


COMMANDS: dict[str, Callable[..., Any]] = {"read_network": read_network}
