"""Charts that a stranger can read: score and cost over growing data, and one image made to be shared."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.core.errors import missing_extra

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Told apart by colour-blind readers and in grey print: lightness differs within each family, markers differ too.
WARM = ("#c2410c", "#f59e0b", "#9d174d", "#e8735a", "#7c2d12")
COOL = ("#1e3a5f", "#3b82c4", "#0f766e", "#8aa4bd", "#64748b", "#a3b8a0")
MARKERS = "osD^vPX*"
FEW_TENS = 100.0  # an axis that spans less has too few powers of ten to be read by
INK, SOFT, PAPER = "#1f2933", "#6b7785", "#ffffff"


@dataclass(frozen=True)
class Series:
    """One method: scores with intervals and CPU seconds at sizes; all lists are [K].

    `limited` marks points cut off by a limit, `twice` is the forecast for twice the data ("examples", "value"),
    `ended` tells that the method stops before the end.
    """

    name: str
    deep: bool
    sizes: Sequence[float]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    cost: Sequence[float]
    limited: Sequence[bool]
    twice: Mapping[str, float] | None = None
    ended: bool = False


def plot(series: Sequence[Series], metric: str, name: str, over: str = "examples", form: str = "svg") -> bytes:
    """Score (left) and cost (right) over growing data (`over` names its unit), or "time"; as "svg" or "png"."""
    growing = over != "time"
    figure = _figure(12.6 if growing else 8.2, 5.4)
    panels = figure.subplots(1, 2) if growing else [figure.subplots()]
    looks = _looks(series)
    for one in series:
        _scores(panels[0], one, looks[one.name], one.sizes if growing else one.cost, growing)
    _label_ends(panels[0], [(one, looks[one.name]) for one in series], growing)
    _axes(panels[0], f"{over} to learn from" if growing else "CPU seconds to learn", metric)
    panels[0].set_title(f"{metric} on {name}", loc="left", fontsize=12.5, color=INK, pad=12)
    if growing:
        for one in series:
            _line(panels[1], one.sizes, one.cost, looks[one.name], one.limited)
        panels[1].set_yscale("log")
        _axes(panels[1], f"{over} to learn from", "CPU seconds")
        panels[1].set_title("CPU seconds to learn, tuning included", loc="left", fontsize=12.5, color=INK, pad=12)
        ends = [f"{one.name} stops at {one.sizes[-1]:,.0f} {over}: beyond the limit" for one in series if one.ended]
        figure.text(0.5, 0.004, "; ".join(ends), ha="center", fontsize=9, color=SOFT)
    figure.tight_layout(rect=(0, 0.03, 1, 1), w_pad=4 if growing else 1)
    return _saved(figure, form)


def share(
    series: Sequence[Series], metric: str, facts: Mapping[str, Any], answer: tuple[str, str], form: str = "svg"
) -> bytes:
    """Draw an image to share, 1200 x 630 pixels: does deep learning win?

    `facts` hold "name", "examples" scored on, "unit".
    """
    figure = _figure(12, 6.3)
    short, long = answer
    figure.text(0.045, 0.875, "Does deep learning win on", fontsize=19, color=SOFT)
    figure.text(0.045, 0.80, textwrap.shorten(str(facts["name"]), 34, placeholder="…"), fontsize=19, color=INK)
    size = 44 if len(short) < 8 else 27
    figure.text(0.043, 0.63, textwrap.fill(short + ".", 18), fontsize=size, color=WARM[0], weight="bold")
    wrapped = "\n".join(textwrap.fill(line, 40) for line in long.split("\n"))
    figure.text(0.045, 0.57, wrapped, fontsize=13, color=INK, va="top", linespacing=1.45)
    footer = f"{facts['examples']:,} examples to score on · bands: 95 % · measured with Pippin, {date.today()}"
    figure.text(0.045, 0.06, footer, fontsize=10, color=SOFT)
    panel = figure.add_axes((0.49, 0.16, 0.36, 0.72))
    looks = _looks(series)
    for one in series:
        _scores(panel, one, looks[one.name], one.sizes, True)
    _label_ends(panel, [(one, looks[one.name]) for one in series], True)
    _axes(panel, f"{facts.get('unit', 'examples')} to learn from", metric)
    return _saved(figure, form, dpi=100)


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError as problem:
        raise missing_extra("matplotlib", "train", "Drawing the curve") from problem
    return Figure(figsize=(width, height), facecolor=PAPER)


def _saved(figure: Figure, form: str, dpi: int = 150) -> bytes:
    from matplotlib import rc_context

    buffer = io.BytesIO()
    # Without a date and with a fixed salt the same numbers make the same bytes.
    with rc_context({"svg.hashsalt": "pippin", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=form, dpi=dpi, metadata={"Date": None} if form == "svg" else {})
    return buffer.getvalue()


def _looks(series: Sequence[Series]) -> dict[str, dict[str, Any]]:
    """Colour and marker of each method: warm for those that learn their features, cool for the others."""
    looks, counts = {}, {True: 0, False: 0}
    for index, one in enumerate(series):
        colours = WARM if one.deep else COOL
        colour = colours[counts[one.deep] % len(colours)]
        looks[one.name] = {"color": colour, "marker": MARKERS[index % len(MARKERS)], "ls": "-" if one.deep else "--"}
        counts[one.deep] += 1
    return looks


def _scores(axes: Axes, one: Series, look: dict[str, Any], x: Sequence[float], growing: bool) -> None:
    axes.fill_between(x, one.low, one.high, color=look["color"], alpha=0.13, lw=0)
    _line(axes, x, one.values, look, one.limited)
    if growing and one.twice:
        ends = [one.sizes[-1], one.twice["examples"]], [one.values[-1], one.twice["value"]]
        axes.plot(*ends, color=look["color"], lw=1, ls=(0, (1.5, 2)))


def _line(axes: Axes, x: Sequence[float], y: Sequence[float], look: dict[str, Any], hollow: Sequence[bool]) -> None:
    axes.plot(x, y, color=look["color"], ls=look["ls"], lw=1.9)
    for index, empty in enumerate(hollow):
        face = PAPER if empty else look["color"]
        axes.plot(x[index], y[index], look["marker"], ms=5.5, mec=look["color"], mfc=face, mew=1.4)


def _axes(axes: Axes, x: str, y: str) -> None:
    axes.set_xscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            _plain_numbers(axis)
    axes.set_xlabel(x, color=SOFT, fontsize=10.5)
    axes.set_ylabel(y, color=SOFT, fontsize=10.5)
    axes.grid(True, which="major", color="#e4e8ec", lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(which="both", colors=SOFT, labelsize=9.5, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color("#b8c0c8")


def _plain_numbers(axis: Axis) -> None:
    """Write powers of ten as plain numbers, and where they are few, twice and five times those between them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    plain = FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}")
    axis.set_major_formatter(plain)
    low, high = axis.get_view_interval()
    if high / low < FEW_TENS:
        axis.set_minor_locator(LogLocator(subs=(2, 5)))
    axis.set_minor_formatter(plain if high / low < FEW_TENS else NullFormatter())


def _label_ends(axes: Axes, drawn: Sequence[tuple[Series, dict[str, Any]]], growing: bool) -> None:
    """Write names at the right rim beside where the lines end, moved apart where they would touch."""
    low, high = axes.get_ylim()
    ordered = sorted(drawn, key=lambda pair: pair[0].values[-1])
    wanted = np.array([(one.values[-1] - low) / (high - low) for one, _ in ordered])
    places = _apart(wanted, gap=0.055)
    right = max((one.sizes if growing else one.cost)[-1] for one, _ in drawn)
    for (one, look), height, start in zip(ordered, places, wanted, strict=True):
        end = (one.sizes if growing else one.cost)[-1]
        axes.annotate(
            one.name,
            xy=(end, one.values[-1]),
            xytext=(1.035, height),
            textcoords="axes fraction",
            va="center",
            fontsize=9.8,
            color=look["color"],
            arrowprops={"arrowstyle": "-", "color": look["color"], "lw": 0.7, "alpha": 0.55, "shrinkA": 1, "shrinkB": 4}
            if abs(height - start) > 0.012 or end < right or one.twice
            else None,
        )


def _apart(wanted: np.ndarray[Any, Any], gap: float) -> np.ndarray[Any, Any]:
    """Return ascending positions as near to those wanted as can be, at least `gap` from each other."""
    places = wanted.copy()
    for _ in range(200):
        short = gap - np.diff(places)
        if (short <= 1e-6).all():
            break
        for index in np.flatnonzero(short > 0):
            places[index] -= short[index] / 2
            places[index + 1] += short[index] / 2
    return places
