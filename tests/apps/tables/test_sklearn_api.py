"""scikit-learn's own checks hold for Classifier and Regressor, which learn what `tables` learns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from pippin.apps import tables

SMALL: dict[str, Any] = {"width": 8, "blocks": 1, "members": 2, "epochs": 1, "combine": "network"}
EXPECTED = {
    "check_classifiers_train": "one epoch is too little to score 0.83; with 60 it holds",
    "check_regressors_train": "one epoch is too little to score 0.5; with 60 it holds",
    "check_methods_subset_invariance": "ONNX Runtime's float32 sums differ by 2e-7 with the size of a batch",
    "check_array_api_input": "runs only where SCIPY_ARRAY_API is set",
}


@pytest.mark.parametrize("name", ["Classifier", "Regressor"])
def test_the_checks_of_scikit_learn_hold(name: str) -> None:
    estimator = getattr(tables, name)(**SMALL)
    found = check_estimator(estimator, expected_failed_checks=EXPECTED, on_skip=None)
    assert sum(check["status"] == "passed" for check in found) >= 40
    assert clone(estimator).get_params() == estimator.get_params()


def test_labels_and_numbers_are_learned_and_texts_and_missing_values_taken() -> None:
    rows, labels = load_wine(return_X_y=True)
    names = np.array(["barolo", "grignolino", "barbera"])[labels]
    mixed = np.array([[None, *row[1:], "red" if row[0] > 13 else "white"] for row in rows], object)
    train, test, given, right = train_test_split(mixed, names, random_state=0, stratify=names)
    model = make_pipeline(FunctionTransformer(), tables.Classifier(**{**SMALL, "epochs": 40})).fit(train, given)
    assert model.score(test, right) > 0.9
    shares = model.predict_proba(test)
    assert shares.shape == (len(test), 3)
    assert np.allclose(shares.sum(axis=1), 1)
    assert set(model.predict(test)) <= set(names)


def test_numbers_come_with_intervals() -> None:
    rows, values = load_diabetes(return_X_y=True)
    train, test, given, right = train_test_split(rows, values, random_state=0)
    model = tables.Regressor(width=16, members=2, epochs=30).fit(train, given)
    assert model.score(test, right) > 0.3
    low, high = model.predict_interval(test).T
    assert 0.8 < np.mean((low <= right) & (right <= high)) <= 1


def test_nothing_else_is_an_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Estimator'"):
        tables.Estimator  # noqa: B018
