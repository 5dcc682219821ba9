"""The network as ONNX, and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pippin.apps.lipread import onnx_graph
from pippin.apps.lipread.network import LipreadNetwork
from pippin.apps.lipread.presets import Size
from pippin.core.errors import PippinError
from pippin.learn.nn.onnx_session import session

SIZES = [Size((4, 6), 10, 7, words=5), Size((4, 6, 8), 10, 7, words=0, layers=1, coarse=2)]


def build_network(size: Size, seed: int) -> LipreadNetwork:
    torch.manual_seed(seed)
    network = LipreadNetwork(size)
    network.train()
    for _ in range(3):  # so that the norms have something to tell
        network(torch.randn(2, 9, 40, 64))
    return network.eval()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frames", [5, 31])
def test_onnx_knows_what_the_network_knows(size, frames):
    network, mouths = build_network(size, 0), np.random.default_rng(0).normal(size=(frames, 40, 64)).astype(np.float32)
    content = onnx_graph.whole(onnx_graph.features(network), network.heads())
    found = session(content).run(None, {"mouths": mouths})
    with torch.no_grad():
        logits = [part for part in network(torch.from_numpy(mouths)[None]) if part is not None]
    assert len(found) == 1 + len(logits)
    for ours, theirs in zip(found[1:], logits, strict=True):
        np.testing.assert_allclose(ours, theirs[0].numpy(), atol=2e-5)


@pytest.mark.parametrize("size", SIZES)
def test_a_network_goes_on_from_a_graph(size):
    one, other = build_network(size, 0), build_network(size, 1)
    onnx_graph.begin_with(other, onnx_graph.features(one), one.heads())
    mouths = torch.randn(1, 8, 40, 64)
    with torch.no_grad():
        for ours, theirs in zip(one(mouths), other(mouths), strict=True):
            if ours is not None:
                np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)


def test_a_graph_of_another_size_is_refused():
    content = onnx_graph.features(build_network(SIZES[0], 0))
    for size in (
        Size((4, 8), 10, 7),
        Size((4, 6, 8), 10, 7),
        Size((4, 6), 10, 7, layers=3),
        Size((4, 6), 10, 7, coarse=2),
    ):
        with pytest.raises(PippinError, match="another size"):
            onnx_graph.begin_with(build_network(size, 0), content, {})
