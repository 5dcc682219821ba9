"""The network that learns without labels: the residual one of `--from-scratch` with a stem at half resolution."""

from __future__ import annotations

from pippin.core.errors import missing_extra

try:
    from torch import Tensor, nn
except ImportError as problem:
    raise missing_extra("torch", "train", "Learning without labels") from problem

from pippin.apps.recognize.scratch.networks import StagedResNet
from pippin.learn.nn.layers import Residual, convolution

STEM = 3  # channels of the stem for each of `width`: at half resolution, twice as wide costs half as much
PROJECTED, HIDDEN = 128, 512


class Paired(nn.Module):
    """An encoder and the projector that the objective looks through; only the encoder is kept (Chen et al. 2020)."""

    def __init__(self, encoder: StagedResNet) -> None:
        super().__init__()
        self.encoder = encoder
        features = encoder.head.in_features
        self.projector = nn.Sequential(
            nn.Linear(features, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, PROJECTED)
        )

    def forward(self, x_NCHW: Tensor) -> Tensor:
        """Return projections [N,128] of images (0 to 1)."""
        projected: Tensor = self.projector(self.encoder.as_stack()[:-1](x_NCHW))
        return projected


def build_encoder(side: int, width: int) -> StagedResNet:
    """Build the untrained encoder for images of `side` pixels; its head names nothing and is never trained."""
    stride = 2 * max(1, round(side / 32))
    w1, w2, w3 = STEM * width, 2 * STEM * width, 4 * STEM * width

    def stage(inside: int, outside: int) -> nn.Sequential:
        return nn.Sequential(nn.MaxPool2d(2), convolution(inside, outside), Residual(convolution(outside, outside)))

    stages = {
        "stage 1": convolution(3, w1, 2 * stride + 1, stride),
        "stage 2": stage(w1, w2),
        "stage 3": stage(w2, w3),
    }
    return StagedResNet(stages, w3, 1)
