"""`compare`: deep against classical on the same split: score, time and size, over several seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.dataset_cache import load_cached
from pippin.core.errors import PippinError
from pippin.core.execution import describe_data, execute
from pippin.core.job import Job
from pippin.core.progress_bar import track
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import duration, format_bytes
from pippin.core.report.report import Report
from pippin.core.run import Budget
from pippin.core.shell_words import write_command
from pippin.core.values import Score
from pippin.core.workspace import Workspace
from pippin.engines import engine as choose_engine
from pippin.engines.shipping import ship as send_along
from pippin.verbs.arguments import require_positive, require_train_size, write_scores
from pippin.verbs.compare_frameworks import framework_jobs, report_frameworks
from pippin.verbs.measuring import (
    Address,
    Cache,
    EngineName,
    Ship,
    Workers,
    absolute,
    collect,
    forget,
    measurements,
)
from pippin.verbs.opening import open_context
from pippin.verbs.python_data import find_source

Outcome = Mapping[str, Any]  # of a job (see verbs/measuring.py)


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
    cache: Cache = True,
    workers: Workers = None,
    engine: EngineName = None,
    address: Address = None,
    ship: Ship = False,
    threads: Annotated[int, "processor threads for each"] = 1,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Train all methods on the same data and rank their scores.

    All are scored on the same held-out examples. Results are stored as they come: an interrupted comparison goes on
    with those that are missing.
    """
    context = open_context(application, workspace)
    app = context.application
    app.require_verb("compare")
    require_positive(seeds=seeds, threads=threads)
    require_train_size(app, train_size)
    settings = app.fill_settings(config)
    chosen = [*app.select_methods(app.read_settings(config), methods), *app.check_estimators(method)]
    run = choose_engine(workers, engine, address)
    source = absolute(find_source(app, context.workspace, data))
    settings = app.method_settings(settings)
    whole = load_cached(app, source, settings)
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
        measured = list(track(run(execute, jobs), len(jobs), f"{app.name} compares", many=2))
        return report_frameworks(app, measured, seeds)
    asked = measurements(app, whole.fingerprint(), jobs, "compare")
    if not cache:
        forget(asked)
    parcel = send_along(run, source) if ship else None
    results = collect(run, asked, f"{app.name} compares", parcel=parcel)
    by_method: dict[str, list[Outcome]] = {}
    for job, result in zip(jobs, results, strict=True):
        by_method.setdefault(job.name, []).append(result)
    good = {method: [r for r in found if "error" not in r] for method, found in by_method.items()}
    main = jobs[0].name
    if not good[main]:
        raise PippinError(by_method[main][0]["error"], input=data)
    first = good[main][0]
    if not first["scores"]:
        raise PippinError(f"{whole.name} has no examples to score on; give more of them.", input=data)
    app = app.with_metric(whole.metric)
    failed = [f"{method}: {_problem(found)}" for method, found in by_method.items() if _problem(found)]
    summaries = {method: _summary(found, app.scoring.metric) for method, found in good.items() if found}
    used = whole if train_size is None else whole.subsample(train_size)
    described = {**describe_data(used, [], used.amount), **first["data"], "train": len(used.train) + len(used.val)}
    before = sum("before" in result for result in results)
    notes = [f"{before} of {len(results)} results were measured before; --no-cache measures them again."] * (before > 0)
    return Report(
        title=f"{app.name}: deep against classical on {whole.name}",
        summary=f"{described['amount']:,} {app.data.unit} to learn from, {described['examples']} to score on; "
        + verdict(app, summaries),
        tables=(
            Table(
                ("method", app.scoring.metric, "training CPU", "per answer", "size"),
                tuple(_row(m, s, app.scoring.metric) for m, s in summaries.items()),
            ),
        ),
        figures=_figures(app, summaries),
        notes=(*whole.notes, *first["notes"], *failed, *notes, *app.methods.describe(summaries)),
        payload={
            "application": app.name,
            "data": described,
            "metric": app.scoring.metric,
            "methods": summaries,
            "failed": failed,
            "remembered": before,
        },
        next=write_command(app, "curve", source, settings),
    )


def _problem(found: Sequence[Outcome]) -> str:
    """Return the first error of a method's results, "" where there is none."""
    return next((str(one["error"]) for one in found if "error" in one), "")


def mean(scores: Sequence[Score]) -> Score:
    """Return the mean of scores over seeds.

    Its interval is the mean of theirs: the test examples are the same, so more seeds do not shrink it.
    """
    return Score(*(fmean(values) for values in zip(*scores, strict=True)))


def _summary(results: Sequence[Outcome], metric: str) -> dict[str, Any]:
    scores = [{name: Score(*score) for name, score in result["scores"].items()} for result in results]
    averaged = {name: mean([one[name] for one in scores]) for name in scores[0]}
    examples = max(1, results[0]["data"]["examples"])
    return {
        "scores": write_scores(averaged),
        "per_seed": [one[metric].value for one in scores],
        "cpu_seconds": fmean(result["cpu"] for result in results),
        "predict_cpu_seconds": fmean(result["predict_cpu"] for result in results) / examples,
        "bytes": results[0]["bytes"],
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
