"""An application's record: which ways take part in a comparison."""

from __future__ import annotations

from typing import Any

import pytest

from pippin.core import registry
from pippin.core.errors import PippinError

ALWAYS = ["hand-made", "hand-made SVM", "hand-made forest", "hand-made boosting"]
SCRATCH = ["from scratch", "from scratch (plain)"]


@pytest.mark.parametrize(
    ("given", "deep"),
    [
        ({}, ["pretrained features", *SCRATCH]),
        ({"width": 24}, ["pretrained features", *SCRATCH]),
        ({"from_scratch": True}, SCRATCH),
        ({"recipe": "alexnet", "from_scratch": True}, ["2012 AlexNet"]),
        ({"fine_tune": True, "from_scratch": False}, ["fine-tuned"]),
        ({"fine_tune": False, "from_scratch": False}, ["pretrained features"]),
    ],
)
def test_the_ways_that_go_with_the_settings_take_part(given: dict[str, Any], deep: list[str]) -> None:
    assert registry.get("recognize").select_methods(given) == [*deep, *ALWAYS]


def test_named_ways_alone_take_part() -> None:
    app = registry.get("recognize")
    assert app.select_methods({}, "1998 LeNet, hand-made") == ["1998 LeNet", "hand-made"]
    with pytest.raises(PippinError, match="no method 'expert' here"):
        app.select_methods({}, "expert")
    assert app.select_methods({"features": "mine.py"})[-1] == "expert"


def test_only_settings_that_measure_may_be_given_to_a_model_that_is_made() -> None:
    app = registry.get("flappy")
    assert app.override_settings({"skip": 5, "cap": 6}, {"max_pipes": 7, "skip": 8}) == {"skip": 5, "max_pipes": 7}
    with pytest.raises(PippinError, match="no setting"):
        app.override_settings({"skip": 5}, {"colour": 1})


def test_a_setting_that_calls_for_methods_leaves_the_others_as_they_are() -> None:
    app = registry.get("recognize")
    usual = app.select_methods({})
    called = app.select_methods({"self_supervised": True})
    assert set(called) - set(usual) == set(app.methods.calls["self_supervised"])
    assert [name for name in called if name in usual] == usual
    settings = app.fill_settings({"self_supervised": True, "width": 8})
    assert app.method_settings(settings) == {**settings, "self_supervised": False}
    assert len(app.methods.describe(called)) == len(set(called) & set(app.methods.notes)) > 4
    assert app.methods.describe(usual) == ()
