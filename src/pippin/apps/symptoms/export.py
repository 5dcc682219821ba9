"""`symptoms` outside Pippin: tables and networks as arrays and ONNX, corrections and words as JSON."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.symptoms.config import SymptomsConfig
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.learner import SymptomsLearner
from pippin.apps.symptoms.predictions import NOTICE
from pippin.core.errors import missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.core.values import SavedState

ARRAYS, FACTS, GRAPH = "weights.npz", "model.json", "none.onnx"
USE = (
    "`weights.npz` holds the tables (`tables.options`: shares of answers by condition) and three networks. `none.onnx` "
    "takes features of an interview [N,F] and gives the probability [N,1] of none of these."
)


def export(learner: SymptomsLearner, folder: Path) -> list[Path]:
    """Write arrays, the network of "none of these" as ONNX, and all else as JSON."""
    saved = learner.save()
    buffer = io.BytesIO()
    arrays: dict[str, Any] = dict(saved.tensors)
    np.savez(buffer, **arrays)
    write_bytes(folder / ARRAYS, buffer.getvalue())
    structure = load_structure()
    facts = {
        **saved.config,
        "notice": NOTICE,
        "use": USE,
        "config": learner.config.to_dict(),
        "conditions": list(structure.names),
        "questions": [one.code for one in structure.questions],
    }
    write_json(folder / FACTS, facts)
    write_bytes(folder / GRAPH, none_onnx(arrays))
    return [folder / ARRAYS, folder / FACTS, folder / GRAPH]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function from patients to answers that uses the exported files alone."""
    facts = read_json(folder / FACTS)
    learner = SymptomsLearner(SymptomsConfig.read(facts["config"]))
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        learner.load(SavedState({name: arrays[name] for name in arrays.files}, facts))

    def predict(inputs: Sequence[Input]) -> list[Any]:
        return [prediction.answer for prediction in learner.predict(inputs)]

    return predict


def none_onnx(arrays: dict[str, Any]) -> bytes:
    """Return the network that tells "none of these" as ONNX."""
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "spread"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "first.weight", "first.bias"], ["inner"], transB=1),
        helper.make_node("Relu", ["inner"], ["active"]),
        helper.make_node("Gemm", ["active", "output.weight", "output.bias"], ["logits"], transB=1),
        helper.make_node("Sigmoid", ["logits"], ["none"]),
    ]
    names = ("mean", "spread", "first.weight", "first.bias", "output.weight", "output.bias")
    weights = [numpy_helper.from_array(np.asarray(arrays[f"none.{name}"], np.float32), name) for name in names]
    count = len(arrays["none.mean"])
    graph = helper.make_graph(
        nodes,
        "none of these",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", count])],
        [helper.make_tensor_value_info("none", TensorProto.FLOAT, ["batch", 1])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
