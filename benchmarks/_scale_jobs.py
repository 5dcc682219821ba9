"""What benchmarks/scale.py has workers do; they import it by name."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def sleep(task: tuple[int, float]) -> int:
    """Take so many seconds without using the processor, and return the number of the job."""
    time.sleep(task[1])
    return task[0]


def sleep_by_node(task: tuple[int, float, str]) -> tuple[int, str]:
    """Take so many seconds, twice as many on the slow node; returns the number of the job and the node."""
    import ray

    node = ray.get_runtime_context().get_node_id()
    time.sleep(task[1] * (2 if node == task[2] else 1))
    return task[0], node


def learn_digits(folder: Path, seed: int) -> None:
    """Train a small convolutional network on scikit-learn's digits, by one process or those of torchrun."""
    import torch
    from sklearn.datasets import load_digits
    from torch import nn
    from torch.nn import functional

    from pippin.core.ranks import read_ranks
    from pippin.core.run import Budget, Run
    from pippin.learn.nn import training_loop
    from pippin.learn.nn.batches import in_memory

    training_loop.LOG_EVERY = -1.0  # every step
    images, labels = load_digits(return_X_y=True)
    torch.manual_seed(seed)
    layers = (
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(1024, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )
    inputs = torch.tensor(images / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
    rank, _ = read_ranks()
    run = Run(folder if rank == 0 else folder / f"rank-{rank}", budget=Budget(None, 6), seed=seed)

    def loss(network: nn.Module, batch: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(network(batch), targets)

    recipe = training_loop.TrainingConfig(batch=64, rate=2e-3, average=0.98)
    training_loop.train(nn.Sequential(*layers), loss, in_memory(inputs, torch.tensor(labels)), run, recipe)


if __name__ == "__main__":  # started by torchrun, or alone
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    learn_digits(Path(sys.argv[1]), int(sys.argv[2]))
