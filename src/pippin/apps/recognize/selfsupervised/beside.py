"""What stands beside the network without labels: the same at random weights, the same with labels, pixels alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
from pippin.apps.recognize.selfsupervised.points import SAMPLE, PointSpace
from pippin.core.data import Dataset
from pippin.core.run import Run

Floats = NDArray[np.float32]


class RandomWeights(SelfSupervised):
    """The same network before it has learned anything, with the same head."""

    def fit(self, data: Dataset, run: Run) -> None:
        """Take random weights; learn what images are called."""
        from pippin.apps.recognize.selfsupervised import fitting, training

        examples, pixels = fitting.prepare(self, data)
        fitting.take_encoder(self, training.take_random_weights(self.shape, pixels, run.seed), pixels)
        self.name_examples(examples, self.points(fitting.to_floats(pixels)))


class Supervised(SelfSupervised):
    """The same network, its features learned from labels, with the same head."""

    def fit(self, data: Dataset, run: Run) -> None:
        """Learn features and names from labels."""
        from pippin.apps.recognize.selfsupervised import fitting, supervised

        examples, pixels = fitting.prepare(self, data)
        labels = [str(example.answer) for example in examples]
        fitting.take_encoder(self, supervised.train_with_labels(self.shape, pixels, labels, run), pixels)
        self.name_examples(examples, self.points(fitting.to_floats(pixels)))


class PixelComponents(SelfSupervised):
    """Principal components of the pixels in place of a network, with the same head."""

    def fit(self, data: Dataset, run: Run) -> None:
        """Find the components; learn what images are called."""
        from pippin.apps.recognize.selfsupervised import fitting

        examples, pixels = fitting.prepare(self, data)
        images = fitting.to_floats(pixels)
        self.space = PointSpace.fit(images[:SAMPLE].reshape(len(images[:SAMPLE]), -1))
        self.name_examples(examples, self.points(images))

    def points(self, images: Floats) -> Floats:
        """Return points [N,K] of images [N,3,side,side]."""
        assert self.space is not None
        return self.space.points(images.reshape(len(images), -1))
