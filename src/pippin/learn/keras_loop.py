"""The training loop in TensorFlow: the Keras twin of a PyTorch network learns in a process of its own.

Order of examples, batches, learning rate, average, budget, log and checkpoint are those of `learn.nn.training_loop`:
batches are made here and sent, steps are taken there, and in the end the weights come back into the network.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from pippin.core.errors import PippinError
from pippin.core.run import Run
from pippin.learn.keras_graph.client import Worker, borrow_worker
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.held_out_loss import HeldOutLoss
from pippin.learn.nn.training_config import (
    LOG_EVERY,
    TRIAL_SECONDS,
    TRIAL_STEPS,
    Loss,
    TrainingConfig,
    average_share,
    mean_loss,
    order_of,
    rate_share,
    seed_step,
    step_seed,
)
from pippin.learn.nn.training_graph import TrainingGraph

CPU = torch.device("cpu")


class KerasTwin:
    """A network's Keras twin in a process of its own."""

    def __init__(self, network: nn.Module, graph: TrainingGraph, recipe: TrainingConfig, worker: Worker) -> None:
        self.network, self.graph = network, graph
        self.step_seconds: list[float] = []
        self.peak_bytes, self.cpu_seconds = 0, 0.0
        self._worker = worker
        reply, _ = worker.call(
            "begin_training",
            {"onnx": np.frombuffer(graph.onnx, np.uint8)},
            trainable=list(graph.trainable),
            recipe=asdict(recipe),
            loss=dict(graph.loss),
        )
        self._cpu_before = reply["cpu_seconds"]

    def begin_step(self, batch: tuple[Tensor, ...], rate: float, share: float, seed: int) -> None:
        """Send a batch; its loss is read by `end_step`."""
        arrays = {str(index): part.contiguous().numpy() for index, part in enumerate(batch)}
        self._worker.send("step", arrays, rate=rate, share=share, seed=seed)

    def end_step(self) -> float:
        """Return the loss of the step that was sent."""
        reply, _ = self._worker.receive()
        self.step_seconds.append(reply["seconds"])
        return float(reply["loss"])

    def read_weights(self, *, averaged: bool) -> None:
        """Set the network's weights to the present ones, or to their average."""
        reply, arrays = self._worker.call("read_weights", averaged=averaged)
        self.peak_bytes, self.cpu_seconds = reply["peak_bytes"], reply["cpu_seconds"] - self._cpu_before
        state = {
            self.graph.names[name]: torch.from_numpy(array.copy())
            for name, array in arrays.items()
            if name in self.graph.names
        }
        own = self.network.state_dict()
        with torch.no_grad():
            for name, value in state.items():
                own[name].copy_(value.reshape(own[name].shape))

    def state(self) -> dict[str, np.ndarray]:
        """Return all that a checkpoint needs."""
        return self._worker.call("read_state")[1]

    def set_state(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Set what a checkpoint holds."""
        self._worker.call("set_state", arrays)


def train(
    network: nn.Module,
    loss: Loss,
    graph: TrainingGraph,
    data: Batches,
    run: Run,
    recipe: TrainingConfig,
    watch: Callable[[int, int], None] | None = None,
    held_out: Batches | None = None,
) -> None:
    """Train a network's Keras twin as `learn.nn.training_loop.train` trains the network; `loss` is its twin's, too."""
    if run.device not in ("auto", "cpu"):
        raise PippinError(f"TensorFlow trains on the processor here, not on {run.device}; leave out --device.")
    torch.set_num_threads(run.threads)
    per_epoch = max(1, data.count // recipe.batch)
    network.to("cpu").eval()
    with ExitStack() as held:
        with run.pause():  # starting TensorFlow is no learning
            worker = held.enter_context(borrow_worker("Training in TensorFlow", run.threads))
            twin = KerasTwin(network, graph, recipe, worker)
        total = run.steps(per_epoch, lambda: _seconds_per_step(twin, data, run, recipe), recipe.epochs)
        step = saved = _restore(twin, run)
        _learn(twin, loss, data, run, recipe, watch, held_out, (step, saved, total, per_epoch))
    network.eval()


def _learn(
    twin: KerasTwin,
    loss: Loss,
    data: Batches,
    run: Run,
    recipe: TrainingConfig,
    watch: Callable[[int, int], None] | None,
    held_out: Batches | None,
    counts: tuple[int, int, int, int],
) -> None:
    step, saved, total, per_epoch = counts
    apart = HeldOutLoss(loss, held_out, run, CPU) if held_out is not None and held_out.count else None
    losses, logged = [], 0.0
    waiting: tuple[Tensor, ...] | None = None
    while step < total and not run.should_stop:
        if watch:
            twin.read_weights(averaged=False)
            watch(step, total)
        batch = waiting if waiting is not None else _batch(data, run, recipe, step, per_epoch)
        rate, share = recipe.rate * rate_share(recipe, step / total), average_share(recipe, step + 1, total)
        twin.begin_step(batch, rate, share, step_seed(run.seed, step))
        step += 1
        waiting = _batch(data, run, recipe, step, per_epoch) if step < total else None  # made while it takes the step
        losses.append(torch.tensor(twin.end_step()))
        if time.monotonic() - logged > LOG_EVERY or step == total:
            run.log(step=step, total=total, epoch=round(step / per_epoch, 2), loss=mean_loss(losses, step))
            losses, logged = [], time.monotonic()
            if apart is not None and apart.is_due(step, total):
                twin.read_weights(averaged=True)
                apart.log_if_due(twin.network, step, total)
        if run.checkpoint_due():
            run.save(twin.state(), {"step": step})
            saved = step
    if saved != step:
        run.save(twin.state(), {"step": step})
    twin.read_weights(averaged=True)
    run.aside -= twin.cpu_seconds  # spent on learning, in the other process
    if twin.step_seconds:
        run.measures |= {"step_seconds": float(np.median(twin.step_seconds)), "peak_bytes": twin.peak_bytes}
    if watch:
        watch(step, total)


def _batch(data: Batches, run: Run, recipe: TrainingConfig, step: int, per_epoch: int) -> tuple[Tensor, ...]:
    order = order_of(data.count, run.seed, step // per_epoch)
    start = step % per_epoch * recipe.batch
    return data.fetch(order[start : start + recipe.batch], seed_step(run.seed, step, CPU))


def _restore(twin: KerasTwin, run: Run) -> int:
    found = run.restore()
    if found is None:
        return 0
    twin.set_state(found[0])
    return int(found[1]["step"])


def _seconds_per_step(twin: KerasTwin, data: Batches, run: Run, recipe: TrainingConfig) -> float:
    """Time steps, and set everything back; the first ones are spent on making the step's program."""
    before: dict[str, Any] = twin.state()
    batch = _batch(data, run, recipe, 0, max(1, data.count // recipe.batch))
    started, steps = 0.0, -TRIAL_STEPS
    while steps < 1 or time.monotonic() - started < TRIAL_SECONDS:
        if steps == 0:
            started = time.monotonic()
        twin.begin_step(batch, 0.0, 0.0, 0)
        twin.end_step()
        steps += 1
    twin.set_state(before)
    taken = (time.monotonic() - started) / steps
    twin.step_seconds.clear()
    return taken
