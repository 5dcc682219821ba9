"""An application's record: which ways take part in a comparison."""

from __future__ import annotations

from dataclasses import replace
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
        ({"recipe": "2012", "from_scratch": True}, ["2012 AlexNet"]),
        ({"fine_tune": True, "from_scratch": False}, ["fine-tuned"]),
        ({"fine_tune": False, "from_scratch": False}, ["pretrained features"]),
    ],
)
def test_the_ways_that_go_with_the_settings_take_part(given: dict[str, Any], deep: list[str]) -> None:
    assert registry.get("recognize").methods(given) == [*deep, *ALWAYS]


def test_named_ways_alone_take_part() -> None:
    app = registry.get("recognize")
    assert app.methods({}, "1998 LeNet, hand-made") == ["1998 LeNet", "hand-made"]
    with pytest.raises(PippinError, match="no method 'expert' here"):
        app.methods({}, "expert")
    assert app.methods({"features": "mine.py"})[-1] == "expert"


def test_only_settings_that_measure_may_be_given_to_a_model_that_is_made() -> None:
    made = replace(registry.get("recognize"), config={"width": 1, "cap": 2}, measuring=("cap",))
    assert made.used_with({"width": 5, "cap": 6}, {"cap": 7, "width": 8}) == {"width": 5, "cap": 7}
    with pytest.raises(PippinError, match="no setting"):
        made.used_with({"width": 5}, {"colour": 1})
