"""`export`: the model in use as files other programs understand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.report import Report, Table, size
from pippin.core.workspace import Workspace
from pippin.verbs import ready


def export(
    application: str | Application,
    out: Annotated[Path, "folder to write into"] = Path("exported"),
    *,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Write the model, what it was taught included, as ONNX with the names of its answers."""
    app, space = ready.get(application), ready.opened(workspace)
    app.refuse_without("export")
    loaded = ready.load(app, space, ready.artifact(app, space, model, config))
    files = loaded.learner.export(Path(out))  # type: ignore[attr-defined]  # unless declared `without` it
    return Report(
        title=f"{app.name}: exported {loaded.artifact.id}",
        tables=(Table(("file", "size"), tuple((str(path), size(path.stat().st_size)) for path in files)),),
        payload={
            "application": app.name,
            "artifact": loaded.artifact.id,
            "files": [{"path": str(path), "bytes": path.stat().st_size} for path in files],
        },
        next="open it with ONNX Runtime, or look at it with Netron",
    )
