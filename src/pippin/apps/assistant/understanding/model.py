"""A model that understands: vectors of a text, a head for intents, words beside it, a tagger, what was taught."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pippin.apps.assistant.intents import is_out_of_scope
from pippin.apps.assistant.understanding.intent_head import NEAREST, IntentHead, certainty, comparable
from pippin.apps.assistant.understanding.slot_tagger import Slot, SlotTagger, TunedTagger, trimmed
from pippin.apps.assistant.understanding.taught import Taught, TaughtSentence
from pippin.apps.assistant.understanding.understanding import MAX_ALTERNATIVES, Understanding, slot_texts
from pippin.apps.assistant.understanding.word_model import WordModel
from pippin.learn.softmax_sharpness import log_softmax
from pippin.learn.text.token_encoder import WIDTH, Array, Encoding, TokenEncoder

BATCH = 64
TINY = 1e-9


@dataclass(frozen=True)
class UnderstandingModel:
    """All that was learned; `texts` are those of the head's examples.

    Where there is a model of words, probabilities are the mean of both, `word_share` being its share. `upper` are the
    weights of the encoder's upper layers where these were tuned. `beyond` are examples of what is no intent, and
    `refused` those taught since.
    """

    head: IntentHead
    texts: tuple[str, ...]
    tagger: SlotTagger | TunedTagger
    threshold: float
    words: WordModel | None = None
    word_share: float = 0.0
    upper: Mapping[str, Array] | None = None
    taught: Taught = field(default_factory=Taught)
    beyond_KE: Array = field(default_factory=lambda: np.zeros((0, WIDTH), np.float32))
    refused: Taught = field(default_factory=Taught)

    def seen_by(self, encoder: TokenEncoder) -> TokenEncoder:
        """Return the encoder with this model's upper layers."""
        return encoder if self.upper is None else encoder.with_upper(self.upper)

    @property
    def labels(self) -> tuple[str, ...]:
        """All intents, those only teaching brought last."""
        return self.taught.labels(self.head.labels)

    def interpret(self, encoder: TokenEncoder, texts: Sequence[str]) -> Iterator[Understanding]:
        """Yield what each text asks for."""
        own = self.seen_by(encoder)
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            encodings = list(own.encode(batch))
            vectors = np.stack([one.vector for one in encodings])
            shares = self.probabilities(batch, vectors)
            points = comparable(vectors)
            cosines = points @ self.example_vectors.T
            sure = certainty(shares, cosines, points @ self.beyond_vectors.T)
            for row, (text, encoding) in enumerate(zip(batch, encodings, strict=True)):
                yield self._one(text, encoding, shares[row], cosines[row], float(sure[row]))

    @property
    def example_vectors(self) -> Array:
        """The vectors of the head's examples, then of what was taught."""
        return self.taught.after(self.head.examples_ME)

    @property
    def beyond_vectors(self) -> Array:
        """The vectors of what is no intent, then of what was taught to be none."""
        return self.refused.after(self.beyond_KE)

    def probabilities(self, texts: Sequence[str], vectors_ND: Array) -> Array:
        """Return probabilities [N,L] of `labels` for texts with their vectors."""
        logits = self._logits(texts, vectors_ND)
        if self.taught:
            own = self._logits(list(self.taught.by_text), self.taught.vectors_TD)
            logits = self.taught.moved(logits, vectors_ND, own, self.head.labels)
        shares = np.asarray(np.exp(log_softmax(logits)), np.float32)
        for row, text in enumerate(texts):
            if text in self.taught.by_text:
                shares[row] = 0
                shares[row, self.labels.index(self.taught.by_text[text].intent)] = 1
        return shares

    def _logits(self, texts: Sequence[str], vectors_ND: Array) -> Array:
        """Return logarithms [N,L] of the head's probabilities, the words' share in them."""
        if self.words is None or not self.word_share:
            return vectors_ND @ self.head.weights_DL + self.head.bias_L
        own, share = self.head.probabilities(vectors_ND), np.float32(self.word_share)
        return np.asarray(np.log((1 - share) * own + share * self.words.probabilities(texts) + TINY), np.float32)

    def _one(self, text: str, encoding: Encoding, shares_L: Array, cosines_M: Array, sure: float) -> Understanding:
        order = (-shares_L).argsort(kind="stable")[: MAX_ALTERNATIVES + 1]
        (intent, confidence), *others = [(self.labels[index], float(shares_L[index])) for index in order]
        is_taught = text in self.taught.by_text
        spans = trimmed(self.tagger.tag(encoding, intent), text)
        known = bool(encoding.words) and (is_taught or sure >= self.threshold)
        if text in self.refused.by_text:
            intent, confidence, known, others = self.refused.by_text[text].intent, 1.0, False, []
        nearest = tuple(self._example(int(index), cosines_M) for index in (-cosines_M).argsort(kind="stable")[:NEAREST])
        return Understanding(intent, confidence, known, slot_texts(text, spans), tuple(others), spans, sure, nearest)

    def _example(self, index: int, cosines_M: Array) -> tuple[str, str, float]:
        """Return the text, intent and cosine of an example."""
        if index < len(self.texts):
            return self.texts[index], self.head.labels[self.head.owners_M[index]], float(cosines_M[index])
        taught = list(self.taught.by_text.values())[index - len(self.texts)]
        return taught.text, taught.intent, float(cosines_M[index])

    def with_taught(self, sentences: Sequence[TaughtSentence]) -> UnderstandingModel:
        """Return the model after being taught sentences; those out of scope are refused from now on."""
        own = [one for one in sentences if not is_out_of_scope(one.intent)]
        beyond = [one for one in sentences if is_out_of_scope(one.intent)]
        return replace(
            self,
            taught=self.taught.without(beyond).with_sentences(own),
            refused=self.refused.without(own).with_sentences(beyond),
        )


def slots_by_name(spans: Sequence[Slot], text: str) -> list[dict[str, object]]:
    """Return slots as JSON values."""
    return [
        {"name": slot.name, "text": text[slot.start : slot.end], "start": slot.start, "end": slot.end} for slot in spans
    ]
