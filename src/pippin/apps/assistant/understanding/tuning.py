"""The encoder's upper layers tuned to a data set, with a layer for intents and one for slots; needs PyTorch.

As in JointBERT (Chen et al. 2019) both tasks tune the same layers; here both see the states of four layers, and tags
are those of a conditional random field (Lafferty et al. 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.assistant.understanding.slot_tagger import NEVER, OUTSIDE, may_follow, tags_of
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train
from pippin.learn.text.layer_tuning import UpperLayers, pooled_states
from pippin.learn.text.token_encoder import LAYER_WEIGHTS, LAYERS, WIDTH, Array, Lower

BATCH = 32
GROUP = 16 * BATCH  # sentences of like length, of which a batch is drawn
RECIPE = TrainingConfig(batch=1, rate=1e-4, weight_decay=0.01, epochs=4, rise=0.1, average=0.99)
SLOT_RECIPE = replace(RECIPE, rate=2e-4, epochs=5)  # where there are slots, which take longer to learn
SMOOTHED = 0.1
GAIN = 20.0  # of the new layers' outputs, so that they learn as much faster than the encoder's own
DROPOUT = 0.1
TAG_GAIN = 10.0
IGNORED = -100


class Tuned(NamedTuple):
    """The upper layers by name; weights [D,L] and bias [L] of intents; weights [D+1,K] and steps [K+1,K+1] of tags."""

    upper: dict[str, Array]
    labels: tuple[str, ...]
    weights: Array
    bias: Array
    tags: tuple[str, ...]
    tag_weights: Array
    tag_steps: Array


class Network(nn.Module):
    """The upper layers, with scores of intents and tags."""

    def __init__(self, intents: int, tags: Sequence[str]) -> None:
        super().__init__()
        tags = tags or [OUTSIDE]  # a layer has an output at least
        self.upper = UpperLayers()
        self.intents, self.tags = nn.Linear(WIDTH * len(LAYERS), intents), nn.Linear(WIDTH * len(LAYERS), len(tags))
        self.steps = nn.Parameter(torch.zeros(len(tags) + 1, len(tags) + 1))
        self.register_buffer("never", torch.from_numpy(np.where(may_follow(tags), 0, NEVER).astype(np.float32)))
        for own in (self.intents, self.tags):
            nn.init.zeros_(own.weight)
            nn.init.zeros_(own.bias)

    def forward(self, states_NTD: Tensor, real_NT: Tensor, words_NWT: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of intents [N,L], and of the tags of words [N,W,K]."""
        layers = [states_NTD, *self.upper(states_NTD, real_NT)]
        parts = [weight * pooled_states(one, real_NT) for one, weight in zip(layers, LAYER_WEIGHTS, strict=True)]
        vector, words = torch.cat(parts, dim=1), torch.bmm(words_NWT, torch.cat(layers, dim=2))
        return (
            GAIN * self.intents(F.dropout(vector, DROPOUT, self.training)),
            self.tags(F.dropout(words, DROPOUT, self.training)) * TAG_GAIN,
        )

    def step_scores(self) -> Tensor:
        """Return the scores [K+1,K+1] of steps from tag to tag, start and end last."""
        return TAG_GAIN * self.steps + self.get_buffer("never")


def tune(examples: Sequence[Marked], lowers: Sequence[Lower], run: Run, recipe: TrainingConfig = RECIPE) -> Tuned:
    """Tune the upper layers on examples, given what the lower layers made of them."""
    labels = sorted({example.intent for example in examples})
    word_tags = [tags_of(lower.words, example.slots) for example, lower in zip(examples, lowers, strict=True)]
    tags = sorted({tag for own in word_tags for tag in own}) if any(example.slots for example in examples) else []
    classes = np.array([labels.index(example.intent) for example in examples])
    targets = [np.array([tags.index(tag) for tag in own if tags], np.int64) for own in word_tags]
    torch.manual_seed(run.seed)
    network = Network(len(labels), tags)

    def loss(network: nn.Module, states: Tensor, real: Tensor, words: Tensor, intent: Tensor, tag: Tensor) -> Tensor:
        intent_scores, tag_scores = network(states[0], real[0], words[0])
        total = F.cross_entropy(intent_scores, intent[0], label_smoothing=SMOOTHED)
        if tags and isinstance(network, Network):
            total = total + path_loss(tag_scores, tag[0], network.step_scores())
        return total

    train(network, loss, bucketed(lowers, classes, targets), run, SLOT_RECIPE if tags and recipe is RECIPE else recipe)
    both = torch.cat([network.tags.weight, network.tags.bias[:, None]], dim=1).detach().numpy().T * TAG_GAIN
    return Tuned(
        network.upper.arrays(),
        tuple(labels),
        np.asarray(GAIN * network.intents.weight.detach().numpy().T, np.float32),
        np.asarray(GAIN * network.intents.bias.detach().numpy(), np.float32),
        tuple(tags),
        np.asarray(both, np.float32),
        network.step_scores().detach().numpy(),
    )


def path_loss(scores_NWK: Tensor, tags_NW: Tensor, steps_KK: Tensor) -> Tensor:
    """Return the mean negative log-likelihood of the right paths; words after a sentence's end are IGNORED."""
    rows, count = torch.arange(len(scores_NWK)), scores_NWK.shape[2]
    real = tags_NW != IGNORED
    right = tags_NW.clamp(min=0)
    total = scores_NWK[:, 0] + steps_KK[count, :count]
    path = scores_NWK[rows, 0, right[:, 0]] + steps_KK[count, right[:, 0]]
    for word in range(1, scores_NWK.shape[1]):
        after = torch.logsumexp(total[:, :, None] + steps_KK[None, :count, :count], dim=1) + scores_NWK[:, word]
        total = torch.where(real[:, word, None], after, total)
        step = scores_NWK[rows, word, right[:, word]] + steps_KK[right[:, word - 1], right[:, word]]
        path = path + torch.where(real[:, word], step, torch.zeros_like(step))
    last = right[rows, real.sum(dim=1) - 1]
    return (torch.logsumexp(total + steps_KK[:count, count], dim=1) - path - steps_KK[last, count]).mean()


def word_means(lower: Lower) -> Array:
    """Return the matrix [W,T] by which the states of pieces become the means of words."""
    owners = np.array(lower.owners)
    own = (owners == np.arange(max(1, len(lower.words)))[:, None]).astype(np.float32)
    return np.asarray(own / np.maximum(own.sum(axis=1, keepdims=True), 1), np.float32)


def bucketed(lowers: Sequence[Lower], classes: NDArray[np.int64], targets: Sequence[NDArray[np.int64]]) -> Batches:
    """Return batches of sentences of like length, drawn from groups of them, each as one item of a leading axis."""
    order = sorted(range(len(lowers)), key=lambda index: len(lowers[index].owners))
    groups = [order[start : start + GROUP] for start in range(0, len(order), GROUP)]
    places = [group for group in groups for _ in range(max(1, round(len(group) / BATCH)))]

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        group = places[int(indices[0])]
        drawn = [group[int(index)] for index in torch.randperm(len(group), generator=generator)[:BATCH]]
        longest = max(len(lowers[index].owners) for index in drawn)
        most = max(max(1, len(lowers[index].words)) for index in drawn)
        states = torch.zeros(len(drawn), longest, WIDTH)
        real = torch.zeros(len(drawn), longest, dtype=torch.bool)
        words = torch.zeros(len(drawn), most, longest)
        tag = torch.full((len(drawn), most), IGNORED, dtype=torch.long)
        for row, index in enumerate(drawn):
            length = len(lowers[index].owners)
            states[row, :length] = torch.from_numpy(lowers[index].states.astype(np.float32))
            real[row, :length] = True
            means = word_means(lowers[index])
            words[row, : len(means), :length] = torch.from_numpy(means)
            tag[row, : len(targets[index])] = torch.from_numpy(targets[index])
        return states[None], real[None], words[None], torch.from_numpy(classes[drawn])[None], tag[None]

    return Batches(len(places), fetch)
