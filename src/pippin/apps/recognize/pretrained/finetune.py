"""The last blocks of the network that has seen the world before, tuned to your images; needs PyTorch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from pippin.apps.recognize.pretrained.exemplars import Examples
from pippin.apps.recognize.pretrained.feature_cache import Features, see
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.pretrained.tuned_blocks import LastBlocks
from pippin.core.data import Dataset, Example, spread
from pippin.core.run import Run
from pippin.core.workspace import cache
from pippin.learn.nn.batches import Batches, in_memory
from pippin.learn.nn.held_out_loss import MAX_EXAMPLES
from pippin.learn.nn.onnx_sequential import stack_to_onnx
from pippin.learn.nn.training_loop import TrainingConfig, train
from pippin.learn.vision import backbone, efficientnet_graph

RECIPE = TrainingConfig(batch=64, rate=7e-4, weight_decay=0.05, epochs=5, rise=0.2, average=0.99)
SMOOTHED = 0.1
MOST = 20_000  # images tuned on: their maps lie in memory, 19 kB each
TEMPERATURES = np.geomspace(0.5, 3, 25)


def tune_blocks(examples: Examples, recipe: str, data: Dataset, run: Run) -> LastBlocks | None:
    """Return the last blocks tuned on `data.train`, if they name more of `data.val` right than the head alone does.

    Both learn from `data.train` only, for the comparison; each accuracy goes into the run's log. None, too, where there
    is nothing to compare by, or the run is to stop before there is anything to tune on.
    """
    place = {key: number for number, key in enumerate(examples.keys)}
    train, kept = ([example for example in part if example.key in place] for part in (data.train, data.val))
    own = spread(train, run.seed)[:MOST]
    labels = sorted({examples.labels[place[example.key]] for example in own})
    kept = [example for example in kept if examples.labels[place[example.key]] in labels]
    if len(labels) < 2 or not kept:
        return None
    rows, chosen = [place[example.key] for example in train], [place[example.key] for example in kept]
    truth = np.array([examples.labels[row] for row in chosen])
    head = Head.fit(examples.points[rows], [examples.labels[row] for row in rows])
    before = np.array(head.labels)[head.predict_points(examples.points[chosen]).argmax(axis=1)]
    maps = _maps([*own, *kept], run, recipe)
    if len(maps) < len(own) + len(kept):
        return None
    classes = np.array([labels.index(examples.labels[place[example.key]]) for example in own])
    apart = np.searchsorted(labels, truth)  # of the validation part, by which is chosen below
    layers = _trained(maps[: len(own)], classes, len(labels), run, (maps[len(own) :], apart))
    content = stack_to_onnx(layers, efficientnet_graph.LATE, "late", {"logits": "logits"})
    logits = LastBlocks(content, labels, 1.0).logits(maps[len(own) :])
    after = np.array(labels)[logits.argmax(axis=1)]
    scores = {"head_alone": float((before == truth).mean()), "tuned": float((after == truth).mean())}
    run.log(**{f"val_accuracy_{name}": value for name, value in scores.items()})
    if scores["tuned"] <= scores["head_alone"]:
        return None
    return LastBlocks(content, labels, _temperature(logits, np.searchsorted(labels, truth)))


def _maps(examples: Sequence[Example], run: Run, recipe: str) -> NDArray[np.float16]:
    """Return the last block's input for each example [N,192,7,7]; fewer where the run is to stop."""
    found = np.empty((len(examples), *efficientnet_graph.LATE), np.float16)
    for step, what in enumerate(see((example.input for example in examples), run.threads, late=True, recipe=recipe)):
        if run.should_stop or not isinstance(what, Features) or what.late is None:
            return found[:step]
        found[step] = what.late
        if step % 20 == 0:
            run.log(step=step, total=len(examples))
    return found


def _trained(
    maps: NDArray[np.float16],
    classes: NDArray[np.int64],
    labels: int,
    run: Run,
    held_out: tuple[NDArray[np.float16], NDArray[np.int64]],
) -> nn.Sequential:
    layers = blocks(labels)
    given, targets = torch.from_numpy(maps), torch.from_numpy(classes)

    def fetch(indices: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        batch = given[indices].float()
        # What the lower blocks make of a mirrored image is very nearly their maps, mirrored.
        turned = torch.rand(len(batch), 1, 1, 1, generator=generator) < 0.5
        return torch.where(turned, batch.flip(3), batch), targets[indices]

    def loss(network: nn.Module, batch: Tensor, right: Tensor) -> Tensor:
        return F.cross_entropy(network(batch), right, label_smoothing=SMOOTHED)

    apart = in_memory(
        *(torch.from_numpy(part[:MAX_EXAMPLES]) for part in (held_out[0].astype(np.float32), held_out[1]))
    )
    train(layers, loss, Batches(len(given), fetch), run, RECIPE, held_out=apart)
    return layers


def blocks(labels: int) -> nn.Sequential:
    """Return the network from `late` on, its published weights in it, and a last layer that knows nothing yet."""
    weights = backbone.read_weights(cache("backbone"))
    parts: list[tuple[str, nn.Module]] = []
    for layer in efficientnet_graph.above_late():
        out, inside, kernel, _ = layer.shape
        made = nn.Conv2d(inside * layer.groups, out, kernel, layer.stride, kernel // 2, groups=layer.groups)
        made.load_state_dict(
            {part: torch.from_numpy(weights[f"{layer.name}.{part}"].copy()) for part in ("weight", "bias")}
        )
        parts += [(layer.name.replace(".", " "), made)]
        parts += [(f"{layer.name} bounded".replace(".", " "), nn.ReLU6())] if layer.relu6 else []
    last = nn.Linear(efficientnet_graph.WIDTH, labels)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    ends: list[tuple[str, nn.Module]] = [("mean", nn.AdaptiveAvgPool2d(1)), ("features", nn.Flatten())]
    return nn.Sequential(OrderedDict([*parts, *ends, ("forget", nn.Dropout(0.2)), ("logits", last)]))


def _temperature(logits: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """Return the factor of the logits that makes the right labels of held-out images likeliest."""

    def surprise(factor: float) -> float:
        scaled = factor * (logits - logits.max(axis=1, keepdims=True))
        return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(truth)), truth]).mean())

    return float(min(TEMPERATURES, key=surprise))
