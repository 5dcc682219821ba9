"""`tune`: search settings by trials that are scored on the validation part; the test part is never looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from pippin.core.shell_words import write_command, write_option
from pippin.core.values import Score
from pippin.core.workspace import Workspace
from pippin.engines import engine as choose_engine
from pippin.engines.shipping import ship as send_along
from pippin.tuning.halving import Resource, shares, survivors
from pippin.tuning.space import Dimension, draw_trials, read_space
from pippin.verbs.arguments import require_positive, require_train_size
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

SHOWN = 12
Outcome = Mapping[str, Any]
NOT_SEEN = "Scores are on the validation part; no trial saw the test part, on which `train` scores the settings chosen."


@dataclass
class Trial:
    """One choice of settings, with the outcome of the last round it took part in."""

    number: int
    settings: Mapping[str, Any]
    rounds: int = 0
    outcome: Outcome = field(default_factory=dict)

    def score(self, metric: str) -> Score | None:
        """Return its last score, None where it failed."""
        found = self.outcome.get("scores", {}).get(metric)
        return Score(*found) if found else None


def tune(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means the built-in sample"] = None,
    *,
    space: Annotated[
        tuple[str, ...], "a setting and its values: width=16,24,32 or rate=log:1e-3..3e-2 or size=1..9"
    ] = (),
    trials: Annotated[int, "how many settings to try"] = 30,
    search: Annotated[str, "random, or halving: all trials on little, the best third on more"] = "random",
    budget: Annotated[str | None, "time each training may spend: 90s, 5m"] = None,
    train_size: Annotated[int | None, "use only so many training examples"] = None,
    seed: Annotated[int, "the same seed tries the same settings"] = 0,
    cache: Cache = True,
    workers: Workers = None,
    engine: EngineName = None,
    address: Address = None,
    ship: Ship = False,
    threads: Annotated[int, "processor threads for each"] = 1,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Search settings by trials, scored on the validation part.

    Settings are drawn at random from the spaces given, or all are tried where they are few. Results are stored as they
    come: an interrupted search goes on with those that are missing. No model is put into use: `train` with the settings
    found makes one, and scores it on the test part.
    """
    context = open_context(application, workspace)
    app = context.application
    app.require_verb("tune")
    require_positive(trials=trials, threads=threads)
    require_train_size(app, train_size)
    if search not in ("random", "halving"):
        raise PippinError(f"--search must be random or halving, not {search[:40]!r}.", input=search)
    dimensions = read_space(app, [space] if isinstance(space, str) else space, config)
    settings = app.fill_settings(config)
    run = choose_engine(workers, engine, address)
    source = absolute(find_source(app, context.workspace, data))
    whole = load_cached(app, source, settings)
    app = app.with_metric(whole.metric)
    found = [Trial(number, one) for number, one in enumerate(draw_trials(app, dimensions, trials, seed), start=1)]
    base = Job(
        app.reference,
        source,
        next(iter(app.methods.deep)),
        settings,
        seed=seed,
        budget=Budget.of(budget),
        train_size=train_size,
        threads=threads,
        keep=True,
        validate=True,
    )
    resource = _resource(app, base, whole)
    steps = shares(len(found), resource.whole) if search == "halving" else [1.0]
    parcel = send_along(run, source) if ship else None

    def measure(going: Sequence[Trial], share: float, title: str) -> int:
        jobs = [resource.limit(_job(base, trial), share) for trial in going]
        asked = measurements(app, whole.fingerprint(), jobs, "tune")
        if not cache:
            forget(asked)
        outcomes = collect(run, asked, title, parcel=parcel, noun="trials")
        for trial, outcome in zip(going, outcomes, strict=True):
            trial.outcome, trial.rounds = outcome, trial.rounds + 1
        return sum("before" in outcome for outcome in outcomes)

    before, going = 0, found
    for number, share in enumerate(steps, start=1):
        title = f"{app.name} tunes" + (f" (round {number} of {len(steps)})" if len(steps) > 1 else "")
        before += measure(going, share, title)
        if number < len(steps):
            going = _best_third(app, going)
    return _report(app, found, dimensions, search, [share * resource.whole for share in steps], resource, source,
                   settings, whole, before)  # fmt: skip


def _job(base: Job, trial: Trial) -> Job:
    return replace(base, config={**base.config, **trial.settings})


def _resource(app: Application, base: Job, whole: Dataset) -> Resource:
    """Return what halving divides: the budget where one is given, else what there is to learn from."""
    if base.budget.seconds is not None:
        return Resource("seconds", base.budget.seconds)
    if app.data.amount == "experience":
        return Resource("frames", float(base.config["total_frames"] or whole.amount))
    return Resource("examples", float(base.train_size or whole.amount))


def _best_third(app: Application, going: Sequence[Trial]) -> list[Trial]:
    by_number = {trial.number: trial for trial in going}
    rank = _ranking(app)
    return [by_number[number] for number in survivors(list(by_number), lambda number: rank(by_number[number]))]


def _ranking(app: Application) -> Callable[[Trial], tuple[int, float, int]]:
    """Return the key that sorts trials: those of later rounds first, then by score, failed ones last."""
    sign = 1.0 if app.scoring.lower_is_better else -1.0

    def key(trial: Trial) -> tuple[int, float, int]:
        score = trial.score(app.scoring.metric)
        return (-trial.rounds if score else 1, sign * score.value if score else 0.0, trial.number)

    return key


def _report(
    app: Application,
    found: Sequence[Trial],
    space: Sequence[Dimension],
    search: str,
    amounts: Sequence[float],
    resource: Resource,
    source: str | None,
    settings: Mapping[str, Any],
    whole: Dataset,
    before: int,
) -> Report:
    metric = app.scoring.metric
    ranked = sorted(found, key=_ranking(app))
    best = ranked[0]
    score = best.score(metric)
    if score is None:
        problem = best.outcome.get("error") or f"{whole.name} has no examples to set apart for validation"
        raise PippinError(f"No trial could be scored: {problem.rstrip('.')}.", input=source)
    names = [dimension.setting.name for dimension in space]
    rows = [_row(trial, names, metric, amounts, resource) for trial in ranked]
    chosen = ", ".join(write_option(name, value) for name, value in best.settings.items())
    scored = best.outcome["data"]["examples"]
    return Report(
        title=f"{app.name}: {pluralize(len(found), 'trial')} on {whole.name}",
        summary=f"Best: {chosen}, with {metric} {score.value:.3f} ({score.low:.3f} to {score.high:.3f}) on "
        f"{pluralize(scored, 'validation example')}.",
        tables=(Table(("trial", *names, metric, "training CPU", resource.name), tuple(rows[:SHOWN])),),
        figures=(_figure(app, ranked),),
        notes=(*whole.notes, *_notes(app, ranked, space, before)),
        payload={
            "application": app.name,
            "data": {"name": whole.name, "fingerprint": whole.fingerprint(), "examples": scored},
            "metric": metric,
            "lower_is_better": app.scoring.lower_is_better,
            "part": "validation",
            "search": search,
            "rounds": [{resource.name: amount} for amount in amounts],
            "best": {"settings": dict(best.settings), "score": score._asdict()},
            "trials": [_trial(trial, metric) for trial in ranked],
            "remembered": before,
        },
        next=write_command(app, "train", source, {**settings, **best.settings}),
    )


def _row(
    trial: Trial, names: Sequence[str], metric: str, amounts: Sequence[float], resource: Resource
) -> tuple[object, ...]:
    values = [_written(trial.settings[name]) for name in names]
    cost = duration(trial.outcome["cpu"]) if "cpu" in trial.outcome else "failed"
    amount = amounts[trial.rounds - 1]
    if resource.name == "examples" and "data" in trial.outcome:
        amount = trial.outcome["data"]["train"]
    return (trial.number, *values, trial.score(metric), cost, f"{amount:,.0f}" if amount >= 10 else f"{amount:g}")


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _trial(trial: Trial, metric: str) -> dict[str, Any]:
    score = trial.score(metric)
    return {
        "number": trial.number,
        "settings": dict(trial.settings),
        "score": score._asdict() if score else None,
        "rounds": trial.rounds,
        "cpu_seconds": trial.outcome.get("cpu"),
        "error": trial.outcome.get("error"),
    }


def _notes(app: Application, ranked: Sequence[Trial], space: Sequence[Dimension], before: int) -> list[str]:
    best = ranked[0].score(app.scoring.metric)
    last = [trial for trial in ranked if trial.rounds == ranked[0].rounds]
    scores = [score for trial in last if (score := trial.score(app.scoring.metric))]
    near = [score for score in scores if best and score.low <= best.high and score.high >= best.low]
    notes = [NOT_SEEN]
    if len(near) > 1:
        notes.append(f"The intervals of {len(near)} trials overlap with the best one's, itself included.")
    scored_on = {trial.outcome["data"]["scored_fingerprint"] for trial in last if "data" in trial.outcome}
    if len(scored_on) > 1:
        notes.append("These settings change the data, so that trials were not all scored on the same examples.")
    failed = {str(trial.outcome["error"]): trial.number for trial in reversed(ranked) if "error" in trial.outcome}
    notes += [f"Trial {number} failed: {problem}" for problem, number in list(failed.items())[:3]]
    if before:
        notes.append(f"{pluralize(before, 'result')} measured before; --no-cache measures them again.")
    return notes


def _figure(app: Application, ranked: Sequence[Trial]) -> Figure:
    from pippin.learn.plots.bar_chart import Bar, bars

    metric = app.scoring.metric
    rows = []
    for trial in ranked[:SHOWN]:
        if score := trial.score(metric):
            caption = " ".join(f"{name}={_written(value)}" for name, value in trial.settings.items())
            rows.append(Bar(caption, *score))
    better = "lower" if app.scoring.lower_is_better else "higher"
    text = f"Thin lines: 95 % intervals on the validation part; {better} is better."
    return Figure(f"{metric} of the best trials", bars(rows, metric), "image/svg+xml", text)
