"""What a network without labels learned to look for, and how far its groups agree with labels it was never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pippin.apps.recognize.explain.clustering import cluster
from pippin.apps.recognize.explain.feature_hierarchy import Depth, draw_depths, look_deep, some_images
from pippin.apps.recognize.explain.filter_history import growth
from pippin.apps.recognize.explain.gradcam import tabulate_nearest
from pippin.apps.recognize.explain.occlusion import overlay
from pippin.apps.recognize.selfsupervised.encoder_graph import compute_stage_features
from pippin.apps.recognize.selfsupervised.points import PointSpace
from pippin.core.data import Dataset, spread
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.metrics import adjusted_rand_index
from pippin.learn.vision.image_decoding import open_image

if TYPE_CHECKING:
    from pippin.apps.recognize.selfsupervised.learner import SelfSupervised

Floats = NDArray[np.float32]

GROUPS = 10  # where no labels say how many
NEAREST, MAX_COMPARED, SHOWN = 5, 1500, 360
PATCHES = 8  # a side, of an occlusion map


def model(learner: SelfSupervised, data: Callable[[], Dataset] | None) -> Report:
    """Report its filters over the training, what excites its units, and by depth what its groups agree with."""
    figures = list(growth(learner.filters.astype(np.float32), learner.filters_steps))
    pixels, labels = some_images(learner, data)
    if len(pixels) < 2 * GROUPS:
        note = "Name the images with --data to see what excites its units and which groups they make."
        return Report(title=TITLE, figures=tuple(figures), notes=(note,), payload=_payload(learner, len(pixels)))
    network = learner.network()
    labelled = "None" not in labels and len(set(labels)) > 1
    groups = _groups_by_depth(learner, pixels, len(set(labels)) if labelled else GROUPS)
    agreement = {name: adjusted_rand_index(found, labels) for name, found in groups.items()} if labelled else {}
    last = groups[list(groups)[-1]]
    depths = look_deep(network, pixels)
    figures += draw_depths(network, depths, pixels, [f"group {number + 1}" for number in last])
    return Report(
        title=TITLE,
        summary=_finding(agreement),
        tables=(_table(learner, depths, agreement),),
        figures=tuple(figures),
        notes=(SHARES, *(() if labelled else (NO_LABELS,))),
        payload={**_payload(learner, len(pixels)), "agreement": agreement},
    )


TITLE = "What the network learned to look for without labels"
SHARES = "The share beside a unit is that of the largest group, as the last depth forms them, among its top images."
NO_LABELS = "These images have no labels, so nothing tells how far its groups agree with any."


def _payload(learner: SelfSupervised, count: int) -> dict[str, object]:
    facts = {"learned": learner.learned, "objective": learner.objective, "side": learner.side}
    return {**facts, "labels": dict(learner.counts), "pictures": count}


def _groups_by_depth(learner: SelfSupervised, pixels: Floats, count: int) -> dict[str, NDArray[np.intp]]:
    """Return the group of each image by depth: of the colours of its pixels, of each stage, and of the points."""
    import torch

    looked = compute_stage_features(learner.network(), torch.from_numpy(pixels))
    spaces = {"pixels": pixels.reshape(len(pixels), -1), **{name: found.numpy() for name, found in looked.items()}}
    points = {name: PointSpace.fit(found).points(found) for name, found in spaces.items()}
    points["points"] = learner.points(pixels)
    return {name: cluster(found, count)[0] for name, found in points.items()}


def _table(learner: SelfSupervised, depths: list[Depth], agreement: dict[str, float]) -> Table:
    sizes = [min(depth.field.size, learner.side) for depth in depths]
    shown = {
        depth.name: (depth.strongest.shape[1], f"{size} x {size}") for depth, size in zip(depths, sizes, strict=True)
    }
    names = list(agreement) or list(shown)
    rows = tuple((name, *shown.get(name, (None, None)), agreement.get(name)) for name in names)
    columns = ("depth", "channels", "pixels a unit sees", "agreement with the labels")
    return Table(columns, rows) if agreement else Table(columns[:3], tuple(row[:3] for row in rows))


def _finding(agreement: dict[str, float]) -> str:
    """Return how far groups agree with the labels, as measured."""
    if not agreement:
        return ""
    pixels, points = agreement["pixels"], agreement["points"]
    text = f"Groups of the pixels agree with the labels it was never shown by {pixels:.3f}, groups of what it sees by "
    return text + f"{points:.3f} (adjusted Rand index: 0 as by chance, 1 wholly)."


def image(learner: SelfSupervised, item: Input, data: Callable[[], Dataset] | None) -> Report:
    """Explain one image: which images it is like, and which of its parts make it so."""
    (point,) = learner.look([item])
    if isinstance(point, PippinError):
        raise point
    prediction = learner.answer(item, point)
    said = str(prediction.answer) if prediction.known else "I don't know yet"
    near = _nearest(learner, point, data)
    evidence = _evidence(learner, item, point)
    shown = open_image(item).convert("RGB").resize((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    heat = Image.fromarray(evidence, "F").resize((SHOWN, SHOWN), Image.Resampling.BICUBIC)
    figure = Figure(
        "What makes it look as it does to the network",
        overlay(shown, np.asarray(heat)),
        "image/png",
        "Left the image; right, orange where covering a part takes it farthest from the whole image's point.",
    )
    title = f"Why {Path(item.name).name} is: {said}"
    return Report(
        title=title,
        summary=". ".join(map(str, prediction.evidence)),
        figures=(figure,),
        sections=(Report("Most alike among your images", tables=(tabulate_nearest(near),)),) if near else (),
        payload={
            "input": item.name,
            "answer": prediction.answer,
            "confidence": prediction.confidence,
            "known": prediction.known,
            "occlusion": np.round(evidence, 4).tolist(),
            "nearest": [{"name": e.name, "answer": label, "likeness": like} for e, label, like in near],
        },
    )


def _evidence(learner: SelfSupervised, item: Input, point: Floats) -> Floats:
    """Return how far the point moves when a patch of the mean colour covers each position [8,8], of largest size 1.

    Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.2.
    """
    whole = learner.pixels(item)
    edges = np.linspace(0, learner.side, PATCHES + 1).round().astype(int)
    covered = np.repeat(whole[None], PATCHES * PATCHES, axis=0)
    for number in range(len(covered)):
        row, column = divmod(number, PATCHES)
        top, bottom = edges[max(0, row - 1)], edges[min(PATCHES, row + 2)]
        left, right = edges[max(0, column - 1)], edges[min(PATCHES, column + 2)]
        covered[number, :, top:bottom, left:right] = whole.mean(axis=(1, 2))[:, None, None]
    moved = 1 - learner.points(covered) @ point
    return np.asarray((moved / (np.abs(moved).max() + 1e-9)).reshape(PATCHES, PATCHES), np.float32)


def _nearest(
    learner: SelfSupervised, point: Floats, data: Callable[[], Dataset] | None
) -> list[tuple[Input, str, float]]:
    """Return the images most like the one at a point: input, label that was given to it or "", cosine."""
    examples = spread(data().examples, 0)[:MAX_COMPARED] if data else []
    found = [
        (example.input, learner.examples.label_of(example.key) or "", float(other @ point))
        for example, other in zip(examples, learner.look(example.input for example in examples), strict=True)
        if not isinstance(other, PippinError)
    ]
    return sorted(found, key=lambda one: -one[2])[:NEAREST]
