"""What the training loop costs over a bare PyTorch script: same network, data and optimizer, in turn."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from _results import Row, write
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.core.run import Budget, Run
from pippin.learn.metrics import bootstrap
from pippin.learn.nn.batches import in_memory
from pippin.learn.nn.training_loop import TrainingConfig, train

EXAMPLES, BATCH, STEPS, BLOCK = 2048, 32, 1280, 32
RATE = 1e-3


def network() -> nn.Module:
    """A small convolutional network for images [batch, 3, 32, 32] of ten kinds."""
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(32 * 64, 10)),
    )


def bare(net: nn.Module, images: Tensor, labels: Tensor) -> Iterator[None]:
    """The script one would write without Pippin, pausing after each step."""
    net.train()
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    while True:
        order = torch.randperm(len(images))
        for start in range(0, len(images), BATCH):
            batch = order[start : start + BATCH]
            loss = F.cross_entropy(net(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            yield


def in_turn(make: Callable[[], nn.Module], images: Tensor, labels: Tensor) -> NDArray[np.float64]:
    """Processor seconds [STEPS, 2] of each step of the bare script and of the loop, taking turns at every step.

    The loop calls the loss once a step: there it is stopped, a bare step is taken, and it goes on. What passes between
    two calls is one whole step of the loop: batch, learning rate, gradient, log, and its share of checkpoints.
    """
    script = bare(make(), images, labels)
    marks: list[tuple[float, float]] = []

    def loss(net: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
        stopped = time.process_time()
        next(script)
        marks.append((stopped, time.process_time()))
        return F.cross_entropy(net(inputs), targets)

    with tempfile.TemporaryDirectory() as folder:
        run = Run(Path(folder), budget=Budget(epochs=STEPS / (EXAMPLES // BATCH)), threads=1)
        train(make(), loss, in_memory(images, labels), run, TrainingConfig(batch=BATCH, rate=RATE))
    stops, starts = np.array(marks).T
    return np.stack([starts[1:] - stops[1:], stops[1:] - starts[:-1]], axis=1)[BLOCK - 1 :]  # without the first ones


def main() -> None:
    """A network of usual cost, and one that costs nothing, to see the loop alone."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(EXAMPLES, 3, 32, 32, generator=generator)
    labels = torch.randint(0, 10, (EXAMPLES,), generator=generator)
    usual = in_turn(network, images, labels).reshape(-1, BLOCK, 2).sum(1)
    least = in_turn(lambda: nn.Linear(1, 10), images[:, 0, 0, :1].clone(), labels).reshape(-1, BLOCK, 2).sum(1)
    ratio = bootstrap(lambda blocks: float(blocks[:, 1].sum() / blocks[:, 0].sum()), usual)
    alone = bootstrap(lambda blocks: float((blocks[:, 1] - blocks[:, 0]).mean()) / BLOCK * 1000, least)
    note = f"{len(usual) * BLOCK} steps of each in turn, one thread; bootstrap over blocks of {BLOCK} steps"
    over = Row("Training loop over bare PyTorch", ratio.value, "×", ratio.low, ratio.high, "at most 1.03", note=note)
    write(
        "loop_overhead",
        "Training loop",
        [
            over,
            Row("One step of the bare script", float(usual[:, 0].mean()) / BLOCK * 1000, "CPU ms"),
            Row("What the loop adds to a step", alone.value, "CPU ms", alone.low, alone.high, note=note),
        ],
        seconds={"usual network": usual.round(4).tolist(), "least network": least.round(4).tolist()},
    )


if __name__ == "__main__":
    main()
