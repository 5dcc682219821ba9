"""The model outside Pippin: one ONNX file from pixels to probabilities, and its labels as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pippin.core.errors import missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.learn.exemplar_memory import with_exemplar_memory
from pippin.learn.nn.onnx_session import session

from .data import pixels

if TYPE_CHECKING:
    from pippin.core.inputs import Input

    from .learner import SeedlingLearner


def export(learner: SeedlingLearner, folder: Path) -> list[Path]:
    """Write model.onnx, corrections included, and labels.json: the labels in the order of its outputs."""
    try:
        import onnx
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    model = with_exemplar_memory(onnx.load_from_string(learner.onnx), learner.memory, learner.labels)
    write_bytes(folder / "model.onnx", model.SerializeToString())
    write_json(folder / "labels.json", learner.all_labels)
    return [folder / "model.onnx", folder / "labels.json"]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[str]]:
    """Return a function from images to labels that uses the exported files alone, as another program would."""
    labels = read_json(folder / "labels.json")
    model = session(folder / "model.onnx")

    def predict(inputs: Sequence[Input]) -> list[str]:
        (probabilities,) = model.run(["probabilities"], {"images": np.stack([pixels(item) for item in inputs])})
        return [labels[number] for number in probabilities.argmax(1)]

    return predict
