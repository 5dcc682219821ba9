"""Hidden Markov models of words: each a row of states gone through from left to right, and exact reading by them.

The textbook is Rabiner 1989. A state may skip the next one, so that a word may end in its last state but one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pippin.apps.lipread.decoding.ctc import NEVER
from pippin.apps.lipread.decoding.grammar import Grammar

Array = np.ndarray
SKIP = 0.1  # of those who leave a state, leave out the next
PAUSE = 0.1  # probability of a silence after a word
COMPONENTS, FRAMES_EACH = 4, 150  # of a mixture at most, and the frames that a state must have for each
STEPS, PLENTY = 5, 4000  # of expectation and maximisation, and the frames that are enough for them
BIGRAMS = 3.0  # weight of what follows what, where there is no grammar
SHARED = 15.0  # frames that the variance shared by all states counts for in each
STAY, STEP, JUMP, ENTER = range(4)  # ways into a state: from itself, the one before, the one before that, another word


@dataclass(frozen=True)
class Words:
    """The shape of words: `begins` [W+1] is where each word's states begin; silence is one more state, the last.

    `leave` [states+1] is each state's probability of being left at a frame.
    """

    begins: Array
    leave: Array

    @property
    def silence(self) -> int:
        """The number of silence's state."""
        return int(self.begins[-1])


class Path(NamedTuple):
    """A path through a graph: each frame's node [T] and state [T] (of `Words`), if a word begins [T]; its log score."""

    nodes: Array
    states: Array
    begins: Array
    score: float

    def spans(self, silence: int) -> list[tuple[int, int, int]]:
        """Return its words: (first frame, frame after the last, node)."""
        begins, quiet = np.flatnonzero(self.begins), np.append(np.flatnonzero(self.states == silence), len(self.states))
        stops = np.append(begins[1:], len(self.states))
        ends = np.minimum(stops, quiet[np.searchsorted(quiet, begins)])
        return [(int(begin), int(end), int(self.nodes[begin])) for begin, end in zip(begins, ends, strict=True)]


class Mixtures(NamedTuple):
    """Diagonal Gaussians of all states in one row: `means` and `variances` [G,D], log `weights` [G], `owners` [G]."""

    means: Array
    variances: Array
    weights: Array
    owners: Array

    @classmethod
    def fit(cls, frames: Array, labels: Array, states: int) -> Mixtures:
        """Learn from frames [N,D] and the state of each [N]; a state without any is as all are together."""
        order = np.argsort(labels, kind="stable")
        parts = [frames[part] for part in np.split(order, np.searchsorted(labels[order], np.arange(1, states)))]
        shared = sum(part.var(0) * len(part) for part in parts if len(part)) / len(frames)
        found = [_mixture(part if len(part) else frames, shared) for part in parts]
        means, variances, weights = (np.concatenate(column) for column in zip(*found, strict=True))
        return cls(means, variances, np.log(weights), np.repeat(np.arange(states), [len(each[2]) for each in found]))

    def logs(self, frames: Array) -> Array:
        """Log likelihoods of frames [T,D] in each state [T,states], up to a constant."""
        exact, means = 1 / self.variances, self.means
        distances = frames**2 @ exact.T - 2 * frames @ (means * exact).T + (means**2 * exact).sum(1)
        each = self.weights - 0.5 * (distances + np.log(self.variances).sum(1))
        return np.logaddexp.reduceat(each, np.flatnonzero(np.diff(self.owners, prepend=-1)), axis=1)


class Graph:
    """What may be said: nodes are words, of which one may be several, each with a silence it may end in.

    `words` [V] are the nodes' words; `follows` [V+1,V+1] the logarithms of a node after another: row 0 is the
    beginning, column 0 the end.
    """

    def __init__(self, shape: Words, words: Sequence[int], follows: Array) -> None:
        self.follows = follows
        spans = [np.arange(shape.begins[word], shape.begins[word + 1]) for word in words]
        lengths = np.array([len(span) for span in spans])
        self.silences = int(lengths.sum())  # the first of the V+1 states of silence, which come after all others
        pauses = len(words) + 1
        self.states = np.concatenate([*spans, np.full(pauses, shape.silence)])
        self.nodes = np.concatenate([np.repeat(np.arange(1, pauses), lengths), np.arange(pauses)])
        self.firsts = np.cumsum(lengths) - lengths
        lasts = self.firsts + lengths - 1
        go = shape.leave[self.states]
        place = np.concatenate([*map(np.arange, lengths), np.zeros(pauses, int)])
        self.stay = np.log1p(-go)
        self.step = _after(np.log(go * (1 - SKIP)), place, 1)
        self.jump = _after(np.log(go * SKIP), place, 2)
        self.ends = np.stack([lasts, np.maximum(lasts - 1, self.firsts)])
        self.ending = np.log(go[self.ends] * np.array([[1 - SKIP], [SKIP]]))
        self.ending[1, lengths == 1] = NEVER
        self.resume = float(np.log(shape.leave[shape.silence]))

    def path(self, logs: Array) -> Path | None:
        """Find the likeliest path (Viterbi) by the states' log likelihoods [T,states+1]; None with too few frames."""
        size, first = len(self.states), self.silences
        scores, ways = np.full(size, NEVER), np.zeros((len(logs), size), np.int8)
        origins = np.zeros((len(logs), size), int)
        candidates = np.full((4, size), NEVER)
        for time, frame in enumerate(logs):
            ended, last = self._ended(scores)
            left, origin = self._left(scores, ended, last, begun=time > 0)
            arrived = left[:, None] + self.follows[:, 1:]
            before = arrived.argmax(0)
            candidates[STAY] = scores + self.stay
            candidates[STEP, 1:] = scores[:-1] + self.step[1:]
            candidates[JUMP, 2:] = scores[:-2] + self.jump[2:]
            candidates[ENTER, self.firsts] = arrived[before, np.arange(len(before))]
            candidates[ENTER, first] = NEVER if time else 0.0
            candidates[ENTER, first + 1 :] = ended + np.log(PAUSE)
            origins[time, self.firsts], origins[time, first + 1 :] = origin[before], last
            ways[time] = candidates.argmax(0)
            scores = candidates.max(0) + frame[self.states]
        left, origin = self._left(scores, *self._ended(scores), begun=True)
        total = left + self.follows[:, 0]
        node = int(total.argmax())
        return self._traced(int(origin[node]), ways, origins, float(total[node])) if total[node] > NEVER / 2 else None

    def _ended(self, scores: Array) -> tuple[Array, Array]:
        """Return for each word the score of having ended [V], and in which state [V]."""
        ways = scores[self.ends] + self.ending
        best = ways.argmax(0)
        every = np.arange(len(best))
        return ways[best, every], self.ends[best, every]

    def _left(self, scores: Array, ended: Array, last: Array, *, begun: bool) -> tuple[Array, Array]:
        """Return for each node the score of leaving it, perhaps by its silence [V+1], and from which state [V+1]."""
        left = scores[self.silences :] + self.resume
        origin = np.arange(self.silences, len(scores))
        if not begun:
            left[0] = 0.0
        straight = ended > left[1:]
        left[1:][straight], origin[1:][straight] = ended[straight], last[straight]
        return left, origin

    def _traced(self, position: int, ways: Array, origins: Array, score: float) -> Path:
        places = np.zeros(len(ways), int)
        for time in range(len(ways) - 1, -1, -1):
            places[time] = position
            way = ways[time, position]
            position = int(origins[time, position]) if way == ENTER else position - int(way)
        begins = (ways[np.arange(len(ways)), places] == ENTER) & (places < self.silences)
        return Path(self.nodes[places], self.states[places], begins, score)


def _after(logs: Array, place: Array, distance: int) -> Array:
    """Return the scores of coming into each state from the one `distance` before it in the same word."""
    into = np.full(len(logs), NEVER)
    into[distance:] = np.where(place[distance:] >= distance, logs[:-distance], NEVER)
    return into


def chain(shape: Words, words: Sequence[int]) -> Graph:
    """Return the graph of one sentence."""
    follows = np.full((len(words) + 1, len(words) + 1), NEVER)
    follows[np.arange(len(words)), np.arange(1, len(words) + 1)] = 0.0
    follows[-1, 0] = 0.0
    return Graph(shape, words, follows)


def rules(sentences: Sequence[str], words: Sequence[str]) -> tuple[Array, Array]:
    """Return the words [V] and which word follows which [V+1,V+1]: by a grammar of slots, else by bigrams."""
    number = {word: index for index, word in enumerate(words)}
    if grammar := Grammar.of(sentences):
        nodes = [(index, number[word]) for index, slot in enumerate(grammar.slots) for word in slot]
        slots = np.array([-1, *(index for index, _ in nodes)])
        follows = np.where(slots == slots[:, None] + 1, 0.0, NEVER)
        follows[:, 0] = np.where(slots == len(grammar.slots) - 1, 0.0, NEVER)
        return np.array([word for _, word in nodes]), follows
    counts = np.zeros((len(words) + 1, len(words) + 1))
    for sentence in sentences:
        said = [0, *(number[word] + 1 for word in sentence.split()), 0]
        np.add.at(counts, (said[:-1], said[1:]), 1)
    # Witten and Bell's interpolation with how often a word is said at all, as in `language`.
    alone = counts.sum(0) / counts.sum()
    kinds = (counts > 0).sum(1, keepdims=True)
    follows = BIGRAMS * np.log((counts + kinds * alone) / (counts.sum(1, keepdims=True) + kinds))
    follows[0, 0] = NEVER
    return np.arange(len(words)), follows


def _mixture(frames: Array, shared: Array) -> tuple[Array, Array, Array]:
    """Fit means [M,D], variances [M,D] and weights [M] by EM; the heaviest is split until there are enough."""
    frames = frames[:: -(-len(frames) // PLENTY)]
    apart = np.where(np.arange(frames.shape[1]) % 2, 0.5, -0.5)
    belongs = np.ones((len(frames), 1))
    means, variances, weights = _maximised(frames, belongs, shared)
    while len(weights) < min(COMPONENTS, len(frames) // FRAMES_EACH):
        heaviest = int(weights.argmax())
        aside = apart * np.sqrt(variances[heaviest])
        means = np.concatenate([means, means[[heaviest]] + aside])
        means[heaviest] -= aside
        variances = np.concatenate([variances, variances[[heaviest]]])
        weights[heaviest] /= 2
        weights = np.append(weights, weights[heaviest])
        for _ in range(STEPS):
            distances = ((frames[:, None] - means) ** 2 / variances + np.log(variances)).sum(2)
            logs = np.log(weights) - 0.5 * distances
            belongs = np.exp(logs - np.logaddexp.reduce(logs, axis=1)[:, None])
            means, variances, weights = _maximised(frames, belongs, shared)
    return means, variances, weights


def _maximised(frames: Array, belongs: Array, shared: Array) -> tuple[Array, Array, Array]:
    """Fit each component to its frames [N,D], shared out by [N,M]; each variance is drawn to the shared one."""
    counts = belongs.sum(0) + 1e-3
    means = belongs.T @ frames / counts[:, None]
    squares = np.stack([share @ (frames - mean) ** 2 for share, mean in zip(belongs.T, means, strict=True)])
    variances = (squares + SHARED * shared) / (counts[:, None] + SHARED)
    return means, np.maximum(variances, 0.05 * shared + 1e-6), counts / counts.sum()
