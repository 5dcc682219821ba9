"""The learner that the settings ask for: few examples on a pretrained backbone, from scratch, or without labels."""

from __future__ import annotations

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.core.errors import PippinError


def learner(config: RecognizeConfig) -> FewShotLearner | FromScratch | SelfSupervised:
    """Return the learner that the settings ask for."""
    if config.self_supervised and config.from_scratch:
        raise PippinError("--from-scratch learns from labels and --self-supervised without; give one of the two.")
    if config.self_supervised:
        return SelfSupervised(config)
    return FromScratch(config) if config.from_scratch else FewShotLearner(config)
