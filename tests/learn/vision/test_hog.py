"""The numpy HOG equals scikit-image's."""

import numpy as np
from skimage.feature import hog

from pippin.learn.vision.hog import histograms_of_gradients


def test_equals_scikit_image() -> None:
    images = np.random.default_rng(0).random((3, 64, 48)).astype(np.float32)
    images[1] = np.linspace(0, 1, 48)
    images[2] = 0.5
    oracle = [hog(p, 9, pixels_per_cell=(8, 8), cells_per_block=(2, 2), block_norm="L2-Hys") for p in images]
    np.testing.assert_allclose(histograms_of_gradients(images), oracle, atol=1e-5)
