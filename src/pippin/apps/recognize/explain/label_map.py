"""`map`: all that the model in use knows, its labels and what it was taught, laid out in two dimensions."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.explain.label_tree import kinship, lines
from pippin.apps.recognize.explain.mds_layout import laid_out
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import KINDS, Input
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.learn.exemplar_memory import unit
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import images as found_in

if TYPE_CHECKING:
    from pippin.core.feedback_rows import FeedbackRow

MAX_LABELS, MAX_TAUGHT, MAX_OTHERS = 60, 240, 260  # on a map
SIDE = 96  # pixels of an image's longer side
Floats = NDArray[np.float32]


class LabelMapPoints(NamedTuple):
    """What a model goes by: directions [N,D], each with its label, name, key, and whether it was taught since."""

    points: Floats
    labels: list[str]
    names: list[str]
    keys: list[str]
    taught: NDArray[np.bool_]

    def only(self, rows: Sequence[int]) -> LabelMapPoints:
        """Return these rows alone."""
        labels, names, keys = ([part[row] for row in rows] for part in (self.labels, self.names, self.keys))
        return LabelMapPoints(self.points[rows], labels, names, keys, self.taught[rows])


def map(
    context: Context,
    image: Annotated[Any, "an image, or a folder of them, to be shown where it would lie"] = None,
    *,
    images: Annotated[int, "of how many of the latest corrections the images are given, with --json"] = 0,
) -> Report:
    """Lay out labels and examples of the model in 2 dimensions.

    What looks alike to the network lies close together.
    """
    learner = context.learner()
    if isinstance(learner, SelfSupervised) and not learner.labels:
        return _empty_map(context)
    whole = known(learner)
    shown = whole.only(_chosen(whole))
    guests = [] if image is None else [image] if isinstance(image, Input) else list(found_in(image))
    laid = laid_out(shown.points, shown.labels, ~shown.taught, looked_at(learner, guests) if guests else None)
    tree, counts, rows = kinship(shown.points, shown.labels), learner.counts, _lessons(context)
    labels = [
        {"label": label, "examples": counts[label], **_place(position)} for label, position in laid.anchors.items()
    ]
    points = [
        {"key": key, "label": label, "name": name, "lesson": rows[key].id if key in rows else None, **_place(position)}
        for key, label, name, position in zip(shown.keys, shown.labels, shown.names, laid.places, strict=True)
    ]
    latest = [row for row in rows.values() if row.key in shown.keys][-images:] if images > 0 else []
    left = len(counts) - len(labels)
    return Report(
        title=f"What {context.name} knows",
        summary=f"{pluralize(len(counts), 'label')}, {pluralize(int(whole.taught.sum()), 'image')} taught by you.",
        tables=(
            Table(("label", "examples"), tuple(sorted(counts.items()))),
            Table(("which look alike", "likeness"), tuple(lines(tree))),
        ),
        notes=(f"{pluralize(left, 'label')} with few examples left out.",) if left else (),
        payload={
            "application": context.name,
            "labels": labels,
            "points": points,
            "guests": [
                {"input": item.name, **_place(position)} for item, position in zip(guests, laid.guests, strict=True)
            ],
            "tree": tree,
            "pictures": _images(context, latest),
            "left_out": left,
        },
    )


def _empty_map(context: Context) -> Report:
    """Return the map of a network that learned without labels before anything has a name."""
    lists: dict[str, list[Any]] = {name: [] for name in ("labels", "points", "guests")}
    tree = {"labels": [], "likeness": 0.0, "parts": []}
    payload = {"application": context.name, **lists, "tree": tree, "pictures": {}, "left_out": 0}
    return Report(title=f"What {context.name} knows", summary="Nothing has a name yet.", payload=payload)


def looked_at(learner: FewShotLearner | FromScratch | SelfSupervised, items: Sequence[Input]) -> Floats:
    """Return directions [M,D] of images as `known` has them."""
    found = learner.see(items) if isinstance(learner, FewShotLearner) else learner.look(items)
    seen = []
    for one in found:
        if isinstance(one, PippinError):
            raise one
        if isinstance(one, np.ndarray):
            seen.append(one)
        elif isinstance(learner, FewShotLearner):
            seen.append(learner.embed(one.features[None])[0])
        else:
            seen.append(unit(one.features))
    return np.stack(seen).astype(np.float32)


def known(learner: FewShotLearner | FromScratch | SelfSupervised) -> LabelMapPoints:
    """Return every example the head knows; of a network from scratch its labels' own directions and its corrections."""
    if isinstance(learner, FewShotLearner):
        if not learner.labels:
            raise PippinError("Nothing was taught yet; teach a first image.")
        taught = np.array([key in learner.fresh for key in learner.keys])
        return LabelMapPoints(learner.points, learner.labels, learner.names, learner.keys, taught)
    if isinstance(learner, SelfSupervised):
        named = learner.examples
        if not named.labels:
            raise PippinError("Nothing has a name yet; teach a first image, or name a group that discover shows.")
        taught = np.array([key in learner.fresh for key in named.keys])
        return LabelMapPoints(named.points, named.labels, named.names, named.keys, taught)
    told = [(key, *lesson) for key, lesson in learner.recall.taught.items()]
    own = [(label, label, "", unit(row)) for label, row in zip(learner.labels, learner.head_weights, strict=True)]
    keys, labels, names, points = (list(part) for part in zip(*own, *told, strict=True))
    return LabelMapPoints(np.stack(points).astype(np.float32), labels, names, keys, np.arange(len(keys)) >= len(own))


def _chosen(whole: LabelMapPoints) -> list[int]:
    """Choose rows to show: the latest corrections, others spread over the labels; of too many labels the largest."""
    taught = np.flatnonzero(whole.taught)[-MAX_TAUGHT:].tolist()
    rank = Counter({whole.labels[row]: len(whole.labels) for row in taught}) + Counter(whole.labels)
    names = [label for label, _ in rank.most_common(MAX_LABELS)]
    others = np.flatnonzero(~whole.taught)
    each = max(1, MAX_OTHERS // len(names))
    spread = [row for label in names for row in [row for row in others if whole.labels[row] == label][:each]]
    return sorted([*spread, *(row for row in taught if whole.labels[row] in names)])


def _place(position: Floats) -> dict[str, float]:
    return {"x": round(float(position[0]), 4), "y": round(float(position[1]), 4)}


def _lessons(context: Context) -> dict[str, FeedbackRow]:
    """Return the live rows of the model in use by the keys of their images; the last correction of an image counts."""
    app = context.application
    found = context.workspace.in_use(app, app.variant({}))
    return {row.key: row for row in context.workspace.feedback.rows(app.name, found.id)}


def _images(context: Context, rows: Sequence[FeedbackRow]) -> dict[str, str]:
    """Return small images of corrections, as data addresses; one that can no longer be read is left out."""
    lessons = {row.key: context.workspace.feedback.taught([row], KINDS["image"]) for row in rows}
    return {key: _small(lesson.input) for key, found in lessons.items() for lesson in found}


def _small(item: Input) -> str:
    image, buffer = open_image(item, about=(SIDE, SIDE), least=1), io.BytesIO()
    image.thumbnail((SIDE, SIDE))
    image.convert("RGB").save(buffer, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
