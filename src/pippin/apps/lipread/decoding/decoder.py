"""What a network knows of a clip, frame by frame, and the sentences decoded from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pippin.apps.lipread.decoding import ctc, grammar
from pippin.apps.lipread.decoding.alphabet import BLANK, numbers
from pippin.apps.lipread.decoding.char_lm import CharacterNgram
from pippin.apps.lipread.decoding.ctc import log_softmax
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.video.frames import RATE
from pippin.core.errors import PippinError

Array = np.ndarray
# Mouths [T,40,64] as `normalised` gives them -> features [T,C], logits of characters [T,29] and perhaps of words [T,W].
Network = Callable[[Array], tuple[Array, ...]]
WINDOW, MARGIN = 10 * RATE, RATE  # frames looked at in one go, and those seen beside them
WHOLE = 5 * RATE  # frames up to which a clip is one sentence
PAUSE = 10  # frames of silence between sentences, at least
AROUND = 5  # frames to each side by which a rest is known where words are not
BRIEF = 6  # frames a sentence takes at least
RUNNERS_UP = 3


@dataclass(frozen=True)
class NetworkOutputs:
    """Of a clip: features [T,C], log probabilities of characters [T,29] and of parts of words [T,W], silence [T].

    Without words, W is 0; silence is a probability.
    """

    features: Array
    logs: Array
    words: Array
    silence: Array


class Head(NamedTuple):
    """A linear layer from features [T,C]: weight [outputs,C] and bias [outputs]."""

    weight: Array
    bias: Array

    def logits(self, features: Array) -> Array:
        """Return logits [T,outputs]."""
        return features @ self.weight.T + self.bias


@dataclass(frozen=True)
class Sentence:
    """What was read: how likely it is right, and each word with its probability, first frame and frame after the last.

    `fit` is how well the grammar fits, where one was used (see `grammar.Reading`); `others` are runners-up.
    """

    text: str
    probability: float
    words: tuple[tuple[str, float, int, int], ...]
    fit: float | None
    others: tuple[tuple[str, float], ...]


def normalised(frames: Array) -> Array:
    """Return how a mouth uint8 [T,40,64] differs from its mean over the clip, float32 of deviation 1.

    What stays the same tells whose mouth it is and how it is lit, not what it says.
    """
    values = frames.astype(np.float32)
    values -= values.mean(0)
    return values / (values.std() + 1)


def known(network: Network, frames: Array) -> NetworkOutputs:
    """Return a network's outputs for a mouth uint8 [T,40,64], averaged with those for its mirror image."""
    parts = []
    for begin in range(0, len(frames), WINDOW):
        first, last = max(0, begin - MARGIN), min(len(frames), begin + WINDOW + MARGIN)
        mouths = normalised(frames[first:last])
        both = network(mouths), network(np.ascontiguousarray(mouths[:, :, ::-1]))
        inner = slice(begin - first, begin - first + WINDOW)
        parts.append([np.stack(pair)[:, inner] for pair in zip(*both, strict=True)])
    features, *logits = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    logs, *words = (log_softmax(log_softmax(pair).mean(0)) for pair in logits)
    known_words = words[0] if words else np.zeros((len(logs), 0))
    return NetworkOutputs(features.mean(0), logs, known_words, _silence(known_words, logs))


def sentences(known: NetworkOutputs) -> Iterator[tuple[int, int]]:
    """Yield where sentences begin and end: a short clip is one, a longer one is parted where the mouth rests."""
    if len(known.logs) <= WHOLE:
        yield 0, len(known.logs)
        return
    speaks = np.flatnonzero(known.silence < 0.5)
    parts = [part for part in np.split(speaks, np.flatnonzero(np.diff(speaks) > PAUSE) + 1) if len(part) >= BRIEF]
    # In the middle of the rest, for letters are spelt when the network is sure, not when they are spoken.
    middles = [int(before[-1] + after[0]) // 2 for before, after in pairwise(parts)]
    for begin, end in pairwise([0, *middles, len(known.logs)] if parts else []):
        # Who never rests is read piece by piece: no sentence is so long.
        yield from pairwise([*range(begin, end - WINDOW // 2, WINDOW), end] if end - begin > WINDOW else [begin, end])


def by_grammar(known: NetworkOutputs, rules: Grammar, begin: int = 0) -> Sentence | None:
    """Return the grammar's reading; None where the frames are too few for any of its sentences."""
    found = grammar.read(known.logs, rules)
    if found is None:
        return None
    # CTC may spell the first letters long before they are spoken, so the first word begins where the mouth moves.
    words, start = [], min(int(np.argmax(known.silence < 0.5)), found.words[0].end - 1)
    for word in found.words:
        if word.phrase:
            words.append((word.phrase, word.probability, begin + start, begin + word.end))
            start = word.end
    probability = float(np.prod([word.probability for word in found.words]))
    others = sorted(_neighbours(found), key=lambda item: -item[1])[:3]
    return Sentence(found.sentence, probability, tuple(words), found.fit, tuple(others))


def by_beam(known: NetworkOutputs, language: CharacterNgram | None, begin: int = 0) -> Sentence:
    """Return the likeliest sentence by a language model of characters, or of the letters alone.

    How likely it is right is what CTC gives it of all that could be spelt, summed over its alignments.
    """
    text, *others = dict.fromkeys(sentence for sentence, _ in ctc.beam(known.logs, language)[: 1 + RUNNERS_UP])
    shares = tuple((other, probability(known, other)) for other in others)
    return Sentence(text, probability(known, text), timed(known, text, begin), None, shares)


def by_letters(known: NetworkOutputs, begin: int = 0) -> Sentence:
    """Return the likeliest letter of each frame."""
    text = ctc.greedy(known.logs)
    return Sentence(text, probability(known, text), timed(known, text, begin), None, ())


def probability(known: NetworkOutputs, text: str) -> float:
    """Return how likely CTC holds a sentence among all that could be spelt in these frames."""
    return min(1.0, float(np.exp(ctc.chance(known.logs, text))))


def timed(known: NetworkOutputs, sentence: str, begin: int = 0) -> tuple[tuple[str, float, int, int], ...]:
    """Return the words of a sentence with their frames and their confidence (the mean over their letters)."""
    letters = ctc.aligned(known.logs, sentence) if sentence else []
    words, place = [], 0
    for word in sentence.split():
        spelt = letters[place : place + len(word)]
        place += len(word) + 1
        if spelt:
            first, last = spelt[0].first, spelt[-1].last + 1
            sure = [known.logs[letter.first : letter.last + 1, numbers(letter.character)[0]].max() for letter in spelt]
            words.append((word, float(np.exp(np.mean(sure))), begin + first, begin + last))
    return tuple(words)


def _silence(words: Array, logs: Array) -> Array:
    """Return how likely the mouth rests at each frame [T]: by the words' head if there is one, else by the blanks."""
    if words.shape[1]:
        return np.exp(words[:, 0])
    blank = np.exp(logs[:, BLANK])
    padded = np.pad(blank, AROUND, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * AROUND + 1).min(1)


def _neighbours(found: grammar.Reading) -> Iterator[tuple[str, float]]:
    """Yield sentences that differ from a reading in one word, with their probability as if words were independent."""
    whole = np.prod([word.probability for word in found.words])
    for index, word in enumerate(found.words):
        for phrase, probability in word.others:
            phrases = [phrase if number == index else other.phrase for number, other in enumerate(found.words)]
            yield " ".join(filter(None, phrases)), float(whole / word.probability * probability)


def checked_answer(answer: object) -> str:
    """Return a correction's text as it is read."""
    from pippin.apps.lipread.alignments import readable

    if not isinstance(answer, str):
        raise PippinError(f"{answer!r} is no sentence; give the words that were spoken.", input=answer)
    return readable(answer, "what you taught")
