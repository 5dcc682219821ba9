"""What the policy sees of each question: expected information under several beliefs, and the state of the interview."""

from __future__ import annotations

import numpy as np

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import Outcomes, information_gains
from pippin.apps.symptoms.knowledge.structure import SEVERAL, YES_NO

Array = np.ndarray
SHARPNESS = 4.0  # of the first feature: how much likelier a question with e times the information is chosen
MIN_GAIN = 1e-4
N_FEATURES = 12
# Of the gains under few errors, under many, and by the posterior network under either, as logarithms.
BLEND = (0.5, 0.25, 0.25, 0.0)


def question_features(outcomes: tuple[Outcomes, ...], beliefs: Beliefs, posterior: Array, step: int) -> Array:
    """Return features [N, Q, F]; the first is a blend of log information gains, times SHARPNESS.

    Questions that may not be asked have -1e9 there.
    """
    posteriors = beliefs.posteriors()
    own = [information_gains(one, posteriors[rate], beliefs) for rate, one in enumerate(outcomes)]
    gains = [*own, *(information_gains(one, posterior, beliefs) for one in outcomes)]
    logs = [np.log(np.maximum(one, MIN_GAIN)) for one in gains]
    evidence = beliefs.log_evidence()
    entropy = -(posterior * np.log(posterior + 1e-9)).sum(1)
    whole = [entropy / 4, posterior.max(1), (evidence[0] - evidence[1]) / 4, np.full(len(posterior), step / 10)]
    questions = beliefs.structure.questions
    fixed = [
        np.array([one.kind == YES_NO for one in questions], float),
        np.array([one.kind == SEVERAL for one in questions], float),
        np.array([one.is_history for one in questions], float),
    ]
    shape = gains[0].shape
    parts = [
        np.where(gains[0] < 0, -1e9, SHARPNESS * sum(share * one for share, one in zip(BLEND, logs, strict=True))),
        *(one / 4 for one in logs),
        *(np.broadcast_to(one[:, None], shape) for one in whole),
        *(np.broadcast_to(one[None], shape) for one in fixed),
    ]
    return np.stack(parts, -1).astype(np.float32)
