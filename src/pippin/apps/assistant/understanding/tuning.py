"""The encoder's upper layers tuned to a data set, with a layer for intents and one for slots; needs PyTorch.

As in JointBERT (Chen et al. 2019) both tasks tune the same layers; here the intents see the mean states of four layers,
and the tags' path is found by Viterbi.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.assistant.understanding.slot_tagger import tags_of
from pippin.apps.assistant.understanding.understanding import Marked
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train
from pippin.learn.text.layer_tuning import UpperLayers, pooled_states
from pippin.learn.text.token_encoder import LAYER_WEIGHTS, LAYERS, WIDTH, Array, Lower

BATCH = 32
GROUP = 16 * BATCH  # sentences of like length, of which a batch is drawn
RECIPE = TrainingConfig(batch=1, rate=1e-4, weight_decay=0.01, epochs=4, rise=0.1, average=0.99)
SMOOTHED = 0.1
GAIN = 20.0  # of the new layers' outputs, so that they learn as much faster than the encoder's own
DROPOUT = 0.1
TAG_WEIGHT = 1.0  # of the tags' loss beside the intents'
IGNORED = -100


class Tuned(NamedTuple):
    """The upper layers' weights by name; weights [D,L] and bias [L] of `labels`; weights [D+1,K] of `tags`."""

    upper: dict[str, Array]
    labels: tuple[str, ...]
    weights: Array
    bias: Array
    tags: tuple[str, ...]
    tag_weights: Array


class Network(nn.Module):
    """The upper layers, with scores of intents and tags."""

    def __init__(self, intents: int, tags: int) -> None:
        super().__init__()
        self.upper = UpperLayers()
        self.intents, self.tags = nn.Linear(WIDTH * len(LAYERS), intents), nn.Linear(WIDTH, max(tags, 1))
        for own in (self.intents, self.tags):
            nn.init.zeros_(own.weight)
            nn.init.zeros_(own.bias)

    def forward(self, states_NTD: Tensor, real_NT: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of intents [N,L] and of tags [N,T,K]."""
        layers = [states_NTD, *self.upper(states_NTD, real_NT)]
        parts = [weight * pooled_states(one, real_NT) for one, weight in zip(layers, LAYER_WEIGHTS, strict=True)]
        vector = torch.cat(parts, dim=1)
        last = F.normalize(layers[-1], dim=2)
        return (
            GAIN * self.intents(F.dropout(vector, DROPOUT, self.training)),
            GAIN * self.tags(F.dropout(last, DROPOUT, self.training)),
        )


def tune(examples: Sequence[Marked], lowers: Sequence[Lower], run: Run, recipe: TrainingConfig = RECIPE) -> Tuned:
    """Tune the upper layers on examples, given what the lower layers made of them."""
    labels = sorted({example.intent for example in examples})
    word_tags = [tags_of(lower.words, example.slots) for example, lower in zip(examples, lowers, strict=True)]
    tags = sorted({tag for own in word_tags for tag in own}) if any(example.slots for example in examples) else []
    classes = np.array([labels.index(example.intent) for example in examples])
    targets = [piece_tags(lower, own, tags) for lower, own in zip(lowers, word_tags, strict=True)]
    torch.manual_seed(run.seed)
    network = Network(len(labels), len(tags))

    def loss(network: nn.Module, states: Tensor, real: Tensor, intent: Tensor, tag: Tensor) -> Tensor:
        intent_scores, tag_scores = network(states[0], real[0])
        total = F.cross_entropy(intent_scores, intent[0], label_smoothing=SMOOTHED)
        if tags:
            total = total + TAG_WEIGHT * F.cross_entropy(
                tag_scores.flatten(0, 1), tag[0].flatten(), ignore_index=IGNORED
            )
        return total

    train(network, loss, bucketed(lowers, classes, targets), run, recipe)
    weights = torch.cat([network.tags.weight, network.tags.bias[:, None]], dim=1).detach().numpy().T * GAIN
    return Tuned(
        network.upper.arrays(),
        tuple(labels),
        np.asarray(GAIN * network.intents.weight.detach().numpy().T, np.float32),
        np.asarray(GAIN * network.intents.bias.detach().numpy(), np.float32),
        tuple(tags),
        np.asarray(weights, np.float32),
    )


def piece_tags(lower: Lower, word_tags: Sequence[str], tags: Sequence[str]) -> NDArray[np.int64]:
    """Return each piece's tag [T]: that of its word; IGNORED for what is no word."""
    if not tags:
        return np.full(len(lower.owners), IGNORED, np.int64)
    return np.array([IGNORED if owner < 0 else tags.index(word_tags[owner]) for owner in lower.owners], np.int64)


def bucketed(lowers: Sequence[Lower], classes: NDArray[np.int64], targets: Sequence[NDArray[np.int64]]) -> Batches:
    """Return batches of sentences of like length, drawn from groups of them, each as one item of a leading axis."""
    order = sorted(range(len(lowers)), key=lambda index: len(lowers[index].owners))
    groups = [order[start : start + GROUP] for start in range(0, len(order), GROUP)]
    places = [group for group in groups for _ in range(max(1, round(len(group) / BATCH)))]

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        group = places[int(indices[0])]
        drawn = [group[int(place)] for place in torch.randperm(len(group), generator=generator)[:BATCH]]
        longest = max(len(lowers[index].owners) for index in drawn)
        states = torch.zeros(len(drawn), longest, WIDTH)
        real = torch.zeros(len(drawn), longest, dtype=torch.bool)
        tag = torch.full((len(drawn), longest), IGNORED, dtype=torch.long)
        for row, index in enumerate(drawn):
            length = len(lowers[index].owners)
            states[row, :length] = torch.from_numpy(lowers[index].states.astype(np.float32))
            real[row, :length] = True
            tag[row, :length] = torch.from_numpy(targets[index])
        return states[None], real[None], torch.from_numpy(classes[drawn])[None], tag[None]

    return Batches(len(places), fetch)
