"""The classical methods as parts of a graph: fitted fold by fold, each fold answered by models that did not see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.tables.graph import Nodes, Part
from pippin.apps.tables.linear import linear, linear_fit, linear_outputs
from pippin.learn import boosted_trees
from pippin.learn.folds import Answers, has_groups
from pippin.learn.targets import Target

Array = NDArray[Any]

TREES = 100
MAX_PER_TREE = 5000  # rows a tree of the forest grows on, which bounds its size


def linear_part(rows: Array, answers: Answers, seed: int) -> Part:
    """Return the linear model in a graph, from `columns`."""
    truth, target = answers.truth, answers.target
    weights, bias, strength, _ = linear(rows, answers, seed)

    def without(kept: Array, held: Array) -> Array:
        return linear_outputs(*linear_fit(rows[kept], truth[kept], target, strength), rows[held], target)

    nodes = Nodes("linear")
    output = nodes.add("Gemm", ["columns", nodes.array(weights), nodes.array(bias)])
    output = output if target.is_number else nodes.add("Softmax", [output], axis=1)
    return Part(output, nodes, _out_of_fold(without, answers))


def boosting_part(rows: Array, answers: Answers, seed: int) -> Part:
    """Fit boosted trees in a graph, from `trees`: the mean of one model for each fold, which did not see that fold."""
    truth, target, models = answers.truth, answers.target, list[Any]()
    settings = boosted_trees.choose(rows, truth, target, seed, answers.groups).settings

    def without(kept: Array, held: Array) -> Array:
        models.append(boosted_trees.fit(rows[kept], truth[kept], target, settings, seed))
        return boosted_trees.outputs(models[-1], rows[held], target)

    apart = _out_of_fold(without, answers)
    complete = [model for model in models if target.is_number or len(model.classes_) == target.width]
    models = complete or [boosted_trees.fit(rows, truth, target, settings, seed)]
    return boosting_graph(models, target, apart)


def boosting_graph(models: list[Any], target: Target, apart: Array) -> Part:
    """Return the mean of boosted trees' scores as a part; `apart` are outputs for rows they were not fitted on."""
    nodes = Nodes("boosting")
    output = nodes.trees(models, "trees")
    if not target.is_number:
        output = nodes.add("Softmax", [output], axis=1) if target.width > 2 else _both(nodes, output)
    return Part(output, nodes, apart)


def forest_part(rows: Array, answers: Answers, seed: int) -> Part:
    """Return a random forest (Breiman 2001) in a graph, from `trees`.

    Outputs out of fold are those out of bag, but where rows come in groups, which a bag tears: then forests are grown
    without each fold.
    """
    torn = has_groups(answers.groups)

    def without(kept: Array, held: Array) -> Array:
        grown = _forest(rows[kept], answers.truth[kept], answers.target, seed, oob_score=False)
        return boosted_trees.outputs(grown, rows[held], answers.target)

    model = _forest(rows, answers.truth, answers.target, seed, oob_score=not torn)
    apart = _out_of_fold(without, answers) if torn else _out_of_bag(model, answers.target)
    nodes = Nodes("forest")
    return Part(nodes.trees([model], "trees"), nodes, apart)


def _forest(rows: Array, truth: Array, target: Target, seed: int, oob_score: bool) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    drawn = {"max_samples": min(1.0, MAX_PER_TREE / len(rows))} if len(rows) > MAX_PER_TREE else {}
    fixed = {"n_jobs": 1, "random_state": seed, "oob_score": oob_score, **drawn}
    if target.is_number:
        return RandomForestRegressor(TREES, min_samples_leaf=2, max_features=0.5, **fixed).fit(rows, truth)
    return RandomForestClassifier(TREES, **fixed).fit(rows, truth)


def _out_of_bag(model: Any, target: Target) -> Array:
    """Return outputs of the trees that did not see each row; the mean answer where all did."""
    if target.is_number:
        return np.asarray(model.oob_prediction_)[:, None]
    shares = np.asarray(model.oob_decision_function_)
    return np.where(np.isnan(shares), np.nanmean(shares, axis=0), shares)


def _out_of_fold(without: Callable[[Array, Array], Array], answers: Answers) -> Array:
    """Return outputs [N,K] of models fitted without each fold; `without(kept, held)` takes positions of rows."""
    folds = answers.folds
    found = np.zeros((len(folds), answers.target.width))
    for fold in np.unique(folds):
        held = np.flatnonzero(folds == fold)
        found[held] = without(np.flatnonzero(folds != fold), held)
    return found


def _both(nodes: Nodes, score: str) -> str:
    """Return the probabilities [N,2] of a binary model's single score."""
    share = nodes.add("Sigmoid", [score])
    other = nodes.add("Sub", [nodes.array(np.float32(1)), share])
    return nodes.add("Concat", [other, share], axis=1)
