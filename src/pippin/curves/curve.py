"""`curve`: deep and classical over growing data or time: who leads where, what it costs, what more would bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.data import Dataset
from pippin.core.dataset_cache import load_cached
from pippin.core.errors import PippinError
from pippin.core.job import Job
from pippin.core.report.cells import Figure, Table
from pippin.core.report.formatting import duration, pluralize
from pippin.core.report.report import Report
from pippin.core.run import Budget
from pippin.core.values import Score
from pippin.core.workspace import Workspace
from pippin.curves.figures import drawings, growth, written
from pippin.curves.findings import Cells, crossings, describe_crossing, forecasts, leaders, promised
from pippin.curves.measurements import TWO_SIDED, Point, by_mark, cell, points, skip_costly
from pippin.engines import engine as choose_engine
from pippin.engines.shipping import ship as send_along
from pippin.verbs.arguments import require_positive
from pippin.verbs.measuring import Address, EngineName, Ship, Workers, absolute, collect, forget
from pippin.verbs.opening import open_context
from pippin.verbs.python_data import find_source

SHARES = 100, 30, 10, 4, 2, 1  # the sizes tried are all there is divided by these
FEW, SHARES_OF_FEW = 500, (16, 8, 4, 2, 1)
BUDGETS = "5s,15s,45s,2m"


def curve(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means the built-in sample"] = None,
    *,
    train_sizes: Annotated[str, "amounts to learn from, as in 10,30,all (default: six up to all)"] = "",
    budget: Annotated[str | None, "time each training may spend: 90s, 5m"] = None,
    grow: Annotated[str, "what grows: data (of a game: frames), or time (all examples, growing budgets)"] = "data",
    budgets: Annotated[str, f"with --grow time: the budgets (default: {BUDGETS})"] = "",
    methods: Annotated[str, "only these methods, as in 'a, b' (default: all)"] = "",
    method: Annotated[str, "FILE.py:function returning a scikit-learn estimator, which takes part"] = "",
    seeds: Annotated[int, "repetitions, each with its own seed, the same for all methods"] = 3,
    cpu_limit: Annotated[str, "CPU time a single point may take; a method beyond it stops there"] = "15m",
    cache: Annotated[bool, "use points measured by earlier curves"] = True,
    workers: Workers = None,
    engine: EngineName = None,
    address: Address = None,
    ship: Ship = False,
    threads: Annotated[int, "processor threads for each"] = 1,
    out: Annotated[Path | None, "folder for the plots (PNG, SVG) and the numbers (JSON)"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Plot score and cost of all methods as training grows.

    All methods are trained on the same parts of the data; the curves are extended by a forecast. An interrupted curve
    continues with the points that are missing. Where the number of frames grows, one training per seed is scored at
    several numbers of frames.
    """
    context = open_context(application, workspace)
    app = context.application
    app.require_verb("curve")
    require_positive(seeds=seeds, threads=threads)
    settings = app.fill_settings(config)
    chosen = [*app.select_methods(app.read_settings(config), methods), *app.check_estimators(method)]
    run = choose_engine(workers, engine, address)
    source = absolute(find_source(app, context.workspace, data))
    settings = app.method_settings(settings)
    whole = load_cached(app, source, settings)
    app = app.with_metric(whole.metric)
    if not whole.test:
        raise PippinError(f"{whole.name} has no examples to score on; give more of them.", input=source)
    if grow not in ("data", "time"):
        raise PippinError(f"--grow must be data or time, not {grow!r}.", input=grow)
    growing = grow == "data"
    marks: list[int] = []
    steps: list[tuple[int | None, Budget]]
    if growing and app.data.amount == "experience":
        marks = _sizes(train_sizes, whole.amount)
        settings = {**settings, "total_frames": marks[-1]}
        steps = [(None, Budget.of(budget))]
    elif growing:
        steps = [(count, Budget.of(budget)) for count in _sizes(train_sizes, whole.amount)]
    else:
        steps = [(whole.amount, Budget.of(part)) for part in (budgets or BUDGETS).split(",")]
    jobs = [
        Job(
            app.reference,
            source,
            method,
            settings,
            seed=seed,
            budget=spend,
            train_size=count,
            marks=tuple(marks),
            cpu_limit=Budget.of(cpu_limit).seconds,
            threads=threads,
        )
        for count, spend in steps
        for method in chosen
        # Without growing data the classical methods have one point only: no budget limits them.
        if growing or method in app.methods.deep or spend == steps[0][1]
        for seed in range(seeds)
    ]
    if not growing:
        jobs = [replace(job, budget=Budget()) if job.method not in app.methods.deep else job for job in jobs]
    found = points(app, whole.fingerprint(), jobs)
    if not cache:
        forget(found)
    parcel = send_along(run, source) if ship else None
    outcomes: Sequence[Mapping[str, Any]] = collect(
        run, found, f"{app.name} curve", parcel=parcel, skip=skip_costly, weights=_weights(found), noun="points"
    )
    measured, over = len(found), "examples" if growing else "time"
    if marks:
        found, outcomes = by_mark(found, outcomes)
        over = app.data.unit
    payload = _summary(app, found, outcomes, over, source, whole)
    report = _report(app, payload, seeds, [*_failed(found, outcomes).values()], measured)
    try:
        drawn = drawings(app, payload)
        figures = tuple(Figure(title, draw(form="svg"), "image/svg+xml", words) for title, words, draw in drawn)
    except PippinError as problem:  # no library to draw with: the numbers stand
        drawn, figures = [], ()
        report = replace(report, notes=(*report.notes, problem.message))
    report = replace(report, figures=figures, notes=(*report.notes, *whole.notes))
    return written(report, drawn, Path(out)) if out is not None else report


def _sizes(text: str, available: int) -> list[int]:
    try:
        words = [part.strip() for part in text.split(",") if part.strip()]
        asked = [available if word == "all" else int(word) for word in words]
    except ValueError as problem:
        raise PippinError(f"{text!r} are not sizes; write for example 10,30,all.", input=text) from problem
    if not asked:
        asked = [available // share for share in (SHARES_OF_FEW if available < FEW else SHARES)]
    found = sorted({min(count, available) for count in asked if count > 0})
    if not found:
        raise PippinError("Give at least one size above zero.", input=text)
    return found


def _weights(found: Sequence[Point]) -> list[float]:
    """Return the share of the work that each point is: one of twice the data counts as twice the work."""
    return [float(point.job.train_size or point.job.budget.seconds or 1) for point in found]


def _summary(
    app: Application,
    found: Sequence[Point],
    outcomes: Sequence[Mapping[str, Any]],
    over: str,
    source: str | None,
    whole: Dataset,
) -> dict[str, Any]:
    """Return all that was found out, as it stands in JSON."""
    cells = _cells(app, found, outcomes, source)
    growing = over != "time"
    lead = leaders(app, cells)
    return {
        "application": app.name,
        "metric": app.scoring.metric,
        "over": over,
        "data": {**next(outcome["data"] for outcome in outcomes if "data" in outcome), "name": whole.name},
        "sizes": sorted(lead),
        "methods": cells,
        "leads": {str(count): leader for count, leader in lead.items()},
        "crossings": crossings(app, cells) if growing else {},
        "forecasts": forecasts(app, cells) if over == "examples" and whole.metric is None else {},
        "stopped": _stopped(found, outcomes),
        "remembered": len({p.file for p, outcome in zip(found, outcomes, strict=True) if outcome.get("before")}),
    }


def _report(app: Application, payload: Mapping[str, Any], seeds: int, failed: Sequence[str], count: int) -> Report:
    cells, last = payload["methods"], payload["sizes"][-1]
    growing, unit = payload["over"] != "time", app.data.unit
    same = "the same examples for every method, " if unit == "examples" else "games by seeds never learned from, "
    summary = f"{pluralize(seeds, 'seed')}, {same}{payload['data']['examples']:,} to score on; "
    summary += f"at {last:,} {unit} {payload['leads'][str(last)]} leads. "
    summary += " ".join(describe_crossing(name, crossing) for name, crossing in payload["crossings"].items())
    notes = [promised(name, made, cells[name][-1]["score"]["value"]) for name, made in payload["forecasts"].items()]
    notes += [*payload["stopped"].values(), *failed]
    if payload["remembered"]:
        notes.append(f"{payload['remembered']} of {count} points were measured before; --no-cache measures them again.")
    return Report(
        title=f"{app.name}: {app.scoring.metric} over growing {growth(payload['over'])}",
        summary=summary.strip(),
        tables=_tables(app, cells, growing),
        notes=tuple(notes),
        payload=payload,
        next=f"pippin {app.name} compare DATA --seeds 3",
    )


def _cells(app: Application, found: Sequence[Point], outcomes: Sequence[Mapping[str, Any]], source: Any) -> Cells:
    """Return by method its points in order."""
    groups: dict[str, dict[Any, list[Mapping[str, Any]]]] = {}
    first = found[0].job.name
    for point, outcome in zip(found, outcomes, strict=True):
        if "error" in outcome and point.job.name == first:
            raise PippinError(outcome["error"], input=source)
        if app.scoring.metric in outcome.get("scores", {}):
            key = (point.job.train_size, point.job.budget.seconds)
            groups.setdefault(point.job.name, {}).setdefault(key, []).append(outcome)
    if not groups:
        raise PippinError(
            f"No method could be scored; {next(iter(_failed(found, outcomes).values()), '')}", input=source
        )
    return {
        method: [{"examples": many[0]["data"]["train"], **cell(many, app.scoring.metric)} for many in by_size.values()]
        for method, by_size in groups.items()
    }


def _stopped(found: Sequence[Point], outcomes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return why methods stopped before the end, by method."""
    pairs = list(zip(found, outcomes, strict=True))
    cut = {point.job.name: outcome["skipped"] for point, outcome in reversed(pairs) if "skipped" in outcome}
    return {method: f"{method} stops early: it {why}." for method, why in cut.items()}


def _failed(found: Sequence[Point], outcomes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    pairs = zip(found, outcomes, strict=True)
    return {point.job.name: f"{point.job.name}: {outcome['error']}" for point, outcome in pairs if "error" in outcome}


def _tables(app: Application, cells: Cells, growing: bool) -> tuple[Table, ...]:
    if not growing:
        rows = tuple((name, duration(p["cpu_seconds"]), Score(**p["score"])) for name in cells for p in cells[name])
        return (Table(("method", "CPU time to learn", app.scoring.metric), rows),)
    sizes = sorted({point["examples"] for points in cells.values() for point in points})
    by_size = {name: {point["examples"]: point for point in found} for name, found in cells.items()}

    def rows_of(show: Any) -> tuple[tuple[object, ...], ...]:
        return tuple((name, *(show(by_size[name].get(size)) for size in sizes)) for name in cells)

    columns = ("method", *(f"{size:,}" for size in sizes))
    scores = rows_of(lambda point: None if point is None else round(point["score"]["value"], 3))
    widths = rows_of(lambda p: None if p is None else round(TWO_SIDED * p["error"], 3))
    costs = rows_of(lambda point: None if point is None else duration(point["cpu_seconds"]))
    return (
        Table(columns, scores, f"{app.scoring.metric} by number of {app.data.unit}"),
        Table(columns, widths, "half the width of its 95 % interval"),
        Table(columns, costs, "CPU time to learn"),
    )
