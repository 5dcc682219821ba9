"""The same network trained with labels, to stand beside: the same time, steps and optimizer, cross entropy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.recognize.scratch.networks import RECIPES
from pippin.apps.recognize.scratch.training import watch_filters
from pippin.apps.recognize.selfsupervised.training import EncoderShape, TrainedEncoder, collect_result, initial_encoder
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.training_loop import train
from pippin.learn.vision.augmentation import random_shift_flip


def train_with_labels(
    shape: EncoderShape, pixels: NDArray[np.uint8], labels: Sequence[str], run: Run
) -> TrainedEncoder:
    """Train the encoder and a linear layer on images [N,side,side,3] and their labels; return the encoder."""
    names = sorted(set(labels))
    encoder = initial_encoder(shape, pixels, run.seed)
    encoder.head = nn.Linear(encoder.head.in_features, len(names))
    everything, targets = torch.from_numpy(pixels), torch.tensor([names.index(label) for label in labels])

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        images = everything[indices].permute(0, 3, 1, 2).float().div_(255)
        moved = random_shift_flip(images, generator, shift=max(1, shape.side // 16), mirror=shape.mirror)
        return moved.contiguous(memory_format=torch.channels_last), targets[indices]

    def loss(network: nn.Module, images: Tensor, right: Tensor) -> Tensor:
        return F.cross_entropy(network(images), right, label_smoothing=0.1)

    encoder.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    recipe = RECIPES["resnet"].recipe
    recipe = replace(recipe, batch=min(recipe.batch, max(8, len(pixels) // 8)))
    kept, watch = watch_filters(encoder, run)
    train(encoder, loss, Batches(len(pixels), fetch), run, recipe, watch)
    encoder.head = nn.Linear(encoder.head.in_features, 1)
    return collect_result(encoder, kept)
