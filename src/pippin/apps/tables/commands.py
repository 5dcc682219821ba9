"""Commands of `tables` beside the verbs: what each column of a table is taken for."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.tables.config import TablesConfig
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.inputs import Input
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

HOW = (
    "To say otherwise: --label COLUMN, --task=regression, --skip 'COLUMN, COLUMN', --types 'COLUMN=category, "
    "COLUMN=number comma, COLUMN=date day-first' (also text, id); `train` takes the same."
)


def columns(
    context: Context,
    file: Annotated[Any, "a table: CSV, JSON, parquet or Excel"] = None,
    *,
    out: Annotated[Path | None, "a CSV file to write the table to, as it was read"] = None,
    **config: Any,
) -> Report:
    """Show the type found for each column of FILE, and why.

    The report also tells how to choose another type; nothing is learned.
    """
    from pippin.apps.tables.column_types import LEFT_OUT
    from pippin.apps.tables.data import SAMPLE, columns_of
    from pippin.apps.tables.label_choice import Roles, label_text
    from pippin.apps.tables.table_reader import read

    item = Input.of(SAMPLE if file is None else file)
    if out is not None and out.exists():
        raise PippinError(f"{out} exists already; name a file that does not.", input=out)
    table = read(item)
    held = columns_of(table)
    roles, problem = _roles(held, TablesConfig.read(config))
    rows = []
    for name in table.columns:
        role = "label" if name == roles.label else LEFT_OUT if name in roles.left_out else "feature"
        shown = roles.types[name]
        why = roles.left_out.get(name, "")
        why = shown.why if shown.why and shown.why in why else "; ".join(filter(None, (shown.why, why)))
        rows.append({"name": name, "type": shown.kind, "role": role, "why": why})
    labels = {label_text(value) for value in held.get(roles.label, ()) if value is not None}
    if out is not None:
        write_bytes(out, written(table))
    assert isinstance(roles, Roles)
    return Report(
        title=f"{item.name}: {pluralize(len(rows), 'column')}, {pluralize(len(table.rows), 'row')}",
        summary=_summary(roles, len(labels)),
        tables=(Table(("column", "type", "role", "why"), tuple(tuple(row.values()) for row in rows)),),
        notes=(
            *table.notes,
            *roles.notes,
            *problem,
            HOW,
            *(f"Line {line} is left out: {why}." for line, why in table.skipped[:5]),
            *((f"{len(table.skipped)} lines are left out in all.",) if len(table.skipped) > 5 else ()),
        ),
        payload={
            "application": context.name,
            "columns": rows,
            "task": roles.task,
            "classes": sorted(labels) if roles.task == "classification" else [],
            "rows": len(table.rows),
            "skipped": [{"line": line, "why": why} for line, why in table.skipped],
            "label": roles.label,
            "notes": [*table.notes, *roles.notes, *problem],
        },
        next=f"pippin {context.name} train FILE --label NAME --types 'NAME=category' says otherwise",
    )


def _roles(held: dict[str, list[Any]], config: TablesConfig) -> tuple[Any, tuple[str, ...]]:
    """Return the columns' roles; without a possible label, all are features, and a note says why."""
    from pippin.apps.tables.column_roles import decide
    from pippin.apps.tables.column_types import infer_types
    from pippin.apps.tables.label_choice import Roles

    try:
        return decide(held, config), ()
    except PippinError as problem:
        if any(getattr(config, name) for name in ("label", "skip", "types", "group", "time")):
            raise
        return Roles("", "", infer_types(held), features=list(held)), (problem.message,)


def _summary(roles: Any, classes: int) -> str:
    if not roles.label:
        return "No column can be predicted."
    how = (
        f"{pluralize(classes, 'label')} (classification)" if roles.task == "classification" else "a number (regression)"
    )
    return f"{roles.label} is to be predicted: {how}, from {pluralize(len(roles.features), 'column')}."


def written(table: Any) -> bytes:
    """Return a table as CSV in UTF-8: its heading, if the file had one, and its rows, as they were read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if table.heading:
        writer.writerow(table.columns)
    writer.writerows(["" if row[name] is None else row[name] for name in table.columns] for _, row in table.rows)
    return text.getvalue().encode()
