"""The network: two layers that look for strokes and their parts, one that weighs what they found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.learn.nn.batches import in_memory
from pippin.learn.nn.onnx_sequential import stack_to_onnx
from pippin.learn.nn.training_graph import stack_training_graph
from pippin.learn.nn.training_loop import TrainingConfig, train

from .config import SeedlingConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pippin.core.run import Run


def build_network(width: int, labels: int) -> nn.Sequential:
    """Build a small convolutional network: images [batch, 1, 8, 8] of 0 to 1 -> logits [batch, labels]."""
    return nn.Sequential(
        OrderedDict(
            strokes=nn.Conv2d(1, width, 3, padding=1),
            strokes_relu=nn.ReLU(),
            strokes_pool=nn.MaxPool2d(2),
            parts=nn.Conv2d(width, 2 * width, 3, padding=1),
            parts_relu=nn.ReLU(),
            parts_pool=nn.MaxPool2d(2),
            features=nn.Flatten(),
            dropout=nn.Dropout(0.2),
            logits=nn.Linear(2 * width * 4, labels),
        )
    )


def to_onnx(layers: nn.Sequential) -> bytes:
    """Write the network as ONNX: `images` -> `features` and `logits`."""
    return stack_to_onnx(layers, (1, 8, 8), "images", {"features": "features", "logits": "logits"})


def train_network(
    images: NDArray[np.float32],
    targets: NDArray[np.int64],
    labels: int,
    config: SeedlingConfig,
    run: Run,
    weights: Mapping[str, NDArray[Any]],
    held_out: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> tuple[dict[str, NDArray[Any]], bytes]:
    """Train on images [count, 1, 8, 8] and the numbers of their labels; returns the weights, and the ONNX graph.

    `weights`, where there are any, are those to start from; the loss on `held_out` is logged.
    """
    torch.manual_seed(run.seed)
    layers = build_network(config.width, labels)
    if weights:
        layers.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    data = in_memory(torch.from_numpy(images), torch.from_numpy(targets), augment=_jitter)
    apart = in_memory(*map(torch.from_numpy, held_out))
    settings = TrainingConfig(32, config.rate, epochs=config.passes)
    loss = {"kind": "cross_entropy", "output": "logits"}  # the same as _loss, for `train --framework tensorflow`
    twin = partial(stack_training_graph, layers, layers, (1, 8, 8), loss)
    train(layers, _loss, data, run, settings, held_out=apart, twin=twin)
    return {name: value.numpy() for name, value in layers.state_dict().items()}, to_onnx(layers)


def _loss(layers: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(layers(images), targets)


def _jitter(images: Tensor, generator: torch.Generator) -> Tensor:
    """Augment images as another hand may draw them: each a little fainter or bolder, with noise."""
    boldness = 0.8 + 0.4 * torch.rand(len(images), 1, 1, 1, generator=generator)
    return images * boldness + 0.05 * torch.randn(images.shape, generator=generator)
