"""Networks as ONNX answer what PyTorch answers: stacks of layers, and any network by torch's own exporter."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import onnx
import pytest
import torch
from torch import Tensor, nn

from pippin.core.errors import PippinError
from pippin.learn.nn.layers import Residual, Standardise, convolution
from pippin.learn.nn.onnx_sequential import stack_to_onnx
from pippin.learn.nn.onnx_session import session


def stack() -> nn.Sequential:
    """Every layer that can be in a stack, after a little training so that batch statistics are not trivial."""
    torch.manual_seed(3)
    layers = nn.Sequential(
        OrderedDict(
            first=nn.Conv2d(2, 6, (3, 5), stride=(1, 2), padding=(1, 2)),
            normal=nn.BatchNorm2d(6),
            positive=nn.ReLU(),
            grouped=nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=3, bias=False),
            residual=Residual(convolution(6, 6)),
            nested=nn.Sequential(nn.AvgPool2d(1), nn.Sequential(Standardise(torch.rand(6), 1 + torch.rand(6)))),
            pooled=nn.MaxPool2d((2, 3), ceil_mode=True),
            bent=nn.Tanh(),
            nothing=nn.Identity(),
            flat=nn.Flatten(),
            forget=nn.Dropout(0.5),
            squashed=nn.Sigmoid(),
            last=nn.Linear(6 * 4 * 2, 5),
            shares=nn.Softmax(1),
        )
    )
    for _ in range(3):
        layers(torch.randn(8, 2, 8, 10))
    return layers


def test_a_stack_answers_the_same_at_any_batch_size() -> None:
    layers = stack()
    content = stack_to_onnx(layers, (2, 8, 10), "x", {"features": "flat", "probabilities": "shares"})
    assert layers.training, "exporting changed the mode of the network"
    layers.eval()
    model = session(content)
    for batch in (1, 7):
        x = torch.randn(batch, 2, 8, 10)
        features, probabilities = model.run(["features", "probabilities"], {"x": x.numpy()})
        with torch.no_grad():
            np.testing.assert_allclose(features, layers[:10](x), atol=1e-5)
            np.testing.assert_allclose(probabilities, layers(x), atol=1e-5)
    shapes = {
        value.name: value.type.tensor_type.shape.dim[1].dim_value
        for value in onnx.load_from_string(content).graph.output
    }
    assert shapes == {"features": 48, "probabilities": 5}


@pytest.mark.parametrize(
    "layer",
    [
        nn.LeakyReLU(),
        nn.Conv2d(1, 1, 3, padding="same"),
        nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"),
        nn.MaxPool2d(3, padding=1),
        nn.Softmax(2),
        nn.BatchNorm2d(1, affine=False),
    ],
    ids=lambda layer: str(layer),
)
def test_a_layer_it_does_not_know_is_refused_by_name(layer: nn.Module) -> None:
    layers = nn.Sequential(OrderedDict(odd=layer))
    with pytest.raises(PippinError, match=r"layer odd .*to_onnx"):
        stack_to_onnx(layers, (1, 8, 8), "x", {"y": "odd"})


class Two(nn.Module):
    """A network that is no stack: a skip connection, and two results."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.5))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        y = x + self.inner(x)
        return y, y.softmax(1)


@pytest.mark.slow
def test_any_network_answers_the_same_and_tells_nothing_of_this_machine() -> None:
    from pippin.learn.nn.onnx_export import to_onnx

    network = Two()
    content = to_onnx(network, torch.zeros(2, 4), "x", ("sum", "shares"))
    assert b".py" not in content
    x = torch.randn(5, 4)
    total, shares = session(content).run(["sum", "shares"], {"x": x.numpy()})
    with torch.no_grad():
        np.testing.assert_allclose(total, network(x)[0], atol=1e-6)
        np.testing.assert_allclose(shares, network(x)[1], atol=1e-6)
