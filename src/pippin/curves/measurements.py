"""The points of a curve: each measured once, kept as soon as it is, and left out where it would cost too much."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from pippin import learn
from pippin._version import __version__
from pippin.core.application import Application
from pippin.core.execution import execute
from pippin.core.files import read_json, write_json
from pippin.core.job import Job
from pippin.core.values import Score
from pippin.core.workspace import cache
from pippin.learn.metrics import student_t

TWO_SIDED = 1.96  # standard errors to either side of a 95 % interval


@dataclass(frozen=True)
class Point:
    """One job of a curve, the file its outcome is kept in, and those of the smaller jobs of its method and seed."""

    job: Job
    file: str
    smaller: tuple[str, ...] = ()


def hash_code(*folders: Path) -> str:
    """Return the SHA-256 of all Python files below the folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def points(app: Application, fingerprint: str, jobs: Sequence[Job]) -> list[Point]:
    """Return the jobs, smallest first, as points that know their predecessors.

    Other data or code make other points.
    """
    version = f"{__version__} {fingerprint} {hash_code(app.folder, Path(learn.__file__).parent)}"
    made: dict[tuple[str, int], list[str]] = {}
    found = []
    for job in jobs:
        own = Path(job.method.rpartition(":")[0])  # the file of an estimator: changed, it makes other points
        code = hashlib.sha256(own.read_bytes()).hexdigest() if job.method != job.name else ""
        plain = {**asdict(replace(job, data=None)), "version": version, "code": code}
        facts = json.dumps(plain, sort_keys=True, default=str)
        file = str(cache("curve") / f"{hashlib.sha256(facts.encode()).hexdigest()[:32]}.json")
        smaller = made.setdefault((job.method, job.seed), [])
        found.append(Point(job, file, tuple(smaller)))
        smaller.append(file)
    return found


def measure(point: Point) -> dict[str, Any]:
    """Return the outcome of a point, from its file if it was measured before.

    `skipped` says why one was not measured.
    """
    if Path(point.file).exists():
        return {**read_json(Path(point.file)), "before": True}
    if why := _too_dear(point):
        return {"skipped": why}
    result = execute(point.job)
    if result.stopped:
        raise KeyboardInterrupt
    if result.error:
        return {"error": result.error}
    outcome = {
        "size": point.job.train_size,
        "scores": _lists(result.scores),
        "marks": {str(mark): {"scores": _lists(scores), "cpu": cpu} for mark, (scores, cpu) in result.marks.items()},
        "cpu": result.seconds["cpu"],
        "limited": result.limited,
        "data": {"name": result.data["name"], "examples": result.data["examples"], "train": result.data["amount"]},
    }
    write_json(Path(point.file), outcome)
    return outcome


def _lists(scores: Mapping[str, Score]) -> dict[str, list[float]]:
    return {name: list(score) for name, score in scores.items()}


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
