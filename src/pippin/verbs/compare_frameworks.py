"""`compare --frameworks`: one network learning in PyTorch and in TensorFlow, and answering in each runtime."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Any

from pippin.core.application import Application
from pippin.core.dataset_cache import load_cached
from pippin.core.errors import PippinError
from pippin.core.job import Job, Result
from pippin.core.learner import load_learner
from pippin.core.report.cells import Table
from pippin.core.report.formatting import duration, format_bytes
from pippin.core.report.report import Report
from pippin.core.values import Score
from pippin.verbs.arguments import write_scores
from pippin.verbs.frameworks import TITLES, choose_framework
from pippin.verbs.predict import RUNTIMES

MAX_ANSWERS = 50  # that are timed in each runtime


def framework_jobs(app: Application, job: Job, seeds: int) -> list[Job]:
    """Return a job for each framework and seed; PippinError where the application cannot learn in both."""
    frameworks = [choose_framework(app, name) for name in ("pytorch", "tensorflow")]
    return [replace(job, framework=name, seed=seed) for name in frameworks for seed in range(seeds)]


def report_frameworks(app: Application, results: Sequence[Result], seeds: int) -> Report:
    """Return scores, seconds a step and memory of each framework, and what an answer costs in each runtime."""
    failed = next((result for result in results if result.error), None)
    if failed is not None:
        raise PippinError(f"{TITLES[failed.job.framework]}: {failed.error}", input=failed.job.data)
    first = results[0]
    if not first.scores:
        raise PippinError(f"{first.data['name']} has no examples to score on; give more of them.")
    app = app.with_metric(first.metric)
    groups = {name: [one for one in results if one.job.framework == name] for name in ("pytorch", "tensorflow")}
    summaries = {name: _summary(found, app.scoring.metric) for name, found in groups.items()}
    runtimes = _measure_runtimes(app, first)
    metric = app.scoring.metric
    return Report(
        title=f"{app.name}: PyTorch and TensorFlow on {first.data['name']}",
        summary=_verdict(summaries, metric, seeds),
        tables=(
            Table(
                ("learning in", metric, "seconds a step", "memory", "training CPU", "size"),
                tuple(_row(TITLES[name], one, metric) for name, one in summaries.items()),
            ),
            Table(
                ("answering in", "seconds an answer", "memory", "largest difference"),
                tuple(
                    (RUNTIMES[name], f"{one['seconds']:.4f}", format_bytes(one["bytes"]), f"{one['difference']:.1e}")
                    for name, one in runtimes.items()
                ),
            ),
        ),
        notes=first.notes,
        payload={
            "application": app.name,
            "data": first.data,
            "metric": metric,
            "seeds": seeds,
            "frameworks": summaries,
            "runtimes": runtimes,
        },
        next=f"pippin {app.name} train DATA --framework tensorflow",
    )


def _summary(results: Sequence[Result], metric: str) -> dict[str, Any]:
    names = results[0].scores
    averaged = {
        name: Score(*(fmean(part) for part in zip(*(one.scores[name] for one in results), strict=True)))
        for name in names
    }
    return {
        "scores": write_scores(averaged),
        "per_seed": [one.scores[metric].value for one in results],
        "step_seconds": median(one.measures.get("step_seconds", 0.0) for one in results),
        "peak_bytes": max(int(one.measures.get("peak_bytes", 0)) for one in results),
        "cpu_seconds": fmean(one.seconds["cpu"] for one in results),
        "bytes": results[0].size,
    }


def _row(title: str, summary: Mapping[str, Any], metric: str) -> tuple[object, ...]:
    return (
        title,
        Score(**summary["scores"][metric]),
        f"{summary['step_seconds']:.4f}",
        format_bytes(summary["peak_bytes"]),
        duration(summary["cpu_seconds"]),
        format_bytes(summary["bytes"]),
    )


def _verdict(summaries: Mapping[str, Mapping[str, Any]], metric: str, seeds: int) -> str:
    one, other = (summaries[name]["scores"][metric] for name in ("pytorch", "tensorflow"))
    apart = one["high"] < other["low"] or other["high"] < one["low"]
    sentence = "Their scores' intervals do not overlap" if apart else "Their scores' intervals overlap"
    return f"{sentence}; {seeds} seed{'s' if seeds > 1 else ''}, the same initial weights and order of examples."


def _measure_runtimes(app: Application, result: Result) -> dict[str, dict[str, Any]]:
    """Return seconds an answer, memory and the largest difference of probabilities, by runtime."""
    from pippin.learn.keras_graph.client import shared_worker
    from pippin.learn.nn.runtimes import peak_memory, use_runtime

    learner = app.make_learner({**result.job.config, **result.settings})
    load_learner(learner, result.saved)
    data = load_cached(app, result.job.data, result.job.config)
    inputs = [example.input for example in data.test[:MAX_ANSWERS]]
    found: dict[str, dict[str, Any]] = {}
    wanted: list[float] = []
    for runtime in RUNTIMES:
        with use_runtime(runtime):
            list(learner.predict(inputs[:1]))
            began = time.perf_counter()
            numbers = [one.confidence or 0.0 for one in learner.predict(inputs)]
            seconds = (time.perf_counter() - began) / max(1, len(inputs))
        wanted = wanted or numbers
        difference = max((abs(a - b) for a, b in zip(numbers, wanted, strict=True)), default=0.0)
        memory = peak_memory() if runtime == "onnx" else shared_worker("This").call("memory")[0]["peak_bytes"]
        found[runtime] = {"seconds": seconds, "bytes": memory, "difference": difference, "answers": len(inputs)}
    return found
