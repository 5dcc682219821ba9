"""From a clip to an answer: the mouth is cut out, the network reads it, and the sentence is decoded and explained."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.lipread.background import without
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.corrections import PHRASES, Lessons, Phrase
from pippin.apps.lipread.decoding import ctc, decoder
from pippin.apps.lipread.decoding.char_lm import CharacterNgram
from pippin.apps.lipread.decoding.decoder import NetworkOutputs, Sentence
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.video import clips
from pippin.apps.lipread.video.frames import RATE
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.values import Prediction

Array = np.ndarray
NO_FIT = -1e9  # of what fits no sentence at all
STRANGE = "it does not fit any sentence of the grammar, so it was read without"


@dataclass
class LipreadPredictor(ABC):
    """Answers clips by what was learned: `speakers` (with their clips), what can be said, and how well it usually fits.

    `power` corrects the probability of a sentence of the grammar (`decoding/calibration.py`).

    Who derives from it tells what the network says of a mouth (`outputs`).
    """

    config: LipreadConfig
    words: list[str] = field(default_factory=list)
    speakers: dict[str, int] = field(default_factory=dict)
    grammar: Grammar | None = None
    language: CharacterNgram | None = None
    least: float | None = None
    power: float = 1.0
    lessons: Lessons = field(default_factory=Lessons)
    background: dict[str, Array] = field(default_factory=dict)

    @abstractmethod
    def outputs(self, mouths: Array) -> tuple[Array, ...]:
        """Map [T,40,64] to features [T,C], logits of characters [T,29] and, where they were learned, of words [T,W]."""

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield the sentence of each clip, in order; a clip that cannot be read gives a Prediction with `error`."""
        for item in inputs:
            try:
                yield self._answered(item)
            except PippinError as problem:
                yield Prediction(None, error=problem.message)

    def known(self, frames: Array) -> NetworkOutputs:
        """Return the network's outputs for a mouth uint8 [T,40,64]."""
        return decoder.known(self.outputs, frames)

    def read(self, known: NetworkOutputs, begin: int = 0) -> Sentence:
        """Decode one sentence as the settings say: by the grammar where there is one, else by the language model."""
        if self.config.decode == "greedy":
            return decoder.by_letters(known, begin)
        rules = self.rules()
        if rules is None and self.config.decode == "grammar":
            raise PippinError("This model has no grammar; give one with --grammar FILE, or --decode=beam.")
        if rules is None or self.config.decode == "beam":
            return decoder.by_beam(known, self.language, begin)
        found = decoder.by_grammar(known, rules, begin)
        if found is None:  # frames too few for any of its sentences fit none of them
            return replace(decoder.by_beam(known, self.language, begin), fit=NO_FIT)
        others = tuple((text, share**self.power) for text, share in found.others)
        return replace(found, probability=found.probability**self.power, others=others)

    def rules(self) -> Grammar | None:
        """Return the grammar asked for: the model's own, none, or that in a file."""
        given = self.config.grammar
        return self.grammar if given == "auto" else None if given == "none" else Grammar.read(Path(given))

    def fits(self, sentence: Sentence) -> bool:
        """Return whether a reading holds anything and, where the grammar read it, fits that as its sentences do."""
        if not sentence.text or sentence.fit == NO_FIT:
            return False
        return sentence.fit is None or self.least is None or sentence.fit >= self.least

    def scope(self) -> str:
        """Return a sentence on whose mouths it knows, and what they say."""
        named = sorted(self.speakers.items(), key=lambda item: -item[1])
        whose = ", ".join(f"{name or 'one speaker'} ({count} clips)" for name, count in named[:5])
        whose += f" and {len(named) - 5} others" if len(named) > 5 else ""
        can = f" and knows {self.grammar.sentences:,} sentences" if self.grammar else ""
        return f"It learned from {whose}{can}; other mouths and words it may not understand."

    def facts(self) -> dict[str, Any]:
        """Return all of it but the config, the language and the corrections' shapes, as JSON."""
        return {
            "words": self.words,
            "speakers": self.speakers,
            "grammar": self.grammar.slots if self.grammar else None,
            "least": self.least,
            "power": self.power,
            "taught": [[digest, sentence] for digest, sentence in self.lessons.said.items()],
        }

    def become(self, facts: Mapping[str, Any], language: Mapping[str, Mapping[str, int]], shapes: Array) -> None:
        """Restore `facts`, the counts of the language and the shapes of the taught clips [taught,...]."""
        self.words, self.speakers, self.least = list(facts["words"]), dict(facts["speakers"]), facts["least"]
        self.power = facts.get("power", 1.0)  # models of earlier versions have none
        self.grammar = Grammar(tuple(map(tuple, facts["grammar"]))) if facts["grammar"] else None
        self.language = CharacterNgram(language)
        said = dict(facts["taught"])
        self.lessons = Lessons(said, dict(zip(said, shapes, strict=True)))

    def _answered(self, item: Input) -> Prediction:
        mouth = clips.mouth(item, self.config.face_index)
        known = self.known(mouth.frames)
        phrase = self._phrase(known)
        taught = self.lessons.said.get(item.digest())
        greedy = {"greedy": ctc.greedy(known.logs)}
        if taught is not None:
            return Prediction(
                taught, 1.0, evidence=("you taught it this very clip", greedy, *mouth.notes, self.scope())
            )
        if phrase:
            return _chosen(phrase, (greedy, *mouth.notes, self.scope()))
        spans = list(decoder.sentences(known))
        # Each is seen as a clip of its own: the network learned from clips of one sentence.
        parts = (
            [known] if spans == [(0, len(known.logs))] else [self.known(mouth.frames[slice(*span)]) for span in spans]
        )
        return self._read([(part, begin) for part, (begin, _) in zip(parts, spans, strict=True)], greedy, mouth.notes)

    def _phrase(self, known: NetworkOutputs) -> Phrase | None:
        """Return the taught phrase it is, where answers are phrases."""
        if self.config.decode not in ("auto", "phrases"):
            return None
        asked = self.config.decode == "phrases"
        others = without(self.background, list(self.lessons.phrases)) if self.background else None
        phrase = self.lessons.nearest(known, others, least=1 if asked else PHRASES)
        if phrase is None and asked:
            count = "A phrase" if self.background else "Two phrases, each"
            raise PippinError(f"{count} taught with two clips or more is needed to answer with phrases.")
        return phrase

    def fitting(self, known: NetworkOutputs, begin: int = 0) -> tuple[Sentence, Sentence]:
        """Return a sentence as it is answered, and as the settings have it: another one where that does not fit."""
        sentence = self.read(known, begin)
        return (sentence if self.fits(sentence) else decoder.by_beam(known, self.language, begin)), sentence

    def _read(
        self, parts: Sequence[tuple[NetworkOutputs, int]], greedy: dict[str, str], notes: tuple[str, ...]
    ) -> Prediction:
        """Return the answer made of the sentences in a clip, each with the frame it begins at."""
        if not parts:
            return Prediction("", known=False, evidence=("no speech found in it", greedy, *notes, self.scope()))
        read, found = zip(*(self.fitting(*part) for part in parts), strict=True)
        strange = sum(not self.fits(sentence) for sentence in found)
        evidence: list[Any] = [_words(sentence) for sentence in read if sentence.words]
        if strange:
            evidence.append(STRANGE if len(found) == 1 else f"{STRANGE} in {strange} of {len(found)} sentences")
        words = [_word(word) for sentence in read for word in sentence.words]
        return Prediction(
            ". ".join(filter(None, (sentence.text for sentence in read))),
            None if strange else float(min(sentence.probability for sentence in read)),
            known=not strange,
            alternatives=found[0].others if len(found) == 1 and not strange else (),
            evidence=(*evidence, greedy, {"words": words}, *notes, self.scope()),
        )


def _chosen(phrase: Phrase, evidence: tuple[Any, ...]) -> Prediction:
    said = f"nearest of your phrases: {phrase.text}" if phrase.near else f"not one of yours; nearest: {phrase.text}"
    if not phrase.near:
        return Prediction(phrase.text, known=False, evidence=(said, *evidence))
    return Prediction(phrase.text, phrase.probability, True, phrase.others, (said, *evidence))


def _words(sentence: Sentence) -> str:
    """Return how sure each word is, for people."""
    return ", ".join(f"{word} {share:.0%}" for word, share, _, _ in sentence.words)


def _word(word: tuple[str, float, int, int]) -> dict[str, Any]:
    """Return a word for programs, its times in seconds."""
    text, share, begin, end = word
    return {"word": text, "probability": round(share, 4), "begin": round(begin / RATE, 2), "end": round(end / RATE, 2)}
