"""Whether a newly trained model takes the place of the one in use: not where it scored worse on the same examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.report.formatting import format_number
from pippin.core.workspace import Workspace


@dataclass(frozen=True)
class Adoption:
    """Whether the new model is in use now; `sentence` says why where that needs a word.

    `offer` is there where the user is to decide: what JSON and pages tell of both models.
    """

    in_use: bool
    sentence: str = ""
    offer: Mapping[str, Any] | None = None


def decide(app: Application, space: Workspace, made: Artifact, *, stopped: bool, use: bool | None) -> Adoption:
    """Decide whether `made` is put into use; `use` is what the user asked for, None to have it decided.

    A model is offered, not used, where it scored worse on the same examples (of a game: in the same game), where its
    training was stopped and nothing can be compared, and where it was stopped before it had a score.
    """
    before = _in_use(app, space, made.variant)
    if use is not None:
        return Adoption(use)
    new = _score(app, made)
    if stopped and new is None:
        return _offered(app, made, before, "unscored", "It was stopped before it had a score")
    if before is None or before.id == made.id:
        return Adoption(True)
    old, name = _score(app, before), _name(app, before)
    if new is not None and old is not None and scored_alike(app, made, before):
        metric = app.with_metric(made.metric).scoring
        label = app.page.terms[metric.metric].label if metric.metric in app.page.terms else metric.metric
        sentence = f"It scores {format_number(float(new))} against {format_number(float(old))} of {name} ({label})"
        worse = new > old if metric.lower_is_better else new < old
        return _offered(app, made, before, "worse", sentence) if worse else Adoption(True, f"{sentence}.")
    if stopped:
        return _offered(app, made, before, "stopped", f"It was stopped early, and {name} was scored on other examples")
    if made.facts["parent"] == before.id:
        return Adoption(True)
    back = "builtin" if before.folder in app.builtins else before.id
    sentence = f"{name[:1].upper()}{name[1:]}, in use before, was not scored on the same examples, so nothing tells "
    return Adoption(True, f"{sentence}which is better; `pippin {app.name} use {back}` brings it back.")


def scored_alike(app: Application, one: Artifact, other: Artifact) -> bool:
    """Return whether two models' scores were measured on the same examples."""
    if app.with_metric(one.metric).scoring.metric != app.with_metric(other.metric).scoring.metric:
        return False
    configs = [app.config.rename(artifact.facts["config"]) for artifact in (one, other)]
    if any(configs[0].get(name) != configs[1].get(name) for name in app.inference_settings):
        return False
    scored = [artifact.facts.get("scored_fingerprint") for artifact in (one, other)]
    if all(scored):
        return scored[0] == scored[1]
    # A model made before scored examples were remembered: the same data, and as many of it.
    same_data = one.facts["data"]["fingerprint"] == other.facts["data"]["fingerprint"]
    return same_data and one.facts.get("scored_on") == other.facts.get("scored_on")


def _offered(app: Application, made: Artifact, before: Artifact | None, reason: str, sentence: str) -> Adoption:
    offer = {
        "reason": reason,
        "sentence": f"{sentence}.",
        "artifact": made.id,
        "metric": app.with_metric(made.metric).scoring.metric,
        "scores": made.facts["scores"],
        "in_use": None
        if before is None
        else {"artifact": before.id, "builtin": before.folder in app.builtins, "scores": before.facts["scores"]},
    }
    return Adoption(False, f"{sentence}, so it is not in use; `pippin {app.name} use {made.id}` uses it.", offer)


def _name(app: Application, artifact: Artifact) -> str:
    return "the built-in model" if artifact.folder in app.builtins else artifact.id


def _score(app: Application, artifact: Artifact) -> float | None:
    score = artifact.facts["scores"].get(app.with_metric(artifact.metric).scoring.metric)
    return None if score is None else score["value"]


def _in_use(app: Application, space: Workspace, variant: str) -> Artifact | None:
    try:
        return space.in_use(app, variant)
    except PippinError:
        return None
