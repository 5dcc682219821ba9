"""`raredisease` outside Pippin: the networks as arrays and ONNX, calibration and corrections as JSON.

Ontology and annotations are not copied: who uses the files takes them from HPO, unchanged.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.raredisease.config import RareDiseaseConfig
from pippin.apps.raredisease.learner import RareDiseaseLearner
from pippin.apps.raredisease.predictions import NOTICE
from pippin.apps.raredisease.ranking.features import SCORES
from pippin.apps.raredisease.ranking.reranker import Network
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.core.values import SavedState

ARRAYS, FACTS = "weights.npz", "model.json"
USE = (
    "`reranker-N.onnx` take features of candidates [C,F] and of the patient [G] and give logits [C] and the logit of "
    "none of these; their means are divided by `temperature`, and scaled and shifted. `weights.npz` holds the set "
    "encoder: a vector for each HPO term in `terms`. hp.obo and phenotype.hpoa come from https://hpo.jax.org."
)


def export(learner: RareDiseaseLearner, folder: Path) -> list[Path]:
    """Write arrays, one ONNX file for each network of the re-ranker, and all else as JSON."""
    saved = learner.save()
    buffer = io.BytesIO()
    arrays: dict[str, Any] = dict(saved.tensors)
    np.savez(buffer, **arrays)
    write_bytes(folder / ARRAYS, buffer.getvalue())
    facts = {**saved.config, "scores": list(SCORES), "notice": NOTICE, "use": USE, "config": learner.config.to_dict()}
    write_json(folder / FACTS, facts)
    graphs = [folder / f"reranker-{number}.onnx" for number in range(len(learner.reranker.networks))]
    for path, network in zip(graphs, learner.reranker.networks, strict=True):
        write_bytes(path, network_onnx(network))
    return [folder / ARRAYS, folder / FACTS, *graphs]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[Any]]:
    """Return a function from patients to answers that uses the exported files, ontology and annotations alone."""
    facts = read_json(folder / FACTS)
    learner = RareDiseaseLearner(RareDiseaseConfig.read(facts["config"]))
    with np.load(folder / ARRAYS, allow_pickle=False) as arrays:
        learner.load(SavedState({name: arrays[name] for name in arrays.files}, facts))

    def predict(inputs: Sequence[Input]) -> list[Any]:
        return [prediction.answer for prediction in learner.predict(inputs)]

    return predict


def network_onnx(network: Network) -> bytes:
    """Return one network of the re-ranker as ONNX."""
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    if not len(network.hidden):
        raise PippinError("This model has learned nothing yet; train it: pippin raredisease train.")
    nodes = [
        helper.make_node("Gemm", ["candidates", "hidden", "hidden_bias"], ["inner"], transB=1),
        helper.make_node("Relu", ["inner"], ["active"]),
        helper.make_node("MatMul", ["active", "output"], ["logits"]),
        helper.make_node("MatMul", ["none_hidden", "patient"], ["none_inner"]),
        helper.make_node("Add", ["none_inner", "none_hidden_bias"], ["none_shifted"]),
        helper.make_node("Relu", ["none_shifted"], ["none_active"]),
        helper.make_node("MatMul", ["none_active", "none_output"], ["none_product"]),
        helper.make_node("Add", ["none_product", "none_bias"], ["none"]),
    ]
    fields = ("hidden", "hidden_bias", "output", "none_hidden", "none_hidden_bias", "none_output", "none_bias")
    weights = [numpy_helper.from_array(np.asarray(getattr(network, name), np.float32), name) for name in fields]
    inputs = [
        helper.make_tensor_value_info("candidates", TensorProto.FLOAT, ["count", network.hidden.shape[1]]),
        helper.make_tensor_value_info("patient", TensorProto.FLOAT, [network.none_hidden.shape[1]]),
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["count"]),
        helper.make_tensor_value_info("none", TensorProto.FLOAT, [1]),
    ]
    graph = helper.make_graph(nodes, "reranker", inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
