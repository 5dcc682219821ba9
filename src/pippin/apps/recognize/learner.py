"""The learner that the settings ask for: few examples on a pretrained backbone, or from scratch."""

from __future__ import annotations

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.apps.recognize.scratch.learner import FromScratch


def learner(config: RecognizeConfig) -> FewShotLearner | FromScratch:
    """Return the learner that the settings ask for."""
    return FromScratch(config) if config.from_scratch else FewShotLearner(config)
