"""`compare` and `curve`: every method on the same examples, one's failure leaving the others standing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import miniature as package
import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.core.references import Ref
from pippin.core.values import Score
from pippin.verbs.compare import mean, verdict


@pytest.fixture
def three(miniature: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The miniature with a second classical method, one that fails."""

    def failing(config: Any) -> Any:
        raise PippinError("This method wants more memory.")

    methods = package.application.methods
    methods = replace(methods, classical={**methods.classical, "failing": failing})
    monkeypatch.setattr(package, "application", replace(package.application, methods=methods))
    return miniature


def test_a_method_that_fails_leaves_the_others_standing(three: str) -> None:
    report = pippin.compare(three, train_size=12, rate=3.0)
    assert set(report.payload["methods"]) == {"deep", "most-frequent"}
    assert report.payload["failed"] == ["failing: This method wants more memory."]
    assert "12 examples to learn from, 18 to score on; deep leads." in report.summary
    drawn = pippin.curve(three, train_sizes="6,12", seeds=1).payload
    assert set(drawn["methods"]) == {"deep", "most-frequent"}


def test_processes_answer_as_one_does(miniature: str) -> None:
    def scores(workers: int) -> Any:
        methods = pippin.compare(miniature, seeds=2, workers=workers).payload["methods"]
        return {method: (summary["scores"], summary["per_seed"]) for method, summary in methods.items()}

    assert scores(2) == scores(1)


def test_the_curve_has_a_point_for_every_size(miniature: str) -> None:
    drawn = pippin.curve(miniature, seeds=2).payload
    assert drawn["sizes"] == [2, 5, 10, 21, 42]
    assert [point["examples"] for point in drawn["methods"]["deep"]] == drawn["sizes"]
    assert all(len(point["per_seed"]) == 2 for point in drawn["methods"]["most-frequent"])
    assert drawn["leads"]["42"] == "deep"
    assert pippin.curve(miniature, train_sizes="9, 99,9", seeds=1).payload["sizes"] == [9, 42]


@pytest.mark.parametrize(
    ("verb", "options", "sentence"),
    [
        ("compare", {"seeds": 0}, "--seeds must be 1 or more, not 0"),
        ("compare", {"train_size": 0}, "--train-size must be 1 or more, not 0"),
        ("compare", {"threads": 0}, "--threads must be 1 or more, not 0"),
        ("compare", {"workers": 0}, "--workers must be 1 or more, not 0"),
        ("compare", {"data": "/no/such"}, "Cannot read /no/such"),
        ("curve", {"seeds": 0}, "--seeds must be 1 or more, not 0"),
        ("curve", {"train_sizes": "many"}, "write for example 10,30,all"),
        ("curve", {"train_sizes": "0,-1"}, "at least one size above zero"),
    ],
)
def test_bad_options_are_one_sentence(miniature: str, verb: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PippinError, match=sentence):
        getattr(pippin, verb)(miniature, **options)


def test_nothing_to_score_on_is_told(miniature: str, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("aaa\tearly\nzzz\tlate\n")
    for verb in (pippin.compare, pippin.curve):
        with pytest.raises(PippinError, match=r"words\.txt has no examples to score on"):
            verb(miniature, str(words))
    assert pippin.train(miniature, str(words), threads=1).payload["scores"] == {}


def test_the_mean_over_seeds_keeps_the_width() -> None:
    assert mean([Score(0.5, 0.4, 0.6), Score(0.7, 0.6, 0.8)]) == pytest.approx((0.6, 0.5, 0.7))


def test_verdicts_need_intervals_apart() -> None:
    def summary(value: float) -> dict[str, Any]:
        return {"scores": {"accuracy": {"value": value, "low": value - 0.05, "high": value + 0.05}}}

    app = package.application
    assert verdict(app, {"deep": summary(0.5), "old": summary(0.9)}) == "old leads."
    assert verdict(app, {"deep": summary(0.85), "old": summary(0.9)}).endswith("their intervals overlap.")
    assert verdict(app, {"deep": summary(0.9), "old": summary(0.9)}) == "deep and old score the same."
    assert verdict(app, {"deep": summary(0.9)}) == "nothing to compare with."
    errors = replace(app, scoring=replace(app.scoring, lower_is_better=True))
    assert verdict(errors, {"deep": summary(0.5), "old": summary(0.9)}) == "deep leads."


def test_a_lazy_function_is_named_after_what_it_calls() -> None:
    lazy = Ref("miniature.commands:spell_out")
    assert (lazy.name, repr(lazy)) == ("spell-out", "Ref('miniature.commands:spell_out')")
