"""The learner that the settings ask for: few examples on a pretrained backbone, or from scratch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.apps.recognize.scratch.learner import FromScratch


def learner(config: Mapping[str, Any]) -> FewShotLearner | FromScratch:
    """The learner that the settings ask for."""
    return FromScratch(config) if config.get("from_scratch") else FewShotLearner(config)
