"""Where labels and their examples lie on a map of two dimensions, so that a correction moves the others little."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Owners = NDArray[np.intp]

STEPS = 60  # of stress majorisation
ROUND = 24  # directions tried for a new label
OWN = 0.6  # how much of an example's position is its own label's, the rest what it looks like
SHARPNESS = 30.0  # of the likeness to each label
NEAREST = 3  # examples of a label that a likeness is the mean of
LEAST = 0.15  # of a squared distance is left, however much of it may be chance
REACH = 0.34  # of the distance to the next label, how far examples scatter around their own


class Layout(NamedTuple):
    """Positions of labels, of their N examples [N,2], and of M other points [M,2]."""

    anchors: dict[str, Floats]
    places: Floats
    guests: Floats


def laid_out(
    points_ND: Floats, labels: Sequence[str], base_N: NDArray[np.bool_], guests_MD: Floats | None = None
) -> Layout:
    """Return labels lie as far from each other as their examples do on average, as nearly as two dimensions allow.

    This is metric scaling (de Leeuw 1977). The labels of `base_N`, examples there from the beginning, are laid out
    first; labels taught since are added one by one, in the order of their first example. So the same corrections give
    the same map, and one more gives nearly the same: nothing has to be remembered.
    """
    first = list(dict.fromkeys(label for label, base in zip(labels, base_N, strict=True) if base)) or [labels[0]]
    names = list(dict.fromkeys([*first, *labels]))
    owners = np.array([names.index(label) for label in labels])
    means = np.stack([points_ND[owners == label].mean(axis=0) for label in range(len(names))])
    apart = _between(means, points_ND, owners)
    places = _classical(apart[: len(first), : len(first)])
    for count in range(len(first), len(names) + 1):
        among = apart[:count, :count]
        if count > len(places):
            places = np.vstack([places, _beside(places, among[-1, :-1])])
        places = _settled(places, among)
    guests = np.zeros((0, points_ND.shape[1]), np.float32) if guests_MD is None else guests_MD
    both = _scattered(points_ND, owners, places, base_N, guests)
    return Layout(dict(zip(names, places, strict=True)), both[: len(owners)], both[len(owners) :])


def _between(means_LD: Floats, points_ND: Floats, owners: Owners) -> Floats:
    """Return distances [L,L] of the labels, on average 1, without the random error of means of few examples."""
    counts = np.bincount(owners)
    spare = max(1, len(owners) - len(counts))
    scatter = float(((points_ND - means_LD[owners]) ** 2).sum()) / spare  # variance within the labels
    squares = _apart(means_LD) ** 2
    chance = scatter * (1 / counts[:, None] + 1 / counts)
    apart = np.sqrt(np.maximum(squares - chance, LEAST * squares))
    np.fill_diagonal(apart, 0)
    return np.asarray(apart / (apart[apart > 0].mean() if (apart > 0).any() else 1), np.float32)


def _apart(points_ND: Floats) -> Floats:
    """Return Euclidean distances [N,N]."""
    squares = (points_ND**2).sum(axis=1)
    return np.sqrt(np.maximum(squares[:, None] + squares - 2 * points_ND @ points_ND.T, 0))


def _classical(apart: Floats) -> Floats:
    """Return classical scaling (Torgerson 1952), each axis turned so that its largest coordinate is positive."""
    centring = np.eye(len(apart), dtype=np.float32) - np.float32(1 / len(apart))
    sizes, axes = np.linalg.eigh(-0.5 * centring @ apart**2 @ centring)
    places = np.zeros((len(apart), 2), np.float32)
    for axis, column in enumerate((-1, -2)[: len(apart)]):
        found = axes[:, column] * np.sqrt(max(sizes[column], 0))
        places[:, axis] = found * (np.sign(found[np.abs(found).argmax()]) or 1)
    return places


def _settled(places: Floats, apart: Floats) -> Floats:
    """Move points until distances are as they should be, then turn them back to lie as before (Procrustes)."""
    start = places
    for _ in range(STEPS if len(places) > 1 else 0):
        now = _apart(places)
        ratio = np.where(now > 1e-6, apart / np.maximum(now, 1e-6), 0)
        places = (ratio.sum(axis=1, keepdims=True) * places - ratio @ places) / len(places)  # Guttman's transform
    before, after = start - start.mean(axis=0), places - places.mean(axis=0)
    left, _, right = np.linalg.svd(after.T @ before)
    return np.asarray(after @ left @ right + start.mean(axis=0), np.float32)


def _beside(places: Floats, apart: Floats) -> Floats:
    """Return where a new label begins: around the one it is nearest to, where its distances to the others fit best."""
    nearest = int(apart.argmin())
    turns = np.arange(ROUND) * 2 * np.pi / ROUND + 0.4
    tried = places[nearest] + apart[nearest] * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    wrong = np.linalg.norm(tried[:, None] - places, axis=2) - apart
    return np.asarray(tried[(wrong**2).sum(axis=1).argmin()], np.float32)


def _scattered(
    points_ND: Floats, owners: Owners, anchors: Floats, base_N: NDArray[np.bool_], guests_MD: Floats
) -> Floats:
    """Place each example near its label, drawn towards those it looks like, and spread by how it differs from them."""
    count, all_AD = len(owners), np.vstack([points_ND, guests_MD])
    likeness = all_AD @ points_ND.T
    np.fill_diagonal(likeness[:count], -1)
    alike = np.stack([_nearest(likeness[:, owners == label]) for label in range(len(anchors))], axis=1)
    shares = np.exp(SHARPNESS * (alike - alike.max(axis=1, keepdims=True)))
    shares /= shares.sum(axis=1, keepdims=True)
    shares[:count] *= 1 - OWN
    shares[np.arange(count), owners] += OWN
    nearest = np.concatenate([owners, alike[count:].argmax(axis=1)])
    return np.asarray(shares @ anchors + _spread(all_AD, nearest, anchors, base_N), np.float32)


def _nearest(likeness_NM: Floats) -> Floats:
    count = min(NEAREST, likeness_NM.shape[1])
    return np.asarray(np.partition(likeness_NM, -count, axis=1)[:, -count:].mean(axis=1))


def _spread(all_AD: Floats, owners: Owners, anchors: Floats, base_N: NDArray[np.bool_]) -> Floats:
    """Return the points less their label's mean, along the two main axes of those of the base."""
    count = len(base_N)
    means = np.stack([all_AD[:count][owners[:count] == label].mean(axis=0) for label in range(len(anchors))])
    left = all_AD - means[owners]
    base = left[:count][base_N] if base_N.sum() > 2 else left[:count]
    sizes, axes = np.linalg.eigh(base @ base.T)  # of as many rows as there are examples, fewer than features
    main = base.T @ axes[:, -2:] / np.sqrt(np.maximum(sizes[-2:], 1e-9))
    along = left @ main[:, ::-1]
    if along.shape[1] < 2 or not (size := float(np.sqrt((along[:count] ** 2).sum(axis=1).mean()))) > 1e-6:
        return np.zeros((len(owners), 2), np.float32)
    own = np.unique(owners[:count][base_N]) if base_N.any() else np.arange(len(anchors))
    apart = _apart(anchors[own])
    np.fill_diagonal(apart, np.inf)
    room = float(np.median(apart.min(axis=1))) if len(apart) > 1 else 1.0
    return np.asarray(along * (REACH * room / size), np.float32)
