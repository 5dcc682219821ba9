"""Pictures of what the network learned, and of what an answer rests on."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report

from .data import SIDE, pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.inputs import Input

    from .learner import Learner

ENLARGED = 32  # pixels of a figure for one of the picture
NEVER_DRAWN = 1  # columns between the filters


def strokes(learner: Learner) -> Report:
    """The filters of the first layer: blue where one wants ink, red where it wants paper."""
    filters = learner.weights["strokes.weight"][:, 0]
    strength = filters / np.abs(filters).max()
    gap = np.full((3, NEVER_DRAWN), np.nan)
    row = np.concatenate([part for each in strength for part in (each, gap)], axis=1)[:, :-NEVER_DRAWN]
    figure = Figure(
        "strokes", _png(_tinted(np.ones_like(row), row)), "image/png", "blue: ink wanted; red: paper wanted"
    )
    return Report(
        title=f"What the first layer looks for: {len(filters)} strokes of 3 x 3 pixels",
        figures=(figure,),
        payload={"filters": len(filters), "labels": learner.all_labels, "taught": len(learner.taught)},
    )


def where(learner: Learner, item: Input) -> Report:
    """What each pixel does for the answer: how much of its probability goes when it turns to paper or ink."""
    image = pixels(item)
    shares = learner.probabilities(image[None])[0]
    best = int(shares.argmax())
    changed = np.repeat(image[None], SIDE * SIDE, axis=0)
    places = np.arange(SIDE * SIDE)
    changed[places, 0, places // SIDE, places % SIDE] = np.where(image.ravel() > 0.5, 0, 1)
    lost = (shares[best] - learner.probabilities(changed)[:, best]).reshape(SIDE, SIDE)
    map_ = _png(_tinted(1 - image[0], lost / max(float(np.abs(lost).max()), 1e-6)))
    answer = learner.all_labels[best]
    rows = tuple((learner.all_labels[n], float(shares[n])) for n in np.argsort(-shares, kind="stable")[:3])
    return Report(
        title=f"Why {item.name} is {answer}",
        summary=f"Of its probability, {shares[best]:.3f}, one pixel can cost it {lost.max():.3f}.",
        figures=(
            Figure("what it rests on", map_, "image/png", "blue: changing this pixel would cost the answer most"),
        ),
        tables=(Table(("label", "probability"), rows),),
        payload={"input": item.name, "answer": answer, "lost": lost.round(4).tolist()},
    )


def _tinted(grey: NDArray[np.float32], amount: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Levels of grey [h, w] tinted blue where `amount` is above zero and red where below; NaN stays white."""
    tint = np.nan_to_num(amount).clip(-1, 1)[..., None]
    blue, red = np.array([0.1, 0.3, 0.9]), np.array([0.9, 0.2, 0.1])
    color = grey[..., None] * (1 - np.abs(tint)) + np.where(tint > 0, blue, red) * np.abs(tint)
    rounded: NDArray[np.uint8] = (color * 255).round().astype(np.uint8)
    return rounded


def _png(colors: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    image = Image.fromarray(colors)
    size = (image.width * ENLARGED, image.height * ENLARGED)
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.NEAREST).save(buffer, "PNG")
    return buffer.getvalue()
