"""The classical way: exact search against all paths, cosines against their formula, and mouths drawn here are read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from pippin.apps.lipread.classical.dct_hmm import DctHmm, RandomSentence, coefficients, cosines
from pippin.apps.lipread.classical.hmm import PAUSE, SKIP, Graph, Mixtures, Words, chain, rules
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.decoding.ctc import NEVER
from pippin.apps.lipread.video import y4m
from pippin.apps.lipread.video.clips import Clip
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.run import Run
from pippin.core.values import SavedState

Array = np.ndarray
Place = tuple[int, int]  # a node, and the place in its word; -1 is its silence
SHAPE = Words(np.array([0, 1, 3, 6]), np.array([0.4, 0.3, 0.6, 0.5, 0.2, 0.7, 0.35]))
SLOTS = (("bin", "lay", "set"), ("at", "by"), ("now", "soon", "two"))
MOVES = {  # opening and width of the mouth at points of a word
    "bin": ((0, 9), (8, 9), (2, 9)),
    "lay": ((8, 5), (4, 5), (9, 9)),
    "set": ((3, 9), (3, 5), (8, 5)),
    "at": ((9, 7), (9, 7), (3, 7)),
    "by": ((0, 4), (3, 8), (9, 4)),
    "now": ((6, 4), (9, 9), (3, 3)),
    "soon": ((3, 3), (3, 3), (1, 9)),
    "two": ((1, 7), (6, 3), (6, 3)),
}


@pytest.mark.parametrize("seed", range(6))
def test_the_path_is_the_best_of_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    words = [2, 0, 1][: 2 + seed % 2]
    follows = np.log(rng.random((len(words) + 1, len(words) + 1)))
    follows[rng.random(follows.shape) < 0.3] = NEVER
    logs = rng.normal(0, 2, (5, 7))
    score, places = max(_all_paths(words, follows, logs))
    found = Graph(SHAPE, words, follows).path(logs)
    if score < NEVER / 2:
        assert found is None
        return
    assert found is not None
    assert found.score == pytest.approx(score)
    states = [6 if place < 0 else SHAPE.begins[words[node - 1]] + place for node, place in places]
    assert found.states.tolist() == states
    assert found.nodes.tolist() == [node for node, _ in places]


def _all_paths(words: list[int], follows: Array, logs: Array) -> Iterator[tuple[float, list[Place]]]:
    """The score of each sequence of places, by the rules as they are written down."""
    lengths = [0, *(int(SHAPE.begins[word + 1] - SHAPE.begins[word]) for word in words)]
    every = [(node, place) for node, length in enumerate(lengths) for place in range(-1, length)]

    def state(at: Place) -> int:
        return 6 if at[1] < 0 else int(SHAPE.begins[words[at[0] - 1]]) + at[1]

    def ended(at: Place) -> float:
        """The word's end, not yet followed by anything."""
        left = lengths[at[0]] - 1 - at[1]
        return float(np.log(SHAPE.leave[state(at)] * ((1 - SKIP), SKIP)[left])) if left < 2 and at[1] >= 0 else NEVER

    def onward(at: Place, to: int) -> float:
        """From here to the beginning of a node's word, or (0) the end of all."""
        out = float(np.log(SHAPE.leave[6])) if at[1] < 0 else ended(at)
        return out + float(follows[at[0], to])

    def moved(at: Place, to: Place) -> float:
        ways = [NEVER]
        go = SHAPE.leave[state(at)]
        if at == to:
            ways.append(float(np.log(1 - go)))
        if at[0] == to[0] and at[1] >= 0 and to[1] - at[1] in (1, 2):
            ways.append(float(np.log(go * (1 - SKIP if to[1] - at[1] == 1 else SKIP))))
        if at[0] == to[0] and at[1] >= 0 and to[1] < 0:
            ways.append(ended(at) + float(np.log(PAUSE)))
        if to[1] == 0:
            ways.append(onward(at, to[0]))
        return max(ways)

    for places in product(every, repeat=len(logs)):
        first = places[0]
        score = 0.0 if first == (0, -1) else float(follows[0, first[0]]) if first[1] == 0 else NEVER
        for at, to in pairwise(places):
            score += moved(at, to)
            if score < NEVER / 2:
                break
        else:
            score += onward(places[-1], 0) + sum(float(logs[time, state(at)]) for time, at in enumerate(places))
        yield max(score, NEVER), list(places)


def test_a_sentence_longer_than_its_clip_has_no_path() -> None:
    graph = chain(SHAPE, [2, 2, 2])
    assert graph.path(np.zeros((5, 7))) is None
    path = graph.path(np.zeros((6, 7)))
    assert path is not None
    assert path.spans(SHAPE.silence) == [(0, 2, 1), (2, 4, 2), (4, 6, 3)]


def test_a_word_said_twice_is_two_words() -> None:
    graph = Graph(SHAPE, [0], np.array([[NEVER, 0.0], [0.0, 5.0]]))
    path = graph.path(np.zeros((3, 7)))
    assert path is not None
    assert path.spans(SHAPE.silence) == [(0, 1, 1), (1, 2, 1), (2, 3, 1)]


def test_mixtures_give_the_density_of_their_gaussians() -> None:
    rng = np.random.default_rng(0)
    frames = np.concatenate([rng.normal(-4, 1, (400, 2)), rng.normal(4, 1, (400, 2)), rng.normal(0, 1, (9, 2))])
    mixtures = Mixtures.fit(frames, np.repeat([0, 0, 1], [400, 400, 9]), 3)
    assert mixtures.owners.tolist() == [0, 0, 0, 0, 1, 2, 2, 2, 2]  # the last has no frames, and is as all are
    density = np.zeros((len(frames), 3))
    for mean, variance, weight, owner in zip(*mixtures, strict=True):
        gaussian = np.exp(-0.5 * ((frames - mean) ** 2 / variance).sum(1)) / np.sqrt(variance.prod())
        density[:, owner] += np.exp(weight) * gaussian
    np.testing.assert_allclose(mixtures.logs(frames), np.log(density), atol=1e-6)
    far = mixtures.means[mixtures.owners == 0].mean(1)
    assert far.min() < -3
    assert far.max() > 3


def test_cosines_are_those_of_the_formula() -> None:
    signal = np.random.default_rng(0).normal(size=8)
    wanted = []
    for frequency in range(8):
        total = sum(value * np.cos(np.pi * frequency * (2 * n + 1) / 16) for n, value in enumerate(signal))
        wanted.append(total * np.sqrt((1 if frequency == 0 else 2) / 8))
    np.testing.assert_allclose(cosines(8, 8) @ signal, wanted, atol=1e-5)


def test_coefficients_know_neither_the_light_nor_left_from_right() -> None:
    frames = np.random.default_rng(0).integers(40, 200, (6, 40, 64)).astype(np.uint8)
    found = coefficients(frames)
    assert found.shape == (6, 40)
    np.testing.assert_allclose(coefficients(frames[:, :, ::-1]), found, atol=1e-3)
    np.testing.assert_allclose(coefficients(frames // 2 + 60), found, atol=0.3)


def test_what_follows_what_without_a_grammar() -> None:
    nodes, follows = rules(["bin at", "at"], ["at", "bin"])
    assert nodes.tolist() == [0, 1]
    assert follows[0, 0] == NEVER
    assert follows[2, 1] > follows[2, 0]  # "at" after "bin", rather than the end
    assert follows[1, 0] > follows[1, 2]
    assert (follows.ravel()[1:] > NEVER / 2).all()


@pytest.fixture(scope="module")
def spoken() -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """Sentences to learn from, and others."""
    examples = [_spoken(seed) for seed in range(52)]
    return tuple(examples[:40]), tuple(examples[40:])


@pytest.mark.parametrize("timed", [True, False])
def test_what_was_learned_is_read_and_saved(
    spoken: tuple[tuple[Example, ...], tuple[Example, ...]], timed: bool, tmp_path: Path
) -> None:
    known, others = spoken
    hidden = DctHmm(LipreadConfig(face_index=0))
    hidden.fit(Dataset("drawn", known if timed else tuple(map(_untimed, known))), Run(tmp_path))
    read = list(hidden.predict(example.input for example in others))
    wrong = sum(prediction.answer != example.answer for prediction, example in zip(read, others, strict=True))
    assert wrong <= (0 if timed else 2)
    again = DctHmm(LipreadConfig(face_index=0))
    again.load(hidden.save())
    assert list(again.predict(example.input for example in others)) == read
    assert all(array.dtype in (np.float32, np.int32) for array in hidden.save().tensors.values())


def test_ten_sentences_are_enough_to_begin_with(
    spoken: tuple[tuple[Example, ...], tuple[Example, ...]], tmp_path: Path
) -> None:
    hidden = DctHmm(LipreadConfig())
    hidden.fit(Dataset("drawn", spoken[0][:10]), Run(tmp_path))
    answers = [str(prediction.answer) for prediction in hidden.predict(example.input for example in spoken[1])]
    words = {word for example in spoken[0][:10] for word in example.answer.split()}
    assert set(" ".join(answers).split()) <= words
    right = sum(answer == example.answer for answer, example in zip(answers, spoken[1], strict=True))
    assert right >= 4


def test_a_run_that_must_stop_leaves_something_that_answers(
    spoken: tuple[tuple[Example, ...], tuple[Example, ...]], tmp_path: Path
) -> None:
    run = Run(tmp_path)
    (tmp_path / "stop").touch()
    run._last_look = 0.0
    hidden = DctHmm(LipreadConfig())
    hidden.fit(Dataset("drawn", spoken[0]), run)
    assert hidden.words == sorted(spoken[0][0].answer.split())
    assert next(hidden.predict([spoken[0][0].input])).answer


def test_what_cannot_be_read_is_said(spoken: tuple[tuple[Example, ...], tuple[Example, ...]], tmp_path: Path) -> None:
    brief = Clip(content=y4m.written(np.zeros((5, 40, 64), np.uint8)), name="brief")
    empty = DctHmm(LipreadConfig())
    with pytest.raises(PippinError, match="nothing to learn from"):
        empty.fit(Dataset("none", (Example(brief, "bin at now", "0"),)), Run(tmp_path))
    assert next(empty.predict([spoken[0][0].input])).error
    with pytest.raises(PippinError, match="train it again"):
        empty.load(SavedState())
    hidden = DctHmm(LipreadConfig())
    hidden.fit(Dataset("drawn", spoken[0]), Run(tmp_path))
    found = list(hidden.predict([brief, Input(path=tmp_path / "none.mp4", name="none.mp4"), spoken[0][0].input]))
    assert found[0].error == "brief is too short for a sentence: 5 frames."
    assert "none.mp4" in (found[1].error or "")
    assert found[2].answer == spoken[0][0].answer


def test_chance_says_sentences_of_the_grammar_and_keeps_to_them(
    spoken: tuple[tuple[Example, ...], tuple[Example, ...]], tmp_path: Path
) -> None:
    rng = RandomSentence(LipreadConfig())
    rng.fit(Dataset("drawn", spoken[0]), Run(tmp_path))
    inputs = [example.input for example in spoken[1]]
    said = list(rng.predict(inputs))
    assert {len({str(prediction.answer).split()[place] for prediction in said}) > 1 for place in range(3)} == {True}
    assert all(word in slot for each in said for word, slot in zip(each.answer.split(), SLOTS, strict=True))
    assert said[0].confidence == pytest.approx(1 / 18)
    again = RandomSentence(LipreadConfig())
    again.load(rng.save())
    assert list(again.predict(reversed(inputs))) == said[::-1]
    assert next(rng.predict([Input(path=tmp_path / "none", name="none")])).error


def _spoken(seed: int) -> Example:
    """A mouth drawn as an ellipse that opens and widens as its words ask."""
    rng = np.random.default_rng(seed)
    said = [slot[rng.integers(len(slot))] for slot in SLOTS]
    before, after = rng.integers(6, 12, 2)
    moves, words, begin = [np.tile([0.5, 6], (before, 1))], [], int(before)
    for word in said:
        length = int(rng.integers(6, 9))
        points, times = np.array(MOVES[word], float), np.linspace(0, 2, length)
        moves.append(np.stack([np.interp(times, range(3), column) for column in points.T], axis=1))
        words.append((begin / 25, (begin + length) / 25, word))
        begin += length
    moves.append(np.tile([0.5, 6], (after, 1)))
    open_T, wide_T = (np.concatenate(moves) + rng.normal(0, 0.3, (begin + after, 2))).T
    down, across = np.mgrid[-20:20, -32:32]
    edge = (down / (open_T[:, None, None].clip(0) + 1)) ** 2 + (across / (2.5 * wide_T[:, None, None].clip(1))) ** 2
    frames = 60 + 100 * np.clip(edge - 0.5, 0, 1) + rng.normal(0, 4, edge.shape)
    clip = Clip(content=y4m.written(frames.clip(0, 255).astype(np.uint8)), name=f"{seed}", words=tuple(words))
    return Example(clip, " ".join(said), clip.digest())


def _untimed(example: Example) -> Example:
    return Example(Clip(content=example.input.content, name=example.input.name), example.answer, example.key)
