"""Where an image speaks for its answer, and what a model's doubt was measured to be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.doubt.abstention import abstention_curve
from pippin.apps.pathology.doubt.sets import is_held
from pippin.apps.pathology.images.opening import open_rgb
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.networks.body import SmallBody
from pippin.apps.pathology.predictions import NOTICE, PathologyPrediction
from pippin.apps.pathology.scoring import draw_abstention
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.core.values import Score
from pippin.learn.metrics import wilson
from pippin.learn.plots.image_grids import overlay_heatmap, png

SHOWN = 448  # pixels a side of figures


def explain(learner: PathologyLearner, item: Input | None, data: Callable[[], Dataset] | None) -> Report:
    """Explain an answer by its Grad-CAM, or the whole model by its doubt."""
    return explain_model(learner) if item is None else explain_image(learner, item)


def explain_image(learner: PathologyLearner, item: Input) -> Report:
    """Return the answer to one image, with where it speaks for it."""
    (seen,) = learner.look([item])
    if isinstance(seen, PippinError):
        raise seen
    prediction = learner.answer(seen)
    label = learner.labels[int(seen.logits.argmax())]
    evidence = learner.head.evidence(seen.maps, learner.labels.index(label))
    strength = float(np.abs(evidence).max()) or 1.0
    base, heated = draw_evidence(open_rgb(item), evidence / strength)
    caption = f"Orange speaks for {label}, blue against it; {evidence.shape[0]} x {evidence.shape[1]} places."
    return Report(
        title=f"Why {item.short_name}: {describe_answer(prediction)}",
        summary="Orange parts speak for the label, blue parts against it. Such a map says where, not why.",
        figures=(Figure(f"Grad-CAM for {label}", png(heated), "image/png", caption, before=png(base)),),
        tables=(probabilities(learner, prediction),),
        notes=(*(one for one in prediction.evidence if isinstance(one, str)), NOTICE),
        payload={
            "input": item.name,
            "answer": prediction.answer,
            "confidence": prediction.confidence,
            "known": prediction.known,
            "gradcam": np.round(evidence / strength, 4).tolist(),
            "evidence": list(prediction.evidence),
        },
    )


def describe_answer(prediction: PathologyPrediction) -> str:
    """Return an answer in words, with its doubt."""
    if not prediction.is_own_kind:
        return "no answer"
    if prediction.is_decided:
        return str(prediction.answer)
    return f"undecided, rather {prediction.answer}"


def probabilities(learner: PathologyLearner, prediction: PathologyPrediction) -> Table:
    """Return a table of labels: probability, and the limit from which each is in the set."""
    limits = dict(zip(learner.labels, learner.doubt.limits, strict=True))
    shares = prediction.shares
    rows = tuple((label, share, limits.get(label), label in prediction.label_set) for label, share in shares)
    cells = tuple((label, share, limit, "yes" if held else "no") for label, share, limit, held in rows)
    return Table(("label", "probability", "limit", "in its set"), cells)


def draw_evidence(image: PilImage.Image, evidence: NDArray[np.float32]) -> tuple[PilImage.Image, PilImage.Image]:
    """Return an image, and the same with evidence (-1 to 1) [h,w] on it, squeezed as the network saw it."""
    base = image.resize((SHOWN, SHOWN), PilImage.Resampling.BICUBIC)
    heat = PilImage.fromarray(np.asarray(evidence, np.float32)).resize((SHOWN, SHOWN), PilImage.Resampling.BICUBIC)
    return base, overlay_heatmap(base, np.asarray(heat))


def explain_model(learner: PathologyLearner) -> Report:
    """Return what was measured of a model's doubt on images left out."""
    shares, truth, _ = learner.left_out
    if not len(truth):
        raise PippinError("This model has learned nothing yet; train it: pippin pathology train DATA.")
    curve = abstention_curve(shares.max(axis=1), shares.argmax(axis=1) == truth)
    doubt = learner.doubt
    held = is_held(shares, truth, doubt.limits)
    rows = tuple(
        (label, int((truth == number).sum()), doubt.limits[number], _held(held[truth == number]))
        for number, label in enumerate(learner.labels)
    )
    kind = "small networks" if isinstance(learner.body, SmallBody) else "a head on a pretrained backbone"
    return Report(
        title="What it learned, and what it may abstain from",
        summary=f"{len(truth)} images left out in turn; {kind}; {learner.body.side if learner.body else 0} pixels a "
        "side. From its limit on, a label belongs to the set of an image.",
        tables=(Table(("label", "images", "limit", "sets that hold it"), rows),),
        figures=(draw_abstention(curve),),
        notes=(NOTICE,),
        payload={
            "labels": learner.labels,
            "abstention": curve,
            "coverage": doubt.coverage,
            "measured": doubt.measured._asdict(),
            "limits": list(doubt.limits),
        },
    )


def _held(held_N: NDArray[np.bool_]) -> Score:
    return wilson(int(held_N.sum()), len(held_N))
