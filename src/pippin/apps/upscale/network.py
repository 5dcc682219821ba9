"""The network: a plain chain of 3x3 convolutions at low resolution, one pixel shuffle, added to bicubic.

While it learns, each convolution is a sum of branches (as in ECBSR, Zhang et al. 2021: a wide 1x1 and 3x3 in a row,
1x1 followed by edge filters, and, where it fits, the identity). All of it is linear, so it is one 3x3 kernel: that is
computed from the branches at every step and is all that ever runs over an image (as in SESR, Bhardwaj et al. 2022).
No layer pads: what a result needs around it comes from the image, so that tiles and a whole are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pippin.apps.upscale.conditioning import Estimator, Mixer, hidden_dtype
from pippin.apps.upscale.onnx_model import SLOPE, Shape
from pippin.apps.upscale.resampling import bicubic_kernels
from pippin.core.errors import missing_extra

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn
from torch.nn import functional as F

WIDER = 2  # of the wide branch, in output channels
SOBEL = [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]
LAPLACE = [[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]]


def folded(x: Tensor, fold: int) -> Tensor:
    """Move squares of pixels into channels [N,fold²*c,h/fold,w/fold], in the order of ONNX's SpaceToDepth."""
    if fold == 1:
        return x
    count, channels, height, width = x.shape
    split = x.view(count, channels, height // fold, fold, width // fold, fold)
    return split.permute(0, 3, 5, 1, 2, 4).reshape(count, channels * fold**2, height // fold, width // fold)


class Branches(nn.Module):
    """A 3x3 convolution without padding, learned as branches and run as their sum."""

    edges: Tensor

    def __init__(self, inputs: int, outputs: int, *, identity: bool = True, experts: int = 0) -> None:
        super().__init__()
        wide = WIDER * outputs
        self.plain = nn.Conv2d(inputs, outputs, 3)
        self.expand = nn.Parameter(torch.randn(wide, inputs) / inputs**0.5)
        self.squeeze = nn.Parameter(torch.randn(outputs, wide, 3, 3) * 0.1 / (9 * wide) ** 0.5)
        self.mix = nn.Parameter(torch.randn(3, outputs, inputs) / inputs**0.5)
        self.gain = nn.Parameter(torch.full((3, outputs, 1), 1e-2))
        sobel = torch.tensor(SOBEL)
        self.register_buffer("edges", torch.stack([sobel, sobel.T, torch.tensor(LAPLACE)]), persistent=False)
        self.identity = identity and inputs == outputs
        self.experts = nn.Parameter(torch.zeros(experts, outputs, inputs, 3, 3)) if experts else None
        self.expert_bias = nn.Parameter(torch.zeros(experts, outputs)) if experts else None

    @property
    def bias(self) -> Tensor:
        """Of each output."""
        assert self.plain.bias is not None
        return self.plain.bias

    def parts(self) -> dict[str, Tensor]:
        """Return each branch as a kernel [outputs, inputs, 3, 3]."""
        found = {
            "plain": self.plain.weight,
            "wide": torch.einsum("omhw,mi->oihw", self.squeeze, self.expand),
            "edges": torch.einsum("koi,khw->oihw", self.gain * self.mix, self.edges),
        }
        if self.identity:
            found["identity"] = F.pad(torch.eye(len(self.plain.weight))[:, :, None, None], (1, 1, 1, 1))
        return found

    def kernel(self) -> Tensor:
        """Return the one kernel [outputs, inputs, 3, 3] all branches amount to."""
        return torch.stack(list(self.parts().values())).sum(0)

    def take_experts(self, weights: Mapping[str, np.ndarray], number: int) -> None:
        """Copy the experts of layer `number` of another network, where they fit."""
        for parameter, name in ((self.experts, "weight"), (self.expert_bias, "bias")):
            kept = weights.get(f"{number}.{name}.experts")
            if parameter is not None and kept is not None and kept.shape == parameter.shape:
                parameter.copy_(torch.from_numpy(kept.astype(np.float32)))

    def forward(self, x: Tensor, mix: Tensor | None = None) -> Tensor:
        """Map features [N,inputs,H,W] -> [N,outputs,H-2,W-2]; `mix` [experts] says how much of each expert is added."""
        kernel, bias = self.kernel(), self.bias
        if self.experts is not None and self.expert_bias is not None:
            assert mix is not None
            kernel = kernel + torch.einsum("k,koihw->oihw", mix, self.experts)
            bias = bias + mix @ self.expert_bias
        return F.conv2d(x, kernel.to(x.dtype), bias.to(x.dtype))


class Upscaler(nn.Module):
    """Images [N,channels,h+2r,w+2r] in 0..1 -> [N,channels,scale*h,scale*w], where r is the shape's radius.

    It ends with what it adds to bicubic; `shape` says how many channels it has. With experts, each kernel is a sum
    whose weights come from the image's condition (after CondConv, Yang et al. 2019, but once for an image).
    """

    bicubic: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        sizes = [shape.sizes(number)[0][:2] for number in range(shape.layers)]
        self.layers = nn.ModuleList(Branches(inputs, outputs, experts=shape.experts) for outputs, inputs in sizes)
        if shape.experts:
            self.estimator, self.mixer = Estimator(), Mixer(shape.experts)
        kernels = torch.from_numpy(bicubic_kernels(shape.scale, shape.channels))
        self.register_buffer("bicubic", kernels, persistent=False)

    @property
    def chain(self) -> list[Branches]:
        """The layers, in order."""
        return [layer for layer in self.layers if isinstance(layer, Branches)]

    def features(self, x: Tensor, mix: Tensor | None = None) -> Tensor:
        """Compute what the last convolution sees: [N,width,h+2,w+2]."""
        first, *hidden = self.chain[:-1]
        # In float32: bfloat16 holds 8 bits, too few for an image's levels.
        x = F.leaky_relu(first(folded(x, self.shape.fold), mix), SLOPE)
        dtype = hidden_dtype() if self.training else torch.float32
        x = x.to(dtype, memory_format=torch.channels_last)
        for layer in hidden:
            x = F.leaky_relu(layer(x, mix), SLOPE)
        return x.float()

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Return the larger image; not clipped."""
        cut = self.shape.radius - 2
        mix = self.mixer(condition) if self.shape.experts else None
        inner = x[..., cut:-cut, cut:-cut]
        base = F.pixel_shuffle(F.conv2d(inner, self.bicubic, groups=self.shape.channels), self.shape.scale)
        return F.pixel_shuffle(self.chain[-1](self.features(x, mix), mix), self.shape.factor) + base

    def collapsed(self) -> dict[str, np.ndarray]:
        """Return one kernel and bias per layer in half precision, by the names of `onnx_model.Model`."""
        found: dict[str, np.ndarray] = {}
        with torch.no_grad():
            for number, layer in enumerate(self.chain):
                found[f"{number}.weight"] = layer.kernel().numpy().astype(np.float16)
                found[f"{number}.bias"] = layer.bias.numpy().astype(np.float16)
                if layer.experts is not None and layer.expert_bias is not None:
                    found[f"{number}.weight.experts"] = layer.experts.numpy().astype(np.float16)
                    found[f"{number}.bias.experts"] = layer.expert_bias.numpy().astype(np.float16)
            found |= {name: value.numpy().astype(np.float16) for name, value in self._conditioning()}
        return found

    def _conditioning(self) -> list[tuple[str, nn.Parameter]]:
        """Return the parameters of estimator and mixer, by the names they are kept under."""
        return [pair for pair in self.named_parameters() if pair[0].startswith(("estimator.", "mixer."))]

    def branches(self) -> dict[str, np.ndarray]:
        """Return the branches of the first two layers' kernels, each [outputs,inputs,3,3] in half precision."""
        found: dict[str, np.ndarray] = {}
        with torch.no_grad():
            for number, layer in enumerate(self.chain[:2]):
                for name, part in layer.parts().items():
                    found[f"branches.{number}.{name}"] = part.numpy().astype(np.float16)
        return found

    @torch.no_grad()
    def begin_with(self, weights: Mapping[str, np.ndarray]) -> None:
        """Copy the kernels of another network, layer by layer where they fit; the branches begin from nothing."""
        for number, layer in enumerate(self.chain):
            kernel = weights.get(f"{number}.weight")
            if kernel is not None and kernel.shape == layer.plain.weight.shape:
                layer.plain.weight += torch.from_numpy(kernel.astype(np.float32)) - layer.kernel()
                layer.bias.copy_(torch.from_numpy(weights[f"{number}.bias"].astype(np.float32)))
                layer.take_experts(weights, number)
        for name, value in self._conditioning():
            kept = weights.get(name)
            if kept is not None and kept.shape == value.shape:
                value.copy_(torch.from_numpy(kept.astype(np.float32)))
