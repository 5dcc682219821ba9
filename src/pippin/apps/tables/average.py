"""The weighted mean of network, linear model, boosted trees and forest, weighted on rows each did not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables import network, parts
from pippin.apps.tables.graph import Part, assemble
from pippin.learn.ensemble_weights import greedy_weights
from pippin.learn.folds import Answers, assign_folds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pippin.core.run import Run
    from pippin.learn.targets import Target

Array = NDArray[Any]


class Rows(NamedTuple):
    """Rows as networks (`columns` [N,D], of which `ranks` hold ranks) and as trees take them; targets and groups."""

    columns: Array
    ranks: Sequence[int]
    trees: Array
    truth: Array
    groups: Array | None = None


class Fitted(NamedTuple):
    """A model as ONNX, its outputs [N,K] for rows it was not fitted on, and the weight of each method."""

    onnx: bytes
    out_of_fold: Array
    weights: dict[str, float]


def fit_network(rows: Rows, target: Target, run: Run, shape: network.Shape) -> Fitted:
    """Fit the network alone."""
    part = network.fit(rows.columns, rows.ranks, _answers(rows, target, shape), run, shape)
    return Fitted(_onnx([part], [1.0], rows, target), part.out_of_fold, {"network": 1.0})


def fit_average(rows: Rows, target: Target, run: Run, shape: network.Shape) -> Fitted:
    """Fit all methods and weigh them; those without weight are left out, but the network stays to compare rows by."""
    answers = _answers(rows, target, shape)
    found = {
        "linear": parts.linear_part(rows.columns, answers, run.seed),
        "boosting": parts.boosting_part(rows.trees, answers, run.seed),
        "forest": parts.forest_part(rows.trees, answers, run.seed),
        "network": network.fit(rows.columns, rows.ranks, answers, run, shape),
    }
    weights = greedy_weights([part.out_of_fold for part in found.values()], rows.truth, target)
    used = {name: weight for name, weight in zip(found, weights, strict=True) if weight or name == "network"}
    chosen = [found[name] for name in used]
    apart = sum(weight * part.out_of_fold for weight, part in zip(used.values(), chosen, strict=True))
    run.log(**{f"weight_{name}": round(weight, 3) for name, weight in used.items()})
    return Fitted(_onnx(chosen, list(used.values()), rows, target), np.asarray(apart), used)


def _answers(rows: Rows, target: Target, shape: network.Shape) -> Answers:
    return Answers(rows.truth, target, assign_folds(rows.truth, target, shape.members, rows.groups), rows.groups)


def _onnx(chosen: list[Part], weights: list[float], rows: Rows, target: Target) -> bytes:
    widths = {"columns": rows.columns.shape[1], "trees": rows.trees.shape[1]}
    return assemble(chosen, weights, widths, target.is_number)
