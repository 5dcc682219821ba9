"""`compare`: deep against classical on the same split: score, time and size, over several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.execution import execute
from pippin.core.job import Job, Result
from pippin.core.progress_bar import track
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import duration, format_bytes
from pippin.core.report.report import Report
from pippin.core.run import Budget
from pippin.core.shell_words import write_command
from pippin.core.values import Score
from pippin.core.workspace import Workspace
from pippin.engines import engine
from pippin.verbs.arguments import require_positive, write_scores
from pippin.verbs.compare_frameworks import framework_jobs, report_frameworks
from pippin.verbs.opening import open_context
from pippin.verbs.python_data import find_source


def compare(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means the built-in sample"] = None,
    *,
    budget: Annotated[str | None, "time each method may spend: 90s, 5m"] = None,
    train_size: Annotated[int | None, "use only so many training examples"] = None,
    methods: Annotated[str, "only these methods, as in 'a, b' (default: all)"] = "",
    method: Annotated[str, "FILE.py:function returning a scikit-learn estimator, which takes part"] = "",
    frameworks: Annotated[bool, "the network alone, learning in PyTorch and in TensorFlow"] = False,
    seeds: Annotated[int, "repetitions, each with its own seed"] = 1,
    workers: Annotated[int, "processes to share the work"] = 1,
    threads: Annotated[int, "processor threads for each"] = 1,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Train all methods on the same data and rank their scores.

    All are scored on the same held-out examples.
    """
    context = open_context(application, workspace)
    app = context.application
    app.require_verb("compare")
    require_positive(seeds=seeds, train_size=train_size, threads=threads)
    settings = app.fill_settings(config)
    if train_size is not None and app.data.amount == "experience":
        raise PippinError(
            f"{app.name} has no examples to take; --total-frames says how much it plays.", input=train_size
        )
    chosen = [*app.select_methods(app.read_settings(config), methods), *app.check_estimators(method)]
    source = find_source(app, context.workspace, data)
    jobs = [
        Job(
            app.reference,
            source,
            method,
            settings,
            seed=seed,
            budget=Budget.of(budget),
            train_size=train_size,
            threads=threads,
            keep=True,
        )
        for method in chosen
        for seed in range(seeds)
    ]
    if frameworks:
        jobs = framework_jobs(app, replace(jobs[0], method="deep"), seeds)
    results = list(track(engine(workers)(execute, jobs), len(jobs), f"{app.name} compares", many=2))
    if frameworks:
        return report_frameworks(app, results, seeds)
    by_method: dict[str, list[Result]] = {}
    for result in results:
        by_method.setdefault(result.job.name, []).append(result)
    good = {method: [r for r in found if not r.error] for method, found in by_method.items()}
    main = results[0].job.name
    if not good[main]:
        raise PippinError(by_method[main][0].error or "no result", input=data)
    first = good[main][0]
    if not first.scores:
        raise PippinError(f"{first.data['name']} has no examples to score on; give more of them.", input=data)
    app = app.with_metric(first.metric)
    notes = [f"{method}: {found[0].error}" for method, found in by_method.items() if found[0].error]
    summaries = {method: _summary(found, app.scoring.metric) for method, found in good.items() if found}
    return Report(
        title=f"{app.name}: deep against classical on {first.data['name']}",
        summary=f"{first.data['amount']:,} {app.data.unit} to learn from, {first.data['examples']} to score on; "
        + verdict(app, summaries),
        tables=(
            Table(
                ("method", app.scoring.metric, "training CPU", "per answer", "size"),
                tuple(_row(m, s, app.scoring.metric) for m, s in summaries.items()),
            ),
        ),
        figures=_figures(app, summaries),
        notes=(*first.notes, *notes),
        payload={
            "application": app.name,
            "data": first.data,
            "metric": app.scoring.metric,
            "methods": summaries,
            "failed": notes,
        },
        next=write_command(app, "curve", first.job.data, settings),
    )


def mean(scores: Sequence[Score]) -> Score:
    """Return the mean of scores over seeds.

    Its interval is the mean of theirs: the test examples are the same, so more seeds do not shrink it.
    """
    return Score(*(fmean(values) for values in zip(*scores, strict=True)))


def _summary(results: list[Result], metric: str) -> dict[str, Any]:
    averaged = {name: mean([result.scores[name] for result in results]) for name in results[0].scores}
    examples = max(1, results[0].data["examples"])
    return {
        "scores": write_scores(averaged),
        "per_seed": [result.scores[metric].value for result in results],
        "cpu_seconds": fmean(result.seconds["cpu"] for result in results),
        "predict_cpu_seconds": fmean(result.seconds["predict_cpu"] for result in results) / examples,
        "bytes": results[0].size,
    }


def _figures(app: Application, summaries: dict[str, dict[str, Any]]) -> tuple[Figure, ...]:
    """Return scores and costs as bars."""
    from pippin.learn.plots.bar_chart import Bar, bars

    def figure(title: str, axis: str, caption: str, rows: list[Bar]) -> Figure:
        return Figure(title, bars(rows, axis), "image/svg+xml", caption)

    scores = [Bar(name, *_score(found, app.scoring.metric)) for name, found in summaries.items()]
    costs = [Bar(name, found["cpu_seconds"]) for name, found in summaries.items()]
    better = "lower" if app.scoring.lower_is_better else "higher"
    return (
        figure(
            f"{app.scoring.metric} of each method",
            app.scoring.metric,
            f"Thin lines: 95 % intervals; {better} is better.",
            scores,
        ),
        figure("Time to learn", "CPU seconds to learn", "What a training of each method took.", costs),
    )


def _score(summary: dict[str, Any], metric: str) -> Score:
    return Score(**summary["scores"][metric])


def _row(method: str, summary: dict[str, Any], metric: str) -> tuple[object, ...]:
    return (
        method,
        _score(summary, metric),
        duration(summary["cpu_seconds"]),
        duration(summary["predict_cpu_seconds"]),
        format_bytes(summary["bytes"]),
    )


def verdict(app: Application, summaries: dict[str, dict[str, Any]]) -> str:
    """Say which method leads, or that the intervals overlap."""
    ranked = sorted(
        summaries,
        key=lambda method: summaries[method]["scores"][app.scoring.metric]["value"],
        reverse=not app.scoring.lower_is_better,
    )
    if len(ranked) < 2:
        return "nothing to compare with."
    first, second = (summaries[method]["scores"][app.scoring.metric] for method in ranked[:2])
    if first["value"] == second["value"]:
        return f"{ranked[0]} and {ranked[1]} score the same."
    apart = first["high"] < second["low"] or second["high"] < first["low"]
    return f"{ranked[0]} leads." if apart else f"{ranked[0]} is ahead of {ranked[1]}, but their intervals overlap."
