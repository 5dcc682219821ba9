"""Files of a Keras twin for other programs, and how each is opened again: `.keras`, SavedModel, LiteRT."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from pippin.core.errors import PippinError
from pippin.learn.keras_graph.conversion import KerasTwin, convert

Runner = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
SIGNATURE = "serving_default"
NOT_PORTABLE = {"Erf", "Gelu"}  # operators that LiteRT lacks, written by others there


def write_keras(twin: KerasTwin, path: Path) -> None:
    """Write one `.keras` file."""
    twin.model.save(path)


def write_saved_model(twin: KerasTwin, folder: Path) -> None:
    """Write a SavedModel whose signature `serving_default` has named inputs and outputs."""
    specs = {one.name: tf.TensorSpec(one.shape, one.dtype, name=one.name) for one in twin.model.inputs}
    module = tf.Module()
    module.weights = [variable.value for variable in twin.model.variables]  # once each; Keras's own archive has two
    serve = tf.function(lambda **given: twin.model(given, training=False), autograph=False)
    signature = serve.get_concrete_function(**specs)
    tf.saved_model.save(module, str(folder), signatures={SIGNATURE: signature})


def write_litert(twin: KerasTwin, path: Path, saved_model: Path | None = None) -> None:
    """Write a LiteRT file with the same signature."""
    own = NOT_PORTABLE.isdisjoint(node.operator for node in twin.graph.nodes)
    with tempfile.TemporaryDirectory(prefix="pippin-") as folder:
        source = saved_model
        if source is None or not own:
            source = Path(folder) / "model"
            write_saved_model(twin if own else convert(twin.graph, portable=True), source)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(source), signature_keys=[SIGNATURE])
        try:
            path.write_bytes(converter.convert())
        except Exception as problem:  # the converter raises types of its own
            told = next((line for line in str(problem).splitlines() if "tf." in line), str(problem))
            raise PippinError(f"LiteRT cannot hold this network ({' '.join(told.split())[:200]}).") from problem


def open_keras(path: Path) -> Runner:
    """Return a function that runs a `.keras` file; it may hold no code (Lambda layers are refused)."""
    return run_model(load_model(path))


def load_model(path: Path) -> Any:
    """Load a `.keras` file, in safe mode; PippinError where it holds code or is none."""
    try:
        return keras.models.load_model(path, safe_mode=True)
    except Exception as problem:  # Keras raises ValueError, TypeError, OSError and zip errors
        told = str(problem)
        if "Lambda" in told or "lambda" in told:
            raise PippinError(
                f"{path} holds a Lambda layer, which is code; use layers of Keras instead, or give FILE.py:function.",
                input=path,
            ) from problem
        raise PippinError(
            f"{path} cannot be read as a .keras file ({' '.join(told.split())[:120]}); save it with Keras 3.",
            input=path,
        ) from problem


def run_model(model: Any) -> Runner:
    """Return a function that runs a Keras model."""
    compiled = tf.function(lambda given: model(given, training=False), reduce_retracing=True)

    def run(given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: one.numpy() for name, one in compiled(dict(given)).items()}

    return run


def open_saved_model(folder: Path) -> Runner:
    """Return a function that runs a SavedModel."""
    loaded = tf.saved_model.load(str(folder))
    signature = loaded.signatures[SIGNATURE]

    def run(given: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        assert loaded is not None  # kept as long as its signature is
        return {name: one.numpy() for name, one in signature(**given).items()}

    return run


def open_litert(path: Path) -> Runner:
    """Return a function that runs a LiteRT file."""
    interpreter = tf.lite.Interpreter(model_path=str(path), num_threads=1)
    runner = interpreter.get_signature_runner(SIGNATURE)
    return lambda given: dict(runner(**given))


WRITERS: dict[str, Callable[..., None]] = {
    "keras": write_keras,
    "tensorflow": write_saved_model,
    "litert": write_litert,
}
OPENERS: dict[str, Callable[[Path], Runner]] = {
    "keras": open_keras,
    "tensorflow": open_saved_model,
    "litert": open_litert,
}


def describe(twin: KerasTwin) -> dict[str, Any]:
    """Return names, types and layouts of inputs and outputs as JSON values."""
    inputs = [
        {
            "name": tensor.name,
            "onnx": name,
            "dtype": str(tensor.dtype),
            "shape": list(tensor.shape),
            "axes": list(twin.orders[name]),
            "layout": "NHWC" if twin.orders[name] == (0, 2, 3, 1) else "",
        }
        for name, tensor in twin.inputs.items()
    ]
    structure = dict(zip(twin.model.output_names, twin.model.outputs, strict=True))
    outputs = [
        {"name": key, "onnx": name, "dtype": str(structure[key].dtype), "shape": list(structure[key].shape)}
        for name, key in twin.outputs.items()
    ]
    layers = len(twin.model.layers)
    return {
        "inputs": inputs,
        "outputs": outputs,
        "layers": layers,
        "keras": keras.version(),
        "tensorflow": tf.__version__,
    }
