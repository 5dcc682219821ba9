"""Fitting: images into memory or features, networks or heads that leave out folds, and what these folds tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.pathology.config import MAX_SIDE, PathologyConfig
from pippin.apps.pathology.doubt.calibration import fit_temperature, softmax
from pippin.apps.pathology.doubt.novelty import Novelty, as_points, fit_novelty
from pippin.apps.pathology.head import Head
from pippin.apps.pathology.images.near_copies import Codes, encode
from pippin.apps.pathology.images.opening import open_rgb
from pippin.apps.pathology.networks.body import BackboneBody, Body, SmallBody, prepare
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.run import Run
from pippin.learn import logistic_regression
from pippin.learn.folds import assign_folds
from pippin.learn.targets import Target

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]

SMALL, LARGE = 64, 224  # pixels a side: small networks up to the one, the backbone from the other
MIN_SIDE = 16
CANDIDATES = (1e-4, 1e-3, 1e-2)  # strengths of regularisation of heads on the backbone, as LIBLINEAR's C
SOFTENING = np.float32(0.02)  # added to every deviation of features


class Fitted(NamedTuple):
    """What a learner becomes; `left_out` are probabilities [N,L], labels [N] and folds [N] of images left out.

    `codes` are what near-copies of images learned from are known by.
    """

    labels: list[str]
    body: Body
    head: Head
    left_out: tuple[Floats, NDArray[np.int64], NDArray[np.int64]]
    novelty: Novelty
    codes: Codes


class Learned(NamedTuple):
    """What sees, the head without temperature, logits of images left out [N,L]; kinds [N,F] and codes of images."""

    body: Body
    head: Head
    logits: Floats
    kinds: Floats
    codes: Codes


def fit(config: PathologyConfig, data: Dataset, run: Run) -> Fitted:
    """Learn from the training and validation part of `data`, within what `run` allows."""
    examples = data.train + data.val
    labels = sorted({str(example.answer) for example in examples})
    if len(labels) < 2:
        only = f"All images of {data.name} are {labels[0]!r}" if labels else f"{data.name} has no images to learn from"
        raise PippinError(f"{only}; give images of two labels or more.", input=data.name)
    classes = np.array([labels.index(str(example.answer)) for example in examples], np.int64)
    counts = np.bincount(classes)
    if counts.min() < 2:
        raise PippinError(
            f"{labels[counts.argmin()]!r} has one image only; give two of each label or more.", input=data.name
        )
    folds = assign(examples, classes, labels, config.networks)
    is_small, side = choose(config, examples)
    learn = _learn_networks if is_small else _learn_heads
    found = learn(config, examples, classes, folds, len(labels), side, run)
    temperature = fit_temperature(found.logits, classes)
    head = Head(found.head.weights, found.head.biases, found.head.mean, found.head.scale, temperature)
    shares = softmax(found.logits / np.float32(temperature))
    novelty = fit_novelty(as_points(found.kinds), folds)
    return Fitted(labels, found.body, head, (shares, classes, folds), novelty, found.codes)


def assign(
    examples: Sequence[Example], classes: NDArray[np.int64], labels: Sequence[str], count: int
) -> NDArray[np.int64]:
    """Return the fold of each example; no group lies in two, and there are no more folds than groups."""
    groups = np.array([example.group or example.key for example in examples])
    count = min(count, len(np.unique(groups)))
    if count < 2:
        raise PippinError("All images are of one patient or one slide, so none can be left out; give more of them.")
    folds = assign_folds(classes, Target(tuple(labels)), count, groups)
    return np.unique(folds, return_inverse=True)[1].astype(np.int64)


def choose(config: PathologyConfig, examples: Sequence[Example]) -> tuple[bool, int]:
    """Return whether small networks learn, and the side of images they or the backbone see."""
    usual = _usual_side(examples)
    is_small = config.network == "small" or (config.network == "auto" and (config.side or usual) <= SMALL)
    if config.side:
        return is_small, config.side if is_small else max(32, round(config.side / 32) * 32)
    if is_small:
        return True, int(np.clip(usual, MIN_SIDE, SMALL))
    return False, int(np.clip(round(usual / 32) * 32, LARGE, MAX_SIDE))


def _usual_side(examples: Sequence[Example]) -> int:
    """Return the median of the shorter sides of some images."""
    sides = []
    for example in examples[:100]:
        try:
            sides.append(min(open_rgb(example.input).size))
        except PippinError:
            continue  # told when it is its turn to be read
    return int(np.median(sides)) if sides else LARGE


def _read(config: PathologyConfig, example: Example, side: int) -> Bytes:
    """Return an image as it is learned from; a file that has gone since ends the training in a sentence."""
    return prepare(open_rgb(example.input), side, config.stain)


def _learn_networks(
    config: PathologyConfig,
    examples: Sequence[Example],
    classes: NDArray[np.int64],
    folds: NDArray[np.int64],
    count: int,
    side: int,
    run: Run,
) -> Learned:
    from pippin.apps.pathology.networks.training import fit_networks

    pixels = np.stack([_read(config, example, side) for example in examples])
    trained = fit_networks(pixels, classes, folds, count, run, config.network_epochs)
    body = SmallBody(trained.onnx, side)
    means = np.concatenate([body.look(pixels[start : start + 64])[1] for start in range(0, len(pixels), 64)])
    mean, scale = means.mean(axis=0), means.std(axis=0) + SOFTENING
    head = Head.on_raw(trained.weights, trained.biases, mean, scale, 1.0)
    by_member = means.reshape(len(means), len(trained.member_biases), -1)
    own = by_member[np.arange(len(means)), folds]
    logits = np.einsum("nc,nlc->nl", own, trained.member_weights[folds]) + trained.member_biases[folds]
    return Learned(body, head, logits.astype(np.float32), body.describe_kind(pixels, means), encode(pixels))


def _learn_heads(
    config: PathologyConfig,
    examples: Sequence[Example],
    classes: NDArray[np.int64],
    folds: NDArray[np.int64],
    count: int,
    side: int,
    run: Run,
) -> Learned:
    body = BackboneBody(side)
    rows, codes = list[Floats](), list[Codes]()
    for number, example in enumerate(examples, start=1):
        pixels = _read(config, example, side)[None]
        rows.append(body.look(pixels)[1][0])
        codes.append(encode(pixels))
        if number % 20 == 0 or number == len(examples):
            run.log(step=number, total=len(examples))
        if run.should_stop:
            raise PippinError("The training was stopped before all images were seen; start it again.")
    means = np.stack(rows)
    mean, scale = means.mean(axis=0), means.std(axis=0) + SOFTENING
    features = (means - mean) / scale
    c = logistic_regression.choose_c(features, classes, count, CANDIDATES, run.seed)
    logits = np.zeros((len(means), count), np.float32)
    heads = []
    for fold in range(int(folds.max()) + 1):
        away = folds == fold
        head = logistic_regression.fit(features[~away], classes[~away], count, c)
        logits[away] = features[away] @ head.weights_DK + head.bias_K
        heads.append(head)
    weights = np.asarray(np.mean([head.weights_DK.T for head in heads], axis=0), np.float32)
    biases = np.asarray(np.mean([head.bias_K for head in heads], axis=0), np.float32)
    return Learned(body, Head(weights, biases, mean, scale), logits, means, np.concatenate(codes))
