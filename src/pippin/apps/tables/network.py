"""The networks for tables, and their training: residual with regularisation, or plain."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.core.errors import PippinError
from pippin.learn.layers import Residual
from pippin.learn.loop import Recipe, in_memory, train
from pippin.learn.onnx_layers import stack_to_onnx

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pippin.core.run import Run

STEPS = 1500  # taken where there is no budget, as far as the passes over the data stay within:
PASSES = 8.0, 120.0
SMOOTHED = 0.05  # of a label's share, spread over all


def residual(columns: int, labels: int, width: int, blocks: int) -> nn.Sequential:
    """ResNet for tables (Gorishniy et al. 2021, "Revisiting Deep Learning Models for Tabular Data", section 3.2)."""

    def block() -> Residual:
        expanding = [nn.BatchNorm1d(width), nn.Linear(width, 2 * width), nn.ReLU(), nn.Dropout(0.25)]
        return Residual(nn.Sequential(*expanding, nn.Linear(2 * width, width), nn.Dropout(0.1)))

    stem = nn.Sequential(nn.Dropout(0.05), nn.Linear(columns, width))
    looks = nn.Sequential(*[block() for _ in range(blocks)], nn.BatchNorm1d(width), nn.ReLU())
    return nn.Sequential(OrderedDict(stem=stem, features=looks, logits=nn.Linear(width, labels)))


def plain(columns: int, labels: int, width: int) -> nn.Sequential:
    """Two layers of ReLU, and nothing that keeps them from learning by heart."""
    looks = nn.Sequential(nn.Linear(columns, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
    return nn.Sequential(OrderedDict(features=looks, logits=nn.Linear(width, labels)))


def learned(
    rows: NDArray[np.float32], classes: NDArray[np.int64], labels: int, run: Run, *, kind: str, width: int, blocks: int
) -> bytes:
    """Train on encoded rows [N,D] and their classes [N]; ONNX from `columns` [N,D] to `features` and `logits`."""
    if kind not in ("residual", "plain"):
        raise PippinError(f"{kind!r} is no network; choose residual or plain.", input=kind)
    torch.manual_seed(run.seed)
    columns = rows.shape[1]
    layers = residual(columns, labels, width, blocks) if kind == "residual" else plain(columns, labels, width)
    smoothed, decay = (SMOOTHED, 0.05) if kind == "residual" else (0.0, 0.0)
    batch = max(2, min(128, len(rows) // 8))
    epochs = min(PASSES[1], max(PASSES[0], STEPS * batch / len(rows)))

    def loss(network: nn.Module, given: Tensor, right: Tensor) -> Tensor:
        return F.cross_entropy(network(given), right, label_smoothing=smoothed)

    data = in_memory(torch.from_numpy(rows), torch.from_numpy(classes))
    train(layers, loss, data, run, Recipe(batch, 2e-3, decay, epochs))
    return stack_to_onnx(layers, (columns,), "columns", {"features": "features", "logits": "logits"})
