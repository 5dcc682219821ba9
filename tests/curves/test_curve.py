"""The curve: paired points that are kept, costs, limits, what grows, what is said, and its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import pippin
from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.curves import measurements
from pippin.curves.findings import crossings, describe_crossing, forecasts
from pippin.verbs import measuring

WAYS = ("deep", "most-frequent")


def points(name: str, **options: Any) -> dict[str, Any]:
    """What a curve of two sizes found out."""
    return dict(pippin.curve(name, **{"train_sizes": "12,30", "seeds": 2, **options}).payload)


@pytest.mark.slow
def test_points_are_kept_and_a_curve_cut_off_goes_on(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = points(miniature)
    assert whole["remembered"] == 0
    again = points(miniature)
    assert again["remembered"] == 8
    assert {way: [p["score"] for p in again["methods"][way]] for way in WAYS} == {
        way: [p["score"] for p in whole["methods"][way]] for way in WAYS
    }
    assert points(miniature, seeds=3)["remembered"] == 8, "a third seed adds its points"
    assert points(miniature, rate=0.5)["remembered"] == 0, "other settings are other points"
    assert points(miniature, cache=False)["remembered"] == 0
    done: list[Any] = []
    real = measuring.execute

    def dies(job: Any) -> Any:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(job)
        return real(job)

    monkeypatch.setattr(measuring, "execute", dies)
    with pytest.raises(KeyboardInterrupt):
        points(miniature, rate=0.7)
    monkeypatch.setattr(measuring, "execute", real)
    assert points(miniature, rate=0.7)["remembered"] == 3


def test_methods_see_the_same_examples(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Any] = []
    real = measuring.execute
    monkeypatch.setattr(measuring, "execute", lambda job: jobs.append(job) or real(job))
    points(miniature)
    by_way = {way: [(job.train_size, job.seed) for job in jobs if job.method == way] for way in WAYS}
    assert by_way["deep"] == by_way["most-frequent"]
    assert {job.cpu_limit for job in jobs} == {900.0}


def test_a_method_over_its_limit_stops_there_and_the_report_says_so(miniature: str) -> None:
    app = registry.get(miniature)
    jobs = [
        measurements.Job(app.reference, None, "deep", {}, train_size=take, cpu_limit=60.0)
        for take in (100, 1000, 10000, 100000)
    ]
    found = measurements.points(app, "data", jobs)
    outcome = {"scores": {"accuracy": [0.5, 0.4, 0.6]}, "limited": False, "data": {}}
    for point, cost in zip(found[:2], (0.5, 8.0), strict=True):
        Path(point.file).parent.mkdir(parents=True, exist_ok=True)
        Path(point.file).write_text(json.dumps({**outcome, "size": point.job.train_size, "cpu": cost}))
    assert found[0].stored
    assert found[0].stored["before"]
    assert measurements.skip_costly(found[1]) is None
    assert "would take about" in str(measurements.skip_costly(found[2]))
    Path(found[1].file).write_text(json.dumps({**outcome, "size": 1000, "cpu": 60.5, "limited": True}))
    assert measurements.skip_costly(found[2]) == {"skipped": "reached the limit of 1 CPU minutes at 1,000 examples"}


def test_time_may_grow_instead_of_data(miniature: str) -> None:
    told = points(miniature, grow="time", budgets="0.2s,0.4s", train_sizes="", seeds=1)
    assert [len(told["methods"][way]) for way in WAYS] == [2, 1], "what takes the time it takes has one point"
    assert told["forecasts"] == told["crossings"] == {}
    with pytest.raises(PippinError, match="--grow must be data or time, not 'money'"):
        points(miniature, grow="money")


def test_its_files_are_plots_in_two_forms_and_the_numbers(miniature: str, tmp_path: Path) -> None:
    report = pippin.curve(miniature, train_sizes="8,16,30", seeds=1, out=tmp_path / "plots")
    names = sorted(Path(file).suffix for file in report.payload["files"])
    assert names == [".json", ".png", ".png", ".svg", ".svg"]
    told = json.loads((tmp_path / "plots" / "curve.json").read_text())
    assert told["methods"] == report.payload["methods"]
    assert len(report.figures) == 2


def test_a_share_has_no_interval_beyond_all_of_it() -> None:
    outcomes = [{"scores": {"accuracy": [value, value - 0.02, 1.0]}, "cpu": 1, "limited": False} for value in (0.97, 1)]
    found = measurements.cell(outcomes, "accuracy")
    assert found["score"]["high"] == 1
    assert found["error"] > 0.05, "the standard error knows no such bound"


def make_cells(values: list[float], sizes: tuple[int, ...] = (100, 1000, 5000, 10000)) -> list[dict[str, Any]]:
    """Points of such scores."""
    return [
        {"examples": size, "score": {"value": value}, "error": 0.005, "cpu_seconds": 1.0}
        for size, value in zip(sizes, values, strict=True)
    ]


def test_what_is_said_is_what_was_measured(miniature: str) -> None:
    app = registry.get(miniature)
    cells = {"deep": make_cells([0.3, 0.5, 0.7, 0.8]), "most-frequent": make_cells([0.4, 0.5, 0.55, 0.6])}
    found = crossings(app, cells)["deep"]
    assert found["kind"] == "crosses"
    assert "overtakes the best classical method between" in describe_crossing("deep", found)
    worse = crossings(app, {"deep": make_cells([0.2, 0.3, 0.4, 0.5]), "most-frequent": cells["most-frequent"]})["deep"]
    assert describe_crossing("deep", worse).endswith("there is no crossing.")
    assert "stays behind" in describe_crossing("deep", worse)
    check = forecasts(app, cells)["deep"]["check"]
    assert (check["from"], check["examples"]) == (5000, 10000)
    assert abs(check["forecast"] - 0.8) < 0.1
    assert not forecasts(app, {"deep": make_cells([0.1, 0.2], (10, 20))}), "two sizes make no law"


def test_a_network_beside_the_others_is_no_classical_rival() -> None:
    app = registry.get("recognize")
    names = ("self-supervised", "same network with labels", "pixel components")
    scores = {"self-supervised": 0.5, "same network with labels": 0.9, "pixel components": 0.3}
    cells: Any = {
        name: [{"examples": n, "score": {"value": scores[name]}, "error": 0.01} for n in (10, 20, 40)] for name in names
    }
    found = crossings(app, cells)
    assert set(found) == {"self-supervised", "same network with labels"}
    assert {one["kind"] for one in found.values()} == {"leads"}
