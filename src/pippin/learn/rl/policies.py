"""Networks that play: what is seen goes in, a preference for each action and the worth of the situation come out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pippin.core.errors import PippinError, missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn

from pippin.learn.rl.distributions import FIRST_LOG_STD

PATCH = 4  # small pixels a side that the first layer sees as one
MIN_SPREAD = 10.0  # squared grey values added to each direction's variance, so that none is blown up


class PixelPolicy(nn.Module):
    """Actor and critic on pixels, uint8 [N, rows, columns, channels]: logits [N, actions] and values [N].

    Patches of 4 x 4, a convolution of stride 2, two hidden layers shared by both answers. What pixels have in common is
    taken away first, by what `learn_inputs` saw: the mean of every pixel, and the correlation of channels (colours, and
    the same colours a moment ago), as ZCA whitening does (Bell and Sejnowski 1997). A colour that hardly differs
    from its surroundings thereby counts as much as one that stands out.
    """

    mean_HWC: Tensor
    whiten_CC: Tensor

    def __init__(
        self,
        shape: Sequence[int],
        actions: int,
        widths: Sequence[int] = (16, 32),
        hidden: int = 256,
        *,
        continuous: bool = False,
    ) -> None:
        super().__init__()
        rows, columns, channels = shape
        first, second = widths
        self.patches = nn.Conv2d(channels, first, PATCH, PATCH)
        self.parts = nn.Conv2d(first, second, 3, 2, 1)
        places = -(-(rows // PATCH) // 2) * -(-(columns // PATCH) // 2)
        self.body = nn.Sequential(nn.Linear(second * places, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.actor, self.critic = nn.Linear(hidden, actions), nn.Linear(hidden, 1)
        self.register_buffer("mean_HWC", torch.full((rows, columns, channels), 128.0))
        self.register_buffer("whiten_CC", torch.eye(channels) / 64)
        self.log_std = _log_std(actions, continuous)
        _begin(self)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @torch.no_grad()
    def learn_inputs(self, seen: Tensor) -> None:
        """Learn mean and whitening of pixels from observations [M, rows, columns, channels]."""
        pixels = seen.float()
        self.mean_HWC.copy_(pixels.mean(0))
        rest = (pixels - self.mean_HWC).flatten(0, -2)
        variances, directions = torch.linalg.eigh((rest.T @ rest / len(rest)).double())
        scale = (variances + MIN_SPREAD).rsqrt()
        self.whiten_CC.copy_((directions * scale) @ directions.T)

    def features(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return both convolutions' maps: [N, first, rows / 4, columns / 4] and [N, second, rows / 8, columns / 8]."""
        pixels = torch.empty(seen.shape, dtype=torch.float32).copy_(seen).sub_(self.mean_HWC).permute(0, 3, 1, 2)
        # Whitening each pixel first and then looking at patches is one linear step: that of the product.
        weights = torch.einsum("ocij,cd->odij", self.patches.weight, self.whiten_CC)
        weights = weights.contiguous(memory_format=torch.channels_last)
        patches = torch.relu(nn.functional.conv2d(pixels, weights, self.patches.bias, PATCH))
        return patches, torch.relu(self.parts(patches))

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits [N, actions] and values [N]."""
        hidden = self.body(self.features(seen)[1].flatten(1))
        return self.actor(hidden), self.critic(hidden).squeeze(-1)


class StatePolicy(nn.Module):
    """Actor and critic on a vector of numbers [N, size], as different networks: logits [N, actions] and values [N]."""

    mean_D: Tensor
    scale_D: Tensor

    def __init__(self, size: int, actions: int, hidden: int = 64, *, continuous: bool = False) -> None:
        super().__init__()
        self.actor, self.critic = _tower(size, hidden, actions), _tower(size, hidden, 1)
        self.register_buffer("mean_D", torch.zeros(size))
        self.register_buffer("scale_D", torch.ones(size))
        self.log_std = _log_std(actions, continuous)
        _begin(self)

    @torch.no_grad()
    def learn_inputs(self, seen: Tensor) -> None:
        """Learn mean and spread of every number from observations [M, size]."""
        self.mean_D.copy_(seen.mean(0))
        self.scale_D.copy_(1 / (seen.std(0) + 1e-3))

    def forward(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits [N, actions] and values [N]."""
        numbers = ((seen.float() - self.mean_D) * self.scale_D).clamp(-10, 10)
        return self.actor(numbers), self.critic(numbers).squeeze(-1)


Policy = PixelPolicy | StatePolicy


def policy(
    shape: Sequence[int], actions: int, settings: Mapping[str, Any] | None = None, *, continuous: bool = False
) -> Policy:
    """Return the network for observations of this shape: pixels [rows, columns, channels] or numbers [size].

    Its first output are logits of so many `actions`, or, where they are `continuous`, the means of so many numbers,
    around which it acts with a deviation of its own (`log_std`).
    """
    if len(shape) == 3:
        return PixelPolicy(shape, actions, **(settings or {}), continuous=continuous)
    if len(shape) == 1:
        return StatePolicy(shape[0], actions, continuous=continuous)
    raise PippinError(f"Observations of shape {tuple(shape)} are neither pixels nor a list of numbers.")


def _log_std(actions: int, continuous: bool) -> nn.Parameter | None:
    return nn.Parameter(torch.full((actions,), FIRST_LOG_STD)) if continuous else None


def _tower(size: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(size, hidden), nn.Tanh(), nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, outputs)
    )


def _begin(network: Any) -> None:
    """Set orthogonal weights, and an actor without a preference (Andrychowicz et al. 2021, section 3.2)."""
    for layer in network.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.orthogonal_(layer.weight, 2**0.5)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    for head, gain in ((network.actor, 0.01), (network.critic, 1.0)):
        last = head if isinstance(head, nn.Linear) else head[-1]
        nn.init.orthogonal_(last.weight, gain)
