"""What the network looks for, and what it added to an image and where."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from pippin.apps.upscale.comparison import FULL, Compared, compared, faint
from pippin.apps.upscale.invented import Region, regions
from pippin.core.data import Dataset
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.image_grids import Cell, captioned_grid, overlay_heatmap, png

if TYPE_CHECKING:
    from pippin.apps.upscale.learner import UpscaleLearner

Array = np.ndarray
FILTER = 48  # pixels a side a 3x3 kernel is drawn at
MAX_FILTERS = 32
BRANCHES = ("plain", "wide", "edges", "identity")
SHOWN = 900  # pixels of the longer side of an image that is explained, at most
LAYER = 1400  # pixels of the longer side of an image that lies over another
OUTLINES = {"letters": "#ff9a1f", "face": "#4aa3ff"}
WINDOW = 280  # pixels a side of what is shown closely


def explain(learner: UpscaleLearner, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain what its filters look for, or what it added to an image and where."""
    return model(learner) if input is None else image(learner, input)


def model(learner: UpscaleLearner) -> Report:
    """Show the kernels of the first layer, and how those of the first two came together from their branches."""
    ready = learner.ready
    first = ready.weights["0.weight"]
    cells = [Cell(f"filter {number}", [_draw_kernel(kernel)]) for number, kernel in enumerate(first[:MAX_FILTERS, :1])]
    figures = [
        Figure(
            "What the first layer looks for",
            png(captioned_grid(cells, 8, gap=14, caption=11)),
            "image/png",
            "Each filter looks at 3x3 pixels: orange weighs brightness for it, blue against it.",
        )
    ]
    figures += _branches(learner)
    rows = tuple(
        (number + 1, f"{kernel.shape[1]} to {kernel.shape[0]}", f"{2 * number + 3} x {2 * number + 3}", kernel.size)
        for number, kernel in ((n, ready.weights[f"{n}.weight"]) for n in range(ready.shape.layers))
    )
    count = sum(array.size for array in ready.weights.values())
    return Report(
        title="What the network is",
        summary=f"{ready.shape.layers} convolutions of 3x3, {count:,} numbers; a pixel of the result hangs on "
        f"{2 * ready.shape.radius + 1} x {2 * ready.shape.radius + 1} pixels of the image.",
        figures=tuple(figures),
        tables=(Table(("layer", "channels", "sees", "weights"), rows),),
        payload={"shape": ready.facts, "numbers": count},
    )


def _branches(learner: UpscaleLearner) -> list[Figure]:
    """Return the parts of one filter of each of the first two layers, and their sum."""
    cells = []
    for number in (0, 1):
        found = {name: learner.branches.get(f"branches.{number}.{name}") for name in BRANCHES}
        parts = {name: array.astype(np.float32) for name, array in found.items() if array is not None}
        if not parts:
            continue
        total = np.sum(list(parts.values()), 0)
        places = np.argsort(-np.abs(total).sum((2, 3)).ravel())[:4]
        for place in places:
            out, into = np.unravel_index(int(place), total.shape[:2])
            kernels = [array[out, into][None] for array in (*parts.values(), total)]
            most = max(float(np.abs(one).max()) for one in kernels)
            images = [_draw_kernel(one, most) for one in kernels]
            cells.append(Cell(f"layer {number + 1}: {' + '.join(parts)} = kernel", images))
    if not cells:
        return []
    about = "While it learns, a kernel is the sum of its branches; for use, only the sum is kept."
    return [
        Figure(
            "Filters before and after collapsing", png(captioned_grid(cells, 2, gap=18, caption=11)), "image/png", about
        )
    ]


def _draw_kernel(kernel: Array, most: float = 0.0) -> Image.Image:
    """Draw a kernel [1,3,3] as an image: orange positive, blue negative, full colour at `most` (else its maximum)."""
    heat = np.kron(kernel[0] / (most or float(np.abs(kernel).max()) or 1.0), np.ones((FILTER // 3, FILTER // 3)))
    return overlay_heatmap(Image.new("L", heat.shape[::-1], 240), heat)


def image(learner: UpscaleLearner, item: Input) -> Report:
    """Show what was added to bicubic and where, and whether the result, made smaller again, is the input."""
    found = compared(learner, item)
    small, large, plain, added = found.small, found.large, found.plain, found.added
    top, left = _busiest(np.abs(added))
    window = (slice(top, top + WINDOW), slice(left, left + WINDOW))
    close = [plain[window], large[window]]
    where = found.map
    where.thumbnail((SHOWN, SHOWN))
    cells = [Cell("bicubic", [Image.fromarray(close[0])]), Cell("the network", [Image.fromarray(close[1])])]
    cells.append(Cell("what it added", [overlay_heatmap(faint(close[0]), found.heat[window])]))
    marked, warnings = regions(small)
    return Report(
        title=f"What was added to {Path(item.name).name}",
        summary=f"{small.shape[1]} x {small.shape[0]} became {large.shape[1]} x {large.shape[0]} pixels; on "
        f"average {np.abs(added).mean():.1f} of 255 levels were added to bicubic. {found.verdict}",
        figures=(
            Figure(
                "Before and after",
                png(Image.fromarray(_fitting(large))),
                "image/png",
                "Bicubic to the left of the line, the network to its right; draw its lower corner to move it.",
                png(Image.fromarray(_fitting(plain))),
            ),
            Figure(
                "Where most was added",
                png(captioned_grid(cells, 3)),
                "image/png",
                "Orange became brighter, blue darker.",
            ),
            Figure("Where it added", png(where), "image/png", f"In full colour from {255 * FULL:.0f} levels on."),
            *([outlined(large, marked, found.factor)] if marked else []),
        ),
        notes=(*warnings, *found.notes),
        payload={**facts(item, found), "likely_invented": [region._asdict() for region in marked]},
    )


def outlined(large: Array, marked: Sequence[Region], scale: float) -> Figure:
    """Return the larger image with letters and faces outlined."""
    image = Image.fromarray(large)
    shrink = min(1.0, SHOWN / max(image.size))
    image = image.resize((round(shrink * image.width), round(shrink * image.height)))
    draw = ImageDraw.Draw(image)
    for region in marked:
        box = [scale * shrink * side for side in region[1:]]
        for width, colour in ((5, "black"), (3, OUTLINES[region.what])):
            draw.rectangle(box, outline=colour, width=width)
    return Figure("Where detail is likely invented", png(image), "image/png", "Letters in orange, faces in blue.")


def layer(learner: UpscaleLearner, item: Input) -> Report:
    """Show what was added as one image to be laid over the result, and how faithful that is."""
    found = compared(learner, item)
    over, under = found.map, Image.fromarray(found.large)
    for one in (over, under):
        one.thumbnail((LAYER, LAYER))
    mean = float(np.abs(found.added).mean())
    return Report(
        title=f"What was added to {Path(item.name).name}",
        summary=f"On average {mean:.1f} of 255 levels were added to the classical result (bicubic). {found.verdict}",
        figures=(
            Figure("What was added", _jpeg(over), "image/jpeg", "Orange became brighter, blue darker.", _jpeg(under)),
        ),
        notes=found.notes,
        payload=facts(item, found),
    )


def facts(item: Input, found: Compared) -> dict[str, Any]:
    """Return the findings as plain values."""
    height, width = found.large.shape[:2]
    return {
        "input": item.name,
        "width": width,
        "height": height,
        "scale": found.factor,
        "consistency_db": found.consistency,
        "bicubic_db": found.bicubic,
        "added_mean": float(np.abs(found.added).mean()),
        "added_most": float(np.abs(found.added).max()),
    }


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _busiest(added: Array) -> tuple[int, int]:
    """Return top and left of the window in which most was added."""
    height, width = (max(1, side - WINDOW + 1) for side in added.shape)
    total = np.pad(added.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    tall, wide = (min(WINDOW, side) for side in added.shape)
    sums = total[tall:, wide:] - total[:-tall, wide:] - total[tall:, :-wide] + total[:-tall, :-wide]
    top, left = np.unravel_index(int(sums[:height, :width].argmax()), sums[:height, :width].shape)
    return int(top), int(left)


def _fitting(array: Array) -> Array:
    """Return the middle of an image, where it is too large for a page."""
    top, left = (max(0, side - SHOWN) // 2 for side in array.shape[:2])
    return array[top : top + SHOWN, left : left + SHOWN]
