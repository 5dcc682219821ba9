"""How the network learns: clips warped in space and time, words from other clips put in, single words first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from pippin.apps.lipread.decoding.alphabet import BLANK, numbers
from pippin.apps.lipread.decoding.decoder import normalised
from pippin.apps.lipread.network import LipreadNetwork
from pippin.apps.lipread.presets import Preset
from pippin.apps.lipread.training_clips import Spans, TrainingClip
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH
from pippin.core.errors import missing_extra
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor
from torch.nn import functional as F

Array = np.ndarray
UNKNOWN = -100  # the word of a frame of which it is not known
SINGLE = 0.06  # of the training comes first, with one to three words at a time
GENTLE = 0.3  # of the rate, where another network lends what it knows
SHORT = 0.15  # of the clips later on are still so short
ALONE = 0.5  # of these are seen as if there were nothing else in the clip
SPLICED = 0.5  # of the clips get words from others, and this share of their words
TEMPO = 0.15  # the logarithm by which speech is made slower or faster at most
STUTTER = 0.05  # of the frames are shown too early or too late
STATES = 3  # classes that a word has, one after the other
QUIET = 0.5  # what silence counts beside them
SMOOTHING = 0.1  # of the labels of words
Sample = tuple[Array, Array, str]  # frames [T,40,64], the word of each, the sentence


def learned(
    lessons: Sequence[TrainingClip],
    preset: Preset,
    words: Sequence[str],
    run: Run,
    begun: Callable[[LipreadNetwork], None] | None,
    held_out: Sequence[TrainingClip] = (),
) -> LipreadNetwork:
    """Train a network to read the clips; `begun` gives it what another one knew, which it then keeps to.

    The loss on `held_out`, as far as their words are known, is logged.
    """
    torch.manual_seed(run.seed)
    network = LipreadNetwork(preset.size(STATES * (len(words) - 1) + 1 if words else 0), preset.dropout)
    recipe = TrainingConfig(
        batch=min(preset.batch, len(lessons)), rate=preset.rate * (GENTLE if begun else 1),
        epochs=preset.epochs, clip=5.0, rise=0.05,
        optimizer="muon", average=0.98,
    )  # fmt: skip
    if begun:
        begun(network)
    practice = Practice(lessons, words, SINGLE if begun is None else 0.0)
    known = [lesson for lesson in held_out if {word for *_, word in lesson.spans} <= set(words) or not words]
    apart = Batches(len(known), Practice(known, words, 0.0).batch)
    train(network, loss, Batches(len(lessons), practice.batch), run, recipe, practice.at, apart)
    return network


def loss(
    network: LipreadNetwork, mouths: Tensor, labels: Tensor, lengths: Tensor, spelt: Tensor, sizes: Tensor
) -> Tensor:
    """Return CTC over the characters, and cross-entropy over the word of each frame where it is known."""
    characters, words = network(mouths)
    logs = characters.log_softmax(2).transpose(0, 1)
    total = F.ctc_loss(logs, spelt, lengths, sizes, blank=BLANK, zero_infinity=True)
    return total if words is None else total + words_loss(words.flatten(0, 1), labels)


def words_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Return cross-entropy over the word of each frame, where it is known; logits [N*T,W], labels [N,T].

    Every word counts alike however long it is, and silence less: else the letters, which are short and the hardest to
    tell apart, would count least.
    """
    starts = torch.ones_like(labels, dtype=torch.bool)
    starts[:, 1:] = labels[:, 1:] != labels[:, :-1]
    spans, flat = starts.flatten().cumsum(0) - 1, labels.flatten()
    weights = 1 / torch.bincount(spans)[spans] * torch.where(flat == 0, QUIET, 1.0) * (flat != UNKNOWN)
    each = F.cross_entropy(logits, flat, ignore_index=UNKNOWN, label_smoothing=SMOOTHING, reduction="none")
    return (each * weights).sum() / weights.sum().clamp(min=1e-6)


class Practice:
    """Batches of clips, each time otherwise; for the share `single` of the training, a few words of each."""

    def __init__(self, lessons: Sequence[TrainingClip], words: Sequence[str], single: float) -> None:
        self.single = single
        # In half precision, for there may be thousands.
        self.lessons = [replace(lesson, frames=normalised(lesson.frames).astype(np.float16)) for lesson in lessons]
        self.number = {word: index for index, word in enumerate(words)}
        self.aligned = [lesson for lesson in self.lessons if lesson.spans and words]
        self._progress = 0.0

    def at(self, step: int, total: int) -> None:
        """Record how far the training is."""
        self._progress = step / total

    def batch(self, indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        """Return (mouths [N,T,40,64], word labels [N,T], lengths [N], characters in a row, each clip's count [N])."""
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=generator)))
        drawn = [self._augmented_sample(self.lessons[index], rng) for index in indices.tolist()]
        longest = max(len(frames) for frames, _, _ in drawn)
        mouths = torch.zeros(len(drawn), longest, HEIGHT, WIDTH)
        labels = torch.full((len(drawn), longest), UNKNOWN)
        for row, (frames, words, _) in enumerate(drawn):
            mouths[row, : len(frames)] = torch.from_numpy(np.ascontiguousarray(frames))
            mouths[row, len(frames) :] = mouths[row, len(frames) - 1]
            labels[row, : len(words)] = torch.from_numpy(words)
        spelt = [numbers(sentence) for *_, sentence in drawn]
        lengths = torch.tensor([len(frames) for frames, _, _ in drawn])
        sizes = torch.tensor([len(row) for row in spelt])
        mouths = hidden(warped(mouths, generator), lengths, rng)
        return mouths, labels, lengths, torch.tensor([number for row in spelt for number in row]), sizes

    def _augmented_sample(self, lesson: TrainingClip, rng: np.random.Generator) -> Sample:
        if not lesson.spans or not self.number:
            sample = lesson.frames, np.full(len(lesson.frames), UNKNOWN), lesson.sentence
        elif self._progress < self.single or rng.random() < SHORT:
            sample = self._part(lesson, rng)
        else:
            sample = self._spliced(lesson, rng)
        frames, words = retimed(sample[0], sample[1], rng)
        return (frames[:, :, ::-1] if rng.random() < 0.5 else frames).astype(np.float32), words, sample[2]

    def _part(self, lesson: TrainingClip, rng: np.random.Generator) -> Sample:
        """Cut some words in a row out of a clip, with a few frames around them."""
        most = 2 if self._progress < self.single / 2 else 3
        count = int(rng.integers(1, min(most, len(lesson.spans)) + 1))
        first = int(rng.integers(0, len(lesson.spans) - count + 1))
        spans = lesson.spans[first : first + count]
        begin = max(0, spans[0][0] - int(rng.integers(2, 6)))
        end = min(len(lesson.frames), spans[-1][1] + int(rng.integers(2, 6)))
        frames, words = lesson.frames[begin:end], self._labels(len(lesson.frames), spans)[begin:end]
        if rng.random() < ALONE:
            frames = frames - frames.mean(0)
        return frames, words, " ".join(word for *_, word in spans)

    def _spliced(self, lesson: TrainingClip, rng: np.random.Generator) -> Sample:
        """Return the clip, perhaps with some words from other clips, so that no sentence is learned by heart."""
        if rng.random() >= SPLICED:
            return lesson.frames, self._labels(len(lesson.frames), lesson.spans), lesson.sentence
        last = 0
        frames, words, said = list[Array](), list[Array](), list[str]()
        for index, (begin, end, word) in enumerate(lesson.spans):
            frames.append(lesson.frames[last:begin])
            words.append(np.zeros(begin - last, int))
            donor = self.aligned[int(rng.integers(len(self.aligned)))]
            source, span = lesson, (begin, end, word)
            if rng.random() < SPLICED and len(donor.spans) == len(lesson.spans):
                source, span = donor, donor.spans[index]
            frames.append(source.frames[span[0] : span[1]])
            words.append(self._states(span))
            said.append(span[2])
            last = end
        frames.append(lesson.frames[last:])
        words.append(np.zeros(len(lesson.frames) - last, int))
        return np.concatenate(frames), np.concatenate(words), " ".join(said)

    def _labels(self, length: int, spans: Spans) -> Array:
        labels = np.zeros(length, int)
        for begin, end, word in spans:
            labels[begin:end] = self._states((begin, end, word))
        return labels

    def _states(self, span: tuple[int, int, str]) -> Array:
        """Return the class of each frame of a word: its parts, in order, are classes of their own."""
        begin, end, word = span
        return STATES * (self.number[word] - 1) + 1 + np.arange(end - begin) * STATES // max(1, end - begin)


def retimed(frames: Array, words: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Speed a clip up or slow it down, and show some frames a little early or late."""
    length = max(8, round(len(frames) * np.exp(rng.uniform(-TEMPO, TEMPO))))
    places = np.linspace(0, len(frames) - 1, length)
    places += (rng.random(length) < STUTTER) * rng.integers(-1, 2, length)
    places = np.clip(np.rint(places), 0, len(frames) - 1).astype(int)
    return frames[places], words[places]


def warped(mouths: Tensor, generator: torch.Generator) -> Tensor:
    """Return each clip [N,T,40,64] moved, turned and stretched a little, and in another light."""

    def between(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(mouths), generator=generator)

    angle, wide, high = between(-0.06, 0.06), between(-0.1, 0.1).exp(), between(-0.1, 0.1).exp()
    right, down = between(-0.12, 0.12), between(-0.15, 0.15)
    first = torch.stack([wide * angle.cos(), -angle.sin(), right], 1)
    maps = torch.stack([first, torch.stack([angle.sin(), high * angle.cos(), down], 1)], 1)
    grid = F.affine_grid(maps, [len(mouths), 1, HEIGHT, WIDTH], align_corners=False)
    moved = F.grid_sample(mouths, grid, padding_mode="border", align_corners=False)
    contrast, light = between(0.8, 1.25), between(-0.2, 0.2)
    return moved * contrast[:, None, None, None] + light[:, None, None, None]


def hidden(mouths: Tensor, lengths: Tensor, rng: np.random.Generator) -> Tensor:
    """Freeze some stretches of time, and blot out a box in half of the clips."""
    for clip, length in zip(mouths, lengths.tolist(), strict=True):
        for _ in range(int(rng.integers(0, 3))):
            count = int(rng.integers(1, 7))
            begin = int(rng.integers(0, max(1, length - count)))
            clip[begin : begin + count] = clip[max(0, begin - 1)].clone()
        if rng.random() < 0.5:
            height, width = int(rng.integers(4, 16)), int(rng.integers(6, 24))
            top, left = int(rng.integers(0, HEIGHT - height)), int(rng.integers(0, WIDTH - width))
            clip[:, top : top + height, left : left + width] = 0.0
    return mouths
