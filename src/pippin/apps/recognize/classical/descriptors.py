"""Images described by fixed rules: edges, colours and textures counted, in the whole and in parts of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input
from pippin.learn.vision.hog import histograms_of_gradients
from pippin.learn.vision.image_decoding import open_image

Array = NDArray[np.float32]
Described = Callable[[Iterable[Input]], Iterator[tuple[Array, list[str | None]]]]

SIDE = 64  # pixels to which every image is squeezed
GRIDS = {1: (8, 4, 4), 2: (8, 3, 3), 4: (8, 2, 2)}  # fields a side: levels of hue, saturation, value
RADII, TEXTURES = (1, 3), 10  # of the ring of 8 neighbours, and the kinds of uniform patterns it can show
MAX_REMEMBERED = 26_000  # descriptions: a dozen kilobytes each
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # luma of ITU-R BT.601
_BATCH = 256
_remembered: dict[tuple[str, str], Array] = {}


def described(inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
    """Yield descriptions of the usable images among up to 256 inputs, and for each input its problem or None."""
    return _batches(inputs, describe)


def richly_described(inputs: Iterable[Input]) -> Iterator[tuple[Array, list[str | None]]]:
    """Describe images with textures beside edges and colours, as `described`; needs scikit-image."""
    return _batches(inputs, describe_richly)


def _batches(
    inputs: Iterable[Input], describe: Callable[[Sequence[Image.Image]], Array]
) -> Iterator[tuple[Array, list[str | None]]]:
    """Yield descriptions and problems; each image is described once: `compare` and `curve` ask for it often."""
    remaining = iter(inputs)
    while batch := list(islice(remaining, _BATCH)):
        rows: list[Array | None] = []
        fresh: list[tuple[int, tuple[str, str], Image.Image]] = []
        problems = list[str | None]()
        for item in batch:
            row, problem = None, None
            try:
                key = (describe.__name__, item.digest())
                row = _remembered.get(key)
                if row is None:
                    fresh.append((len(rows), key, open_image(item, about=(SIDE, SIDE))))
            except PippinError as told:
                problem = told.message
            rows.append(row)
            problems.append(problem)
        if fresh:
            for (place, key, _), row in zip(fresh, describe([image for _, _, image in fresh]), strict=True):
                rows[place] = row
                if len(_remembered) < MAX_REMEMBERED:
                    _remembered[key] = row
        usable = [row for row in rows if row is not None]
        yield np.stack(usable) if usable else np.zeros((0, 0), dtype=np.float32), problems


def describe(images: Sequence[Image.Image]) -> Array:
    """Return rows [N, 2692]: HOG of the grey image at 64 x 64, and colour histograms of the whole and its fields.

    Histograms are under the square root (Hellinger kernel; Arandjelovic and Zisserman 2012).
    """
    small = [image.resize((SIDE, SIDE), Image.Resampling.BILINEAR) for image in images]
    rgb: Array = np.stack([np.asarray(image) for image in small]).astype(np.float32) / np.float32(255)
    hsv = np.stack([np.asarray(image.convert("HSV")) for image in small])
    colours = [_colour_histograms(hsv, fields, levels) for fields, levels in GRIDS.items()]
    return np.concatenate([histograms_of_gradients(rgb @ _GREY), *map(np.sqrt, colours)], axis=1)


def _colour_histograms(hsv_NHWC: NDArray[np.uint8], fields: int, levels: tuple[int, int, int]) -> Array:
    """Return the shares of colours in each of fields x fields parts: [N, fields * fields * product of levels]."""
    count, height, width, _ = hsv_NHWC.shape
    hue, saturation, value = ((hsv_NHWC[..., i].astype(np.int64) * levels[i]) >> 8 for i in range(3))
    colour = (hue * levels[1] + saturation) * levels[2] + value
    image, row, column = np.ogrid[:count, :height, :width]
    field = (image * fields + row * fields // height) * fields + column * fields // width
    bins = int(np.prod(levels))
    counts = np.bincount((field * bins + colour).ravel(), minlength=count * fields**2 * bins)
    return (counts * (fields**2 / (height * width))).astype(np.float32).reshape(count, fields**2 * bins)


def describe_richly(images: Sequence[Image.Image]) -> Array:
    """Return rows [N, 3012]: `describe`, and local binary patterns of the grey image in a grid of 4 x 4 fields.

    Uniform patterns of 8 neighbours at distances 1 and 3 (Ojala, Pietikäinen and Mäenpää 2002), counted, under the
    square root.
    """
    try:
        from skimage.feature import local_binary_pattern
    except ImportError as problem:
        raise missing_extra("scikit-image", "train", "Describing textures") from problem
    counts = np.empty((len(images), len(RADII), 4, 4, TEXTURES), np.float32)
    for number, image in enumerate(images):
        grey = np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR))
        for index, radius in enumerate(RADII):
            patterns: NDArray[Any] = local_binary_pattern(grey, 8, radius, "uniform")  # type: ignore[no-untyped-call]
            fields = patterns.reshape(4, SIDE // 4, 4, SIDE // 4).swapaxes(1, 2).reshape(4, 4, -1)
            counts[number, index] = (fields[..., None] == np.arange(TEXTURES)).sum(2)
    textures = np.sqrt(counts / np.float32((SIDE // 4) ** 2)).reshape(len(images), -1)
    return np.concatenate([describe(images), textures], axis=1)
