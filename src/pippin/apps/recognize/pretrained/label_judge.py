"""The learner by which `inspect` judges labels: the head alone, on features that are computed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pippin.apps.recognize.pretrained.learner import FewShotLearner


def label_judge(config: Mapping[str, Any]) -> FewShotLearner:
    """Return the few-example learner without tuned blocks and with the other settings ignored."""
    return FewShotLearner({**config, "fine_tune": False, "from_scratch": False})
