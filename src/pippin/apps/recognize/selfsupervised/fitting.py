"""Fitting a learner without labels: its images, the network, the space of its points, then names if there are any."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.scratch.pixels import square_bytes
from pippin.apps.recognize.scratch.training import MAX_SIDE, MAX_WIDTH, MIN_SIDE, MIN_WIDTH, choose_side, require_size
from pippin.apps.recognize.selfsupervised.encoder_graph import encoder_to_onnx
from pippin.apps.recognize.selfsupervised.training import TrainedEncoder, train_encoder
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.run import Run

if TYPE_CHECKING:
    from pippin.apps.recognize.selfsupervised.learner import SelfSupervised

MIN_IMAGES = 16


def fit(learner: SelfSupervised, data: Dataset, run: Run) -> None:
    """Train the learner's network on the images of `data` within what `run` allows, then learn its labels if any.

    The network is trained before an answer is looked at, and on images in the order of their contents.
    """
    examples, pixels = prepare(learner, data)
    take_encoder(learner, train_encoder(learner.shape, pixels, run), pixels)
    if any(example.answer is not None for example in examples):
        learner.name_examples(examples, learner.points(to_floats(pixels)))


def prepare(learner: SelfSupervised, data: Dataset) -> tuple[list[Example], NDArray[np.uint8]]:
    """Return the examples whose images can be used, by content, and these images [N,side,side,3]."""
    examples = sorted(data.train + data.val, key=lambda example: example.key)
    require_size("image-size", learner.side, 0, MIN_SIDE, MAX_SIDE)
    require_size("width", learner.width, MIN_WIDTH, MIN_WIDTH, MAX_WIDTH)
    learner.side = learner.side or choose_side(tuple(examples))
    used, pixels = _read(examples, learner.side)
    if len(used) < MIN_IMAGES:
        message = f"{data.name} has {len(used)} images that can be used, too few to compare"
        raise PippinError(f"{message}; give at least {MIN_IMAGES}, better hundreds.", input=data.name)
    learner.learned = len(used)
    return used, pixels


def _read(examples: Sequence[Example], side: int) -> tuple[list[Example], NDArray[np.uint8]]:
    pixels, used = np.empty((len(examples), side, side, 3), np.uint8), list[Example]()
    for example in examples:
        try:
            pixels[len(used)] = square_bytes(example.input, side)
        except PippinError:
            continue  # the data loader names what cannot be read
        used.append(example)
    return used, pixels[: len(used)]


def take_encoder(learner: SelfSupervised, trained: TrainedEncoder, pixels: NDArray[np.uint8]) -> None:
    """Give the learner its network, and the space of the points that images [N,side,side,3] make."""
    learner.weights = trained.weights
    learner.filters, learner.filters_steps = trained.filters, trained.filters_steps
    encoder = learner.network()
    learner.reopen(encoder_to_onnx(encoder, learner.side))
    learner.space = learner.find_space(to_floats(pixels))
    learner.reopen(encoder_to_onnx(encoder, learner.side, learner.space))


def to_floats(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return images [N,side,side,3] of bytes as [N,3,side,side] from 0 to 1."""
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).astype(np.float32) / np.float32(255)
