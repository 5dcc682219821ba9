"""Find near duplicates among images, so that none is learned from and scored on at once.

Re-encoded, resized, slightly brightened and mirrored copies are found; cropped ones are not. Two images
count as copies when both their difference hashes (bits that say where a small thumbnail grows brighter to the
right; N. Krawetz, "Kind of Like That", 2013) and their coarse colours agree: either alone would confuse
different things on a plain background. Where an image seems to have many copies, it is rather of a kind that all
looks alike (digits, clothes), and only those that agree in every detail count; so do mirrored ones always (of 1,797
digits and 5,000 images of CIFAR-10 none does). The limits were set on photographs of
fruit and balls, on CIFAR-10 and on Fashion-MNIST.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Thumbnails = NDArray[np.uint8]

WIDTH, HEIGHT = 17, 16  # 16 differences a row: 256 bits

_RISE = 1.0  # grey levels to the next pixel that count as brighter: less is the noise of a plain background
_MAX_BITS = 48  # of 256 that may differ at all
_MAX_DISTANCE = 0.25  # of coarse colours (root mean square, in contrasts) plus 1/250 for each differing bit
_MAX_SHIFT = 32.0  # levels of 255 by which a copy may be brighter, darker or tinted
_MANY = 5  # copies of one image
_MAX_DETAIL = 0.12  # of full thumbnails (root mean square, in contrasts) between copies where there seem to be many
_NOISE = 4.0  # levels added to the contrast, so that the noise of two plain images is not compared
_GREY = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # luma of ITU-R BT.601
_BLOCK = 1000  # images compared with all others at once: a few arrays of 1000 x N float32


def thumbnail(image: Image.Image) -> Thumbnails:
    """Return an RGB image of any size shrunk to uint8 [16, 17, 3]."""
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, reducing_gap=3.0))


def clusters(thumbnails_NHWC: Thumbnails) -> NDArray[np.int64]:
    """Return for each thumbnail [N, 16, 17, 3] the first index among its copies and theirs in turn: int [N]."""
    parent = np.arange(len(thumbnails_NHWC))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for first, second in near_pairs(thumbnails_NHWC):
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    return np.array([root(index) for index in range(len(parent))], dtype=np.int64)


def near_pairs(thumbnails_NHWC: Thumbnails) -> NDArray[np.int64]:
    """Return pairs of near-duplicate thumbnails [N, 16, 17, 3].

    They are indices [P, 2], the smaller first.
    Of more than two equal thumbnails, each is paired with the first only, so that P stays small.
    """
    flat = thumbnails_NHWC.reshape(len(thumbnails_NHWC), WIDTH * HEIGHT * 3)
    _, first, which = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[which] != np.arange(len(flat)))
    equal = np.stack([first[which][again], again], axis=1)
    order = np.sort(first)
    different = thumbnails_NHWC[order]
    near, mirrored = _convincing(_near_pairs(different), different), _mirrored_pairs(different)
    return np.concatenate([equal, order[near], order[mirrored]])


def _mirrored_pairs(thumbnails_NHWC: Thumbnails) -> NDArray[np.int64]:
    """Return pairs of which one agrees in detail with the other's mirror image."""
    mirrored = thumbnails_NHWC[:, :, ::-1]
    pairs = _near_pairs(thumbnails_NHWC, mirrored)
    return pairs[_agree(thumbnails_NHWC, mirrored, pairs)]


def _agree(thumbnails_NHWC: Thumbnails, others_NHWC: Thumbnails, pairs: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the first of each pair and the second, among the others, agree in every detail."""
    kept = np.zeros(len(pairs), np.bool_)
    for part in np.array_split(np.arange(len(pairs)), max(1, len(pairs) // _BLOCK)):
        first, second = _standardised(thumbnails_NHWC[pairs[part, 0]]), _standardised(others_NHWC[pairs[part, 1]])
        kept[part] = np.sqrt(((first - second) ** 2).mean(axis=1)) <= _MAX_DETAIL
    return kept


def _convincing(pairs: NDArray[np.int64], thumbnails_NHWC: Thumbnails) -> NDArray[np.int64]:
    """Return the pairs without those of images of which there seem to be many copies, unless they agree in detail."""
    many = np.bincount(pairs.ravel(), minlength=len(thumbnails_NHWC)) > _MANY
    crowded: NDArray[np.bool_] = many[pairs[:, 0]] | many[pairs[:, 1]]
    if not crowded.any():
        return pairs
    kept = ~crowded
    kept[crowded] = _agree(thumbnails_NHWC, thumbnails_NHWC, pairs[crowded])
    return pairs[kept]


def _standardised(thumbnails_NHWC: Thumbnails) -> NDArray[np.float32]:
    rows = thumbnails_NHWC.reshape(len(thumbnails_NHWC), WIDTH * HEIGHT * 3).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / (rows.std(axis=1, keepdims=True) + np.float32(_NOISE))


def _near_pairs(thumbnails_NHWC: Thumbnails, others_NHWC: Thumbnails | None = None) -> NDArray[np.int64]:
    """Find pairs as near_pairs does, comparing all with all (or with `others`): matrix products, time in N squared."""
    rows = _signature(thumbnails_NHWC)
    signs, colours, squares, means = rows if others_NHWC is None else _signature(others_NHWC)
    found = [np.empty((0, 2), dtype=np.int64)]
    for start in range(0, len(signs), _BLOCK):
        block = slice(start, start + _BLOCK)
        # The product of two rows of signs is the number of bits that agree less that of bits that differ.
        bits = (signs.shape[1] - rows[0][block] @ signs[start:].T) / 2
        distance = rows[2][block, None] + squares[start:] - 2 * rows[1][block] @ colours[start:].T
        near = (bits <= _MAX_BITS) & (np.sqrt(distance.clip(0)) + bits / 250 <= _MAX_DISTANCE)
        first, second = np.nonzero(near)
        pairs = np.stack([first, second], axis=1)[first < second] + start
        shift = np.abs(rows[3][pairs[:, 0]] - means[pairs[:, 1]]).max(axis=1)
        found.append(pairs[shift <= _MAX_SHIFT])
    return np.concatenate(found)


def _signature(thumbnails_NHWC: Thumbnails) -> tuple[NDArray[np.float32], ...]:
    """Return what to compare: bit signs [N,256], coarse colours [N,192], their squared lengths [N], means [N,3]."""
    signs = np.where(_bits(thumbnails_NHWC), np.float32(1), np.float32(-1))
    colours, means = _coarse_colours(thumbnails_NHWC)
    return signs, colours, (colours**2).sum(axis=1), means


def _bits(thumbnails_NHWC: Thumbnails) -> NDArray[np.bool_]:
    grey = thumbnails_NHWC.astype(np.float32) @ _GREY
    return (np.diff(grey, axis=2) > _RISE).reshape(len(grey), (WIDTH - 1) * HEIGHT)


def _coarse_colours(thumbnails_NHWC: Thumbnails) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return rows [N, 192] of 8 x 8 colours without mean and of contrast 1, and the mean colours [N, 3]."""
    tiles = thumbnails_NHWC[:, :, :16].reshape(-1, 8, 2, 8, 2, 3).mean(axis=(2, 4), dtype=np.float32)
    means = tiles.mean(axis=(1, 2), keepdims=True)
    rows = (tiles - means).reshape(len(tiles), 192)
    contrast = rows.std(axis=1, keepdims=True) + _NOISE
    return rows / (contrast * np.float32(np.sqrt(192))), means[:, 0, 0]
