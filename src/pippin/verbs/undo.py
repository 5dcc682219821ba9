"""`undo`: take back what was taught last."""

from __future__ import annotations

from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.feedback import told
from pippin.core.report import Report, counted
from pippin.core.workspace import Workspace
from pippin.verbs import ready


def undo(
    application: str | Application,
    *,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Take back what was taught last; the row is kept as history."""
    app, space = ready.get(application), ready.opened(workspace)
    app.refuse_without("teach")
    found = ready.artifact(app, space, model, config)
    taken = space.feedback.undo(app.name, found.id)
    if not taken:
        raise PippinError(f"Nothing that {found.id} was taught is left to undo.")
    left = len(space.feedback.rows(app.name, found.id))
    return Report(
        title=f"{app.name}: undone {', '.join(f'{row.name} = {told(row.answer)}' for row in taken[:3])}"
        + (f" and {len(taken) - 3} more" if len(taken) > 3 else ""),
        summary=f"{counted(left, 'taught row')} remain{'s' * (left == 1)}.",
        payload={
            "application": app.name,
            "artifact": found.id,
            "undone": [{"input": row.name, "answer": told(row.answer)} for row in taken],
            "rows": left,
        },
        next=f"pippin {app.name} history",
    )
