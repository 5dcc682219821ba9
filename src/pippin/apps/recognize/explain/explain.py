"""What a model has learned, or the evidence for one prediction: pretrained features, or a network of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pippin.apps.recognize.explain import feature_hierarchy, gradcam, occlusion, unlabelled
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.core.data import Dataset
from pippin.core.inputs import Input
from pippin.core.report.report import Report


def explain(learner: Any, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain the labels and how they lie to each other, what each depth looks for, or where a label comes from."""
    if isinstance(learner, SelfSupervised):
        return unlabelled.model(learner, data) if input is None else unlabelled.image(learner, input, data)
    if isinstance(learner, FromScratch):
        return feature_hierarchy.model(learner, data) if input is None else gradcam.image(learner, input, data)
    return occlusion.model(learner) if input is None else occlusion.image(learner, input)
