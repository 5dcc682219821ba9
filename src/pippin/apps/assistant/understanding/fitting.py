"""From examples to a model that understands, in closed form and convex steps: no PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pippin.apps.assistant.understanding.intent_head import IntentHead, certainty, spaced
from pippin.apps.assistant.understanding.model import Encoder, UnderstandingModel
from pippin.apps.assistant.understanding.slot_tagger import SlotTagger
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.learn.text.token_encoder import WIDTH, Array, Encoding

THRESHOLD = 0.5
Watch = Callable[[int, int], bool]


def encode(encoder: Encoder, texts: Sequence[str], watch: Watch | None = None) -> dict[str, Encoding]:
    """Return encodings by text; `watch(done, total)` is told and may end it by returning True."""
    new = sorted(set(texts), key=len)
    found: dict[str, Encoding] = {}
    for start in range(0, len(new), 64):
        batch = new[start : start + 64]
        found.update(zip(batch, encoder.encode(batch), strict=True))
        if watch is not None and watch(len(found), len(new)):
            break
    return found


def fit_model(examples: Sequence[Marked], encodings: Mapping[str, Encoding], seed: int = 0) -> UnderstandingModel:
    """Fit intents and slots on examples whose encodings are given; at least one."""
    vectors = np.stack([encodings[example.text].vector for example in examples])
    intents = [example.intent for example in examples]
    head = IntentHead.fit(vectors, intents, seed)
    kept = spaced(np.searchsorted(head.labels, intents))
    tagger = SlotTagger(WIDTH)
    if any(example.slots for example in examples):
        for example in examples:
            tagger.add(encodings[example.text], example.slots, example.intent)
    return UnderstandingModel(head, tuple(examples[place].text for place in kept), tagger, THRESHOLD)


def best_threshold(inside_N: Array, outside_M: Array) -> float:
    """Return the certainty at which as large a share of texts inside is lost as of texts outside is taken in."""
    candidates = np.unique(np.concatenate([inside_N, outside_M]))
    lost = np.array([(inside_N < one).mean() for one in candidates])
    taken = np.array([(outside_M >= one).mean() for one in candidates])
    return float(candidates[int(np.argmin(np.abs(lost - taken)))])


def certainties(model: UnderstandingModel, texts: Sequence[str], encodings: Mapping[str, Encoding]) -> Array:
    """Return how certainly [N] texts are of one of the model's intents."""
    vectors = np.stack([encodings[text].vector for text in texts])
    return certainty(model.probabilities(texts, vectors), vectors @ model.example_vectors.T)
