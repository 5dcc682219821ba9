"""How the final model of few images is fitted: on all of them, its scores from cross-validation."""

from __future__ import annotations

from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.data import Dataset

FOLDS = 5
MAX_EXAMPLES = 1000  # from here on the last blocks are tuned as well, which takes too long to do several times


def refit(data: Dataset, config: RecognizeConfig) -> int:
    """Return the number of folds the scores come from; 0 where a test part is predefined or can be spared.

    So every image is learned from where there are few, and thresholds and temperatures come from leave-one-out.
    """
    few = len(data.examples) < MAX_EXAMPLES
    return FOLDS if few and not data.predefined_split and not (config.from_scratch or config.self_supervised) else 0
