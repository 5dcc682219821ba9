"""Decision trees as tables: every tree goes one level down at a time, all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from pippin.learn.keras_graph.graph import Node
from pippin.learn.keras_graph.values import NoRuleError, Value

if TYPE_CHECKING:
    from pippin.learn.keras_graph.conversion import Converter

FEATURE, THRESHOLD, LEFT, RIGHT, MISSING_LEFT = range(5)


def _ensemble(c: Converter, node: Node, value: Value) -> Value:
    usual = ("NONE", "SUM")
    if (node.attribute("post_transform", "NONE"), node.attribute("aggregate_function", "SUM")) != usual:
        raise NoRuleError("its outputs are not plain sums")
    if set(node.attribute("nodes_modes")) - {b"LEAF", b"BRANCH_LEQ"}:
        raise NoRuleError("its branches compare otherwise than by <=")
    table, leaves, roots, depth = read_trees(node)
    x = value.plain_tensor()
    places = ops.add(ops.multiply(ops.cast(ops.zeros_like(x[:, :1]), "int32"), np.int32(0)), roots[None])
    look = keras.layers.Embedding(len(table), table.shape[1], name=c.name(f"{node.name}.nodes"))
    for _ in range(depth):
        found = look(places)
        features = ops.cast(found[..., FEATURE], "int32")
        numbers = ops.take_along_axis(x, features, axis=1)
        goes_left = ops.logical_or(
            ops.less_equal(numbers, found[..., THRESHOLD]),
            ops.logical_and(ops.not_equal(numbers, numbers), ops.greater(found[..., MISSING_LEFT], np.float32(0.5))),
        )
        places = ops.cast(ops.where(goes_left, found[..., LEFT], found[..., RIGHT]), "int32")
    answers = keras.layers.Embedding(len(leaves), leaves.shape[1], name=c.name(f"{node.name}.leaves"))
    total = ops.sum(answers(places), axis=1)
    if depth:
        look.set_weights([table])
    answers.set_weights([leaves])
    look.trainable = answers.trainable = False
    base = node.attribute("base_values")
    return Value.plain(ops.add(total, np.asarray(base, np.float32)) if base else total)


def read_trees(node: Node) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return nodes [n,5], what each adds [n,k] (0 but at leaves), the roots [t] and the depth.

    A leaf leads to itself. Numbers of nodes stay exact in float32 up to 2 ** 24.
    """
    fields: dict[str, Any] = {
        name: np.asarray(node.attribute(f"nodes_{name}"))
        for name in ("treeids", "nodeids", "featureids", "values", "truenodeids", "falsenodeids")
    }
    count = len(fields["treeids"])
    if count >= 2**24:
        raise NoRuleError("its trees have too many nodes")
    pairs = list(zip(fields["treeids"].tolist(), fields["nodeids"].tolist(), strict=True))
    places = {pair: index for index, pair in enumerate(pairs)}
    leaf = np.array([mode == b"LEAF" for mode in node.attribute("nodes_modes")])
    table = np.zeros((count, 5), np.float32)

    def follow(name: str) -> np.ndarray:
        targets = [
            index if leaf[index] else places[tree, target]
            for index, (tree, target) in enumerate(zip(fields["treeids"].tolist(), fields[name].tolist(), strict=True))
        ]
        return np.array(targets)

    left, right = follow("truenodeids"), follow("falsenodeids")
    table[:, FEATURE], table[:, THRESHOLD] = np.where(leaf, 0, fields["featureids"]), fields["values"]
    table[:, LEFT], table[:, RIGHT] = left, right
    missing = node.attribute("nodes_missing_value_tracks_true")
    table[:, MISSING_LEFT] = missing if missing else 0
    leaves = np.zeros((count, int(node.attribute("n_targets", 1))), np.float32)
    targets = zip(*(node.attribute(f"target_{name}") for name in ("treeids", "nodeids", "ids", "weights")), strict=True)
    for tree, number, output, weight in targets:
        leaves[places[tree, number], output] += weight
    first = np.unique(fields["treeids"], return_index=True)[1]
    roots, depth = np.sort(first).astype(np.int32), 0
    reached = roots
    while not leaf[reached].all():
        inner = reached[~leaf[reached]]
        reached, depth = np.unique(np.concatenate([left[inner], right[inner]])), depth + 1
        if depth > count:
            raise NoRuleError("its branches lead back")
    return table, leaves, roots, depth


RULES: dict[str, Callable[..., Any]] = {"TreeEnsembleRegressor": _ensemble}
