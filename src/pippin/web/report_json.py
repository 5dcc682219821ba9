"""A report as JSON for a browser: what `--json` prints, and beside it what a page shows."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from pippin.core.files import write_bytes
from pippin.core.report.cells import EXTENSIONS, Figure, ImageCell, Table
from pippin.core.report.formatting import format_bytes, format_cell, format_interval, format_number
from pippin.core.report.report import Report
from pippin.core.values import Score
from pippin.web.downloads import DownloadStore

# What was sent, and what was made of it, go by their own names.
_SENT = re.compile(r"PIPPIN_HOME/(data/[^/\s]+|runs/[^/\s]+/(sent/[a-z_]+|files))/")
SMALL = 24_000  # bytes up to which an image comes within the answer


def answer(report: Report, kept: DownloadStore, out: Path, hidden: dict[str, str]) -> dict[str, Any]:
    """Return the report in three parts: its payload, how it is shown, and the files it wrote into `out`.

    `hidden` maps paths of this machine to what they are called instead.
    """
    kept = kept.beside(out)
    files = [_file(path, out, kept) for path in sorted(out.rglob("*")) if path.is_file()]
    made = {"payload": json.loads(report.to_json()), "report": _shown(report, kept), "files": files}
    return {**_hidden(made, {str(out): "files", **hidden}), "files": files}


def brief(report: Report) -> Report:
    """Return the report without its list of results, of which only the number is told (`Prefer: return=minimal`)."""
    results = report.payload.get("results", [])
    return replace(report, payload={**report.payload, "results": [], "answered": len(results)})


def _file(path: Path, out: Path, kept: DownloadStore) -> dict[str, Any]:
    amount = path.stat().st_size
    return {
        "name": path.relative_to(out).as_posix(),
        "url": kept.address(path),
        "bytes": amount,
        "size": format_bytes(amount),
        "picture": path.suffix.lower() in (*EXTENSIONS.values(), ".jpeg"),
    }


def _shown(report: Report, kept: DownloadStore) -> dict[str, Any]:
    figures = [_figure(figure, kept) for figure in report.figures]
    return {
        "title": report.title,
        "summary": report.summary,
        "tables": [_table(table) for table in report.tables],
        "figures": figures,
        "notes": list(report.notes),
        "sections": [_shown(section, kept) for section in report.sections],
        "next": report.next,
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": list(table.columns),
        "numeric": [table.numeric(column) for column in range(len(table.columns))],
        "rows": [[_cell(cell) for cell in row] for row in table.rows],
    }


def _cell(cell: object) -> Any:
    if isinstance(cell, Score):
        low, value, high = (float(part) for part in (cell.low, cell.value, cell.high))
        shown = {"text": format_number(value), "interval": format_interval(cell)}
        return {**shown, "value": value, "low": low, "high": high} if 0 <= low <= value <= high <= 1 else shown
    if isinstance(cell, ImageCell) and (drawn := cell.render()) is not None:
        return {"picture": _inline(drawn, cell.media_type), "alt": cell.alt, "width": int(cell.width)}
    return {"text": format_cell(cell)}


def _figure(figure: Figure, kept: DownloadStore) -> dict[str, Any]:
    return {
        "title": figure.title,
        "caption": figure.caption,
        "image": _image(figure.content, figure.media_type, kept),
        "before": _image(figure.before, figure.media_type, kept) if figure.before else None,
    }


def _image(content: bytes, media_type: str, kept: DownloadStore) -> str:
    if len(content) <= SMALL:
        return _inline(content, media_type)
    path = kept.folder() / f"figure{EXTENSIONS[media_type]}"
    write_bytes(path, content)
    return kept.address(path)


def _inline(content: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode()}"


def _hidden(value: Any, names: dict[str, str]) -> Any:
    """Return `value` with paths of this machine replaced, which visitors need not know."""
    if isinstance(value, str):
        if value.startswith("data:"):
            return value
        for path, name in names.items():
            value = value.replace(f"{path}/", f"{name}/" if name else "").replace(path, name or "what you sent")
        return _SENT.sub("", value)
    if isinstance(value, dict):
        return {key: _hidden(part, names) for key, part in value.items()}
    return [_hidden(part, names) for part in value] if isinstance(value, list) else value


def plain(value: Any, names: dict[str, str]) -> Any:
    """Return JSON values without paths of this machine."""
    return _hidden(value, names)


def hidden(text: str, names: dict[str, str]) -> str:
    """Return a sentence without paths of this machine."""
    return str(_hidden(text, names))
