"""The training loop: it learns, spends its budget, and a run that was cut off ends as if it had not been."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.core.errors import PippinError
from pippin.core.run import Budget, Run
from pippin.learn.nn.batches import Batches, in_memory
from pippin.learn.nn.device import choose
from pippin.learn.nn.training_loop import TrainingConfig, train

RECIPE = TrainingConfig(batch=16, rate=0.01, epochs=4)


def network(seed: int = 0) -> nn.Module:
    """Convolution, batch statistics and dropout: everything that keeps a state or draws a random number."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(4 * 8 * 8, 3),
    )


def noisy(images: Tensor, generator: torch.Generator) -> Tensor:
    """An augmentation."""
    return images + 0.05 * torch.randn(images.shape, generator=generator)


def data() -> Batches:
    """Three kinds of 8x8 pictures: the top, the middle or the bottom is bright. 50: two are left over."""
    generator = torch.Generator().manual_seed(5)
    labels = torch.arange(50) % 3
    images = 0.3 * torch.rand(50, 1, 8, 8, generator=generator)
    for image, label in zip(images, labels.tolist(), strict=True):
        image[0, 2 * label : 2 * label + 3] += 0.7
    return in_memory(images, labels, augment=noisy)


def cross_entropy(net: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The loss of a classifier."""
    return F.cross_entropy(net(images), labels)


def trained(run: Run, recipe: TrainingConfig = RECIPE) -> dict[str, Tensor]:
    """The weights after a training."""
    net = network()
    train(net, cross_entropy, data(), run, recipe)
    return {name: value.clone() for name, value in net.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether two sets of weights are equal to the last bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


class Cut(Run):
    """A run that is asked to stop after `steps` looks."""

    steps_left = 5

    @property
    def should_stop(self) -> bool:
        self.steps_left -= 1
        return self.steps_left < 0


class Pulled(Run):
    """A run that saves every third step and whose plug is pulled after seven."""

    looks = 0

    def checkpoint_due(self) -> bool:
        self.looks += 1
        if self.looks == 7:
            raise KeyboardInterrupt
        return self.looks % 3 == 0


def lines(run: Run) -> list[dict[str, float]]:
    """What the run logged."""
    return [json.loads(line) for line in (run.folder / "log.jsonl").read_text().splitlines()]


def test_it_learns_and_says_so(tmp_path: Path) -> None:
    run = Run(tmp_path)
    net = network()
    train(net, cross_entropy, data(), run, TrainingConfig(batch=16, rate=0.01, epochs=30))
    images, labels = data().fetch(torch.arange(50), torch.Generator().manual_seed(1))
    assert (net(images).argmax(1) == labels).float().mean() > 0.95
    assert not net.training
    last = lines(run)[-1]
    assert (last["step"], last["total"], last["epoch"]) == (90, 90, 30)
    assert last["loss"] < 0.3


def test_the_same_seed_gives_the_same_weights_and_another_gives_others(tmp_path: Path) -> None:
    weights = [trained(Run(tmp_path / name, seed=seed)) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    assert same(weights[0], weights[1])
    assert not same(weights[0], weights[2])


MUON = replace(RECIPE, optimizer="muon", rate=0.05, average=0.9)
SGD = replace(RECIPE, optimizer="sgd", average=0.9, weight_decay=0.001)


@pytest.mark.parametrize("recipe", [RECIPE, MUON, SGD], ids=["adamw", "muon", "sgd"])
def test_stopped_and_resumed_it_ends_bit_identical(tmp_path: Path, recipe: TrainingConfig) -> None:
    whole = trained(Run(tmp_path / "whole"), recipe)
    stopped = trained(Cut(tmp_path / "cut"), recipe)
    assert not same(stopped, whole)
    assert Run(tmp_path / "cut").restore()[1]["step"] == 5  # type: ignore[index]
    torch.rand(7)  # what others draw meanwhile must not matter
    assert same(trained(Run(tmp_path / "cut"), recipe), whole)


def test_the_average_takes_the_place_of_the_last_weights_and_the_steps_are_watched(tmp_path: Path) -> None:
    net, seen, met = network(), [], list[Tensor]()

    def watch(step: int, total: int) -> None:
        seen.append((step, total))
        met.append(net[0].weight.detach().clone())  # type: ignore[index,union-attr,operator]

    train(net, cross_entropy, data(), Run(tmp_path), replace(MUON, average=0.5, epochs=8), watch)
    assert seen == [(step, 24) for step in range(25)]
    last, averaged = trained(Run(tmp_path / "last"), replace(MUON, average=0.0, epochs=8))["0.weight"], met[-1]
    assert torch.equal(trained(Run(tmp_path / "again"), replace(MUON, average=0.5, epochs=8))["0.weight"], averaged)
    mean = met[1]
    for weights in (*met[2:-1], last):
        mean = mean.lerp(weights, 0.5)
    assert torch.allclose(averaged, mean, atol=1e-6)


def test_pulled_out_it_goes_on_from_the_last_checkpoint(tmp_path: Path) -> None:
    whole = trained(Run(tmp_path / "whole"))
    with pytest.raises(KeyboardInterrupt):
        trained(Pulled(tmp_path / "cut"))
    assert Run(tmp_path / "cut").restore()[1]["step"] == 6  # type: ignore[index]
    assert same(trained(Run(tmp_path / "cut")), whole)


def test_a_finished_run_resumed_changes_nothing(tmp_path: Path) -> None:
    assert same(trained(Run(tmp_path)), trained(Run(tmp_path)))


def test_a_budget_in_time_becomes_steps_and_the_trial_leaves_no_trace(tmp_path: Path) -> None:
    timed = Run(tmp_path / "timed", budget=Budget(1.0))
    weights = trained(timed)
    steps = json.loads((timed.folder / "steps.json").read_text())["steps"]
    assert steps > 10
    assert lines(timed)[-1]["total"] == steps
    counted = Run(tmp_path / "counted", budget=Budget(epochs=steps / 3))
    assert same(weights, trained(counted))


def test_every_example_has_its_turn_once_an_epoch(tmp_path: Path) -> None:
    seen: list[int] = []

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, ...]:
        seen.extend(indices.tolist())
        return (indices.float()[:, None],)

    line = nn.Linear(1, 1)
    recipe = TrainingConfig(batch=8, epochs=2)
    train(line, lambda net, x: net(x).square().mean() * 1e-6, Batches(24, fetch), Run(tmp_path), recipe)
    assert sorted(seen[:24]) == sorted(seen[24:]) == list(range(24))
    assert seen[:24] != seen[24:]


def test_fewer_examples_than_a_batch_are_one_batch(tmp_path: Path) -> None:
    run = Run(tmp_path)
    x = torch.rand(3, 2)
    train(nn.Linear(2, 1), lambda net, x: net(x).square().mean(), in_memory(x), run, TrainingConfig(epochs=4))
    assert lines(run)[-1]["total"] == 4


def test_the_gradient_is_clipped(tmp_path: Path) -> None:
    norms = []

    def loss(net: nn.Linear, x: Tensor) -> Tensor:
        if net.weight.grad is not None:
            norms.append(float(net.weight.grad.norm()))
        return 1000 * net(x).square().mean()

    recipe = TrainingConfig(batch=4, epochs=5, clip=0.5)
    train(nn.Linear(3, 1, bias=False), loss, in_memory(torch.rand(4, 3)), Run(tmp_path), recipe)
    assert norms
    assert max(norms) <= 0.5 + 1e-5


def test_the_rate_rises_then_falls_as_torchs_own_schedule_does(tmp_path: Path) -> None:
    from pippin.learn.nn import training_loop

    weight = nn.Parameter(torch.zeros(1))
    ours, theirs = torch.optim.AdamW([weight], 0.1), torch.optim.AdamW([weight], 0.1)
    oracle = torch.optim.lr_scheduler.CosineAnnealingLR(theirs, 100)
    for step in range(100):
        training_loop._set_rate(ours, TrainingConfig(rate=0.1, rise=0.0), step / 100)
        assert ours.param_groups[0]["lr"] == pytest.approx(oracle.get_last_lr()[0], abs=1e-9)
        theirs.step()
        oracle.step()
    rates = []
    for step in range(100):
        training_loop._set_rate(ours, TrainingConfig(rate=0.1, rise=0.2), step / 100)
        rates.append(ours.param_groups[0]["lr"])
    assert rates.index(max(rates)) == 20
    assert max(rates) == pytest.approx(0.1)
    assert min(rates) > 0


def test_what_cannot_be_learned_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="nothing to learn from"):
        train(nn.Linear(1, 1), cross_entropy, in_memory(torch.rand(0, 1)), Run(tmp_path))
    net = nn.Linear(1, 1)
    with pytest.raises(PippinError, match="lower rate"):
        train(net, lambda net, x: net(x).sum() * float("nan"), in_memory(torch.rand(9, 1)), Run(tmp_path))


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    trained(Run(tmp_path))
    with pytest.raises(PippinError, match="another network"):
        train(nn.Linear(64, 3), cross_entropy, data(), Run(tmp_path), RECIPE)


def test_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose("auto").type == choose("cpu").type == "cpu"
    with pytest.raises(PippinError, match="no cuda"):
        choose("cuda")
    with pytest.raises(PippinError, match="not a device"):
        choose("tpu")
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose("auto").type == choose("mps").type == "mps"


def held_out_data() -> Batches:
    """Examples of the same kind that no training learns from."""
    given = data().fetch(torch.arange(30), torch.Generator().manual_seed(11))
    return in_memory(*given, augment=noisy)


@pytest.mark.parametrize("recipe", [RECIPE, replace(RECIPE, average=0.9)])
def test_held_out_loss_is_logged_and_leaves_no_trace_in_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: TrainingConfig
) -> None:
    monkeypatch.setattr("pippin.learn.nn.training_loop.LOG_EVERY", 0.0)
    monkeypatch.setattr("pippin.learn.nn.held_out_loss.SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("pippin.learn.nn.held_out_loss.TIMES_ITS_COST", 0)
    net = network()
    train(net, cross_entropy, data(), Run(tmp_path / "with"), recipe, held_out=held_out_data())
    plain = trained(Run(tmp_path / "without"), recipe)
    assert all(torch.equal(net.state_dict()[name], value) for name, value in plain.items())
    lines = [json.loads(line) for line in (tmp_path / "with" / "log.jsonl").read_text().splitlines()]
    told = [line for line in lines if "held_out_loss" in line]
    assert [line["step"] for line in told] == list(range(1, 13))
    assert told[-1]["held_out_loss"] < told[0]["held_out_loss"]
    if not recipe.average:
        batch = held_out_data().fetch(torch.arange(30), torch.Generator().manual_seed(0))
        with torch.no_grad():
            assert told[-1]["held_out_loss"] == pytest.approx(float(cross_entropy(net, *batch)), rel=1e-6)


def test_the_time_of_held_out_looks_is_no_training_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pippin.learn.nn.training_loop.LOG_EVERY", 0.0)
    monkeypatch.setattr("pippin.learn.nn.held_out_loss.SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr("pippin.learn.nn.held_out_loss.TIMES_ITS_COST", 0)
    looked = 0.0

    def slow(net: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        nonlocal looked
        if not net.training:
            began = time.monotonic()
            time.sleep(0.2)
            looked += time.monotonic() - began
        return cross_entropy(net, images, labels)

    run, began = Run(tmp_path), time.monotonic()
    train(network(), slow, data(), run, RECIPE, held_out=held_out_data())
    assert looked > 2
    assert run.seconds <= time.monotonic() - began - looked
