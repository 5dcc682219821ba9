"""The learner by which `inspect` judges labels: the head alone, on features that are computed once."""

from __future__ import annotations

from dataclasses import replace

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.pretrained.learner import FewShotLearner


def label_judge(config: RecognizeConfig) -> FewShotLearner:
    """Return the few-example learner without tuned blocks and with the other settings ignored."""
    return FewShotLearner(replace(config, fine_tune=False, from_scratch=False))
