"""Learning in TensorFlow beside PyTorch: the same steps, dropout apart; resumed, stopped, and back in the network."""

from __future__ import annotations

import copy
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from pippin.core.errors import PippinError
from pippin.core.run import Budget, Run
from pippin.learn.keras_graph.client import borrow_worker, has_tensorflow
from pippin.learn.keras_loop import KerasTwin
from pippin.learn.nn.batches import Batches, in_memory
from pippin.learn.nn.layers import Residual, Standardise, convolution
from pippin.learn.nn.training_graph import stack_training_graph
from pippin.learn.nn.training_loop import TrainingConfig, train

pytestmark = pytest.mark.skipif(not has_tensorflow(), reason="TensorFlow is not installed: pippin[tensorflow]")

LOSS = {"kind": "cross_entropy", "output": "logits", "smoothing": 0.1}


def network(dropout: float = 0.0) -> nn.Sequential:
    torch.manual_seed(3)
    scale = Standardise(torch.tensor([0.4, 0.5, 0.6]), torch.tensor([0.2, 0.3, 0.4]))
    return nn.Sequential(
        OrderedDict(
            scale=scale,
            first=convolution(3, 4),
            second=Residual(convolution(4, 4)),
            pool=nn.MaxPool2d(2),
            flat=nn.Flatten(),
            drop=nn.Dropout(dropout),
            logits=nn.Linear(4 * 16, 3),
        )
    )


def examples(count: int = 96) -> Batches:
    generator = torch.Generator().manual_seed(5)
    images = torch.rand(count, 3, 8, 8, generator=generator)
    labels = (images[:, 0].mean((1, 2)) * 40).long() % 3
    return in_memory(images, labels)


def loss(net: nn.Module, images: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(net(images), right, label_smoothing=0.1)


def learn(folder: Path, framework: str, recipe: TrainingConfig, *, dropout: float = 0.0, **more: Any) -> nn.Sequential:
    layers = network(dropout)
    run = Run(folder, seed=1, framework=framework, **more)
    twin = lambda: stack_training_graph(layers, layers, (3, 8, 8), LOSS)  # noqa: E731
    train(layers, loss, examples(), run, recipe, twin=twin)
    return layers


@pytest.mark.parametrize(
    "recipe",
    [
        TrainingConfig(16, 0.01, 0.01, 3, optimizer="adamw", average=0.9),
        TrainingConfig(16, 0.05, 5e-4, 3, optimizer="sgd", clip=0.5),
        TrainingConfig(16, 0.02, 0.01, 3, optimizer="muon", average=0.95),
    ],
    ids=lambda recipe: recipe.optimizer,
)
def test_both_frameworks_learn_the_same(recipe: TrainingConfig, tmp_path: Path) -> None:
    found = {name: learn(tmp_path / name, name, recipe).state_dict() for name in ("pytorch", "tensorflow")}
    start = network().state_dict()
    for name, theirs in found["pytorch"].items():
        if not theirs.is_floating_point():
            continue
        ours = found["tensorflow"][name]
        # Running variances are those of PyTorch, which counts them unbiased.
        np.testing.assert_allclose(ours, theirs, atol=2e-4, rtol=2e-3, err_msg=name)
        if name.endswith("weight") and name != "scale":
            assert not np.allclose(ours, start[name], atol=1e-4), f"{name} did not learn"


def test_a_step_with_dropout_differs_by_chance_alone_and_is_the_same_again(tmp_path: Path) -> None:
    recipe = TrainingConfig(16, 0.01, 0.0, 1)
    first, again = (learn(tmp_path / name, "tensorflow", recipe, dropout=0.5).state_dict() for name in "ab")
    without = learn(tmp_path / "c", "tensorflow", recipe).state_dict()
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.allclose(first["logits.weight"], without["logits.weight"])


def test_a_resumed_training_ends_bit_identical(tmp_path: Path) -> None:
    recipe = TrainingConfig(16, 0.01, 0.01, 3, optimizer="muon", average=0.9)
    whole = learn(tmp_path / "whole", "tensorflow", recipe, dropout=0.3).state_dict()

    class Stopped(Run):
        @property
        def should_stop(self) -> bool:
            path = self.folder / "log.jsonl"
            return path.exists() and path.read_text().count("loss") >= 1

    layers = network(0.3)
    twin = lambda: stack_training_graph(layers, layers, (3, 8, 8), LOSS)  # noqa: E731
    train(layers, loss, examples(), Stopped(tmp_path / "cut", seed=1, framework="tensorflow"), recipe, twin=twin)
    assert (tmp_path / "cut" / "checkpoint" / "state.safetensors").exists()
    resumed = learn(tmp_path / "cut", "tensorflow", recipe, dropout=0.3).state_dict()
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)


def test_weights_come_back_bit_for_bit(tmp_path: Path) -> None:
    layers = network()
    graph = stack_training_graph(layers, layers, (3, 8, 8), LOSS)
    before = copy.deepcopy(layers.state_dict())
    with borrow_worker("This test", 1) as worker:
        twin = KerasTwin(layers, graph, TrainingConfig(), worker)
        with torch.no_grad():
            for value in layers.state_dict().values():
                value.zero_()
        twin.read_weights(averaged=False)
    placed = set(graph.names.values())
    assert {name for name, value in before.items() if value.is_floating_point()} - placed == set()
    for name in placed:
        if not name.startswith("scale"):
            assert torch.equal(layers.state_dict()[name], before[name]), name


def test_a_budget_in_time_is_kept(tmp_path: Path) -> None:
    learn(tmp_path / "run", "tensorflow", TrainingConfig(16, 0.01), budget=Budget.of("1s"))
    assert (tmp_path / "run" / "steps.json").exists()


def test_what_cannot_be_trained_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="on the processor here, not on cuda"):
        learn(tmp_path / "a", "tensorflow", TrainingConfig(16, 0.01), device="cuda")
    with pytest.raises(PippinError, match="learns in PyTorch only"):
        train(network(), loss, examples(), Run(tmp_path / "b", framework="tensorflow"), TrainingConfig(16))
