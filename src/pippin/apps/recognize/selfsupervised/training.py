"""Training of the network that learns without labels; the part of it that needs PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pippin.apps.recognize.scratch.networks import StagedResNet
from pippin.apps.recognize.scratch.training import watch_filters
from pippin.apps.recognize.selfsupervised.networks import Paired, build_encoder
from pippin.apps.recognize.selfsupervised.objectives import OBJECTIVES
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import TrainingConfig, train
from pippin.learn.vision.random_views import ViewConfig, random_views

Weights = dict[str, NDArray[Any]]

RECIPE = TrainingConfig(batch=256, rate=0.02, weight_decay=0.01, rise=0.1, optimizer="muon", average=0.99)
EPOCHS_AT = 20.0, 20_000  # passes over so many images; fewer images are passed over more often
MAX_EPOCHS = 200.0
MIN_BATCH = 8
VIEW = 0.75  # side of a view, of the image's: half the cost, and crops are enlarged less


@dataclass(frozen=True)
class EncoderShape:
    """What an encoder is and how it learns: pixels a side, channels, whether images are mirrored, the objective."""

    side: int
    width: int
    mirror: bool
    objective: str


@dataclass(frozen=True)
class TrainedEncoder:
    """What a training gives: weights, and the first layer's filters [S,N,3,k,k] at the steps `filters_steps`."""

    weights: Weights
    filters: NDArray[np.float16]
    filters_steps: list[int]


def initial_encoder(shape: EncoderShape, pixels: NDArray[np.uint8], seed: int) -> StagedResNet:
    """Return the encoder at random weights, which knows mean and spread of the images' colours."""
    torch.manual_seed(seed)
    encoder = build_encoder(shape.side, shape.width)
    some = pixels[:: max(1, len(pixels) // 2000)].astype(np.float32) / 255
    encoder.standardise.mean[:, 0, 0] = torch.from_numpy(some.mean((0, 1, 2)))
    encoder.standardise.spread[:, 0, 0] = torch.from_numpy(some.std((0, 1, 2)).clip(0.01))
    return encoder


def train_encoder(shape: EncoderShape, pixels: NDArray[np.uint8], run: Run) -> TrainedEncoder:
    """Train an encoder on images [N,side,side,3] within what `run` allows; a resumed run goes on where it was."""
    encoder = initial_encoder(shape, pixels, run.seed)
    network = Paired(encoder)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it; twice as fast
    kept, watch = watch_filters(encoder, run)
    batches = Batches(len(pixels), _fetch_views(torch.from_numpy(pixels), shape))
    train(network, _make_loss(shape), batches, run, choose_recipe(len(pixels)), watch)
    return collect_result(encoder, kept)


def collect_result(encoder: StagedResNet, filters: Mapping[int, NDArray[np.float16]]) -> TrainedEncoder:
    """Return what a training gives, of the encoder and its first filters by step."""
    weights = {name: value.detach().numpy().copy() for name, value in encoder.state_dict().items()}
    steps = sorted(filters)
    return TrainedEncoder(weights, np.stack([filters[step] for step in steps]), steps)


def take_random_weights(shape: EncoderShape, pixels: NDArray[np.uint8], seed: int) -> TrainedEncoder:
    """Return the encoder at random weights."""
    encoder = initial_encoder(shape, pixels, seed)
    first = next(layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d))
    return collect_result(encoder, {0: first.weight.detach().numpy().astype(np.float16)})


def choose_recipe(count: int) -> TrainingConfig:
    """Return how `count` images are learned from: in batches of at least eight that leave some for others."""
    epochs = min(MAX_EPOCHS, EPOCHS_AT[0] * max(1.0, EPOCHS_AT[1] / count) ** 0.5)
    return replace(RECIPE, batch=min(RECIPE.batch, max(MIN_BATCH, count // 2)), epochs=epochs)


def restore_encoder(shape: EncoderShape, weights: Weights) -> StagedResNet:
    """Return the encoder with these weights, in evaluation mode."""
    encoder = build_encoder(shape.side, shape.width)
    encoder.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    return encoder.eval()


def _fetch_views(everything: Tensor, shape: EncoderShape) -> Any:
    config = ViewConfig(mirror=shape.mirror)
    side = max(16, round(shape.side * VIEW))

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        images = everything[indices].permute(0, 3, 1, 2).float().div_(255)
        views = [random_views(images, generator, side, config) for _ in range(2)]
        return (torch.cat(views).contiguous(memory_format=torch.channels_last),)

    return fetch


def _make_loss(shape: EncoderShape) -> Any:
    objective = OBJECTIVES[shape.objective]

    def loss(network: nn.Module, views: Tensor) -> Tensor:
        first, second = network(views).chunk(2)
        return objective(first, second)

    return loss
