"""`curve`: deep and classical over growing data: who leads where, and what it costs."""

from __future__ import annotations

from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.job import Job, Result, execute
from pippin.core.learner import Score
from pippin.core.report import Report, Table, duration
from pippin.core.run import Budget
from pippin.core.workspace import Workspace
from pippin.engines import engine
from pippin.verbs import ready
from pippin.verbs.compare import mean


def curve(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means the built-in sample"] = None,
    *,
    sizes: Annotated[str, "training examples to try, as in 10,30,100 (default: doubling up to all)"] = "",
    budget: Annotated[str | None, "time each training may spend: 90s, 5m"] = None,
    methods: Annotated[str, "only these methods, as in 'a, b' (default: all)"] = "",
    seeds: Annotated[int, "repetitions, each with its own examples"] = 3,
    workers: Annotated[int, "processes to share the work"] = 1,
    threads: Annotated[int, "processor threads for each"] = 1,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Train every method on growing parts of the data, the same parts for all, and tabulate score and cost."""
    app = ready.get(application)
    app.refuse_without("curve")
    ready.at_least_one(seeds=seeds, threads=threads)
    settings = app.settings(config)
    chosen = app.methods(config, methods)
    source = str(data) if data is not None else None
    whole = app.data(source, settings)
    points = _sizes(sizes, len(whole.train) + len(whole.val))
    jobs = [
        Job(app.reference, source, method, settings, seed, Budget.of(budget), count, threads)
        for count in points
        for method in chosen
        for seed in range(seeds)
    ]
    found: dict[tuple[str, int], list[Result]] = {}
    for job, result in zip(jobs, engine(workers)(execute, jobs), strict=True):
        if result.error and job.method == chosen[0]:
            raise PippinError(result.error, input=data)
        if not (result.error or result.scores):
            raise PippinError(f"{result.data['name']} has no examples to score on; give more.", input=data)
        if not result.error:
            found.setdefault((job.method, job.take or 0), []).append(result)
    cells = {key: _point(app, results) for key, results in found.items()}
    drawn = list(dict.fromkeys(method for method, _ in cells))
    rows = tuple(
        (
            count,
            *(Score(**cells[method, count]["score"]) if (method, count) in cells else None for method in drawn),
        )
        for count in points
    )
    costs = tuple(
        (
            count,
            *(duration(cells[method, count]["cpu_seconds"]) if (method, count) in cells else None for method in drawn),
        )
        for count in points
    )
    leaders = {
        count: _leader(app, {method: cells[method, count]["score"] for method in drawn if (method, count) in cells})
        for count in points
    }
    return Report(
        title=f"{app.name}: {app.metric} over growing data",
        summary=f"{seeds} seed{'s' * (seeds > 1)}, the same examples for every method; "
        f"at {points[-1]} examples {leaders[points[-1]]} leads.",
        tables=(
            Table(("examples", *drawn), rows, app.metric),
            Table(("examples", *drawn), costs, "CPU time to learn"),
        ),
        payload={
            "application": app.name,
            "metric": app.metric,
            "sizes": points,
            "methods": {
                method: [{"examples": count, **cells[method, count]} for count in points if (method, count) in cells]
                for method in drawn
            },
            "leads": {str(count): leader for count, leader in leaders.items()},
        },
        next=f"pippin {app.name} train {data or ''}".strip(),
    )


def _sizes(text: str, available: int) -> list[int]:
    try:
        asked = [int(part) for part in text.split(",") if part.strip()]
    except ValueError as problem:
        raise PippinError(f"{text!r} are not sizes; write for example 10,30,100.", input=text) from problem
    if not asked:
        asked = [available // 2**halvings for halvings in range(4, -1, -1)]
    points = sorted({min(count, available) for count in asked if count > 0})
    if not points:
        raise PippinError("Give at least one size above zero.", input=text)
    return points


def _point(app: Application, results: list[Result]) -> dict[str, Any]:
    score = mean([result.scores[app.metric] for result in results])
    return {
        "score": ready.scores({app.metric: score})[app.metric],
        "per_seed": [result.scores[app.metric].value for result in results],
        "cpu_seconds": sum(result.seconds["cpu"] for result in results) / len(results),
    }


def _leader(app: Application, scores: dict[str, dict[str, float]]) -> str:
    best = min if app.lower_is_better else max
    return best(scores, key=lambda method: scores[method]["value"])
