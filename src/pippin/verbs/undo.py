"""`undo`: take back what was taught last, or one correction; its input is removed, too."""

from __future__ import annotations

import calendar
import time
from collections.abc import Sequence
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.feedback_rows import FeedbackRow, display_answer
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context


def undo(
    application: str | Application,
    *,
    correction: Annotated[int | None, "delete this one, by its number in `history`, instead of the last"] = None,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Take back the last correction and delete its input.

    The history keeps that something was taken back and when, not what it was.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    app.require_verb("teach")
    found = context.artifact(model, config)
    taken = space.feedback.undo(app.name, found.id, correction)
    if not taken and correction is not None:
        raise PippinError(
            f"{found.id} has no correction {correction}; `pippin {app.name} history` lists them by number.",
            input=correction,
        )
    if not taken:
        raise PippinError(f"Nothing that {found.id} was taught is left to undo.")
    left = len(space.feedback.rows(app.name, found.id))
    return Report(
        title=f"{app.name}: undone {', '.join(f'{row.name} = {display_answer(row.answer)}' for row in taken[:3])}"
        + (f" and {len(taken) - 3} more" if len(taken) > 3 else ""),
        summary=f"{pluralize(left, 'correction')} remain{'s' * (left == 1)}.",
        notes=_still_learned(app, space, found, taken),
        payload={
            "application": app.name,
            "artifact": found.id,
            "undone": [{"input": row.name, "answer": display_answer(row.answer)} for row in taken],
            "rows": left,
        },
        next=f"pippin {app.name} history",
    )


def _still_learned(
    app: Application, space: Workspace, found: Artifact, taken: Sequence[FeedbackRow]
) -> tuple[str, ...]:
    """Return the models that were made of this one after the corrections: they learned from them."""
    since = min(row.created for row in taken)
    children = [
        one.id for one in space.models(app) if one.facts["parent"] == found.id and _created_at(one) >= int(since)
    ]
    if not children:
        return ()
    names = ", ".join(children)
    return (f"Made before this was taken back, and not changed by it: {names}; remove what is to forget it, too.",)


def _created_at(artifact: Artifact) -> float:
    """Return when a model was made, in seconds since 1970; 0 where it does not tell."""
    try:
        return calendar.timegm(time.strptime(artifact.facts["created"], "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return 0.0
