"""`explain`: what the model in use has learned, or why it answers an input as it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.data import Dataset
from pippin.core.dataset_cache import load_cached
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.arguments import find_inputs
from pippin.verbs.opening import open_context
from pippin.verbs.run_states import training_data


def explain(
    application: str | Application,
    input: Annotated[Any, "what to explain the answer to; nothing means the model as a whole"] = None,
    *,
    data: Annotated[str | None, "images or other data to show examples from (default: what it learned from)"] = None,
    out: Annotated[Path | None, "folder for the figures"] = None,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Show what the model learned, or why it gave an answer."""
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    app.require_verb("explain")
    loaded = context.load(context.artifact(model, config), config, alone=model is not None)
    items = [] if input is None else find_inputs(app, (input,))
    learned_from, notes = _learned_from(app, space, loaded.artifact, data)
    if len(items) > 1:
        notes += (f"{input} holds {len(items)} inputs; the first is explained.",)
    assert app.explain is not None  # unless declared unsupported
    report = app.explain(loaded.learner, items[0] if items else None, learned_from)
    saved = [str(path) for path in report.save_figures(Path(out))] if out is not None else []
    payload = {"application": app.name, "artifact": loaded.artifact.id, **report.payload, "files": saved}
    following = report.next or f"pippin {app.name} explain INPUT --html why.html"
    return replace(report, payload=payload, notes=report.notes + notes + loaded.notes, next=following)


def _learned_from(
    app: Application, space: Workspace, artifact: Artifact, data: str | None
) -> tuple[Callable[[], Dataset] | None, tuple[str, ...]]:
    """Return a loader of the data named, or of those the model learned from if still there; and a note if not."""
    if data is not None:
        return partial(load_cached, app, str(data), artifact.facts["config"]), ()
    known = training_data(space, artifact)
    if known is None:
        return None, ()
    if not known.exists:
        return None, (f"{known.source}, which it learned from, is no longer there; name other data with --data.",)
    return partial(load_cached, app, known.source, artifact.facts["config"]), ()
