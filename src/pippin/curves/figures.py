"""The plots of a curve, the image made to be shared, and their files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.files import write_bytes, write_json
from pippin.core.report.report import Report
from pippin.curves.findings import Cells, describe_crossing


def drawings(app: Application, payload: Mapping[str, Any]) -> list[tuple[str, str, Callable[..., bytes]]]:
    """Return title, caption and drawing function (of "svg" or "png") of the plot and the image to share."""
    from pippin.curves.plots import Series, plot, share

    cells, over, facts = payload["methods"], payload["over"], payload["data"]
    series = [
        Series(
            name,
            not app.methods.is_classical(name),
            [point["examples"] for point in found],
            [point["score"]["value"] for point in found],
            [point["score"]["low"] for point in found],
            [point["score"]["high"] for point in found],
            [point["cpu_seconds"] for point in found],
            [point["limited"] for point in found],
            payload["forecasts"][name]["twice"] if name in payload["forecasts"] else None,
            name in payload["stopped"],
        )
        for name, found in cells.items()
    ]
    title = f"{app.scoring.metric} and cost over growing {growth(over)}"
    drawings: list[tuple[str, str, Callable[..., bytes]]] = [
        (title, CAPTION, partial(plot, series, app.scoring.metric, facts["name"], over))
    ]
    if over != "time":
        answer = _answer(app, payload["crossings"], cells)
        card = partial(share, series, app.scoring.metric, {**facts, "unit": over}, answer)
        drawings.append(("Does deep learning win on these data", "An image to share.", card))
    return drawings


def growth(over: str) -> str:
    """Return the name of the growing quantity, for a title."""
    return {"time": "time", "examples": "data"}.get(over, "experience")


CAPTION = (
    "Bands are 95 % intervals over seeds and test examples; warm colours learn their features, cool ones are given "
    "theirs by hand; thin dashes lead to the forecast for twice the data; hollow points were cut off by the limit. "
    "Seconds include the loading of libraries by a process's first point; what a cache held already cost nothing."
)


def _answer(app: Application, where: Mapping[str, Mapping[str, Any]], cells: Cells) -> tuple[str, str]:
    """Return whether deep learning wins here, in a word or two, and in a sentence."""
    deep = {name: cells[name][-1]["score"]["value"] for name in where}
    if not deep:
        return "Not compared", "Nothing classical was measured beside it."
    best = (min if app.scoring.lower_is_better else max)(deep, key=lambda name: deep[name])
    at = where[best]
    short = {"leads": "Yes", "trails": "No", "undecided": "Too close to call", "crosses": "Yes, with enough data"}
    return short[at["kind"]], " ".join(
        describe_crossing(name, where[name]) for name in list(dict.fromkeys([best, *where]))[:2]
    )


def written(report: Report, drawings: Sequence[tuple[str, str, Callable[..., bytes]]], folder: Path) -> Report:
    """Write plots (SVG, PNG) and numbers (JSON); return the report with them."""
    saved = report.save_figures(folder)
    for path, (_, _, draw) in zip(list(saved), drawings, strict=True):
        saved.append(path.with_suffix(".png"))
        write_bytes(saved[-1], draw(form="png"))
    saved.append(folder / "curve.json")
    write_json(saved[-1], report.payload)
    return replace(report, payload={**report.payload, "files": [str(path) for path in saved]})
