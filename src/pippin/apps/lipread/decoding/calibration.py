"""What a sentence's probability is worth: the power to which it is raised, fitted on clips not learned from.

A sentence's probability is the product of those of its words, each a little too sure, so that the product is more so.
One number corrects that, as a temperature does for a softmax (Guo et al. 2017, "On calibration of modern neural
networks").
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

POWERS = np.linspace(1, 8, 141)  # from 1 on, so that a sentence and its alternatives never exceed 1 together
TINY = 1e-6
FEWEST = 10  # clips by which it can be fitted


def fit_power(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """Return the power of POWERS with the least log loss; 1 where there are too few sentences."""
    if len(probabilities) < FEWEST:
        return 1.0
    shares = np.clip(np.array(probabilities)[:, None] ** POWERS, TINY, 1 - TINY)
    losses = -np.log(np.where(np.array(right)[:, None], shares, 1 - shares)).mean(0)
    return float(POWERS[losses.argmin()])
