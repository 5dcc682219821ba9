"""The weights of least held-out loss are kept, and a resumed run keeps the same."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from pippin.core.run import Budget, Run
from pippin.learn.nn.batches import in_memory
from pippin.learn.nn.early_stopping import BestWeights
from pippin.learn.nn.training_loop import TrainingConfig, train


class Cut(Run):
    """A run that is asked to stop after `looks` looks."""

    looks = 23

    @property
    def should_stop(self) -> bool:
        """Whether that many looks were taken."""
        self.looks -= 1
        return self.looks < 0


def loss(network: nn.Module, rows: Tensor, numbers: Tensor) -> Tensor:
    """Mean squared error."""
    return ((network(rows)[:, 0] - numbers) ** 2).mean()


def learned(run: Run) -> tuple[dict[str, Tensor], int, float]:
    """The best weights on noise, where training soon makes things worse; their step and held-out loss."""
    torch.manual_seed(0)
    rows, numbers = torch.randn(60, 8), torch.randn(60)
    network = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 1))
    best = BestWeights(network, lambda net: loss(net, rows[40:], numbers[40:]).item(), run)
    train(network, loss, in_memory(rows[:40], numbers[:40]), run, TrainingConfig(batch=10, rate=0.02), best.watch)
    step = best.restore()
    network.eval()
    return dict(network.state_dict()), step, loss(network, rows[40:], numbers[40:]).item()


def test_a_resumed_run_keeps_the_same_weights(tmp_path: Path) -> None:
    whole, step, value = learned(Run(tmp_path / "whole", budget=Budget(epochs=20)))
    assert 0 < step < 80
    learned(Cut(tmp_path / "cut", budget=Budget(epochs=20)))
    again, again_step, again_value = learned(Run(tmp_path / "cut", budget=Budget(epochs=20)))
    assert (again_step, again_value) == (step, value)
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_without_a_look_the_network_stays_as_it_is(tmp_path: Path) -> None:
    network = nn.Linear(2, 1)
    before = network.weight.clone()
    assert BestWeights(network, lambda net: 0.0, Run(tmp_path)).restore() == 0
    assert torch.equal(network.weight, before)
