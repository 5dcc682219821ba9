"""`export`: the model in use as files that other programs understand, with code to use them; or for another Pippin."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact, write_artifact
from pippin.core.context import Context
from pippin.core.files import write_bytes
from pippin.core.model_card import card
from pippin.core.report.cells import Table
from pippin.core.report.formatting import format_bytes
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.export_formats import export_converted, require_format
from pippin.verbs.folding import fold
from pippin.verbs.model_archive import write_archive
from pippin.verbs.opening import open_context

USAGE = "usage"  # an application's folder of programs that use what it exports
NO_JAVASCRIPT = "There is no JavaScript for it: the graph alone gives no answer; use.py says what it needs beside it."


def export(
    application: str | Application,
    out: Annotated[Path, "folder to write into"] = Path("exported"),
    *,
    format: Annotated[str, "onnx, keras, tensorflow (SavedModel) or litert"] = "onnx",
    archive: Annotated[bool, "write one zip file for another Pippin, which `pull` takes"] = False,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Export the model as ONNX, with a program that uses it.

    Corrections are part of the exported model. --format writes it for Keras, TensorFlow or LiteRT instead, compared
    with ONNX first. --archive writes one zip file, which `pull` imports into another workspace.
    """
    require_format(format, archive=archive)
    context = open_context(application, workspace)
    app = context.application
    found = context.artifact(model, config)
    if archive:
        return _export_archive(context, found, Path(out))
    app.require_verb("export")
    loaded = context.load(found, config)
    assert app.export is not None  # unless declared unsupported
    if format != "onnx":
        return export_converted(context, loaded, Path(out), format)
    files = app.export.write(loaded.learner, Path(out))
    written, notes = _write_beside(app, found, Path(out))
    return _report(
        app, found.id, [*files, *written], (*loaded.notes, *notes), "python use.py, or look at it with Netron"
    )


def _export_archive(context: Context, found: Artifact, out: Path) -> Report:
    app = context.application
    if not context.rows(found):
        return _report(
            app, found.id, [write_archive(found, out / f"{found.id}.zip")], (), f"pippin {app.name} pull ZIP"
        )
    folded = fold(context, found, app.name, "exported")
    with tempfile.TemporaryDirectory() as folder:
        made = write_artifact(Path(folder), folded.facts, folded.parts, folded.learned)
        path = write_archive(made, out / f"{made.id}.zip")
    return _report(app, made.id, [path], folded.notes, f"pippin {app.name} pull ZIP")


def _write_beside(app: Application, found: Artifact, out: Path) -> tuple[list[Path], list[str]]:
    """Write the model's card, and programs that use the exported files; a file that was changed since is left alone."""
    written, notes = [], []
    sources = sorted((app.folder / USAGE).glob("use.*"))
    contents = {"card.md": card(found.facts).encode()} | {source.name: source.read_bytes() for source in sources}
    for name, content in contents.items():
        target = out / name
        if target.exists() and target.read_bytes() != content:
            notes.append(f"{target} was changed and is left as it is.")
            continue
        write_bytes(target, content)
        written.append(target)
    if sources and not any(source.suffix == ".mjs" for source in sources):
        notes.append(NO_JAVASCRIPT)
    return written, notes


def _report(app: Application, artifact: str, files: list[Path], notes: tuple[str, ...], advice: str) -> Report:
    return Report(
        title=f"{app.name}: exported {artifact}",
        tables=(Table(("file", "size"), tuple((str(path), format_bytes(path.stat().st_size)) for path in files)),),
        notes=notes,
        payload={
            "application": app.name,
            "artifact": artifact,
            "files": [{"path": str(path), "bytes": path.stat().st_size} for path in files],
        },
        next=advice,
    )
