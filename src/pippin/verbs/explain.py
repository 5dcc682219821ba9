"""`explain`: what the model in use has learned, or why it answers an input as it does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs import ready


def explain(
    application: str | Application,
    input: Annotated[Any, "what to explain the answer to; nothing means the model as a whole"] = None,
    *,
    out: Annotated[Path | None, "folder for the figures"] = None,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Show what was learned, or the evidence behind one answer."""
    app, space = ready.get(application), ready.opened(workspace)
    app.refuse_without("explain")
    loaded = ready.load(app, space, ready.artifact(app, space, model, config))
    item = None if input is None else ready.inputs(app, (input,))[0]
    report: Report = loaded.learner.explain(item)  # type: ignore[attr-defined]  # unless declared `without` it
    saved = [str(path) for path in report.save_figures(Path(out))] if out is not None else []
    payload = {"application": app.name, "artifact": loaded.artifact.id, **report.payload, "files": saved}
    following = report.next or f"pippin {app.name} explain INPUT --html why.html"
    return replace(report, payload=payload, notes=report.notes + loaded.notes, next=following)
