"""The linear method: ridge for a number, multinomial logistic regression for labels; numpy alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.learn import logistic_regression, ridge
from pippin.learn.folds import Answers, has_groups
from pippin.learn.targets import Target

Array = NDArray[Any]

STRENGTHS = (0.01, 0.1, 1.0, 10.0)  # of classification's regularisation to choose from, as LIBLINEAR's C
MAX_TO_CHOOSE_BY = 2000


def linear(rows: Array, answers: Answers, seed: int) -> tuple[Array, Array, float, Array | None]:
    """Fit ridge or multinomial logistic regression; returns weights [D,K], bias [K], strength, residuals held out.

    Numbers have residuals [M]: of each row left out, or of each fold where rows come in groups.
    """
    truth, target, few = answers.truth, answers.target, slice(MAX_TO_CHOOSE_BY)
    if not target.is_number:
        strength = logistic_regression.choose_c(rows[few], truth[few], target.width, STRENGTHS, seed)
        return *linear_fit(rows, truth, target, strength), strength, None
    if has_groups(answers.groups):
        strength, residuals = ridge.choose_by_folds(rows[few], truth[few], answers.folds[few])
    else:
        strength, residuals = ridge.choose(rows[few], truth[few])
    strength *= max(1.0, len(rows) / MAX_TO_CHOOSE_BY)
    return *linear_fit(rows, truth, target, strength), strength, residuals


def linear_fit(rows: Array, truth: Array, target: Target, strength: float) -> tuple[Array, Array]:
    """Return weights [D,K] and bias [K] at a given strength."""
    if target.is_number:
        model = ridge.fit(rows, truth, strength)
        return model.weights[:, None].astype(np.float32), np.array([model.bias], np.float32)
    fitted = logistic_regression.fit(rows, truth, target.width, strength)
    return fitted.weights_DK, fitted.bias_K


def linear_outputs(weights: Array, bias: Array, rows: Array, target: Target) -> Array:
    """Return probabilities [N,K] or standardised numbers [N,1]."""
    return rows @ weights + bias if target.is_number else logistic_regression.Softmax(weights, bias).predict(rows)
