"""`history`: what a model was trained on and taught."""

from __future__ import annotations

import time
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.feedback_rows import FeedbackRow, display_answer
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context

TAKEN_BACK = "taken back"


def history(
    application: str | Application,
    *,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Show the training data and corrections of the model.

    Of a correction that was taken back it shows only the time.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    found = context.artifact(model, config)
    rows = space.feedback.rows(app.name, found.id, undone=True)
    table = tuple((row.id, _when(row.created), *_shown(row)) for row in rows)
    trained = tuple((did["what"], did["data"], f"{did['seconds']:.1f} s") for did in found.facts["history"])
    return Report(
        title=f"{app.name}: how {found.id} came to know what it knows",
        tables=(
            Table(("", "data", "time"), trained, "Trained"),
            Table(("no.", "when", "input", "answer"), table, "Taught"),
        ),
        payload={
            "application": app.name,
            "artifact": found.id,
            "trained": found.facts["history"],
            "taught": [_plain(row) for row in rows],
        },
        next=f"pippin {app.name} undo takes back the last (--correction NO. another), "
        f"pippin {app.name} train --from {found.id} folds all in",
    )


def _shown(row: FeedbackRow) -> tuple[str, str]:
    return (TAKEN_BACK, "") if row.undone else (row.name, str(display_answer(row.answer)))


def _plain(row: FeedbackRow) -> dict[str, Any]:
    content = (None, None) if row.undone else (row.name, display_answer(row.answer))
    return {"id": row.id, "input": content[0], "answer": content[1], "created": row.created, "undone": row.undone}


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
