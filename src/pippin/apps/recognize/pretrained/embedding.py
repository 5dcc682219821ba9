"""The point at which an image lies for the head, made of what the network saw in it.

Two recipes; a model keeps the name of its own:
- `plain` (models without a name of one): the features of the image as it is.
- `views`: the mean features of the image, its middle enlarged, and both mirrored; beside them the network's own
  opinion, the square roots of its 1,000 ImageNet probabilities (so that a product of two is the Bhattacharyya
  coefficient), folded to 256 numbers by adding and subtracting (Weinberger et al., "Feature Hashing", 2009).

The numbers in capitals were chosen on 1,000 training images of CIFAR-10 and one half of the fruit and ball
photographs (benchmarks/few_examples.py reports on the other half), and checked on digits and X-rays, of which the
network has no class: there the opinion neither helps nor harms.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pippin.core.errors import PippinError
from pippin.core.workspace import cache
from pippin.learn.vision import backbone, efficientnet_graph

Floats = NDArray[np.float32]

PLAIN, VIEWS = "plain", "views"
RECIPE = VIEWS  # of new models
MIDDLE = 0.75  # of the image's sides, enlarged to be seen as well
OPINION = 0.4  # how long the network's opinion is beside the features, of length 1
FOLDED = 256  # numbers it is kept as
AT_ONCE = 256  # images, whose numbers the processor keeps at hand


def views(pixels_CHW: Floats, recipe: str) -> Floats:
    """Return the views of an image [3,224,224] for the network: [V,3,224,224], the image itself first."""
    if recipe == PLAIN:
        return pixels_CHW[None]
    from PIL import Image

    image = Image.fromarray(pixels_CHW.transpose(1, 2, 0).round().astype(np.uint8))
    rim = efficientnet_graph.SIDE * (1 - MIDDLE) / 2
    box = (rim, rim, efficientnet_graph.SIDE - rim, efficientnet_graph.SIDE - rim)
    middle = np.asarray(image.resize(image.size, Image.Resampling.BILINEAR, box), np.float32).transpose(2, 0, 1)
    both = np.stack([pixels_CHW, middle])
    return np.concatenate([both, both[:, :, :, ::-1]])


def embed(features_ND: Floats, recipe: str = RECIPE) -> Floats:
    """Return points [N,D] of mean features [N,1280], of length 1 and rounded to be kept small: D is 1280 or 1536."""
    if recipe == PLAIN:
        return l2_normalized(features_ND)
    parts = [
        _with_opinions(features_ND[start : start + AT_ONCE]) for start in range(0, max(1, len(features_ND)), AT_ONCE)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _with_opinions(features_ND: Floats) -> Floats:
    weights, biases = _classifier()
    logits = features_ND @ weights.T + biases
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    opinions = np.sqrt(chances / chances.sum(axis=1, keepdims=True)) @ folding()
    return rounded(np.concatenate([unit(_roots(features_ND)), OPINION * opinions], axis=1))


def check(recipe: str) -> str:
    """Return the recipe's name; PippinError for one of another Pippin."""
    if recipe not in (PLAIN, VIEWS):
        raise PippinError(f"The model sees by the recipe {recipe!r}, which this Pippin does not have; train it again.")
    return recipe


@lru_cache(maxsize=1)
def folding() -> Floats:
    """Return a matrix [1000,256] that adds classes far apart in ImageNet's order, every other one negated."""
    classes = np.arange(efficientnet_graph.CLASSES)
    matrix = np.zeros((efficientnet_graph.CLASSES, FOLDED), np.float32)
    matrix[classes, classes % FOLDED] = 1 - 2 * (classes // FOLDED % 2)
    return matrix


def l2_normalized(features_ND: Floats) -> Floats:
    """Return square roots, so that no strong feature decides alone, scaled to length 1 and rounded."""
    return rounded(_roots(features_ND))


def rounded(points_ND: Floats) -> Floats:
    """Return points scaled to length 1 and rounded to float16, as they are kept."""
    return unit(points_ND).astype(np.float16).astype(np.float32)


def unit(points_ND: Floats) -> Floats:
    """Return points scaled to length 1, but for those that are all zero."""
    lengths = np.sqrt(np.einsum("nd,nd->n", points_ND, points_ND))
    return points_ND / np.maximum(lengths, np.float32(1e-12))[:, None]


def _roots(features_ND: Floats) -> Floats:
    return np.sqrt(np.maximum(features_ND, 0, dtype=np.float32))


@lru_cache(maxsize=1)
def _classifier() -> tuple[Floats, Floats]:
    """Return the network's last layer: weights [1000,1280] and biases [1000]."""
    return backbone.classifier(cache("backbone"))
