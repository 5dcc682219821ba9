"""A model as arrays and JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.assistant.understanding.intent_head import IntentHead
from pippin.apps.assistant.understanding.model import UnderstandingModel
from pippin.apps.assistant.understanding.slot_tagger import load_tagger
from pippin.apps.assistant.understanding.taught import Taught, TaughtSentence
from pippin.apps.assistant.understanding.word_model import WordModel
from pippin.core.errors import PippinError
from pippin.core.values import SavedState
from pippin.learn.text.token_encoder import (
    VOCABULARY,
    VOCABULARY_FILE,
    VOCABULARY_SHA256,
    WEIGHTS,
    WEIGHTS_FILE,
    WEIGHTS_SHA256,
    Array,
)

Tensors = Mapping[str, NDArray[Any]]
REQUIRES = (
    {"package": WEIGHTS.name, "version": WEIGHTS.version, "file": WEIGHTS_FILE, "sha256": WEIGHTS_SHA256},
    {"package": VOCABULARY.name, "version": VOCABULARY.version, "file": VOCABULARY_FILE, "sha256": VOCABULARY_SHA256},
)


def save(model: UnderstandingModel) -> SavedState:
    """Return everything a model knows."""
    tensors: dict[str, NDArray[Any]] = _prefixed("head", model.head.tensors())
    arrays, tags = model.tagger.save()
    tensors |= _prefixed("tagger", arrays)
    facts: dict[str, Any] = {
        "labels": list(model.head.labels),
        "texts": list(model.texts),
        "threshold": model.threshold,
        "tagger": tags,
        **{name: [[s.text, s.intent] for s in own.by_text.values()] for name, own in _taught_parts(model).items()},
    }
    tensors["beyond"] = model.beyond_KE.astype(np.float16)
    tensors |= {name: own.vectors_TD.astype(np.float16) for name, own in _taught_parts(model).items() if own}
    if model.words is not None:
        tensors |= _prefixed("words", model.words.tensors())
        facts["words"] = {
            "labels": list(model.words.labels),
            "terms": list(model.words.terms),
            "share": model.word_share,
        }
    if model.upper is not None:
        tensors |= _prefixed("upper", {name: array.astype(np.float16) for name, array in model.upper.items()})
    return SavedState(tensors, facts, requires=REQUIRES)


def load(saved: SavedState) -> UnderstandingModel:
    """Return the model that was saved; PippinError where something of it is missing or does not fit."""
    facts, tensors = saved.config, saved.tensors
    try:
        words = facts.get("words")
        return UnderstandingModel(
            IntentHead.from_tensors(facts["labels"], _own("head", tensors)),
            tuple(facts["texts"]),
            load_tagger(_own("tagger", tensors), facts["tagger"]),
            float(facts["threshold"]),
            WordModel.from_tensors(words["labels"], words["terms"], _own("words", tensors)) if words else None,
            float(words["share"]) if words else 0.0,
            _upper(tensors),
            _taught("taught", saved),
            tensors["beyond"].astype(np.float32),
            _taught("refused", saved),
        )
    except (KeyError, TypeError, ValueError) as problem:
        raise PippinError(f"The model lacks {problem}: another Pippin made it; train it again.") from problem


def _upper(tensors: Tensors) -> dict[str, Array] | None:
    return {name: array.astype(np.float32) for name, array in _own("upper", tensors).items()} or None


def _taught_parts(model: UnderstandingModel) -> dict[str, Taught]:
    return {"taught": model.taught, "refused": model.refused}


def _taught(name: str, saved: SavedState) -> Taught:
    if not saved.config[name]:
        return Taught()
    vectors = saved.tensors[name].astype(np.float32)
    rows = zip(saved.config[name], vectors, strict=True)
    return Taught([TaughtSentence(text, intent, vector) for (text, intent), vector in rows])


def _prefixed(name: str, arrays: Tensors) -> dict[str, NDArray[Any]]:
    return {f"{name}.{key}": value for key, value in arrays.items()}


def _own(name: str, tensors: Tensors) -> dict[str, NDArray[Any]]:
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}.")}
