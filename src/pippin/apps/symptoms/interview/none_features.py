"""How well the best conditions explain the answers: what tells patients of none of them from others."""

from __future__ import annotations

import numpy as np

from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import Outcomes

Array = np.ndarray
# Beyond what interviews of ten questions reach, more answers tell the network nothing more.
MAX_AGREEMENT, MAX_COUNT = 3.0, 15


def none_features(outcomes: tuple[Outcomes, ...], beliefs: Beliefs) -> Array:
    """Return features [N, F]: posteriors, evidence, and surprise beyond what the best conditions would show."""
    posteriors, evidence = beliefs.posteriors(), beliefs.log_evidence()
    starts = np.array([one.start for one in beliefs.structure.questions])
    answered = (np.add.reduceat(beliefs.bits, starts, axis=1) > 0).astype(np.float32)
    count = np.maximum(answered.sum(1), 1)
    agreement = np.minimum(evidence[0] - evidence[1], MAX_AGREEMENT)
    found = [agreement, (evidence[0] - evidence[1]) / count, np.minimum(count, MAX_COUNT) / 10]
    for rate, one in enumerate(outcomes):
        posterior = posteriors[rate]
        expected = answered @ one.entropy[: len(starts)]
        surprise = -beliefs.likelihoods[rate] - expected
        best = posterior.argmax(1)
        rows = np.arange(len(posterior))
        top = np.sort(posterior, 1)[:, ::-1]
        found += [
            top[:, 0],
            top[:, 1],
            -(posterior * np.log(posterior + 1e-9)).sum(1),
            np.log1p(np.maximum(surprise[rows, best], 0)),
            surprise[rows, best] / count,
            np.clip((posterior * surprise).sum(1) / count, -5, 20),
            (evidence[rate] - beliefs.background[rate]) / count,
            -beliefs.likelihoods[rate][rows, best] / count,
        ]
    return np.stack(found, 1).astype(np.float32)
