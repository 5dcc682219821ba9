"""How readings are scored: words and characters wrong, as speech recognition counts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pippin.apps.lipread.decoding.ctc import edits
from pippin.core.data import Example
from pippin.core.values import Prediction, Score
from pippin.learn.metrics import bootstrap, wilson

Array = np.ndarray


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """Return error rates over all clips, resampled clip by clip for their intervals.

    wer, cer: words and characters that must be put in, left out or replaced, as a share of those spoken, of the answers
    as they are (by the grammar where the model has one; an answer flagged as outside of it counts as it was read).
    greedy_wer, greedy_cer: of the network's letters alone, with neither grammar nor language model. sentences: share
    read without any error. A clip that could not be read counts as if nothing had been read.
    """
    right = [str(example.answer) for example in examples]
    answers = [str(prediction.answer or "") for prediction in predictions]
    greedy = [greedy_of(prediction) for prediction in predictions]
    scores = {"wer": rate(answers, right, str.split), "cer": rate(answers, right, list)}
    if any(found is not None for found in greedy):
        letters = [found or "" for found in greedy]
        scores |= {"greedy_wer": rate(letters, right, str.split), "greedy_cer": rate(letters, right, list)}
    same = sum(answer == truth for answer, truth in zip(answers, right, strict=True))
    return {**scores, "sentences": wilson(same, len(right))}


def rate(answers: Sequence[str], right: Sequence[str], parts: Callable[[str], list[str]]) -> Score:
    """Return edits over what was spoken, in `parts` (words or characters)."""
    wrong = [edits(parts(answer), parts(truth)) for answer, truth in zip(answers, right, strict=True)]
    spoken = [len(parts(truth)) for truth in right]
    return bootstrap(lambda w, s: float(w.sum() / s.sum()), np.array(wrong, float), np.array(spoken, float))


def greedy_of(prediction: Prediction) -> str | None:
    """Return the text by the network's letters alone."""
    for item in prediction.evidence:
        if isinstance(item, dict) and "greedy" in item:
            return str(item["greedy"])
    return None
