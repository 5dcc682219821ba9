"""The training loop: batches in, gradient steps out, able to stop at any moment and go on as if it never had.

All randomness of a step is derived from the run's seed and the step's number, so a checkpoint needs nothing
but the weights, the optimizer's state and that number: a resumed run ends bit-identical to one that was never
cut off, on the processor and with the same number of threads.

Processes that torchrun started share each batch (see `distributed`) and take the same steps; the first one measures the
budget, logs and keeps checkpoints.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pippin.core.errors import PippinError, missing_extra
from pippin.core.run import Run
from pippin.learn.nn.checkpoint import pack, unpack
from pippin.learn.nn.device import choose

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor, nn

from pippin.learn.nn.batches import Batches
from pippin.learn.nn.distributed import ALONE, Ranks
from pippin.learn.nn.held_out_loss import HeldOutLoss
from pippin.learn.nn.muon import Muon
from pippin.learn.nn.runtimes import peak_memory
from pippin.learn.nn.training_config import (
    LOG_EVERY,
    TRIAL_SECONDS,
    TRIAL_STEPS,
    Loss,
    average_share,
    mean_loss,
    order_of,
    rate_share,
    seed_step,
)
from pippin.learn.nn.training_config import TrainingConfig as TrainingConfig

if TYPE_CHECKING:
    from pippin.learn.nn.training_graph import TrainingGraph

DEFAULTS = TrainingConfig()


def train(
    network: nn.Module,
    loss: Loss,
    data: Batches,
    run: Run,
    recipe: TrainingConfig = DEFAULTS,
    watch: Callable[[int, int], None] | None = None,
    held_out: Batches | None = None,
    twin: Callable[[], TrainingGraph] | None = None,
) -> None:
    """Train `network` in place within the run's budget, from its last checkpoint where there is one.

    `loss(network, *batch)` gives a scalar. The batches of an epoch are equally large; what is left over has
    its turn in other epochs. `watch(step, total)` is called before every step and after the last. Of `held_out` the
    loss of one batch is logged now and then; it changes neither what is learned nor how long. The network ends on the
    processor, in evaluation mode. Where the run's framework is TensorFlow, `twin()` is the graph that learns there.
    PippinError if there is no data, the device is not there, or the loss is no longer finite.
    """
    if not data.count:
        raise PippinError("There is nothing to learn from: the training part of the data is empty.")
    if run.framework == "tensorflow":
        from pippin.learn import keras_loop

        if twin is None:
            raise PippinError("This network learns in PyTorch only; leave out --framework.", input=run.framework)
        keras_loop.train(network, loss, twin(), data, run, recipe, watch, held_out)
        return
    device = choose(run.device)
    torch.set_num_threads(run.threads)
    ranks = Ranks.join(device)
    network.to(device).train()
    optimizer = _optimizer(network, recipe)
    per_epoch = max(1, data.count // recipe.batch)
    total = 0
    if ranks.rank == 0:
        total = run.steps(per_epoch, lambda: _seconds_per_step(network, loss, data, run, recipe, ranks), recipe.epochs)
    total = ranks.from_first(total)
    averaged = copy.deepcopy(network) if recipe.average else None
    step = saved = _restored(network, optimizer, averaged, run, ranks)
    held_out_loss = HeldOutLoss(loss, held_out, run, device) if held_out is not None and held_out.count else None
    losses, logged, order, taken = [], 0.0, torch.empty(0), list[float]()
    should_stop, should_save = ranks.any(run.should_stop, False)
    while step < total and not should_stop:
        if step % per_epoch == 0 or not len(order):
            order = order_of(data.count, run.seed, step // per_epoch)
        if watch:
            watch(step, total)
        start = step % per_epoch * recipe.batch
        indices, weight = ranks.share(order[start : start + recipe.batch])
        batch = data.fetch(indices, seed_step(run.seed, step, device, ranks.rank))
        _set_rate(optimizer, recipe, step / total)
        began = time.perf_counter()
        losses.append(_step(network, loss, [part.to(device) for part in batch], optimizer, recipe, ranks, weight))
        taken.append(time.perf_counter() - began)
        step += 1
        if averaged is not None:
            _drift(averaged, network, average_share(recipe, step, total))
        if time.monotonic() - logged > LOG_EVERY or step == total:
            run.log(step=step, total=total, epoch=round(step / per_epoch, 2), loss=mean_loss(losses, step))
            losses, logged = [], time.monotonic()
            if held_out_loss is not None:
                held_out_loss.log_if_due(network if averaged is None else averaged, step, total)
        should_stop, should_save = ranks.any(run.should_stop, run.checkpoint_due())
        if should_save:
            _save(network, optimizer, averaged, run, step, ranks)
            saved = step
    if saved != step:
        _save(network, optimizer, averaged, run, step, ranks)
    if taken:
        run.measures |= {"step_seconds": statistics.median(taken), "peak_bytes": peak_memory()}
    if averaged is not None:
        network.load_state_dict(averaged.state_dict())
    if watch:
        watch(step, total)
    network.to("cpu").eval()


def _step(
    network: nn.Module,
    loss: Loss,
    batch: list[Tensor],
    optimizer: torch.optim.Optimizer,
    recipe: TrainingConfig,
    ranks: Ranks = ALONE,
    weight: float = 1.0,
) -> Tensor:
    value = loss(network, *batch)
    value = value if weight == 1.0 else value * weight
    optimizer.zero_grad()
    value.backward()  # type: ignore[no-untyped-call]
    value = ranks.average(network.parameters(), value.detach())
    if recipe.clip:
        nn.utils.clip_grad_norm_(network.parameters(), recipe.clip)
    optimizer.step()
    return value


def _optimizer(network: nn.Module, recipe: TrainingConfig) -> torch.optim.Optimizer:
    parameters, rate, decay = network.parameters(), recipe.rate, recipe.weight_decay
    match recipe.optimizer:
        case "adamw":
            return torch.optim.AdamW(parameters, rate, weight_decay=decay)
        case "sgd":
            return torch.optim.SGD(parameters, rate, momentum=0.9, nesterov=True, weight_decay=decay)
        case "muon":
            return Muon(parameters, rate, decay)
    raise ValueError(f"no optimizer is called {recipe.optimizer!r}")


@torch.no_grad()
def _drift(averaged: nn.Module, network: nn.Module, share: float) -> None:
    """Move the averaged weights by a share of the way to the present ones; whole numbers (counts) are copied."""
    for mean, value in zip(averaged.state_dict().values(), network.state_dict().values(), strict=True):
        if mean.is_floating_point():
            mean.lerp_(value, share)
        else:
            mean.copy_(value)


def _set_rate(optimizer: torch.optim.Optimizer, recipe: TrainingConfig, progress: float) -> None:
    """Set the learning rate at `progress` (0 to 1): a function of the step, so there is no state to save."""
    share = rate_share(recipe, progress)
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate * share


def _seconds_per_step(
    network: nn.Module, loss: Loss, data: Batches, run: Run, recipe: TrainingConfig, ranks: Ranks
) -> float:
    """Time steps on a copy of the network; no random state is lost, since every step seeds its own.

    Of several processes one is timed, on its share of a batch, while the others wait.
    """
    trial = copy.deepcopy(network)
    device = next(trial.parameters()).device
    optimizer = _optimizer(trial, recipe)
    order, _ = ranks.share(order_of(data.count, run.seed, 0)[: recipe.batch])
    started, steps = 0.0, -TRIAL_STEPS
    while steps < 1 or time.monotonic() - started < TRIAL_SECONDS:
        if steps == 0:
            started = time.monotonic()
        batch = [part.to(device) for part in data.fetch(order, seed_step(run.seed, 0, device))]
        float(_step(trial, loss, batch, optimizer, recipe))  # waits until the device is done
        steps += 1
    return (time.monotonic() - started) / steps


def _networks(network: nn.Module, averaged: nn.Module | None) -> dict[str, nn.Module]:
    return {"network": network, **({"averaged": averaged} if averaged is not None else {})}


def _save(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    averaged: nn.Module | None,
    run: Run,
    step: int,
    ranks: Ranks,
) -> None:
    ranks.equalize(_networks(network, averaged))
    if ranks.rank == 0:
        run.save(pack(_networks(network, averaged), optimizer), {"step": step})


def _restored(
    network: nn.Module, optimizer: torch.optim.Optimizer, averaged: nn.Module | None, run: Run, ranks: Ranks
) -> int:
    """Restore the last checkpoint of network, optimizer and average; returns its step, 0 at a fresh start."""
    found = ranks.from_first(run.restore() if ranks.rank == 0 else None)
    if found is None:
        ranks.equalize(_networks(network, averaged))
        return 0
    unpack(found[0], _networks(network, averaged), optimizer, run.folder)
    return int(found[1]["step"])
