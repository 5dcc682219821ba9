"""Figures of what the network learned, and of what a prediction rests on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.image_grids import enlarged, grid, overlay_heatmap, png

from .data import SIDE, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.data import Dataset
    from pippin.core.inputs import Input

    from .learner import SeedlingLearner

FIGURE_SIDE = 256  # pixels of a figure
FILTER_SIDE = 64


def explain(learner: SeedlingLearner, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain the strokes the first layer looks for, or where the label of one image comes from."""
    return _filters(learner) if input is None else _occlusion(learner, input)


def _filters(learner: SeedlingLearner) -> Report:
    filters = learner.weights["strokes.weight"][:, 0]
    paper = np.ones_like(filters[0])
    drawn = [_heatmap(paper, each / np.abs(filters).max()) for each in filters]
    figure = Figure("strokes", png(grid(drawn, 8, FILTER_SIDE)), "image/png", "orange: ink wanted; blue: paper wanted")
    return Report(
        title=f"What the first layer looks for: {len(filters)} strokes of 3 x 3 pixels",
        figures=(figure,),
        payload={"filters": len(filters), "labels": learner.all_labels, "taught": len(learner.memory.taught)},
    )


def _occlusion(learner: SeedlingLearner, item: Input) -> Report:
    """Show what each pixel does for the label: the probability that is lost when it turns to paper or ink."""
    image = pixels(item)
    probabilities = learner.probabilities(image[None])[0]
    best = int(probabilities.argmax())
    changed = np.repeat(image[None], SIDE * SIDE, axis=0)
    index = np.arange(SIDE * SIDE)
    changed[index, 0, index // SIDE, index % SIDE] = np.where(image.ravel() > 0.5, 0, 1)
    lost = (probabilities[best] - learner.probabilities(changed)[:, best]).reshape(SIDE, SIDE)
    drawn = enlarged(_heatmap(1 - image[0], lost / max(float(np.abs(lost).max()), 1e-6)), FIGURE_SIDE)
    label = learner.all_labels[best]
    rows = tuple((learner.all_labels[n], float(probabilities[n])) for n in np.argsort(-probabilities)[:3])
    return Report(
        title=f"Why {item.name} is {label}",
        summary=f"Of its probability, {probabilities[best]:.3f}, one pixel can cost it {lost.max():.3f}.",
        figures=(Figure("evidence", png(drawn), "image/png", "orange: changing this pixel would cost the label most"),),
        tables=(Table(("label", "probability"), rows),),
        payload={"input": item.name, "answer": label, "lost": lost.round(4).tolist()},
    )


def _heatmap(levels: NDArray[Any], heat: NDArray[Any]) -> Image.Image:
    """Draw levels of grey [h, w] from 0 to 1 with `heat` (-1 to 1) on them."""
    return overlay_heatmap(Image.fromarray((levels * 255).round().astype(np.uint8)), heat)
