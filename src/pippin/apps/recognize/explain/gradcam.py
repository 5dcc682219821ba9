"""Why a network that learned from nothing answers one image as it does: where it looked, and what it recalls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from pippin.apps.recognize.explain.occlusion import overlay
from pippin.apps.recognize.scratch.learner import Activations
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, ImageCell, Table
from pippin.core.report.report import Report
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.thumbnails import thumbnail

if TYPE_CHECKING:
    from pippin.apps.recognize.scratch.learner import FromScratch

MIN_SIDE = 5  # of the maps that are looked at: fewer positions would tell nothing
NEAREST, MAX_COMPARED, SHOWN = 5, 1500, 360


def image(learner: FromScratch, item: Input, data: Callable[[], Dataset] | None) -> Report:
    """Explain the answer to one image by its Grad-CAM and the training images most like it."""
    (look,) = learner.look([item])
    if isinstance(look, PippinError):
        raise look
    prediction = learner.answer(look)
    evidence, stage = gradcam(learner, item, int(look.logits.argmax()))
    near = _nearest(learner, look, data)
    shown = open_image(item).convert("RGB").resize((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    heat = Image.fromarray(evidence, "F").resize((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    own = learner.labels[int(look.logits.argmax())]
    return Report(
        title=f"Why {Path(item.name).name} is: {prediction.answer}",
        summary="Orange parts speak for the answer, blue parts against it." + _corrected(prediction.evidence),
        figures=(
            Figure(
                f"Grad-CAM for {own} at {stage}",
                overlay(shown, np.asarray(heat)),
                "image/png",
                f"Left the image, right where its {evidence.shape[0]} x {evidence.shape[1]} maps hold evidence.",
            ),
        ),
        sections=(Report("Most alike among your images", tables=(tabulate_nearest(near),)),) if near else (),
        payload={
            "input": item.name,
            "answer": prediction.answer,
            "confidence": prediction.confidence,
            "gradcam": np.round(evidence, 4).tolist(),
            "nearest": [{"name": e.name, "answer": label, "likeness": like} for e, label, like in near],
        },
    )


def _corrected(evidence: tuple[str, ...]) -> str:
    return f" The answer is one you taught: {evidence[0]}." if evidence else ""


def gradcam(learner: FromScratch, item: Input, label: int) -> tuple[NDArray[np.float32], str]:
    """Return evidence for the logit of `label` [h,w], of largest size 1, at the deepest stage with maps large enough.

    Channels weighted by their mean gradient (Selvaraju et al. 2017, equations 1 and 2), without the final
    rectification: what speaks against the label is shown, too.
    """
    network = learner.network()
    x = network.standardise(torch.from_numpy(learner.pixels(item))[None])
    maps: dict[str, torch.Tensor] = {}
    for name, stage in network.stages.items():
        x = stage(x)
        maps[name] = x
    chosen = [name for name, value in maps.items() if value.shape[2] >= MIN_SIDE][-1]
    logits = network.head(x.mean((2, 3)))
    (slope,) = torch.autograd.grad(logits[0, label], maps[chosen])
    evidence = (slope.mean((2, 3), keepdim=True) * maps[chosen]).sum(1)[0].detach().numpy()
    return np.asarray(evidence / (np.abs(evidence).max() + 1e-9), np.float32), chosen


def _nearest(
    learner: FromScratch, look: Activations, data: Callable[[], Dataset] | None
) -> list[tuple[Input, str, float]]:
    """Return the images whose features point most nearly in the same direction: input, label and cosine."""
    examples = spread(data().examples, 0)[:MAX_COMPARED] if data else []
    own = look.features / (np.linalg.norm(look.features) + 1e-9)
    found = [
        (example.input, str(example.answer), float(what.features @ own / (np.linalg.norm(what.features) + 1e-9)))
        for example, what in zip(examples, learner.look(example.input for example in examples), strict=True)
        if isinstance(what, Activations)
    ]
    return sorted(found, key=lambda one: -one[2])[:NEAREST]


def tabulate_nearest(near: list[tuple[Input, str, float]]) -> Table:
    rows = tuple(
        (ImageCell(partial(thumbnail, item), "image/png", Path(item.name).name), label, likeness)
        for item, label, likeness in near
    )
    return Table(("image", "label", "likeness"), rows)
