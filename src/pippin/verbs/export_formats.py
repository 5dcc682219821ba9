"""`export --format`: the model for Keras, TensorFlow and LiteRT, written whole or not at all."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import new_folder, write_bytes
from pippin.core.loaded_models import ModelInMemory
from pippin.core.report.cells import Table
from pippin.core.report.formatting import format_bytes
from pippin.core.report.report import Report

if TYPE_CHECKING:
    from pippin.core.inputs import Input
    from pippin.learn.keras_graph.exporting import Network

FORMATS = ("onnx", "keras", "tensorflow", "litert")


def require_format(format: str, *, archive: bool = False) -> None:
    """Raise PippinError for a format that is none, or that this installation cannot write."""
    if format not in FORMATS:
        raise PippinError(f"{format!r} is no format; choose {', '.join(FORMATS)}.", input=format)
    if format == "onnx":
        return
    if archive:
        raise PippinError("--archive is for another Pippin and has no format; leave out one of the two.", input=format)
    from pippin.learn.keras_graph.client import require_tensorflow

    require_tensorflow(f"Exporting as {format}")


def export_converted(context: Context, loaded: ModelInMemory, out: Path, format: str) -> Report:
    """Export the model in another format into a new folder."""
    from pippin.learn.keras_graph.exporting import export_format, gather_feeds

    app, began = context.application, time.perf_counter()
    _require_empty(out)
    assert app.export is not None
    with tempfile.TemporaryDirectory(prefix="pippin-") as name, new_folder(out) as draft:
        source = Path(name)
        files = app.export.write(loaded.learner, source)
        feeds = gather_feeds(app.export.load, source, sample_inputs(app, loaded.artifact.facts["config"]))
        networks = export_format(source, files, feeds, format, draft)
        write_bytes(draft / "README.md", _card(app, loaded, networks, format).encode())
        written = sorted(path.relative_to(draft) for path in draft.rglob("*") if path.is_file())
    return _report(app, loaded, [out / path for path in written], networks, format, time.perf_counter() - began)


def sample_inputs(app: Application, settings: dict[str, Any], count: int = 4) -> Sequence[Input]:
    """Return some inputs of the application's own sample; none where it cannot be read here."""
    try:
        data = app.load_data(None, app.fill_settings(app.known_settings(settings)))
    except PippinError:
        return []
    return [example.input for example in (data.test or data.train)[:count]]


def _require_empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise PippinError(f"{out} is a file; name a new folder.", input=out)
    if out.is_dir() and any(out.iterdir()):
        raise PippinError(f"{out} is not empty; name a new folder, so that nothing of yours is replaced.", input=out)


def _card(app: Application, loaded: ModelInMemory, networks: Sequence[Network], format: str) -> str:
    """Return the model's card, with what was measured of this format."""
    path = loaded.artifact.folder / "README.md"
    card = path.read_text(encoding="utf-8") if path.is_file() else f"# {app.name}\n"
    rows = [
        f"| {one.files[format].name} | {one.differences[format].value:.1e} | {one.real} + {one.random} |"
        for one in networks
    ]
    lines = [
        f"## As {format}",
        "",
        "Converted from ONNX by Pippin; the files need nothing of Pippin. `example.py` runs it, "
        "`networks.json` names inputs, outputs and layouts. The largest difference from ONNX Runtime (of outputs that "
        "exceed 1, relative to their size):",
        "",
        "| network | largest difference | inputs (real + random) |",
        "|---|---|---|",
        *rows,
        "",
    ]
    return card.rstrip("\n") + "\n\n" + "\n".join(lines)


def _report(
    app: Application,
    loaded: ModelInMemory,
    files: Sequence[Path],
    networks: Sequence[Network],
    format: str,
    seconds: float,
) -> Report:
    from pippin.learn.keras_graph.exporting import TITLES
    from pippin.learn.keras_graph.parity import LIMIT

    differences = {one.files[format].name: one.differences[format].value for one in networks}
    rows = tuple((str(path), format_bytes(path.stat().st_size)) for path in files)
    return Report(
        title=f"{app.name}: exported {loaded.artifact.id} as {TITLES[format]}",
        summary=f"It differs from ONNX Runtime by at most {max(differences.values()):.1e} (allowed: {LIMIT:g}).",
        tables=(Table(("file", "size"), rows),),
        notes=loaded.notes,
        payload={
            "application": app.name,
            "artifact": loaded.artifact.id,
            "format": format,
            "files": [{"path": str(path), "bytes": path.stat().st_size} for path in files],
            "parity": {"largest_difference": max(differences.values()), "limit": LIMIT, "networks": differences},
            "seconds": round(seconds, 3),
        },
        next="python example.py in that folder",
    )
