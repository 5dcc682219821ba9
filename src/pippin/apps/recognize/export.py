"""`recognize` outside Pippin: one ONNX file from pixels to probabilities, and a JSON file that says how to feed it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.pretrained import embedding
from pippin.apps.recognize.pretrained.ridge_head import NEIGHBOURS, NOVELTY_THRESHOLD, Head
from pippin.apps.recognize.pretrained.tuned_blocks import LastBlocks
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.apps.recognize.scratch.pixels import resize_square
from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.inputs import Input
from pippin.core.workspace import cache
from pippin.learn.exemplar_memory import with_exemplar_memory
from pippin.learn.nn.onnx_session import session
from pippin.learn.vision import backbone, efficientnet_graph
from pippin.learn.vision.image_decoding import open_image

if TYPE_CHECKING:
    import onnx

    from pippin.apps.recognize.pretrained.learner import FewShotLearner

MODEL, FACTS = "recognize.onnx", "recognize.json"
USE = (
    "Input `pixels`: float32 [N,3,224,224], RGB from 0 to 255, the whole image squeezed into the square. "
    "Outputs: `probabilities` [N,labels] in the order of `labels`, and `novelty` [N]: above `limit` it is unknown."
)
WHOLE = {"side": efficientnet_graph.SIDE, "range": 255}  # of the pretrained backbone's input
USE_NETWORK = (
    "Input `pixels`: float32 [N,3,{side},{side}], RGB from 0 to 1, the whole image squeezed into the square "
    "(bilinear). Output `probabilities`: [N,labels] in the order of `labels`."
)

USE_POINTS = (
    "Input `pixels`: float32 [N,3,{side},{side}], RGB from 0 to 1, the whole image squeezed into the square "
    "(bilinear). Outputs: `points` [N,K], unit vectors whose products say how alike two images are, and `features`."
)
USE_NAMES = " `probabilities` [N,labels] in the order of `labels`, and `novelty` [N]: above `limit` it is unknown."


def export(learner: FewShotLearner | FromScratch | SelfSupervised, folder: Path) -> list[Path]:
    """Write one ONNX file from pixels to probabilities, and a JSON file with its labels; needs onnx."""
    if isinstance(learner, SelfSupervised):
        return _write_unlabelled(learner, folder)
    return _write_network(learner, folder) if isinstance(learner, FromScratch) else _write_head(learner, folder)


def _write_head(learner: FewShotLearner, folder: Path) -> list[Path]:
    """Write the backbone and the head as one ONNX model, its weights inside; returns the two files. Needs onnx."""
    try:
        import onnx
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    from pippin.learn.nn.onnx_builder import checked_bytes

    if learner.head is None:
        raise PippinError("Nothing was taught yet, so there is nothing to export.")
    model = onnx.load(str(backbone.prepare(cache("backbone"))))
    network = model.graph
    del network.output[:]
    if learner.recipe != embedding.PLAIN:
        _show_views(network)
    points, arrays = _points(learner.recipe)
    nodes, constants, outputs = _head(learner.head, "probabilities" if learner.blocks is None else "head_shares")
    nodes, constants = points + nodes, arrays + constants
    if learner.blocks is not None:
        tuned_nodes, tuned_constants = _tuned(learner.blocks, learner.head.labels, learner.since)
        nodes, constants = nodes + tuned_nodes, constants + tuned_constants
    network.node.extend(nodes)
    network.initializer.extend(constants)
    network.output.extend(outputs)
    write_bytes(folder / MODEL, checked_bytes(model))
    write_json(folder / FACTS, {"labels": list(learner.head.labels), "limit": NOVELTY_THRESHOLD, **WHOLE, "use": USE})
    return [folder / MODEL, folder / FACTS]


def _write_network(learner: FromScratch, folder: Path) -> list[Path]:
    """Write the network that learned from nothing, with what it was taught since, as ONNX; needs onnx."""
    try:
        import onnx
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    model = with_exemplar_memory(onnx.load_from_string(learner.onnx), learner.recall, learner.labels)
    write_bytes(folder / MODEL, model.SerializeToString())
    use = USE_NETWORK.format(side=learner.side)
    write_json(folder / FACTS, {"labels": learner.all_labels, "side": learner.side, "range": 1, "use": use})
    return [folder / MODEL, folder / FACTS]


def _write_unlabelled(learner: SelfSupervised, folder: Path) -> list[Path]:
    """Write the network that learned without labels, and the head where something has a name; needs onnx."""
    try:
        import onnx
    except ImportError as problem:
        raise missing_extra("onnx", "train", "Exporting") from problem
    from pippin.learn.nn.onnx_builder import checked_bytes

    model = onnx.load_from_string(learner.onnx)
    labels, use = [], USE_POINTS
    if learner.head is not None:
        nodes, arrays, outputs = _named(learner.head, learner.examples.points)
        for part, added in (("node", nodes), ("initializer", arrays), ("output", outputs)):
            getattr(model.graph, part).extend(added)
        labels, use = list(learner.head.labels), USE_POINTS + USE_NAMES
    write_bytes(folder / MODEL, checked_bytes(model))
    facts = {"labels": labels, "side": learner.side, "range": 1, "limit": -learner.alike}
    write_json(folder / FACTS, {**facts, "use": use.format(side=learner.side)})
    return [folder / MODEL, folder / FACTS]


def _named(
    head: Head, points: NDArray[np.float32]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto], list[onnx.ValueInfoProto]]:
    """Return the head on `points` as ONNX nodes, arrays and outputs; the same steps as SelfSupervised.answer."""
    from onnx import TensorProto, helper, numpy_helper

    arrays: dict[str, NDArray[Any]] = {
        "coefficients": head.coefficients_DL * head.sharpness,
        "intercepts": head.intercepts_L * head.sharpness,
        "taught": np.ascontiguousarray(points.T),
        "over_taught": np.array([1], np.int64),
    }
    steps: tuple[tuple[str, list[str], str, dict[str, Any]], ...] = (
        ("Gemm", ["points", "coefficients", "intercepts"], "scores", {}),
        ("Softmax", ["scores"], "probabilities", {"axis": 1}),
        ("MatMul", ["points", "taught"], "likeness", {}),
        ("ReduceMax", ["likeness", "over_taught"], "nearest", {"keepdims": 0}),
        ("Neg", ["nearest"], "novelty", {}),
    )
    nodes = [helper.make_node(step, given, [made], **facts) for step, given, made, facts in steps]
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(head.labels)]),
        helper.make_tensor_value_info("novelty", TensorProto.FLOAT, ["N"]),
    ]
    return nodes, [numpy_helper.from_array(array, name) for name, array in arrays.items()], outputs


def _head(head: Head, shares: str) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto], list[onnx.ValueInfoProto]]:
    """Return the head as ONNX nodes on `points`, its arrays, and the model's outputs; the same steps as Head.predict.

    Its probabilities are called `shares`.
    """
    from onnx import TensorProto, helper, numpy_helper

    nodes: list[onnx.NodeProto] = []
    arrays: dict[str, NDArray[Any]] = {
        "coefficients": head.coefficients_DL * head.sharpness,
        "intercepts": head.intercepts_L * head.sharpness,
        "taught": np.ascontiguousarray(head.examples_MD.T),
        "expected": head.expected_L,
        "spread": head.spread_L,
    }

    def add(operation: str, inputs: Sequence[str], *results: str, **facts: Any) -> None:
        nodes.append(helper.make_node(operation, list(inputs), list(results), **facts))

    add("Gemm", ["points", "coefficients", "intercepts"], "scores")
    add("Softmax", ["scores"], shares, axis=1)
    add("MatMul", ["points", "taught"], "likeness")
    for label in range(len(head.labels)):
        own = np.flatnonzero(head.owners_M == label)
        arrays[f"own_{label}"] = own.astype(np.int64)
        arrays[f"count_{label}"] = np.array([min(NEIGHBOURS, len(own))], np.int64)
        add("Gather", ["likeness", f"own_{label}"], f"to_{label}", axis=1)
        add("TopK", [f"to_{label}", f"count_{label}"], f"nearest_{label}", f"which_{label}", axis=1)
        add("ReduceMean", [f"nearest_{label}"], f"mean_{label}", axes=[1], keepdims=1)
    add("Concat", [f"mean_{label}" for label in range(len(head.labels))], "means", axis=1)
    add("Sub", ["expected", "means"], "short")
    add("Div", ["short", "spread"], "novelties")
    add("ReduceMin", ["novelties"], "novelty", axes=[1], keepdims=0)
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    outputs = [
        helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", len(head.labels)]),
        helper.make_tensor_value_info("novelty", TensorProto.FLOAT, ["N"]),
    ]
    return nodes, constants, outputs


def _show_views(network: onnx.GraphProto) -> None:
    """Run a network on `pixels` of all views of an image: `mean_features`, `mean_logits`; `late` of the first.

    The same steps as embedding.views; the middle is enlarged without rounding to whole levels.
    """
    from onnx import helper, numpy_helper

    for node in network.node:  # what used the image uses its views, one below the other
        node.input[:] = ["views" if name == "pixels" else name for name in node.input]
        node.output[:] = ["late_of_views" if name == "late" else name for name in node.output]
    side, rim = efficientnet_graph.SIDE, round(efficientnet_graph.SIDE * (1 - embedding.MIDDLE) / 2)
    whole = np.array([1, 1, side / (side - 2 * rim), side / (side - 2 * rim)], np.float32)
    arrays: dict[str, NDArray[Any]] = {"rim": np.array([rim, rim]), "rim_end": np.array([side - rim, side - rim])}
    arrays |= {"both_sides": np.array([2, 3]), "larger": whole, "width_axis": np.array([3]), "back": np.array([-1])}
    arrays |= {"from_end": np.array([side - 1]), "to_start": np.array([-side - 1]), "first": np.array(0)}
    arrays |= {
        "by_view": np.array([4, -1, efficientnet_graph.WIDTH]),
        "maps_by_view": np.array([4, -1, *efficientnet_graph.LATE]),
    }
    arrays["logits_by_view"] = np.array([4, -1, efficientnet_graph.CLASSES])
    before = [
        helper.make_node("Slice", ["pixels", "rim", "rim_end", "both_sides"], ["middle"]),
        helper.make_node("Resize", ["middle", "", "larger"], ["enlarged"], mode="linear"),
        helper.make_node("Concat", ["pixels", "enlarged"], ["upright"], axis=0),
        helper.make_node("Slice", ["upright", "from_end", "to_start", "width_axis", "back"], ["mirrored"]),
        helper.make_node("Concat", ["upright", "mirrored"], ["views"], axis=0),
    ]
    after = [
        helper.make_node("Reshape", ["features", "by_view"], ["features_by_view"]),
        helper.make_node("ReduceMean", ["features_by_view"], ["mean_features"], axes=[0], keepdims=0),
        helper.make_node("Reshape", ["logits", "logits_by_view"], ["logits_of_views"]),
        helper.make_node("ReduceMean", ["logits_of_views"], ["mean_logits"], axes=[0], keepdims=0),
        helper.make_node("Reshape", ["late_of_views", "maps_by_view"], ["maps_of_views"]),
        helper.make_node("Gather", ["maps_of_views", "first"], ["late"], axis=0),
    ]
    nodes = [*before, *network.node, *after]
    del network.node[:]
    network.node.extend(nodes)
    network.initializer.extend(numpy_helper.from_array(array, name) for name, array in arrays.items())


def _points(recipe: str) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the same steps as embedding.embed, to `points`."""
    from onnx import TensorProto, helper, numpy_helper

    plain = recipe == embedding.PLAIN
    nodes = [
        helper.make_node("Relu", ["features" if plain else "mean_features"], ["positive"]),
        helper.make_node("Sqrt", ["positive"], ["roots"]),
    ]
    if not plain:
        nodes += [
            helper.make_node("LpNormalization", ["roots"], ["directions"], axis=1, p=2),
            helper.make_node("Softmax", ["mean_logits"], ["chances"], axis=1),
            helper.make_node("Sqrt", ["chances"], ["chance_roots"]),
            helper.make_node("MatMul", ["chance_roots", "folding"], ["opinions"]),
            helper.make_node("Concat", ["directions", "opinions"], ["joined"], axis=1),
        ]
    nodes += [
        helper.make_node("LpNormalization", ["roots" if plain else "joined"], ["fine"], axis=1, p=2),
        helper.make_node("Cast", ["fine"], ["rounded"], to=TensorProto.FLOAT16),
        helper.make_node("Cast", ["rounded"], ["points"], to=TensorProto.FLOAT),
    ]
    folding = [] if plain else [numpy_helper.from_array(np.float32(embedding.OPINION) * embedding.folding(), "folding")]
    return nodes, folding


def _tuned(
    tuned: LastBlocks, labels: Sequence[str], taught: Collection[str]
) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Return the tuned blocks as ONNX nodes on `late` and `head_shares`; the same steps as LastBlocks.joined."""
    import onnx
    from onnx import compose, helper, numpy_helper

    blocks = compose.add_prefix(onnx.load_from_string(tuned.onnx), "tuned_").graph
    nodes = [helper.make_node("Identity", ["late"], ["tuned_late"]), *blocks.node]
    widen, beyond, absent = tuned.places(labels, taught)
    arrays = {"sharp": np.array([tuned.sharpness], np.float32), "widen": widen, "beyond": beyond, "absent": absent}
    arrays |= {"beyond_sum": beyond[:, None], "whole": np.ones(1, np.float32)}
    steps = (
        ("Mul", ["tuned_logits", "sharp"], "tuned_sharp"),
        ("Add", ["tuned_sharp", "absent"], "tuned_scores"),
        ("Softmax", ["tuned_scores"], "tuned_shares"),
        ("MatMul", ["tuned_shares", "widen"], "tuned_wide"),
        ("Mul", ["head_shares", "beyond"], "untuned"),
        ("MatMul", ["head_shares", "beyond_sum"], "untuned_sum"),
        ("Sub", ["whole", "untuned_sum"], "tuned_sum"),
        ("Mul", ["tuned_wide", "tuned_sum"], "tuned_part"),
        ("Add", ["untuned", "tuned_part"], "probabilities"),
    )
    nodes += [helper.make_node(step, given, [made]) for step, given, made in steps]
    constants = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    return nodes, [*blocks.initializer, *constants]


def load_exported(folder: Path) -> Callable[[Sequence[Input]], list[str]]:
    """Return a function from images to labels that uses nothing but the exported files."""
    facts = read_json(folder / FACTS)
    opened = session(folder / MODEL)
    look = _as_the_backbone_sees if facts.get("range") == WHOLE["range"] else partial(resize_square, side=facts["side"])

    def answers(inputs: Sequence[Input]) -> list[str]:
        if not facts["labels"]:
            raise PippinError("The exported network has no names; its output `points` says which images are alike.")
        shares = (opened.run(["probabilities"], {"pixels": look(item)[None]})[0] for item in inputs)
        return [facts["labels"][int(row.argmax())] for row in shares]

    return answers


def _as_the_backbone_sees(item: Input) -> NDArray[np.float32]:
    return backbone.pixels(open_image(item, about=(efficientnet_graph.SIDE, efficientnet_graph.SIDE)))
