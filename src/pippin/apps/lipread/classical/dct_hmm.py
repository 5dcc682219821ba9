"""The classical method to read lips: the mouth's cosine transform, and hidden Markov models of words.

As in audio-visual speech recognition before networks (Potamianos, Neti, Gravier, Garg and Senior 2003): low
frequencies of the mouth, neighbouring frames put together, linear discriminants, left-to-right models of words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from pippin.apps.lipread.classical.hmm import Graph, Mixtures, Path, Words, chain, rules
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.decoding.grammar import Grammar
from pippin.apps.lipread.training_clips import TrainingClip
from pippin.apps.lipread.video import clips
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import Prediction, SavedState

Array = np.ndarray
COEFFICIENTS = 40  # of a frame
NEIGHBOURS = 3  # frames seen on each side
DISCRIMINANTS = 30
RIDGE = 0.02  # of each variance within states, added to it
STATES_A_FRAME, MAX_STATES = 1.0, 6  # of a word, by how long it lasts
SCALE = 0.4  # of log likelihoods, as frames that overlap are not independent
ROUGHLY = 0.1  # the same at first, when times are unknown
ROUNDS, SEARCHING = 3, 6  # of learning, and before them where the times of words are unknown
QUIET, LETTER = 0.2, 0.3  # at first: silence at each end, as a share; how much longer a word is for each letter
SHAPES = {"begins", "leave", "projection", "means", "variances", "weights", "owners", "nodes", "follows"}


@dataclass(frozen=True)
class LabelledClip:
    """A sentence as it was spoken: coefficients [T,C], its words' numbers, and the (begin, end) frames of each."""

    coefficients: Array
    words: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]

    def labels(self, begins: Array) -> Array:
        """Return the state at each frame [T], each word's states sharing its frames evenly."""
        found = np.full(len(self.coefficients), begins[-1])
        for word, (begin, end) in zip(self.words, self.spans, strict=True):
            count = begins[word + 1] - begins[word]
            found[begin:end] = begins[word] + np.arange(end - begin) * count // (end - begin)
        return found


class Model(NamedTuple):
    """Discriminants [C,D] of neighbouring frames' coefficients, the words' states, and what these look like."""

    projection: Array
    shape: Words
    mixtures: Mixtures

    def path(self, coefficients: Array, graph: Graph, scale: float = SCALE) -> Path | None:
        """Return the likeliest path through a graph, given a clip's coefficients [T,C]."""
        return graph.path(scale * self.mixtures.logs(stacked(coefficients) @ self.projection))


class DctHmm:
    """Words read by hidden Markov models; follows core.learner's Learner, and needs numpy alone."""

    def __init__(self, config: LipreadConfig) -> None:
        self.config = config
        self.words: list[str] = []
        self.tensors: dict[str, Array] = {}
        self._model: tuple[Model, Graph] | None = None

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn from `data.train` and `data.val`, in rounds: a model of the words' times, their times by the model."""
        lessons = list(_lessons(data.train + data.val, run))
        if not lessons:
            raise PippinError(f"No clip of {data.name} can be read, so there is nothing to learn from.")
        sentences = [lesson.sentence for lesson in lessons]
        self.words = sorted({word for sentence in sentences for word in sentence.split()})
        takes = [_take(lesson, self.words) for lesson in lessons]
        scales = [SCALE] * ROUNDS
        if not all(map(_timed, lessons)):
            scales = [*np.geomspace(ROUGHLY, SCALE, SEARCHING), *scales]
        for number, scale in enumerate(scales, start=1):
            model = learned(takes, len(self.words))
            run.log(step=number, total=len(scales))
            if run.should_stop or number == len(scales):
                break
            takes = [realigned(take, model, scale) for take in takes]
        self._become(model, *rules(sentences, self.words))

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield the likeliest sentence of each clip."""
        for item in inputs:
            try:
                yield self._answered(item)
            except PippinError as problem:
                yield Prediction(None, error=problem.message)

    def save(self) -> SavedState:
        """Return the discriminants, the Gaussians, which word may follow which, and the words."""
        return SavedState(self.tensors, {"words": self.words})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        if lacking := SHAPES - set(saved.tensors):
            raise PippinError(f"The model lacks its {min(lacking)}; train it again.")
        self.words, self.tensors, self._model = list(saved.config["words"]), dict(saved.tensors), None

    def _become(self, model: Model, nodes: Array, follows: Array) -> None:
        parts = {**model.shape.__dict__, "projection": model.projection, **model.mixtures._asdict()}
        arrays = {**parts, "nodes": nodes, "follows": follows}
        self.tensors = {name: array.astype("f4" if array.dtype.kind == "f" else "i4") for name, array in arrays.items()}
        self._model = None

    def _ready(self) -> tuple[Model, Graph]:
        """Return the model and what may be said, made of what is saved, so that a loaded one answers the same."""
        if not self.tensors:
            raise PippinError("These models of words have learned nothing yet.")
        if self._model is None:
            held = self.tensors
            shape = Words(held["begins"], held["leave"])
            mixtures = Mixtures(*(held[name] for name in Mixtures._fields))
            graph = Graph(shape, held["nodes"].tolist(), held["follows"])
            self._model = Model(held["projection"], shape, mixtures), graph
        return self._model

    def _answered(self, item: Input) -> Prediction:
        model, graph = self._ready()
        mouth = clips.mouth(item, self.config.face_index)
        path = model.path(coefficients(mouth.frames), graph)
        if path is None:
            raise PippinError(f"{item.name} is too short for a sentence: {len(mouth.frames)} frames.", input=item.name)
        nodes = self.tensors["nodes"]
        said = [self.words[nodes[node - 1]] for *_, node in path.spans(model.shape.silence)]
        return Prediction(" ".join(said), evidence=mouth.notes)


class RandomSentence:
    """A sentence of the grammar at random (else one it was given to learn from): what knowing no mouth is worth."""

    def __init__(self, config: LipreadConfig) -> None:
        self.slots: list[list[str]] = []

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn the slots of the sentences' grammar, else all sentences."""
        sentences = [str(example.answer) for example in data.train + data.val]
        grammar = Grammar.of(sentences) if sentences else None
        self.slots = [list(slot) for slot in grammar.slots] if grammar else [sorted(set(sentences))]

    def predict(self, inputs: Iterable[Input]) -> Iterator[Prediction]:
        """Yield a sentence for each clip, always the same for the same clip."""
        share = float(np.prod([1 / max(1, len(slot)) for slot in self.slots]))
        for item in inputs:
            try:
                rng = np.random.default_rng(int(item.digest()[:16], 16))
            except PippinError as problem:
                yield Prediction(None, error=problem.message)
                continue
            said = [slot[rng.integers(len(slot))] for slot in self.slots if slot]
            yield Prediction(" ".join(said), share)

    def save(self) -> SavedState:
        """Return the slots."""
        return SavedState(config={"slots": self.slots})

    def load(self, saved: SavedState) -> None:
        """Restore the learner that was saved."""
        self.slots = [list(slot) for slot in saved.config["slots"]]


def cosines(size: int, count: int) -> Array:
    """Return the first `count` functions of the orthonormal DCT-II of `size` samples [count,size]."""
    angles = np.pi * (np.arange(size) + 0.5) * np.arange(count)[:, None] / size
    basis: Array = np.sqrt(2 / size) * np.cos(angles)
    basis[0] /= np.sqrt(2)
    return basis.astype(np.float32)


def coefficients(frames: Array) -> Array:
    """Return the lowest frequencies of a mouth uint8 [T,40,64], by cycles a pixel, less their mean over the clip [T,C].

    Only those that are even across: a mouth is symmetric, and how the light falls is not.
    """
    height, width = frames.shape[1:]
    down, across = cosines(height, height // 2), cosines(width, width // 2)[::2]
    values = frames.astype(np.float32)
    found = down @ ((values - values.mean()) / (values.std() + 1e-3)) @ across.T
    pitch = np.arange(len(down))[:, None] / height + 2 * np.arange(len(across)) / width
    lowest = np.argsort(pitch.ravel(), kind="stable")[:COEFFICIENTS]
    chosen = found.reshape(len(frames), -1)[:, lowest]
    return chosen - chosen.mean(0)


def stacked(coefficients: Array) -> Array:
    """Join each frame with its neighbours, [T,C] -> [T,(2*NEIGHBOURS+1)*C]: the input of deltas and their deltas."""
    padded = np.pad(coefficients, ((NEIGHBOURS, NEIGHBOURS), (0, 0)), mode="edge")
    return np.concatenate([padded[shift : shift + len(coefficients)] for shift in range(2 * NEIGHBOURS + 1)], axis=1)


def learned(takes: Sequence[LabelledClip], words: int) -> Model:
    """Return the model of `words` words by the times at which takes say them."""
    durations = np.zeros((2, words))
    for take in takes:
        for word, (begin, end) in zip(take.words, take.spans, strict=True):
            durations[:, word] += end - begin, 1
    counts = np.clip(np.round(STATES_A_FRAME * durations[0] / durations[1]), 1, MAX_STATES).astype(int)
    begins = np.append(0, counts.cumsum())
    labels = [take.labels(begins) for take in takes]
    visits = np.concatenate([each[np.diff(each, prepend=-1) != 0] for each in labels])
    states = int(begins[-1]) + 1
    together = np.concatenate(labels)
    leave = (np.bincount(visits, minlength=states) + 1) / (np.bincount(together, minlength=states) + 2)
    projection = discriminants(takes, labels, states)
    frames = np.concatenate([stacked(take.coefficients) @ projection for take in takes])
    return Model(projection, Words(begins, leave), Mixtures.fit(frames, together, states))


def discriminants(takes: Sequence[LabelledClip], labels: Sequence[Array], states: int) -> Array:
    """Return Fisher's linear discriminants of states, spread 1 within them [C,D]."""
    size = (2 * NEIGHBOURS + 1) * takes[0].coefficients.shape[1]
    sums, total = np.zeros((states, size)), np.zeros((size, size))
    for take, states_T in zip(takes, labels, strict=True):
        frames = stacked(take.coefficients).astype(float)
        np.add.at(sums, states_T, frames)
        total += frames.T @ frames
    counts = np.bincount(np.concatenate(labels), minlength=states).astype(float)
    means = sums / np.maximum(counts, 1)[:, None]
    within = (total - (means * counts[:, None]).T @ means) / counts.sum()
    within += np.diag(RIDGE * np.diag(within) + 1e-9)
    counts[-1] = min(counts[-1], 3 * counts[:-1].max())  # silence is much of a clip, but only one state
    centred = means - counts @ means / counts.sum()
    between = (centred * counts[:, None]).T @ centred / counts.sum()
    whiten = np.linalg.inv(np.linalg.cholesky(within))
    _, directions = np.linalg.eigh(whiten @ between @ whiten.T)
    return (whiten.T @ directions[:, ::-1][:, :DISCRIMINANTS]).astype(np.float32)


def realigned(take: LabelledClip, model: Model, scale: float) -> LabelledClip:
    """Return the take with its words where the model hears them; as it was where they do not fit in."""
    path = model.path(take.coefficients, chain(model.shape, take.words), scale)
    if path is None:
        return take
    return replace(take, spans=tuple((begin, end) for begin, end, _ in path.spans(model.shape.silence)))


def _lessons(examples: Sequence[Example], run: Run) -> Iterator[TrainingClip]:
    """Yield the examples that can be learned from, as many as the run allows for, and one at least."""
    found = False
    for example in examples:
        if found and run.should_stop:
            return
        try:
            mouth = clips.mouth(example.input)
        except PippinError:
            continue
        sentence = str(example.answer)
        if mouth.partial or not 0 < 3 * len(sentence.split()) < len(mouth.frames):
            continue
        found = True
        words = example.input.words if isinstance(example.input, clips.Clip) else ()
        yield TrainingClip.of(mouth.frames, sentence, words)


def _timed(lesson: TrainingClip) -> bool:
    """Return whether it is known when each word is said."""
    return [word for *_, word in lesson.spans] == lesson.sentence.split()


def _take(lesson: TrainingClip, words: Sequence[str]) -> LabelledClip:
    """Return a correction's take, its words spread by their lengths where it is not known when they are said."""
    said, length = lesson.sentence.split(), len(lesson.frames)
    spans = [(begin, end) for begin, end, _ in lesson.spans]
    if not _timed(lesson):
        weights = np.array([0, *(1 + LETTER * len(word) for word in said)]).cumsum()
        edges = np.round(length * (QUIET + (1 - 2 * QUIET) * weights / weights[-1])).astype(int).tolist()
        spans = [(begin, max(begin + 1, end)) for begin, end in pairwise(edges)]
    return LabelledClip(coefficients(lesson.frames), tuple(map(words.index, said)), tuple(spans))
