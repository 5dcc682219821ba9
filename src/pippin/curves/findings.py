"""What a curve says: who leads where, what twice the data should bring, and how far such a forecast can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pippin.core.application import Application
from pippin.core.report.formatting import format_number

Cells = Mapping[str, Sequence[Mapping[str, Any]]]  # by method: points with "examples", "score", "error", "cpu_seconds"
FEWEST = 4  # sizes for a forecast


def leaders(app: Application, cells: Cells) -> dict[int, str]:
    """Return the leading method at each size."""
    sizes = sorted({point["examples"] for points in cells.values() for point in points})
    return {size: _best(app, cells, size, list(cells)) for size in sizes}


def _best(app: Application, cells: Cells, size: int, among: Sequence[str]) -> str:
    scores = {name: _at(cells[name], size)["score"]["value"] for name in among if _measured(cells[name], size)}
    return (min if app.scoring.lower_is_better else max)(scores, key=lambda name: scores[name])


def _measured(points: Sequence[Mapping[str, Any]], size: int) -> bool:
    return any(point["examples"] == size for point in points)


def _at(points: Sequence[Mapping[str, Any]], size: int) -> Mapping[str, Any]:
    return next(point for point in points if point["examples"] == size)


def crossings(app: Application, cells: Cells) -> dict[str, dict[str, Any]]:
    """Return where each deep method overtakes the best classical one of each size (95 %), or who leads throughout."""
    from pippin.curves.scaling_laws import crossing

    classical = [name for name in cells if app.methods.is_classical(name)]
    found = {}
    for name in cells:
        sizes = [
            p["examples"] for p in cells[name] if any(_measured(cells[other], p["examples"]) for other in classical)
        ]
        if app.methods.is_classical(name) or not sizes:
            continue
        rivals = [_best(app, cells, size, classical) for size in sizes]
        ours = [_at(cells[name], size) for size in sizes]
        theirs = [_at(cells[rival], size) for rival, size in zip(rivals, sizes, strict=True)]
        sign = -1 if app.scoring.lower_is_better else 1
        at = crossing(
            sizes,
            [sign * point["score"]["value"] for point in ours],
            [point["error"] for point in ours],
            [sign * point["score"]["value"] for point in theirs],
            [point["error"] for point in theirs],
        )
        gaps = [
            sign * (our["score"]["value"] - their["score"]["value"]) for our, their in zip(ours, theirs, strict=True)
        ]
        # Whether it holds at every size, or only in the end.
        throughout = all(gap >= 0 for gap in gaps) if at.kind == "leads" else all(gap <= 0 for gap in gaps)
        found[name] = {
            **asdict(at),
            "throughout": throughout,
            "against": rivals[-1],
            "sizes": sizes,
            "unit": app.data.unit,
        }
    return found


def describe_crossing(name: str, crossing: Mapping[str, Any]) -> str:
    """Describe a crossing in a sentence."""
    against, sizes, unit = crossing["against"], crossing["sizes"], crossing["unit"]
    across = f"from {sizes[0]:,} to {sizes[-1]:,} {unit}" if len(sizes) > 1 else f"at {sizes[0]:,} {unit}"
    match crossing["kind"]:
        case "crosses":
            low, high = (_rounded(crossing[key]) for key in ("low", "high"))
            return f"{name} overtakes the best classical method between {low:,} and {high:,} {unit}."
        case "leads" if crossing["throughout"]:
            return f"{name} leads every classical method {across}; there is no crossing."
        case "trails" if crossing["throughout"]:
            return f"{name} stays behind the best classical method {across}; there is no crossing."
        case "leads" | "trails" as kind:
            position = "ahead of" if kind == "leads" else "behind"
            return f"{name} ends {position} {against} at {sizes[-1]:,} {unit}; before, the order changes."
    return f"{name} and {against} end too close to call at {sizes[-1]:,} {unit}."


def _rounded(value: float) -> int:
    """Round to two significant digits: the interval is no sharper."""
    digits = max(0, len(str(int(value))) - 2)
    return int(round(value, -digits))


def forecasts(app: Application, cells: Cells) -> dict[str, dict[str, Any]]:
    """Return for each method with four sizes or more: the law, the score at twice the data, and the check on them.

    The check leaves out all beyond half the largest size and forecasts the largest. None where scores are no shares.
    """
    found = {}
    for name, points in cells.items():
        values = [point["score"]["value"] for point in points]
        if len(points) < FEWEST or not all(0 <= value <= 1 for value in values):
            continue
        found[name] = _forecast(app, points)
    return found


def _forecast(app: Application, points: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    from pippin.curves.scaling_laws import fit, forecast

    sizes = [point["examples"] for point in points]
    errors = [_error(app, point["score"]["value"]) for point in points]
    noise = [point["error"] for point in points]
    law = fit(sizes, errors, noise)
    value, low, high = forecast(sizes, errors, noise, 2 * sizes[-1])
    ends = sorted(_error(app, error) for error in (low, high))
    made = {
        "law": {"floor": law.floor, "scale": law.scale, "exponent": law.exponent},
        "twice": {"examples": 2 * sizes[-1], "value": _error(app, value), "low": ends[0], "high": ends[1]},
    }
    known = [index for index, size in enumerate(sizes) if size <= 0.5 * sizes[-1]]
    if len(known) >= FEWEST - 1:
        until = known[-1] + 1
        guess = forecast(sizes[:until], errors[:until], noise[:until], sizes[-1])[0]
        made["check"] = {
            "from": sizes[until - 1],
            "examples": sizes[-1],
            "forecast": _error(app, guess),
            "measured": _error(app, errors[-1]),
        }
    return made


def _error(app: Application, value: float) -> float:
    """Convert a score to an error and back: itself where lower is better, else 1 minus it."""
    return value if app.scoring.lower_is_better else 1 - value


def promised(name: str, forecast: Mapping[str, Any], last: float) -> str:
    """Describe a forecast and its check in a sentence."""
    twice = forecast["twice"]
    gain = 100 * (twice["value"] - last)
    text = f"{name}: twice the data ({twice['examples']:,} examples) should bring {gain:+.1f} points"
    text += f", to {format_number(twice['value'])} [{format_number(twice['low'])}, {format_number(twice['high'])}]"
    if check := forecast.get("check"):
        off = 100 * (check["forecast"] - check["measured"])
        expected = format_number(check["forecast"])
        text += f"; from {check['from']:,} examples it forecast {expected} for {check['examples']:,}"
        text += f", measured was {format_number(check['measured'])} (off by {off:+.1f})"
    return text + "."
