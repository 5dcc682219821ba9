"""The story of three recipes is told as measured."""

from __future__ import annotations

from pippin.apps.recognize.scratch.historical_recipes import _finding, eras
from pippin.core.data import Dataset
from pippin.core.values import Score
from pippin.verbs.opening import open_context


def test_the_three_recipes_learn_the_same_images(shapes: Dataset) -> None:
    path = shapes.train[0].input.path
    assert path is not None
    report = eras(open_context("recognize"), str(path.parents[1]), budget="1s")
    assert list(report.payload["recipes"]) == ["1998 LeNet", "2012 AlexNet", "from scratch", "hand-made SVM"]
    assert report.payload["data"]["train"] == 64
    assert report.figures[0].content.startswith(b"<svg")


def test_what_is_told_follows_the_numbers() -> None:
    def score(value: float) -> Score:
        return Score(value, value - 0.01, value + 0.01)

    rising = {"1998 LeNet": score(0.4), "2012 AlexNet": score(0.5), "from scratch": score(0.7)}
    rising["hand-made SVM"] = score(0.6)
    told = _finding(rising, "1m", 1000)
    assert "Each is better than the one before." in told
    assert "1998 LeNet, 2012 AlexNet stay behind it" in told
    falling = {**rising, "2012 AlexNet": score(0.3)}
    assert "Not each is better" in _finding(falling, "1m", 1000)
