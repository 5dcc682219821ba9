"""Networks that learn to see from nothing: today's compact residual one, and those of 2012 and 1998 beside it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from pippin.core.errors import PippinError, missing_extra
from pippin.learn.nn.training_loop import TrainingConfig

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Learning to see from nothing") from problem
from torch import Tensor, nn

from pippin.learn.nn.layers import Residual, Standardise, convolution


@dataclass(frozen=True)
class HistoricalRecipe:
    """How a network of its time is built and taught: `augmented` images, labels `smoothed` by a share."""

    recipe: TrainingConfig
    augmented: bool
    smoothed: float


_TODAY = TrainingConfig(batch=128, rate=0.03, weight_decay=0.01, rise=0.15, optimizer="muon", average=0.996)
_THEN = TrainingConfig(batch=128, rate=0.02, weight_decay=5e-4, rise=0.15, optimizer="sgd")
RECIPES: Mapping[str, HistoricalRecipe] = {
    "resnet": HistoricalRecipe(_TODAY, augmented=True, smoothed=0.1),
    # The same network and optimizer without anything that keeps it from learning by heart.
    "resnet-plain": HistoricalRecipe(
        TrainingConfig(batch=128, rate=0.03, weight_decay=0.0, rise=0.15, optimizer="muon"), False, 0.0
    ),
    "alexnet": HistoricalRecipe(_THEN, augmented=True, smoothed=0.0),
    "lenet": HistoricalRecipe(
        TrainingConfig(batch=128, rate=0.02, weight_decay=0.0, rise=0.15, optimizer="sgd"), False, 0.0
    ),
}


class StagedResNet(nn.Module):
    """Stages that see ever larger parts of an image, their last maps averaged, and a linear layer that decides.

    Images are float32 [N,3,side,side], RGB from 0 to 1. `stages` are applied in order.
    """

    def __init__(self, stages: Mapping[str, nn.Module], features: int, labels: int) -> None:
        super().__init__()
        self.standardise = Standardise(torch.zeros(3), torch.ones(3))
        self.stages = nn.ModuleDict(stages)
        self.head = nn.Linear(features, labels)

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Return logits [N, labels]."""
        logits: Tensor = self.as_stack()(x_NCHW)
        return logits

    def as_stack(self) -> nn.Sequential:
        """Return the network as one stack that shares its layers and names `maps`, `features` and `logits`."""
        *first, last = self.stages
        parts: dict[str, nn.Module] = {"standardise": self.standardise, **{name: self.stages[name] for name in first}}
        parts |= {"maps": self.stages[last], "pool": nn.AdaptiveAvgPool2d(1), "features": nn.Flatten()}
        return nn.Sequential(OrderedDict({**parts, "logits": self.head}))


def build(recipe: str, labels: int, side: int, width: int = 16) -> StagedResNet:
    """Build the untrained network of `recipe` (one of ERAS) for images of `side` pixels; weights from torch's seed."""
    if recipe not in RECIPES:
        raise PippinError(f"{recipe!r} is no recipe; choose {', '.join(RECIPES)}.", input=recipe)
    builders = {"alexnet": _alexnet, "lenet": _lenet}
    return builders[recipe](labels, side) if recipe in builders else _residual(labels, side, width)


def _residual(labels: int, side: int, width: int) -> StagedResNet:
    """Build a compact residual network: 210,000 weights for 10 labels at a width of 16; any side from 16 pixels on."""
    stride = max(1, round(side / 32))  # large images are taken in with larger steps, so that the rest stays alike
    w1, w2, w3, w4 = width, 2 * width, 4 * width, 6 * width

    def stage(inside: int, outside: int) -> nn.Sequential:
        return nn.Sequential(nn.MaxPool2d(2), convolution(inside, outside), Residual(convolution(outside, outside)))

    stem = convolution(3, w1, 5 if stride == 1 else 4 * stride - 1, stride)
    stages = {"stage 1": stem, "stage 2": stage(w1, w2), "stage 3": stage(w2, w3), "stage 4": stage(w3, w4)}
    return StagedResNet(stages, w4, labels)


def _alexnet(labels: int, side: int) -> StagedResNet:
    """Build AlexNet (Krizhevsky, Sutskever and Hinton 2012) scaled down; fully connected layers are convolutions."""
    stride = max(1, round(side / 32))

    def layer(inside: int, outside: int, kernel: int, stride: int = 1) -> list[nn.Module]:
        return [nn.Conv2d(inside, outside, kernel, stride, kernel // 2), nn.ReLU()]

    def connected(inside: int, kernel: int) -> list[nn.Module]:
        return [nn.Dropout(0.5), nn.Conv2d(inside, 256, kernel), nn.ReLU()]

    stages = [
        layer(3, 24, 5 if stride == 1 else 11, stride),
        [nn.MaxPool2d(3, 2), *layer(24, 64, 5)],
        [nn.MaxPool2d(3, 2), *layer(64, 96, 3), *layer(96, 96, 3), *layer(96, 64, 3), nn.MaxPool2d(3, 2)],
    ]
    seen = nn.Sequential(*[nn.Sequential(*part) for part in stages])
    rest = seen(torch.zeros(1, 3, side, side)).shape[-1]
    stages.append([*connected(64, rest), *connected(256, 1)])
    network = StagedResNet({f"stage {n}": nn.Sequential(*part) for n, part in enumerate(stages, 1)}, 256, labels)
    for layer in network.stages.modules():
        if isinstance(layer, nn.Conv2d):
            # Of 2015, not 2012 (He et al.): with the start of its time it stands still for longer than we have.
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
    return network


def _lenet(labels: int, side: int) -> StagedResNet:
    """Build LeNet-5 (LeCun et al. 1998), in colour; every map of a layer sees all maps of the one before."""
    first = nn.Sequential(nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2))
    second = nn.Sequential(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2))
    rest = second(first(torch.zeros(1, 3, side, side))).shape[-1]
    third = nn.Sequential(nn.Conv2d(16, 120, rest), nn.Tanh())
    fourth = nn.Sequential(nn.Conv2d(120, 84, 1), nn.Tanh())
    return StagedResNet({"stage 1": first, "stage 2": second, "stage 3": third, "stage 4": fourth}, 84, labels)
