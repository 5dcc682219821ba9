"""Networks that estimate what an image went through, and mix the experts of each kernel accordingly (PyTorch)."""

from __future__ import annotations

import itertools

from pippin.apps.upscale.degradation import CONDITIONS
from pippin.apps.upscale.onnx_model import DETAIL, ESTIMATOR_HIDDEN, ESTIMATOR_STEPS, ESTIMATOR_WIDTHS, MIXER, SLOPE
from pippin.core.errors import missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn
from torch.nn import functional as F


def hidden_dtype() -> torch.dtype:
    """Choose the type hidden layers learn in: bfloat16 where the processor multiplies it (1.5 to 2.5 times as fast)."""
    capabilities = torch.cpu.get_capabilities()
    fast = capabilities.get("amx_bf16") or capabilities.get("avx512_bf16")
    return torch.bfloat16 if fast else torch.float32


class Estimator(nn.Module):
    """Tiles [N,3,h,w] of one image in 0..1 -> its condition [conditions], see `degradation.CONDITIONS`.

    It looks at the tiles and, enlarged, at what differs from the mean of 3x3 pixels: noise and blur show there.
    """

    def __init__(self, outputs: int = len(CONDITIONS)) -> None:
        super().__init__()
        sizes = list(itertools.pairwise(ESTIMATOR_WIDTHS))
        # Kernels as matrices, which Muon leaves to AdamW: one image a step is too few for orthogonal steps.
        self.kernels = nn.ParameterList(
            nn.Parameter(torch.randn(after, before * 9) * (2 / (9 * before)) ** 0.5) for before, after in sizes
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(after)) for _, after in sizes)
        self.hidden = nn.Linear(2 * ESTIMATOR_WIDTHS[-1], ESTIMATOR_HIDDEN)
        self.out = nn.Linear(ESTIMATOR_HIDDEN, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Pool over all positions of all tiles, then two dense layers."""
        mean = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        x = torch.cat([x - 0.5, DETAIL * (x - mean)], 1)
        for number, (kernel, bias, step) in enumerate(zip(self.kernels, self.biases, ESTIMATOR_STEPS, strict=True)):
            x = F.leaky_relu(F.conv2d(x, kernel.view(len(kernel), -1, 3, 3).to(x.dtype), bias.to(x.dtype), step), SLOPE)
            if number == 0:
                x = x.to(hidden_dtype() if self.training else torch.float32, memory_format=torch.channels_last)
        x = x.float()
        pooled = torch.cat([x.mean((0, 2, 3)), x.amax((2, 3)).mean(0)])
        found: Tensor = self.out(F.leaky_relu(self.hidden(pooled), SLOPE))
        return found


class Mixer(nn.ModuleList):
    """A condition [conditions] -> how much of each expert is added, each -1..1."""

    def __init__(self, experts: int) -> None:
        count = len(CONDITIONS)
        super().__init__([nn.Linear(count, MIXER), nn.Linear(MIXER, experts), nn.Linear(count, experts)])
        direct = self[2]
        assert isinstance(direct, nn.Linear)
        with torch.no_grad():  # at first, one expert for each condition
            direct.weight.copy_(2 * torch.eye(experts, count))

    def forward(self, condition: Tensor) -> Tensor:
        """Return two dense layers beside a direct one."""
        hidden, out, direct = self
        return torch.tanh(out(F.leaky_relu(hidden(condition), SLOPE)) + direct(condition))
