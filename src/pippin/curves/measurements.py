"""The points of a curve: each measured once, and left out where it would cost too much."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from pippin.core.application import Application
from pippin.core.files import read_json
from pippin.core.job import Job
from pippin.core.values import Score
from pippin.learn.metrics import student_t
from pippin.verbs.measuring import Measurement, measurements

TWO_SIDED = 1.96  # standard errors to either side of a 95 % interval


@dataclass(frozen=True)
class Point(Measurement):
    """One job of a curve, with the files of the smaller jobs of its method and seed."""

    smaller: tuple[str, ...] = ()


def points(app: Application, fingerprint: str, jobs: Sequence[Job]) -> list[Point]:
    """Return the jobs, smallest first, as points that know their predecessors.

    Other data or code make other points.
    """
    made: dict[tuple[str, int], list[str]] = {}
    found = []
    for one in measurements(app, fingerprint, jobs, "curve"):
        smaller = made.setdefault((one.job.method, one.job.seed), [])
        found.append(Point(one.job, one.file, tuple(smaller)))
        smaller.append(one.file)
    return found


def skip_costly(point: Point) -> dict[str, Any] | None:
    """Return the outcome of a point that would exceed its limit: `skipped` says why."""
    why = _too_dear(point)
    return {"skipped": why} if why else None


def by_mark(
    found: Sequence[Point], outcomes: Sequence[Mapping[str, Any]]
) -> tuple[list[Point], list[Mapping[str, Any]]]:
    """Split each run scored on the way into one point per number of frames.

    A method that has no use for experience counts with the same score at all of them.
    """
    points: list[Point] = []
    parts: list[Mapping[str, Any]] = []
    for point, outcome in zip(found, outcomes, strict=True):
        made, marks = outcome.get("marks") or {}, point.job.marks
        for mark in marks:
            # What was scored in the end stands for the last mark, which a whole number of rounds need not hit.
            reached = str(mark) in made or not made or mark == marks[-1]
            if outcome.get("limited") and str(mark) not in made:
                reached = False
            if reached:
                own = {**outcome, **made.get(str(mark), {}), "size": mark, "limited": False}
                if "data" in outcome:
                    own["data"] = {**outcome["data"], "train": mark}
                points.append(replace(point, job=replace(point.job, train_size=mark, marks=())))
                parts.append(own)
            elif mark == marks[-1]:
                points.append(replace(point, job=replace(point.job, train_size=mark, marks=())))
                parts.append({"skipped": f"reached the limit of {(point.job.cpu_limit or 0) / 60:g} CPU minutes"})
    return points, parts


def _too_dear(point: Point) -> str | None:
    """Return why this point would exceed its limit, judged by how the cost grew so far (at least in proportion)."""
    before = [read_json(Path(file)) for file in point.smaller if Path(file).exists()]
    if point.job.cpu_limit is None or not before or not point.job.train_size:
        return None
    last = before[-1]
    if last["limited"]:
        return f"reached the limit of {point.job.cpu_limit / 60:g} CPU minutes at {last['size']:,} examples"
    power = 1.0
    if len(before) > 1 and last["size"] > before[-2]["size"]:
        grown = math.log(max(last["cpu"], 1e-3) / max(before[-2]["cpu"], 1e-3))
        power = min(3.0, max(1.0, grown / math.log(last["size"] / before[-2]["size"])))
    expected = last["cpu"] * (point.job.train_size / last["size"]) ** power
    if expected <= point.job.cpu_limit:
        return None
    return f"would take about {expected / 60:.0f} CPU minutes at {point.job.train_size:,} examples"


def cell(outcomes: Sequence[Mapping[str, Any]], metric: str) -> dict[str, Any]:
    """Combine several seeds of one point: mean score, its interval and standard error, and cost.

    The 95 % interval joins two independent sources of variance: which examples were drawn to learn from
    (Student's t over seeds) and which to score on (the mean of the seeds' own intervals, since all score on the same).
    """
    scores = [Score(*outcome["scores"][metric]) for outcome in outcomes]
    value = fmean(score.value for score in scores)
    drawn = 0.0
    if len(scores) > 1:
        variance = sum((score.value - value) ** 2 for score in scores) / (len(scores) - 1)
        drawn = student_t(len(scores) - 1) * math.sqrt(variance / len(scores))
    below, above = fmean(s.value - s.low for s in scores), fmean(s.high - s.value for s in scores)
    low, high = value - math.hypot(below, drawn), value + math.hypot(above, drawn)
    error = (high - low) / 2 / TWO_SIDED
    if all(score.low >= 0 and score.high <= 1 for score in scores):  # shares, which know no more than all
        low, high = max(low, 0.0), min(high, 1.0)
    return {
        "score": {"value": value, "low": low, "high": high},
        "error": error,
        "per_seed": [score.value for score in scores],
        "cpu_seconds": fmean(outcome["cpu"] for outcome in outcomes),
        "limited": any(outcome["limited"] for outcome in outcomes),
    }
