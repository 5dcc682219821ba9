"""What the training loop costs over a bare PyTorch script: same network, data and optimizer, in turn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from _results import Row, write
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.core.run import Run
from pippin.learn.loop import Recipe, in_memory, train
from pippin.learn.metrics import bootstrap

EXAMPLES, BATCH, EPOCHS, PAIRS = 1024, 32, 1, 60
RATE = 1e-3


def network() -> nn.Module:
    """A small convolutional network for pictures [batch, 3, 32, 32] of ten kinds."""
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 64, 10)),
    )


def bare(net: nn.Module, pictures: Tensor, labels: Tensor) -> None:
    """The script one would write without Pippin."""
    net.train()
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    for _ in range(EPOCHS):
        order = torch.randperm(len(pictures))
        for start in range(0, len(pictures), BATCH):
            batch = order[start : start + BATCH]
            loss = F.cross_entropy(net(pictures[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()


def ours(net: nn.Module, pictures: Tensor, labels: Tensor) -> None:
    """The same through the loop: a run on disk, its log, its learning rate for each step, its checkpoints."""
    with tempfile.TemporaryDirectory() as folder:
        train(
            net,
            lambda net, inputs, targets: F.cross_entropy(net(inputs), targets),
            in_memory(pictures, labels),
            Run(Path(folder), threads=1),
            Recipe(batch=BATCH, rate=RATE, epochs=EPOCHS),
        )


def pairs_of_seconds(make: Callable[[], nn.Module], pictures: Tensor, labels: Tensor) -> NDArray[np.float64]:
    """Processor seconds [PAIRS, 2] of the bare script and of the loop, who goes first changing each time."""
    seconds = np.empty((PAIRS + 2, 2))
    for number, pair in enumerate(seconds):
        for method in (0, 1) if number % 2 else (1, 0):
            net = make()
            start = time.process_time()
            (bare, ours)[method](net, pictures, labels)
            pair[method] = time.process_time() - start
    return seconds[2:]  # the first ones warm up


def main() -> None:
    """Train both ways in turn: a network of usual cost, and one that costs nothing, to see the loop alone."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(EXAMPLES, 3, 32, 32, generator=generator)
    labels = torch.randint(0, 10, (EXAMPLES,), generator=generator)
    steps = EXAMPLES // BATCH * EPOCHS
    usual = pairs_of_seconds(network, pictures, labels)
    least = pairs_of_seconds(lambda: nn.Linear(1, 10), pictures[:, 0, 0, :1], labels)
    ratio = bootstrap(lambda pairs: float(np.median(pairs[:, 1] / pairs[:, 0])), usual)
    alone = bootstrap(lambda pairs: float(np.median(pairs[:, 1] - pairs[:, 0])) / steps * 1000, least)
    note = f"median of {PAIRS} pairs in turn, one thread, {steps} steps each, bootstrap interval"
    aim = "at most 1.03"
    write(
        "loop_overhead",
        "Training loop",
        [
            Row(
                "Training loop over a bare PyTorch script",
                ratio.value,
                "×",
                ratio.low,
                ratio.high,
                aim,
                note=note,
            ),
            Row("One step of the bare script", float(np.median(usual[:, 0])) / steps * 1000, "CPU ms"),
            Row("What the loop adds to a step", alone.value, "CPU ms", alone.low, alone.high, note=note),
        ],
        seconds={"usual network": usual.round(4).tolist(), "least network": least.round(4).tolist()},
    )


if __name__ == "__main__":
    main()
