"""From examples to a model that understands, in closed form and convex steps: no PyTorch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from pippin.apps.assistant.understanding.intent_head import (
    IntentHead,
    best_sharpness,
    certainty,
    comparable,
    left_out_scores,
    spaced,
)
from pippin.apps.assistant.understanding.model import UnderstandingModel
from pippin.apps.assistant.understanding.slot_tagger import SlotTagger, TunedTagger, tags_of
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.core.errors import missing_extra
from pippin.core.run import Run
from pippin.learn.softmax_sharpness import log_softmax
from pippin.learn.text.token_encoder import WIDTH, Array, Encoding, TokenEncoder

USUAL_SHARPNESS, USUAL_THRESHOLD = 0.5, 0.3  # where there are too few examples to leave any out
REFUSED, THRESHOLDS = 0.05, (0.1, 0.5)  # share of the examples refused where nothing out of scope is given, in bounds
MIN_OUTSIDE = 20
WORD_SHARE = 0.2  # of the SVM's probability beside that of tuned layers
MAX_COMPARED = 3000  # examples that are compared with all
_HUMP, _NAME_PART = re.compile(r"([a-z])([A-Z])"), re.compile(r"[^\W_]+")
Watch = Callable[[int, int], bool]


def encode(encoder: TokenEncoder, texts: Sequence[str], watch: Watch | None = None) -> dict[str, Encoding]:
    """Return encodings by text; `watch(done, total)` is told and may end it by returning True."""
    new = sorted(set(texts), key=len)
    found: dict[str, Encoding] = {}
    for start in range(0, len(new), 64):
        batch = new[start : start + 64]
        found.update(zip(batch, encoder.encode(batch), strict=True))
        if watch is not None and watch(len(found), len(new)):
            break
    return found


def fit_model(
    examples: Sequence[Marked],
    encodings: Mapping[str, Encoding],
    names: Mapping[str, Array],
    outside: Sequence[str] = (),
    seed: int = 0,
) -> UnderstandingModel:
    """Fit intents and slots on examples whose encodings are given; at least one.

    `names` are vectors of what intents are called, which count as one example each; texts `outside` ask for nothing
    that is known, and set the threshold.
    """
    vectors = np.stack([encodings[example.text].vector for example in examples])
    intents = [example.intent for example in examples]
    head = IntentHead.fit(vectors, intents, names, seed)
    classes = np.searchsorted(head.labels, intents).astype(np.int64)
    scores = left_out_scores(vectors, classes, len(head.labels), seed)
    factor = USUAL_SHARPNESS if scores is None else best_sharpness(scores, classes)
    beyond = beyond_vectors(outside, encodings)
    inside = None if scores is None else left_out_certainty(factor * scores, vectors, beyond)
    kept = spaced(classes)
    tagger = SlotTagger()
    if any(example.slots for example in examples):
        for example in examples:
            tagger.add(encodings[example.text], example.slots, example.intent)
    model = UnderstandingModel(
        head.sharpened(factor),
        tuple(examples[index].text for index in kept),
        tagger,
        USUAL_THRESHOLD,
        beyond_KE=beyond,
    )
    return replace(model, threshold=choose_threshold(model, inside, outside, encodings))


def beyond_vectors(texts: Sequence[str], encodings: Mapping[str, Encoding]) -> Array:
    """Return vectors [K,E] of texts of no intent, to compare with."""
    found = [encodings[text].vector for text in texts]
    return comparable(np.stack(found)) if found else np.zeros((0, WIDTH), np.float32)


def left_out_certainty(scores_NL: Array, vectors_ND: Array, beyond_KE: Array) -> Array:
    """Return how certainly each example would be known without itself (of many, of some of them)."""
    rows = np.linspace(0, len(vectors_ND) - 1, min(len(vectors_ND), MAX_COMPARED)).round().astype(int)
    examples = comparable(vectors_ND)
    cosines = examples[rows] @ examples.T
    cosines[np.arange(len(rows)), rows] = -1
    shares = np.exp(log_softmax(np.asarray(scores_NL[rows], np.float32)))
    return certainty(shares, cosines, examples[rows] @ beyond_KE.T)


def choose_threshold(
    model: UnderstandingModel, inside_N: Array | None, outside: Sequence[str], encodings: Mapping[str, Encoding]
) -> float:
    """Return the certainty from which on a text counts as known.

    By texts out of scope where there are some; else so that, left out, a share REFUSED of the examples is refused.
    """
    if inside_N is None or not inside_N.any():
        return USUAL_THRESHOLD
    if len(outside) >= MIN_OUTSIDE:
        return best_threshold(inside_N, certainties(model, outside, encodings, are_beyond=True))
    return float(np.clip(np.quantile(inside_N[inside_N > 0], REFUSED), *THRESHOLDS))


def name_vectors(encoder: TokenEncoder, intents: Iterable[str]) -> dict[str, Array]:
    """Return the vector of each intent's name, its parts as words ("card_arrival": "card arrival")."""
    names = sorted(set(intents))
    words = [" ".join(_NAME_PART.findall(_HUMP.sub(r"\1 \2", name))) or name for name in names]
    return dict(zip(names, encoder.vectors(words), strict=True))


def best_threshold(inside_N: Array, outside_M: Array) -> float:
    """Return the certainty at which as large a share of texts inside is lost as of texts outside is taken in."""
    candidates = np.unique(np.concatenate([inside_N, outside_M]))
    lost = np.array([(inside_N < one).mean() for one in candidates])
    taken = np.array([(outside_M >= one).mean() for one in candidates])
    return float(candidates[int(np.argmin(np.abs(lost - taken)))])


def certainties(
    model: UnderstandingModel, texts: Sequence[str], encodings: Mapping[str, Encoding], *, are_beyond: bool = False
) -> Array:
    """Return how certainly [N] texts are of one of the model's intents.

    Where they are those of `beyond_KE`, in order, each is left out of these for itself.
    """
    vectors = np.stack([encodings[text].vector for text in texts])
    points = comparable(vectors)
    outside = points @ model.beyond_vectors.T
    if are_beyond:
        np.fill_diagonal(outside, -1)
    return certainty(model.probabilities(texts, vectors), points @ model.example_vectors.T, outside)


def fit_tuned(
    examples: Sequence[Marked], chosen: Sequence[Marked], outside: Sequence[str], encoder: TokenEncoder, run: Run
) -> UnderstandingModel:
    """Tune the encoder's upper layers on `examples`; sharpness, the words' share and the threshold are those best for
    the `chosen` ones and the texts `outside`. Needs PyTorch and scikit-learn.
    """
    try:
        from pippin.apps.assistant.understanding.tuning import tune
    except ImportError as problem:
        raise missing_extra("torch", "train", "Tuning the encoder's layers") from problem
    from pippin.apps.assistant.understanding.word_model import fit_words

    lowers = list(encoder.lower([example.text for example in examples]))
    tuned = tune(examples, lowers, run)
    run.log(stage="calibrating")
    words = fit_words([example.text for example in examples], [example.intent for example in examples], run.seed)
    own = encoder.with_upper(tuned.upper)
    classes = np.searchsorted(tuned.labels, [example.intent for example in examples]).astype(np.int64)
    kept = spaced(classes)
    vectors = np.stack([one.vector for one in own.from_lower([lowers[index] for index in kept])])
    head = IntentHead(tuned.labels, tuned.weights, tuned.bias, comparable(vectors), classes[kept].astype(np.int32))
    tagger = TunedTagger(tuned.tags, tuned.tag_weights, tuned.tag_steps)
    for example, lower in zip(examples, lowers, strict=True):
        tagger.count(tags_of(lower.words, example.slots), example.slots, example.intent)
    texts = tuple(examples[index].text for index in kept)
    model = UnderstandingModel(head, texts, tagger, USUAL_THRESHOLD, words, WORD_SHARE, tuned.upper)
    return calibrated(model, [one for one in chosen if one.intent in tuned.labels], outside, own)


def calibrated(
    model: UnderstandingModel, chosen: Sequence[Marked], outside: Sequence[str], encoder: TokenEncoder
) -> UnderstandingModel:
    """Return the model as sharp as suits `chosen` examples, its threshold set by them and by texts `outside`."""
    if not chosen:
        return model
    texts = [example.text for example in chosen]
    encodings = encode(encoder, [*texts, *outside])
    vectors = np.stack([encodings[text].vector for text in texts])
    classes = np.searchsorted(model.head.labels, [example.intent for example in chosen]).astype(np.int64)
    factor = best_sharpness(vectors @ model.head.weights_DL + model.head.bias_L, classes)
    model = replace(model, head=model.head.sharpened(factor))
    model = replace(model, beyond_KE=beyond_vectors(outside, encodings))
    # One that is named wrong is lost at any threshold, as `in_scope_kept` counts it.
    right = model.probabilities(texts, vectors).argmax(axis=1) == classes
    inside = np.where(right, certainties(model, texts, encodings), np.float32(0))
    return replace(model, threshold=choose_threshold(model, inside, outside, encodings))
