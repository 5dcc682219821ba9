"""Histogram gradient boosting (Ke et al. 2017), with size and number of trees chosen on rows held out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import missing_extra
from pippin.learn.folds import hold_out
from pippin.learn.targets import Target

Array = NDArray[Any]

LEAVES = (4, 8, 16)  # tried from the middle outwards, so that the dear third is seldom needed
MAX_ITERATIONS = 140
PATIENCE = 15
SLACK = 0.02  # of the least loss: the most iterations within it are taken, since few rows held out stop too soon
RATE = 0.15


class Choice(NamedTuple):
    """Settings chosen, with the loss and the outputs [M,K] for the rows `held` [M] that chose them."""

    settings: Mapping[str, Any]
    loss: float
    held: Array
    outputs: Array


def choose(rows: Array, truth: Array, target: Target, seed: int, groups: Array | None = None) -> Choice:
    """Choose leaves and iterations for rows [N,D] and encoded targets [N] by one held-out quarter, no group torn.

    The iterations are the most within 2 % of the lowest held-out loss; each size of tree stops early. Sizes are tried
    from the middle: the small one first, the large one only where the small one is worse.
    """
    held = hold_out(truth, target, groups)
    fitted, apart = np.setdiff1d(np.arange(len(truth)), held), held
    split = rows[fitted], truth[fitted], rows[apart], truth[apart]
    middle, small = (_trial(leaves, split, target, seed, apart) for leaves in (LEAVES[1], LEAVES[0]))
    if small.loss < middle.loss:
        return small
    return min(middle, _trial(LEAVES[2], split, target, seed, apart), key=lambda choice: choice.loss)


def fit(rows: Array, truth: Array, target: Target, settings: Mapping[str, Any], seed: int) -> Any:
    """Return a fitted estimator of scikit-learn."""
    return estimator(target, settings, seed).fit(rows, truth)


def outputs(model: Any, rows: Array, target: Target) -> Array:
    """Return probabilities [N,K], or standardised numbers [N,1]; labels the model never met have 0."""
    if target.is_number:
        return np.asarray(model.predict(rows))[:, None]
    shares = np.zeros((len(rows), target.width))
    shares[:, model.classes_] = model.predict_proba(rows)
    return shares


def estimator(target: Target, settings: Mapping[str, Any], seed: int) -> Any:
    """Return an unfitted estimator of scikit-learn."""
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    except ImportError as problem:
        raise missing_extra("scikit-learn", "train", "Boosting") from problem
    kind = HistGradientBoostingRegressor if target.is_number else HistGradientBoostingClassifier
    fixed = {"learning_rate": RATE, "min_samples_leaf": 5, "early_stopping": False, "random_state": seed}
    return kind(**{**fixed, **settings})


def _trial(leaves: int, split: tuple[Array, ...], target: Target, seed: int, held: Array) -> Choice:
    rows, truth, held_rows, held_truth = split
    stopping = {"early_stopping": True, "n_iter_no_change": PATIENCE, "scoring": "loss", "tol": 0.0}
    wanted = {"max_leaf_nodes": leaves, "max_iter": MAX_ITERATIONS, **stopping}
    model = estimator(target, wanted, seed).fit(rows, truth, X_val=held_rows, y_val=held_truth)
    losses = -np.asarray(model.validation_score_)
    loss = float(losses.min())
    best = max(1, int(np.flatnonzero(losses <= loss * (1 + SLACK)).max()))
    settings = {"max_leaf_nodes": leaves, "max_iter": best}
    model._predictors = model._predictors[:best]
    return Choice(settings, loss, held, outputs(model, held_rows, target))
