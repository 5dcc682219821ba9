"""A report in a folder: `result.json` and its figures as files, to be shown again later."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_bytes, write_json
from pippin.core.report.cells import EXTENSIONS, Figure, ImageCell, Table
from pippin.core.report.formatting import format_cell
from pippin.core.report.report import Report
from pippin.core.values import Score

FIGURES = "figures"


def write_report(report: Report, path: Path) -> None:
    """Write a report to `path`; its figures go into the folder `figures` beside it, before it is there itself."""
    write_json(path, _to_json(report, path.parent / FIGURES, "f"))


def read_report(path: Path) -> Report:
    """Read what `write_report` wrote; PippinError if it is not whole."""
    try:
        return _from_json(read_json(path), path.parent / FIGURES)
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as problem:
        raise PippinError(f"The report {path} is damaged; run the command again.", input=path) from problem


def _to_json(report: Report, folder: Path, prefix: str) -> dict[str, Any]:
    figures = []
    for number, figure in enumerate(report.figures, 1):
        names = [f"{prefix}{number}{part}{EXTENSIONS[figure.media_type]}" for part in ("", "-before")]
        write_bytes(folder / names[0], figure.content)
        if figure.before:
            write_bytes(folder / names[1], figure.before)
        facts = {"title": figure.title, "media_type": figure.media_type, "caption": figure.caption}
        figures.append({**facts, "file": names[0], "before": names[1] if figure.before else None})
    return {
        "title": report.title,
        "summary": report.summary,
        "tables": [
            {
                "title": table.title,
                "columns": table.columns,
                "rows": [[_cell(cell) for cell in row] for row in table.rows],
            }
            for table in report.tables
        ],
        "figures": figures,
        "notes": report.notes,
        "next": report.next,
        "payload": json.loads(report.to_json()),
        "sections": [_to_json(part, folder, f"{prefix}{at}-") for at, part in enumerate(report.sections, 1)],
    }


def _cell(cell: object) -> Any:
    if isinstance(cell, Score):
        return {"score": [float(cell.value), float(cell.low), float(cell.high)]}
    if isinstance(cell, ImageCell):
        drawn = cell.render()
        if drawn is None:
            return format_cell(cell)
        content = base64.b64encode(drawn).decode()
        return {"image": content, "media_type": cell.media_type, "alt": cell.alt, "width": int(cell.width)}
    cell = cell.tolist() if hasattr(cell, "tolist") else cell
    return cell if cell is None or isinstance(cell, str | int | float | bool) else format_cell(cell)


def _from_json(found: Any, folder: Path) -> Report:
    figures = tuple(
        Figure(
            one["title"],
            (folder / Path(one["file"]).name).read_bytes(),
            one["media_type"],
            one["caption"],
            (folder / Path(one["before"]).name).read_bytes() if one["before"] else b"",
        )
        for one in found["figures"]
    )
    tables = tuple(
        Table(tuple(one["columns"]), tuple(tuple(map(_from_cell, row)) for row in one["rows"]), one["title"])
        for one in found["tables"]
    )
    return Report(
        title=found["title"],
        tables=tables,
        figures=figures,
        notes=tuple(found["notes"]),
        payload=found["payload"],
        next=found["next"],
        summary=found["summary"],
        sections=tuple(_from_json(one, folder) for one in found["sections"]),
    )


def _from_cell(cell: Any) -> object:
    if isinstance(cell, dict) and "score" in cell:
        return Score(*cell["score"])
    if isinstance(cell, dict):
        return ImageCell(base64.b64decode(cell["image"]), cell["media_type"], cell["alt"], cell["width"])
    return cell
