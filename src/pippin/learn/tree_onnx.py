"""Trees of scikit-learn as ONNX: answers need no scikit-learn, and nothing is pickled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

OPSET_ML = 3


class Tree(NamedTuple):
    """One decision tree: a row goes left where `row[feature] <= threshold`; leaves have `left` == -1.

    All arrays are [nodes]; `values` [nodes,K] counts at leaves, and is added to outputs `first` to `first` + K - 1.
    """

    feature: NDArray[Any]
    threshold: NDArray[Any]
    left: NDArray[Any]
    right: NDArray[Any]
    missing_left: NDArray[Any]
    values: NDArray[Any]
    first: int = 0


def trees_of(model: Any) -> tuple[list[Tree], NDArray[Any]]:
    """Return the trees of a fitted forest or histogram boosting, and what is added to their sum [K].

    Outputs are raw scores for boosting (a binary one has one score), mean probabilities or values for a forest.
    """
    if hasattr(model, "_predictors"):
        rounds = [list(group) for group in model._predictors]
        trees = [_boosted(tree.nodes, output) for group in rounds for output, tree in enumerate(group)]
        return trees, np.asarray(model._baseline_prediction, float).reshape(-1)
    shares = 1 / len(model.estimators_)
    trees = [_grown(tree.tree_, shares, hasattr(model, "classes_")) for tree in model.estimators_]
    return trees, np.zeros(trees[0].values.shape[1])


def tree_node(models: Sequence[Any], given: str, result: str) -> Any:
    """Return an ONNX node: the mean of `models`' raw outputs [N,K] for the value `given`, float32 [N,D]."""
    from onnx import helper

    parts = [trees_of(model) for model in models]
    weight, bases = 1 / len(parts), [base for _, base in parts]
    attributes = _attributes([tree for trees, _ in parts for tree in trees], weight)
    return helper.make_node(
        "TreeEnsembleRegressor",
        [given],
        [result],
        domain="ai.onnx.ml",
        n_targets=len(bases[0]),
        base_values=np.mean(bases, axis=0).astype(np.float32).tolist(),
        post_transform="NONE",
        aggregate_function="SUM",
        **attributes,
    )


def _boosted(nodes: NDArray[Any], output: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        nodes["feature_idx"].astype(int),
        nodes["num_threshold"],
        np.where(leaf, -1, nodes["left"].astype(int)),
        np.where(leaf, -1, nodes["right"].astype(int)),
        nodes["missing_go_to_left"].astype(int),
        nodes["value"][:, None],
        output,
    )


def _grown(tree: Any, weight: float, labels: bool) -> Tree:
    values = tree.value[:, 0, :]
    if labels:
        values = values / values.sum(axis=1, keepdims=True)
    return Tree(
        np.maximum(tree.feature, 0),
        tree.threshold,
        tree.children_left,
        tree.children_right,
        tree.missing_go_to_left.astype(int),
        values * weight,
    )


def _attributes(trees: Sequence[Tree], weight: float) -> dict[str, Any]:
    """Return the attributes of TreeEnsembleRegressor."""
    sizes = [len(tree.left) for tree in trees]
    leaf = np.concatenate([tree.left < 0 for tree in trees])
    joined: dict[str, NDArray[Any]] = {
        "nodes_treeids": np.repeat(np.arange(len(trees)), sizes),
        "nodes_nodeids": np.concatenate([np.arange(size) for size in sizes]),
        "nodes_featureids": np.concatenate([tree.feature for tree in trees]),
        "nodes_values": _rounded_down(np.concatenate([tree.threshold for tree in trees]), leaf),
        "nodes_truenodeids": np.concatenate([np.maximum(tree.left, 0) for tree in trees]),
        "nodes_falsenodeids": np.concatenate([np.maximum(tree.right, 0) for tree in trees]),
        "nodes_missing_value_tracks_true": np.concatenate([tree.missing_left for tree in trees]),
    }
    leaves = [list(_leaves(number, tree)) for number, tree in enumerate(trees)]
    columns = [np.concatenate(part) for part in zip(*leaves, strict=True)]
    joined |= dict(zip(("target_treeids", "target_nodeids", "target_ids"), columns[:3], strict=True))
    lists: dict[str, Any] = {name: array.tolist() for name, array in joined.items()}
    modes = [b"LEAF" if is_leaf else b"BRANCH_LEQ" for is_leaf in leaf]
    return {**lists, "nodes_modes": modes, "target_weights": (columns[3] * weight).astype(np.float32).tolist()}


def _leaves(number: int, tree: Tree) -> Iterator[NDArray[Any]]:
    """Yield tree, node, output and value of every leaf; zeros are left out where a leaf has other values."""
    nodes = np.flatnonzero(tree.left < 0)
    values = tree.values[nodes]
    kept = values != 0
    kept[~kept.any(axis=1), 0] = True
    at, output = np.nonzero(kept)
    yield np.full(len(at), number)
    yield nodes[at]
    yield output + tree.first
    yield values[at, output]


def _rounded_down(thresholds: NDArray[Any], leaf: NDArray[Any]) -> NDArray[Any]:
    """Return float32 thresholds that send every float32 value to the side the float64 ones send it to."""
    exact = np.where(leaf, 0.0, thresholds)
    largest = np.finfo(np.float32).max
    near = np.clip(exact, -largest, largest).astype(np.float32)
    return np.where(near > exact, np.nextafter(near, np.float32(-np.inf)), near)
