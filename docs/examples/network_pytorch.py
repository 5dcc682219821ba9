"""A network of one's own in PyTorch: images [N, 3, side, side] from 0 to 1 in, one number a label out."""

from torch import nn


def network(side: int, labels: int) -> nn.Module:
    """Return two layers of convolutions, each halving the side, and a layer that decides."""
    return nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * (side // 4) ** 2, labels),
    )
