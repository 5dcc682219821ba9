"""`fields`: the columns a row has for the model in use, with what each may hold and what is usual in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pippin.core.context import Context
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report

BEGINNING = datetime(2000, 1, 1)  # days of dates are counted from here
SHOWN = 6  # values of a category in the table
TYPES = {"sentences": "text"}
MISSING = "None"  # as the encoder counts a category's missing value


def fields(context: Context) -> Report:
    """List the columns of the model with allowed values.

    Each column comes with its usual values, too.
    """
    learner: Any = context.learner()
    found = fields_of(learner.encoder.facts)
    labels = [] if learner.target.is_number else list(map(str, learner.target.labels))
    rows = tuple((one["name"], one["type"], _shown(one["choices"]), one["typical"]) for one in found)
    return Report(
        title=f"{context.name}: a row has {pluralize(len(found), 'column')}",
        tables=(Table(("column", "type", "may be", "for example"), rows),),
        notes=("What is left empty counts as missing.",),
        payload={"application": context.name, "fields": found, "labels": labels},
        next=f"pippin {context.name} predict '{{...}}' answers a row written as JSON",
    )


def fields_of(facts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each column once: name, type, the choices of a category, and a typical value, as an encoder learned."""
    columns: dict[str, list[Mapping[str, Any]]] = {}
    for one in facts:
        columns.setdefault(str(one["name"]), []).append(one)
    return [
        {
            "name": name,
            "type": TYPES.get(parts[0]["kind"], parts[0]["kind"]),
            "choices": _choices(parts[0]),
            "typical": _typical(parts),
        }
        for name, parts in columns.items()
    ]


def _choices(facts: Mapping[str, Any]) -> list[str]:
    return [value for value in facts.get("values", ()) if value != MISSING]


def _typical(parts: Sequence[Mapping[str, Any]]) -> Any:
    match parts[0]["kind"]:
        case "number":
            return _median(parts[0])
        case "category":
            return next(iter(_choices(parts[0])), None)
        case "date":
            return _moment({one["part"]: _median(one) for one in parts}, parts[0].get("form", ""))
    return None


def _median(facts: Mapping[str, Any]) -> float | int:
    """Return the middle of what was learned from; whole where all of it is."""
    quantiles = facts["quantiles"]
    middle = float(f"{quantiles[len(quantiles) // 2]:.6g}")
    return int(middle) if all(float(one).is_integer() for one in quantiles) else middle


def _moment(parts: Mapping[str, float], form: str) -> str:
    """Return a date, a time, or both, as ISO 8601 has them; in a form of strftime where the column has one."""
    hour, minute = int(parts.get("hour", 0)), int(parts.get("minute", 0))
    if "days" not in parts:
        return f"{hour:02}:{minute:02}"
    day = BEGINNING + timedelta(days=round(parts["days"]))
    written = day.strftime(form if "%" in form else "%Y-%m-%d")
    return f"{written} {hour:02}:{minute:02}" if "hour" in parts else written


def _shown(choices: Sequence[str]) -> str | None:
    return ", ".join(choices[:SHOWN]) + (", ..." if len(choices) > SHOWN else "") or None
