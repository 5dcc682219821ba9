"""Why `recognize` answers as it does: where in the image the evidence lies, and which taught images it recalls."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pippin.apps.recognize.explain.decision_boundary import label_map
from pippin.apps.recognize.pretrained.feature_cache import SIDE, Features, network
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.core.workspace import cache
from pippin.learn.plots.image_grids import FOR, overlay_heatmap, png
from pippin.learn.vision import backbone
from pippin.learn.vision.image_decoding import open_image

if TYPE_CHECKING:
    from pippin.apps.recognize.pretrained.learner import FewShotLearner

PATCH, STEP = 48, 22
NEAREST = 5
# Diverging colours (against, neutral, for), chosen to be told apart by colour-blind readers too.


def image(learner: FewShotLearner, item: Input) -> Report:
    """Explain the answer to one image by its occlusion map and the nearest taught images."""
    (seen,) = learner.see([item], late=learner.blocks is not None)
    if not isinstance(seen, Features):
        raise seen
    prediction = learner.answer(item, seen)
    said = str(prediction.answer) if prediction.known else f"I don't know yet (nearest: {prediction.answer})"
    evidence = occlusion(learner, item, str(prediction.answer))
    (point,) = learner.embed(seen.features[None])
    best, likeness = learner.nearest_rows(point, NEAREST)
    nearest = [
        {"name": learner.names[i], "answer": learner.labels[i], "likeness": x}
        for i, x in zip(best, likeness, strict=True)
    ]
    guesses = [{"answer": name, "confidence": share} for name, share in seen.guesses]
    return Report(
        title=f"Why {Path(item.name).name} is: {said}",
        summary="Orange parts speak for the answer (covering them lowers its share), blue parts against it.",
        figures=(
            Figure(
                f"Occlusion map for {prediction.answer}",
                _overlay(item, evidence),
                "image/png",
                "Left the image as the network sees it, right the evidence in it.",
            ),
            *filter(None, [label_map(learner, point)]),
        ),
        sections=(
            _section(
                "Most alike among what it was taught",
                ("taught image", "label", "likeness"),
                tuple((n["name"] or "(from the built-in model)", n["answer"], n["likeness"]) for n in nearest),
            ),
            _section(
                "What the network itself, taught by others on ImageNet, would call it",
                ("class", "share"),
                tuple((g["answer"], g["confidence"]) for g in guesses),
            ),
        ),
        payload={
            "input": item.name,
            "answer": prediction.answer,
            "confidence": prediction.confidence,
            "known": prediction.known,
            "nearest": nearest,
            "guesses": guesses,
            "occlusion": np.round(evidence, 4).tolist(),
        },
    )


def _section(title: str, columns: tuple[str, ...], rows: tuple[tuple[object, ...], ...]) -> Report:
    return Report(title=title, tables=(Table(columns, rows),))


def occlusion(learner: FewShotLearner, item: Input, label: str) -> NDArray[np.float32]:
    """Return the fall of a label's log-odds when a patch of the mean colour covers each position [rows, columns].

    The image itself is looked at, not its other views: they would take four times as long and say the same.
    Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.2.
    """
    whole = backbone.pixels(open_image(item, about=(SIDE, SIDE)))
    opened = network(cache("backbone"))
    places = range(0, SIDE - PATCH + 1, STEP)
    looked = []
    for top, left in [(SIDE, SIDE), *product(places, places)]:  # the first time nothing is covered
        patched = whole.copy()
        patched[:, top : top + PATCH, left : left + PATCH] = whole.mean(axis=(1, 2), keepdims=True)
        looked.append(opened.run(["features", "late"], {"pixels": patched[None]}))
    features, maps = (np.concatenate(parts) for parts in zip(*looked, strict=True))
    full, *rest = _log_odds(learner, features, maps, label)
    return (full - np.array(rest)).astype(np.float32).reshape(len(places), len(places))


def _log_odds(
    learner: FewShotLearner, features: NDArray[np.float32], maps: NDArray[np.float32], label: str
) -> NDArray[np.float64]:
    """Return log-odds [N] of a label; with a single label taught, minus the novelty: its probability is always 1."""
    assert learner.head is not None
    probabilities, _, novelty = learner.shares(learner.embed(features), maps)
    if len(learner.head.labels) == 1:
        return -novelty.astype(np.float64)
    share = np.clip(probabilities[:, learner.head.labels.index(label)].astype(np.float64), 1e-7, 1 - 1e-7)
    return np.log(share / (1 - share))


def _overlay(item: Input, evidence: NDArray[np.float32]) -> bytes:
    base = open_image(item, about=(SIDE, SIDE)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    scaled = evidence / (np.abs(evidence).max() + 1e-9)
    # Each value belongs to the centre of its patch; the rim repeats the outermost.
    margin = PATCH // 2
    inner = Image.fromarray(scaled, "F").resize((SIDE - 2 * margin, SIDE - 2 * margin), Image.Resampling.BICUBIC)
    return overlay(base, np.pad(np.asarray(inner), margin, mode="edge"), scale=2)


def overlay(base: Image.Image, heat: NDArray[np.float32], scale: int = 1) -> bytes:
    """Return as PNG an image, and beside it the image in grey with `heat` (-1 to 1, the same size) in colour on it."""
    both = Image.new("RGB", (2 * base.width + 12, base.height), "white")
    both.paste(base, (0, 0))
    both.paste(overlay_heatmap(base, heat), (base.width + 12, 0))
    return png(both.resize((both.width * scale, both.height * scale), Image.Resampling.LANCZOS))


def model(learner: FewShotLearner) -> Report:
    """Show the labels the model knows, and how alike they look to the network."""
    counts = Counter(learner.labels)
    names = sorted(counts)
    means = np.stack([_mean_direction(learner, name) for name in names])
    alike = means @ means.T
    closest = [
        (names[j], float(alike[i, j])) if (j := _closest(alike, i)) is not None else ("-", 0.0)
        for i in range(len(names))
    ]
    rows = tuple((name, counts[name], other, value) for name, (other, value) in zip(names, closest, strict=True))
    return Report(
        title="What it was taught, and what looks alike to it",
        summary=f"{len(learner.labels)} examples of {len(names)} labels; the darker a field, the more alike the two.",
        figures=(
            Figure(
                "Likeness of the labels",
                _matrix(names, alike),
                "image/png",
                "Cosine between mean features, less what all images share.",
            ),
            *filter(None, [label_map(learner)]),
        ),
        tables=(Table(("label", "examples", "looks most like", "likeness"), rows),),
        payload={
            "labels": dict(counts),
            "closest": {
                name: {"label": other, "likeness": value} for name, (other, value) in zip(names, closest, strict=True)
            },
        },
    )


def _mean_direction(learner: FewShotLearner, label: str) -> NDArray[np.float32]:
    shared = learner.points.mean(axis=0) if len(set(learner.labels)) > 1 else 0.0
    mean = learner.points[[name == label for name in learner.labels]].mean(axis=0) - shared
    return np.asarray(mean / (np.linalg.norm(mean) + 1e-9), np.float32)


def _closest(alike: NDArray[np.float32], row: int) -> int | None:
    others = np.where(np.arange(len(alike)) == row, -np.inf, alike[row])
    return int(others.argmax()) if len(alike) > 1 else None


def _matrix(names: list[str], alike: NDArray[np.float32]) -> bytes:
    from PIL import ImageFont

    font = ImageFont.load_default(22)
    cell, margin = 56, max((int(font.getlength(name[:24])) for name in names), default=0) + 24
    side = margin + cell * len(names)
    image = Image.new("RGB", (side + 8, side + 8), "white")
    draw = ImageDraw.Draw(image)
    for i, name in enumerate(names):
        draw.text((margin - 12, margin + i * cell + cell / 2), name[:24], "black", font, anchor="rm")
        upright = Image.new("RGB", (margin, cell), "white")
        ImageDraw.Draw(upright).text((12, cell / 2), name[:24], "black", font, anchor="lm")
        image.paste(upright.rotate(90, expand=True), (margin + i * cell, 0))
        for j in range(len(names)):
            value = float(np.clip(alike[i, j], 0, 1))
            # Even an empty field is tinted, so that rows and columns can be followed.
            shade = tuple(int(244 - value * (244 - part)) for part in FOR)
            draw.rectangle(
                (
                    margin + j * cell,
                    margin + i * cell,
                    margin + (j + 1) * cell - 2,
                    margin + (i + 1) * cell - 2,
                ),
                fill=shade,
            )
    return png(image)
