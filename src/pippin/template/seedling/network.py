"""The network: two layers that look for strokes and their parts, one that weighs what they found."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.learn.nn.onnx_sequential import stack_to_onnx
from pippin.learn.nn.training_loop import TrainingConfig, in_memory, train

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pippin.core.run import Run


def network(width: int, labels: int) -> nn.Sequential:
    """A small convolutional network: pictures [batch, 1, 8, 8] of 0 to 1 -> one number per label (logits)."""
    return nn.Sequential(
        OrderedDict(
            strokes=nn.Conv2d(1, width, 3, padding=1),
            strokes_found=nn.ReLU(),
            strokes_about=nn.MaxPool2d(2),
            parts=nn.Conv2d(width, 2 * width, 3, padding=1),
            parts_found=nn.ReLU(),
            parts_about=nn.MaxPool2d(2),
            features=nn.Flatten(),
            forget=nn.Dropout(0.2),
            weigh=nn.Linear(2 * width * 4, labels),
        )
    )


class Answers(nn.Module):
    """The network as it is used, corrections included: pictures -> features, probabilities [batch, labels].

    A picture just like a taught one gets the taught answer, one unlike all of them the network's own; at a
    distance d the taught one counts exp(-(d / reach)^2). `taught` are features [taught, n], `answers`
    probabilities [taught, labels].
    """

    def __init__(self, layers: nn.Sequential, taught: Tensor, answers: Tensor, reach: float) -> None:
        super().__init__()
        self.look, self.weigh = layers[:-1], layers[-1]
        self.taught, self.answers, self.reach = taught, answers, reach

    def forward(self, images_B1HW: Tensor) -> tuple[Tensor, Tensor]:
        """Features and probabilities."""
        features_BF = self.look(images_B1HW)
        own_BK = self.weigh(features_BF).softmax(1)
        # Labels that only teaching brought have no output of the network: their own share is none.
        own_BK = F.pad(own_BK, (0, self.answers.shape[1] - own_BK.shape[1]))
        squares_BT = (features_BF[:, None] - self.taught[None]).square().sum(2)
        share_B1 = torch.exp(-squares_BT.amin(1, keepdim=True) / self.reach**2)
        return features_BF, (1 - share_B1) * own_BK + share_B1 * self.answers[squares_BT.argmin(1)]


def learned(
    images: NDArray[np.float32],
    targets: NDArray[np.int64],
    labels: int,
    config: Mapping[str, Any],
    run: Run,
    weights: Mapping[str, NDArray[Any]],
    held_out: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> tuple[dict[str, NDArray[Any]], bytes]:
    """Train on pictures [count, 1, 8, 8] and their labels' numbers; returns the weights, and all as ONNX.

    `weights`, where there are any, are those to start from instead of chance; the loss on `held_out` is logged.
    """
    torch.manual_seed(run.seed)
    layers = network(config["width"], labels)
    if weights:
        layers.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    data = in_memory(torch.from_numpy(images), torch.from_numpy(targets), augment=_unsteady)
    apart = in_memory(*map(torch.from_numpy, held_out))
    train(layers, _loss, data, run, TrainingConfig(32, config["rate"], epochs=config["passes"]), held_out=apart)
    layers.append(nn.Softmax(1))  # goes by its number in the stack
    outputs = {"features": "features", "probabilities": str(len(layers) - 1)}
    graph = stack_to_onnx(layers, images.shape[1:], "pictures", outputs)
    return {name: value.numpy() for name, value in layers.state_dict().items()}, graph


def with_taught(
    width: int,
    weights: Mapping[str, NDArray[Any]],
    taught: NDArray[np.float32],
    answers: NDArray[np.float32],
    reach: float,
) -> bytes:
    """ONNX of the network with these weights and of what it was taught; see `Answers`."""
    from pippin.learn.nn.onnx_export import to_onnx

    layers = network(width, len(weights["weigh.bias"]))
    layers.load_state_dict({name: torch.tensor(array) for name, array in weights.items()})
    module = Answers(layers, torch.from_numpy(taught), torch.from_numpy(answers), reach)
    return to_onnx(module, torch.zeros(2, 1, 8, 8), "pictures", ("features", "probabilities"))


def _loss(layers: nn.Module, images: Tensor, targets: Tensor) -> Tensor:
    return F.cross_entropy(layers(images), targets)


def _unsteady(images: Tensor, generator: torch.Generator) -> Tensor:
    """The pictures as another hand may draw them: each a little fainter or bolder, and not quite clean."""
    boldness = 0.8 + 0.4 * torch.rand(len(images), 1, 1, 1, generator=generator)
    return images * boldness + 0.05 * torch.randn(images.shape, generator=generator)
