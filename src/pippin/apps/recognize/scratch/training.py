"""Training of the network that learns to see from nothing; the part of it that needs PyTorch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file, save
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.recognize.scratch.networks import RECIPES, StagedResNet, build
from pippin.apps.recognize.scratch.onnx_graph import network_to_onnx
from pippin.apps.recognize.scratch.pixels import SIDES, square_bytes
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.run import Run
from pippin.learn.nn.batches import Batches
from pippin.learn.nn.held_out_loss import held_out_examples
from pippin.learn.nn.training_graph import TrainingGraph, stack_training_graph
from pippin.learn.nn.training_loop import TrainingConfig, train
from pippin.learn.vision.augmentation import random_shift_flip
from pippin.learn.vision.image_decoding import open_image

SNAPSHOTS = 24  # of the first filters, over the whole training
EPOCHS_AT = 8.0, 20_000  # passes over so many images; fewer images are passed over more often
MAX_EPOCHS = 100.0
SMALLEST_BATCH = 16
MIN_SIDE, MAX_SIDE = 16, 512  # pixels
MIN_WIDTH, MAX_WIDTH = 1, 512  # channels


Weights = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class NetworkShape:
    """What a network is: its recipe, pixels a side (0: by the images), channels of the first layer."""

    recipe: str
    side: int
    width: int
    mirror: bool
    architecture: str = ""


@dataclass(frozen=True)
class TrainedNetwork:
    """What a training gives: `learned` counts images by label, in the order of the logits.

    `filters` are the first layer's [S,N,3,k,k] at the steps `filters_steps`.
    """

    side: int
    learned: dict[str, int]
    weights: dict[str, NDArray[Any]]
    onnx: bytes
    filters: NDArray[np.float16]
    filters_steps: list[int]


def fit(shape: NetworkShape, data: Dataset, run: Run, weights: Weights, labels: Sequence[str]) -> TrainedNetwork:
    """Train a network within what `run` allows; a resumed run goes on where it was.

    It starts from `weights` where it learns the same `labels`.
    """
    examples = data.train + data.val
    require_size("image-size", shape.side, 0, MIN_SIDE, MAX_SIDE)
    require_size("width", shape.width, MIN_WIDTH, MIN_WIDTH, MAX_WIDTH)
    shape = replace(shape, side=shape.side or choose_side(examples))
    pixels, targets = _images(shape.side, examples, run)
    if not targets:
        raise PippinError(f"None of the images of {data.name} can be used; check the files.", input=data.name)
    if len(set(targets)) < 2:
        message = f"All images of {data.name} are {targets[0]!r}; from scratch only a difference can be learned"
        raise PippinError(f"{message}: give images of two labels or more.", input=data.name)
    learned = dict(sorted(Counter(targets).items()))
    if shape.architecture:
        return _fit_own(shape, learned, pixels, targets, data, run)
    start = weights if list(labels) == list(learned) else {}
    network = _initial_network(shape, len(learned), pixels, run.seed, start)
    numbers = torch.tensor([list(learned).index(label) for label in targets])
    filters = _train(shape, network, pixels, numbers, run, _held_out(shape.side, list(learned), data, run))
    arrays = {name: value.detach().numpy().copy() for name, value in network.state_dict().items()}
    onnx = network_to_onnx(network, shape.side, mirror=shape.mirror and RECIPES[shape.recipe].augmented)
    steps = sorted(filters)
    return TrainedNetwork(shape.side, learned, arrays, onnx, np.stack([filters[step] for step in steps]), steps)


def _fit_own(
    shape: NetworkShape,
    learned: dict[str, int],
    pixels: NDArray[np.uint8],
    targets: list[str],
    data: Dataset,
    run: Run,
) -> TrainedNetwork:
    """Train a network of a user's own."""
    from pippin.apps.recognize.scratch.architecture import RECIPE, learn_own_network, read_own_network

    network = read_own_network(shape.architecture, shape.side, len(learned), run)
    numbers = torch.tensor([list(learned).index(label) for label in targets])
    feed, loss, recipe = _feed(shape, pixels, numbers, _held_out(shape.side, list(learned), data, run))
    settings = replace(RECIPE, batch=recipe.batch, epochs=recipe.epochs)
    smoothing = RECIPES[shape.recipe].smoothed
    onnx, arrays = learn_own_network(network, _scale(pixels), feed[0], loss, smoothing, run, settings, feed[1])
    return TrainedNetwork(shape.side, learned, arrays, onnx, np.zeros((0, 0, 3, 0, 0), np.float16), [])


def _scale(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and spread [3] of some of the images, from 0 to 1."""
    some = pixels[:: max(1, len(pixels) // 2000)].astype(np.float32) / 255
    return some.mean((0, 1, 2)), some.std((0, 1, 2)).clip(0.01)


def require_size(name: str, value: int, automatic: int, low: int, high: int) -> None:
    """Raise PippinError where a setting is neither `automatic` nor from `low` to `high`."""
    if value != automatic and not low <= value <= high:
        chosen = f", or {automatic}" if automatic < low else ""
        raise PippinError(f"--{name} must be from {low} to {high}{chosen}, not {value}.", input=value)


def restore_network(shape: NetworkShape, weights: Weights, labels: int) -> StagedResNet:
    """Build a network with these weights, in evaluation mode; PippinError where they are not of that network."""
    network = build(shape.recipe, labels, shape.side, shape.width)
    try:
        network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    except RuntimeError as problem:
        raise PippinError("The model's weights do not fit its network; train or fetch it again.") from problem
    return network.eval()


def choose_side(examples: Sequence[Example]) -> int:
    """Return the median of the shorter sides of some images, within what is worth its time."""
    sides = []
    for example in examples[:100]:
        try:
            sides.append(min(open_image(example.input).size))
        except PippinError:
            continue  # told when it is its turn to be read
    return int(np.clip(np.median(sides), *SIDES)) if sides else SIDES[0]


def _images(side: int, examples: tuple[Example, ...], run: Run) -> tuple[NDArray[np.uint8], list[str]]:
    """Return all usable images in memory [N,side,side,3], and their labels."""
    pixels = np.empty((len(examples), side, side, 3), np.uint8)
    labels: list[str] = []
    for example in examples:
        try:
            pixels[len(labels)] = square_bytes(example.input, side)
        except PippinError:
            continue  # the data loader names what cannot be read
        labels.append(example.answer)
        if run.should_stop and len(set(labels)) > 1:
            break
    return pixels[: len(labels)], labels


def _initial_network(
    shape: NetworkShape, labels: int, pixels: NDArray[np.uint8], seed: int, weights: Weights
) -> StagedResNet:
    if weights:
        return restore_network(shape, weights, labels)
    torch.manual_seed(seed)
    network = build(shape.recipe, labels, shape.side, shape.width)
    mean, spread = _scale(pixels)
    network.standardise.mean[:, 0, 0] = torch.from_numpy(mean)
    network.standardise.spread[:, 0, 0] = torch.from_numpy(spread)
    return network


def _held_out(side: int, labels: Sequence[str], data: Dataset, run: Run) -> tuple[Tensor, Tensor]:
    """Return images [N,side,side,3] of known labels that are not learned from, and the indices of their labels [N]."""
    some = [e for e in held_out_examples(data, learns_val=True) if e.answer in labels]
    with run.pause():
        pixels, targets = _images(side, tuple(some), run)
    return torch.from_numpy(pixels), torch.tensor([labels.index(label) for label in targets])


def _train(
    shape: NetworkShape,
    network: StagedResNet,
    pixels: NDArray[np.uint8],
    targets: Tensor,
    run: Run,
    held_out: tuple[Tensor, Tensor],
) -> dict[int, NDArray[np.float16]]:
    """Train the network; returns its first filters by step."""
    (feed, held), loss, recipe = _feed(shape, pixels, targets, held_out)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it; twice as fast
    kept, watch = watch_filters(network, run)
    twin = partial(_training_graph, network, shape.side, RECIPES[shape.recipe].smoothed)
    train(network, loss, feed, run, recipe, watch, held, twin)
    return kept


def _feed(
    shape: NetworkShape, pixels: NDArray[np.uint8], targets: Tensor, held_out: tuple[Tensor, Tensor]
) -> tuple[tuple[Batches, Batches], Callable[..., Tensor], TrainingConfig]:
    """Return batches to learn from and held-out ones, the loss, and how to learn."""
    era = RECIPES[shape.recipe]
    count = len(pixels)
    batch = min(era.recipe.batch, max(SMALLEST_BATCH, count // 8))
    epochs = min(MAX_EPOCHS, EPOCHS_AT[0] * max(1.0, EPOCHS_AT[1] / count) ** 0.5)
    everything = torch.from_numpy(pixels)

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        images = everything[indices].permute(0, 3, 1, 2).float().div_(255)
        if era.augmented:
            images = random_shift_flip(images, generator, shift=max(1, shape.side // 16), mirror=shape.mirror)
        return images, targets[indices]

    def fetch_held_out(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        return held_out[0][indices].permute(0, 3, 1, 2).float().div_(255), held_out[1][indices]

    def loss(net: nn.Module, images: Tensor, right: Tensor) -> Tensor:
        return F.cross_entropy(net(images), right, label_smoothing=era.smoothed)

    recipe = replace(era.recipe, batch=batch, epochs=epochs)
    return (Batches(count, fetch), Batches(len(held_out[0]), fetch_held_out)), loss, recipe


def _training_graph(network: StagedResNet, side: int, smoothing: float) -> TrainingGraph:
    """Return the network as a graph that another framework trains."""
    loss = {"kind": "cross_entropy", "output": "logits", "smoothing": smoothing}
    return stack_training_graph(network, network.as_stack(), (3, side, side), loss)


def watch_filters(network: StagedResNet, run: Run) -> tuple[dict[int, NDArray[np.float16]], Callable[[int, int], None]]:
    """Return the first filters by step, and what keeps them: more often early, where they change most.

    They lie in the run's folder, too, so that a training that was cut off loses none.
    """
    path = run.folder / "filters.safetensors"
    kept = {int(step): array for step, array in load_file(path).items()} if path.exists() else {}
    first = next(layer for layer in network.modules() if isinstance(layer, nn.Conv2d))

    def watch(step: int, total: int) -> None:
        if step in {round(total * (index / (SNAPSHOTS - 1)) ** 2) for index in range(SNAPSHOTS)}:
            kept[step] = first.weight.detach().cpu().contiguous().numpy().astype(np.float16)
            write_bytes(path, save({str(number): array for number, array in kept.items()}))

    return kept, watch
