"""`models`, `use`, `rm`, `save-as`: the models you have."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import Artifact, write_artifact
from pippin.core.errors import PippinError, writing
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs import OWN, VERBS
from pippin.verbs.folding import fold
from pippin.verbs.opening import open_context

REFIT = "Models fitted on all rows show their scores from before that last fit."


def models(application: str | Application, *, workspace: Workspace | None = None) -> Report:
    """List the models of the application and those in use."""
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    found = space.models(app)
    used = {_in_use(app, space, artifact.variant) for artifact in found}
    several = len({a.variant for a in found}) > 1
    rows = [
        (
            a.id,
            *([a.variant] if several else []),
            ", ".join([*(["built-in"] if a.folder in app.builtins else []), *(["in use"] if a.id in used else [])]),
            _score(app, a),
            a.facts["data"]["name"],
            a.facts["created"][:10],
        )
        for a in found
    ]
    metrics = dict.fromkeys(app.with_metric(a.metric).scoring.metric for a in found)
    columns = (
        "model",
        *(["variant"] if several else []),
        "",
        " or ".join(metrics) or app.scoring.metric,
        "trained on",
        "made",
    )
    payload = [
        {
            "id": a.id,
            "variant": a.variant,
            "in_use": a.id in used,
            "builtin": a.folder in app.builtins,
            "scores": a.facts["scores"],
            "metric": app.with_metric(a.metric).scoring.metric,
            "refit": a.refit,
            "data": a.facts["data"],
            "parent": a.facts["parent"],
        }
        for a in found
    ]
    return Report(
        title=f"{app.name}: {pluralize(len(found), 'model')}",
        tables=(Table(columns, tuple(rows)),),
        notes=(REFIT,) if any(a.refit for a in found) else (),
        payload={"application": app.name, "models": payload},
        next=f"pippin {app.name} use MODEL, or pippin {app.name} train DATA",
    )


def use(
    application: str | Application,
    model: Annotated[str, "a model's id, `builtin` or its folder"],
    *,
    workspace: Workspace | None = None,
) -> Report:
    """Use a model from now on, for its variant."""
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    found = space.find(app, model)
    space.use(app, found)
    name = f"the built-in {found.id}" if found.folder in app.builtins else found.id
    return Report(
        title=f"{app.name}: {name} is in use for {found.variant}",
        payload={"application": app.name, "artifact": found.id, "variant": found.variant},
        next=f"pippin {app.name} INPUT",
    )


def rm(
    application: str | Application,
    model: Annotated[str, "a model's id"],
    *,
    workspace: Workspace | None = None,
) -> Report:
    """Delete one of your models that is not in use."""
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    found = space.find(app, model)
    if found.folder.parent != space.artifacts:
        if found.folder in app.builtins:
            raise PippinError(f"{found.id} is the built-in model of {app.name}, which cannot be removed.", input=model)
        raise PippinError(f"{model} lies outside your workspace; remove its folder yourself.", input=model)
    if _in_use(app, space, found.variant) == found.id:
        raise PippinError(
            f"{found.id} is in use; put another into use first (pippin {app.name} use builtin).", input=model
        )
    with writing(found.folder):
        shutil.rmtree(found.folder)
    return Report(
        title=f"{app.name}: deleted {found.id}",
        payload={"application": app.name, "deleted": found.id},
        next=f"pippin {app.name} models",
    )


def save_as(
    application: str | Application,
    name: Annotated[str, "a new command: small letters, digits, - and _"],
    *,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Save the model in use as an application of its own.

    Its corrections are saved with it; `pippin NAME INPUT` then runs it.
    """
    context = open_context(application, workspace)
    space = context.workspace
    if not registry.NAME.fullmatch(name) or name in RESERVED:
        raise PippinError(
            f"{name!r} cannot be a name; use a small letter, then small letters, digits, - or _ (40 at most), "
            "and no command or page of pippin's own.",
            input=name,
        )
    if name in registry.names():
        raise PippinError(f"There is an application {name!r} already; choose another name.", input=name)
    found = context.artifact(model, config)
    folded = fold(context, found, name, f"saved as {name}")
    folder = space.home / "applications" / name
    write_artifact(folder.parent, folded.facts, folded.parts, folded.learned, folder)
    return Report(
        title=f"Saved as {name}",
        summary=f"{found.id} with {pluralize(folded.corrections, 'correction')}.",
        notes=folded.notes,
        payload={"application": name, "from": found.id, "rows": folded.corrections},
        next=f"pippin {name} INPUT",
    )


RESERVED = {*OWN, "help", "version", *VERBS, *(verb.replace("_", "-") for verb in VERBS), *registry.ADDRESSES}


def _in_use(app: Application, space: Workspace, variant: str) -> str | None:
    try:
        return space.in_use(app, variant).id
    except PippinError:
        return None


def _score(app: Application, artifact: Artifact) -> float | None:
    score = artifact.facts["scores"].get(app.with_metric(artifact.metric).scoring.metric)
    return score["value"] if score else None
