"""What a run will cost before it starts: how many trainings, what limits each, and how long they took here before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.report.formatting import duration, pluralize
from pippin.core.run import Budget
from pippin.core.run_record import RESULT, Request
from pippin.core.workspace import Workspace
from pippin.curves.curve import BUDGETS, SHARES
from pippin.verbs.run_states import State, folders, state

TRIALS = 30  # that `tune` makes unless told otherwise
RECENT = 30  # runs that are looked at
MEASURED_BEFORE = "from how long it took here before"
UNKNOWN = "Not measured here yet; once it runs, its progress tells how long it takes."


@dataclass(frozen=True)
class Cost:
    """An estimate: `seconds` of wall time (None: not known), what `limits` it, and both in a sentence."""

    seconds: float | None
    trainings: int
    limits: str
    text: str


def estimate(app: Application, space: Workspace, verb: str, given: Mapping[str, Any]) -> Cost:
    """Estimate what a verb with these arguments costs, without reading any data."""
    if verb == "train":
        return _of_training(app, space, given)
    if verb in ("compare", "curve"):
        return _of_methods(app, space, verb, given)
    if verb == "tune":
        return _of_trials(app, space, given)
    before = _duration_before(app, space, verb)
    if before is None:
        return Cost(None, 0, "data", UNKNOWN)
    return Cost(before, 0, "data", f"About {duration(before)}, {MEASURED_BEFORE}.")


def _of_training(app: Application, space: Workspace, given: Mapping[str, Any]) -> Cost:
    budget = Budget.of(given.get("budget"), given.get("epochs"))
    if budget.seconds is not None:
        text = f"It learns for {_time(budget.seconds)}, the time you chose; scoring comes on top."
        return Cost(budget.seconds, 1, "time", text)
    passes = f"{budget.epochs:g} passes over the data" if budget.epochs else "as many passes as the learner takes"
    before = _duration_before(app, space, "train", epochs=given.get("epochs"), data="data" in given)
    if before is None:
        return Cost(None, 1, "passes", f"{passes[:1].upper()}{passes[1:]}. {UNKNOWN} Stop keeps what it has learned.")
    return Cost(before, 1, "passes", f"About {duration(before)} for {passes}, {MEASURED_BEFORE}.")


def _of_methods(app: Application, space: Workspace, verb: str, given: Mapping[str, Any]) -> Cost:
    settings = {name: value for name, value in given.items() if name in app.defaults}
    methods = app.select_methods(settings, given.get("methods", ""))
    seeds = int(given.get("seeds") or (3 if verb == "curve" else 1))
    each = list(_shares(app, given)) if verb == "curve" else [1.0]
    trainings = len(methods) * seeds * (1 if verb == "curve" and app.data.amount == "experience" else len(each))
    spend = Budget.of(given.get("budget")).seconds
    known = _method_seconds(app, space)
    seconds = [
        _one(spend if method in app.methods.deep else None, share, known.get(method))
        for method in methods
        for share in each
    ]
    text = f"{pluralize(trainings, 'training')}: {pluralize(len(methods), 'method')}"
    text += f", {pluralize(len(each), 'size')}" if len(each) > 1 else ""
    text += f", {pluralize(seeds, 'seed')}. " if seeds > 1 else ". "
    unknown = [method for method in methods if method not in known and not (spend and method in app.methods.deep)]
    limits = "time" if spend else "data"
    if unknown:
        some = f" (not yet for {', '.join(unknown)})" if len(unknown) < len(methods) else ""
        return Cost(None, trainings, limits, f"{text}{UNKNOWN.replace(';', f'{some};')}{_limit(verb, given, spend)}")
    total = seeds * sum(one for one in seconds if one is not None) / int(given.get("workers") or 1)
    text += f"About {duration(total)}, {MEASURED_BEFORE}.{_limit(verb, given, spend)}"
    return Cost(total, trainings, limits, text)


def _of_trials(app: Application, space: Workspace, given: Mapping[str, Any]) -> Cost:
    """Estimate a search without halving: trials of the main method, each on all there is."""
    trials, spend = int(given.get("trials") or TRIALS), Budget.of(given.get("budget")).seconds
    each = _one(spend, 1.0, _method_seconds(app, space).get(next(iter(app.methods.deep))))
    text = f"At most {pluralize(trials, 'training')}, one for each trial. "
    if each is None:
        return Cost(None, trials, "data", f"{text}{UNKNOWN}")
    seconds = trials * each / int(given.get("workers") or 1)
    why = "the time you chose for each" if spend else MEASURED_BEFORE
    return Cost(seconds, trials, "time" if spend else "data", f"{text}About {duration(seconds)}, {why}.")


def _time(seconds: float) -> str:
    """Return a time that was chosen, without a second part that is zero."""
    return duration(seconds).removesuffix(" 0 s").removesuffix(" 0 min")


def _limit(verb: str, given: Mapping[str, Any], spend: float | None) -> str:
    note = f" What learns by steps takes {_time(spend)} each, the time you chose." if spend else ""
    if verb == "curve":
        note += f" No single training takes more than {given.get('cpu_limit') or '15m'} of CPU time."
    return note


def _shares(app: Application, given: Mapping[str, Any]) -> Iterator[float]:
    """Yield the share of all data that each training of a curve learns from, as far as known before data are read."""
    if given.get("grow") == "time":
        yield from (1.0 for _ in str(given.get("budgets") or BUDGETS).split(","))
    elif sizes := [part for part in str(given.get("train_sizes") or "").split(",") if part.strip()]:
        yield from ((number + 1) / len(sizes) for number in range(len(sizes)))
    else:
        yield from (1 / share for share in SHARES)


def _one(spend: float | None, share: float, whole: float | None) -> float | None:
    return spend if spend is not None else None if whole is None else whole * share


def _method_seconds(app: Application, space: Workspace) -> dict[str, float]:
    """Return CPU seconds of one training on all examples, by method, as measured last in this workspace."""
    found: dict[str, float] = {}
    for one in _finished(app, space, ("compare", "curve")):
        for method, measured in _payload(space, one).get("methods", {}).items():
            last = measured[-1] if isinstance(measured, list) else measured
            found.setdefault(method, float(last["cpu_seconds"]))
    return found


def _duration_before(app: Application, space: Workspace, verb: str, **asked: Any) -> float | None:
    """Return the seconds of the verb's last finished run; of trainings, one without a budget, with these arguments."""
    for one in _finished(app, space, (verb,)):
        request = Request.read(space.runs / one.name)
        given = request.arguments if request else {}
        same = given.get("epochs") == asked.get("epochs") and ("data" in given) is asked.get("data", "data" in given)
        if one.seconds is not None and "budget" not in given and (verb != "train" or same):
            return one.seconds
    return None


def _finished(app: Application, space: Workspace, verbs: tuple[str, ...]) -> Iterator[State]:
    recent = map(state, folders(app, space)[:RECENT])
    return (one for one in recent if one.verb in verbs and one.state == "finished")


def _payload(space: Workspace, one: State) -> dict[str, Any]:
    try:
        payload: dict[str, Any] = read_json(space.runs / one.name / RESULT)["payload"]
    except (PippinError, KeyError):
        return {}
    return payload
