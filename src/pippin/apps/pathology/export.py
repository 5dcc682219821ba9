"""`pathology` outside Pippin: one ONNX file from pixels to probabilities, and a JSON file that says how to feed it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.pathology.images.opening import open_rgb
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.networks.body import SmallBody, prepare
from pippin.apps.pathology.predictions import NOTICE
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.core.workspace import cache
from pippin.learn.exemplar_memory import with_exemplar_memory
from pippin.learn.nn.onnx_session import session
from pippin.learn.vision import backbone
from pippin.learn.vision.efficientnet_graph import ANY_SIZE_FILE

MODEL, FACTS = "pathology.onnx", "pathology.json"
USE = (
    "Input `pixels`: float32 [N,3,side,side], RGB from 0 to `range`, the whole image squeezed into the square "
    "(bicubic). Output `probabilities` [N,labels] in the order of `labels`. A label belongs to the set of an image "
    "where its probability reaches its number in `limits` or is the largest. What tells images of another kind is not "
    "part of it."
)


def export(learner: PathologyLearner, folder: Path) -> list[Path]:
    """Write one ONNX file from pixels to probabilities, and its labels and limits as JSON; needs onnx."""
    try:
        import onnx
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    body = learner.body
    if body is None:
        raise PippinError("This model has learned nothing yet; train it: pippin pathology train DATA.")
    is_small = isinstance(body, SmallBody)
    model = onnx.load_from_string(body.onnx) if isinstance(body, SmallBody) else _backbone()
    _add_head(model, learner, "pooled" if is_small else "means")
    with_exemplar_memory(model, learner.memory, learner.labels)
    write_bytes(folder / MODEL, model.SerializeToString())
    facts = {
        "labels": learner.memory.labels(learner.labels),
        "limits": list(learner.doubt.limits),
        "coverage": learner.doubt.coverage,
        "side": body.side,
        "range": 1 if is_small else 255,
        "stain": learner.config.stain,
        "use": USE,
        "learned_from": learner.origin,
        "notice": NOTICE,
    }
    write_json(folder / FACTS, facts)
    return [folder / MODEL, folder / FACTS]


def _backbone() -> Any:
    """Return the pretrained network with its weights inside, its output `features` called `means`."""
    import onnx

    model = onnx.load(str(backbone.prepare(cache("backbone"), ANY_SIZE_FILE)))
    for node in model.graph.node:
        node.output[:] = ["means" if name == "features" else name for name in node.output]
    return model


def _add_head(model: Any, learner: PathologyLearner, means: str) -> None:
    """Add what standardises the means, and the linear head; outputs become `logits` and `features` alone."""
    from onnx import TensorProto, helper, numpy_helper

    head = learner.head
    arrays = {
        "head_mean": head.mean,
        "head_scale": head.scale,
        "head_weights": head.weights / np.float32(head.temperature),
        "head_biases": head.biases / np.float32(head.temperature),
    }
    graph = model.graph
    graph.node.extend(
        [
            helper.make_node("Sub", [means, "head_mean"], ["centred_means"]),
            helper.make_node("Div", ["centred_means", "head_scale"], ["features"]),
            helper.make_node("Gemm", ["features", "head_weights", "head_biases"], ["logits"], transB=1),
        ]
    )
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())
    del graph.output[:]
    labels, channels = head.weights.shape
    for name, size in (("logits", labels), ("features", channels)):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", size]))


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[str]]:
    """Return a function from images to labels that uses nothing but the exported files."""
    facts = read_json(folder / FACTS)
    opened = session(folder / MODEL)

    def answer(item: Input) -> str:
        pixels = prepare(open_rgb(item), facts["side"], facts["stain"]).transpose(2, 0, 1)[None]
        scaled = pixels.astype(np.float32) * np.float32(facts["range"] / 255)
        (shares,) = opened.run(["probabilities"], {"pixels": scaled})
        return str(facts["labels"][int(shares[0].argmax())])

    return lambda inputs: [answer(item) for item in inputs]
