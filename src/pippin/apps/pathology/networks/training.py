"""Training of small networks on the images alone, all side by side; the part that needs PyTorch."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.pathology.networks.augmentation import vary
from pippin.apps.pathology.networks.ensemble import Ensemble, bodies_to_onnx
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.onnx_export import halved
from pippin.learn.nn.training_loop import TrainingConfig, train

RECIPE = TrainingConfig(batch=64, rate=0.02, weight_decay=0.02, rise=0.15, optimizer="muon", average=0.99)
SMOOTHING = 0.1
EPOCHS_AT = 60.0, 500  # epochs for so many images; more images are passed over less often
MIN_EPOCHS, MAX_EPOCHS = 10.0, 100.0
SMALLEST_BATCH = 16


class TrainedNetworks(NamedTuple):
    """`onnx` gives maps and pooled features [N,C]; the head is weights [L,C] and biases [L] of their mean logits.

    `member_weights` [K,L,C/K] and `member_biases` [K,L] are those of each network by itself.
    """

    onnx: bytes
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    member_weights: NDArray[np.float32]
    member_biases: NDArray[np.float32]


def fit_networks(
    pixels_NHWC: NDArray[np.uint8],
    classes_N: NDArray[np.int64],
    folds_N: NDArray[np.int64],
    labels: int,
    run: Run,
    epochs: float = 0.0,
) -> TrainedNetworks:
    """Train a network for each fold on the images of all others, within what `run` allows."""
    side, count = pixels_NHWC.shape[1], int(folds_N.max()) + 1
    some = pixels_NHWC[:: max(1, len(pixels_NHWC) // 2000)].astype(np.float32) / 255
    mean, spread = (
        torch.from_numpy(np.asarray(part, np.float32)) for part in (some.mean((0, 1, 2)), some.std((0, 1, 2)))
    )
    torch.manual_seed(run.seed)
    ensemble = Ensemble(count, labels, side, mean, spread.clip(0.01))
    ensemble.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
    everything = torch.from_numpy(pixels_NHWC)
    targets, folds = torch.from_numpy(classes_N), torch.from_numpy(folds_N)

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        images = everything[indices].permute(0, 3, 1, 2).float().div_(255)
        return vary(images, generator), targets[indices], folds[indices]

    batch = min(RECIPE.batch if len(pixels_NHWC) < 2000 else 2 * RECIPE.batch, max(SMALLEST_BATCH, len(classes_N) // 8))
    recipe = replace(RECIPE, batch=batch, epochs=epochs or default_epochs(len(classes_N)))
    train(ensemble, loss, Batches(len(classes_N), fetch), run, recipe)
    return _collect(ensemble, side)


def default_epochs(count: int) -> float:
    """Return how often images are passed over: the more there are, the less often."""
    return float(np.clip(EPOCHS_AT[0] * (EPOCHS_AT[1] / count) ** 0.7, MIN_EPOCHS, MAX_EPOCHS))


def loss(network: nn.Module, images: Tensor, targets: Tensor, folds: Tensor) -> Tensor:
    """Return the mean cross-entropy of the networks, each on what is not of its fold."""
    assert isinstance(network, Ensemble)
    parts = [
        F.cross_entropy(logits, targets[keep], label_smoothing=SMOOTHING)
        for keep, logits in network.logits(images, folds)
        if len(logits) > 1
    ]
    return torch.stack(parts).sum()


def _collect(ensemble: Ensemble, side: int) -> TrainedNetworks:
    members = ensemble.members()
    weights = np.stack([member.head.weight.detach().numpy() for member in members])
    biases = np.stack([member.head.bias.detach().numpy() for member in members])
    joined = np.asarray(weights.transpose(1, 0, 2).reshape(weights.shape[1], -1) / len(members), np.float32)
    mean = np.asarray(biases.mean(axis=0), np.float32)
    return TrainedNetworks(halved(bodies_to_onnx(members, side)), joined, mean, weights, biases)
