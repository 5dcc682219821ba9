"""Hidden patterns from the data alone: groups of images that look alike to the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.pretrained.feature_cache import Features, see
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.progress_bar import track

MAX_GROUPS = 12
RESTARTS = 8
SAMPLE = 1000
NOTHING = np.zeros((0, 1), np.float32)


See = Callable[[Sequence[Input]], Iterable[NDArray[np.float32] | PippinError]]


class Group(NamedTuple):
    """Images that look alike, the most typical first; `border` are those nearest to another group, nearest first."""

    images: list[Input]
    border: list[Input]


def find_groups(inputs: Sequence[Input], count: int | None = None, see: See | None = None) -> list[Group]:
    """Return groups of inputs, largest first.

    k-means on unit vectors that `see` gives of the inputs (by default the pretrained network's features, centred);
    without `count`, the number of groups from 2 to 12 with the best mean silhouette (Rousseeuw 1987) on at most 1,000
    images.
    """
    usable, points = _see_all(inputs, see)
    if len(usable) < 3:
        raise PippinError(f"{len(usable)} usable images are too few to find groups in; give at least three.")
    if count is not None and not 1 < count <= len(usable):
        raise PippinError(f"{len(usable)} images cannot make {count} groups.")
    options = [count] if count else range(2, min(MAX_GROUPS, len(usable) - 1) + 1)
    tried = [cluster(points, k) for k in options]
    best = (
        max(tried, key=lambda result: _silhouette(points[:SAMPLE], result[0][:SAMPLE])) if len(tried) > 1 else tried[0]
    )
    groups = [_group(usable, points, *best, number) for number in range(len(best[1]))]
    return sorted((group for group in groups if group.images), key=lambda group: len(group.images), reverse=True)


def _see_all(inputs: Sequence[Input], look: See | None) -> tuple[list[Input], NDArray[np.float32]]:
    """Return the inputs that can be used, and a unit vector of each [N,D]."""
    if look is not None:
        found = track(look(inputs), len(inputs), "looking")
        pairs = [(item, what) for item, what in zip(inputs, found, strict=True) if not isinstance(what, PippinError)]
        return [item for item, _ in pairs], np.stack([what for _, what in pairs]) if pairs else NOTHING
    seen = track(see(inputs), len(inputs), "looking")
    usable = [(item, what.features) for item, what in zip(inputs, seen, strict=True) if isinstance(what, Features)]
    points = _directions(np.stack([features for _, features in usable])) if len(usable) > 2 else NOTHING
    return [item for item, _ in usable], points


def _group(
    inputs: Sequence[Input],
    points: NDArray[np.float32],
    assigned: NDArray[np.intp],
    centres: NDArray[np.float32],
    number: int,
) -> Group:
    members = np.flatnonzero(assigned == number)
    likeness = points[members] @ centres.T
    own = likeness[:, number]
    others = np.delete(likeness, number, axis=1).max(axis=1)
    middle, border = np.argsort(-own, kind="stable"), np.argsort(own - others, kind="stable")
    return Group([inputs[members[at]] for at in middle], [inputs[members[at]] for at in border])


def _directions(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors [N,D] on the leading principal axes, without what all images share and with little noise."""
    roots = np.sqrt(np.maximum(features, 0))
    centred = roots - roots.mean(axis=0)
    axes = np.linalg.svd(centred[:SAMPLE], full_matrices=False)[2][:32]
    points = centred @ axes.T
    return (points / (np.linalg.norm(points, axis=1, keepdims=True) + 1e-9)).astype(np.float32)


def cluster(points: NDArray[np.float32], count: int) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Return assignment [N] and centres [K,D] of spherical k-means, the best of several k-means++ starts."""
    random = np.random.default_rng(count)
    results = []
    for _ in range(RESTARTS):
        centres = _spread_out(points, count, random)
        for _ in range(50):
            assigned = np.argmax(points @ centres.T, axis=1)
            sums = np.stack(
                [points[assigned == k].sum(axis=0) if (assigned == k).any() else centres[k] for k in range(count)]
            )
            moved = sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-9)
            if np.allclose(moved, centres):
                break
            centres = moved.astype(np.float32)
        results.append((float(np.max(points @ centres.T, axis=1).sum()), assigned, centres))
    _, assigned, centres = max(results, key=lambda result: result[0])
    return assigned, centres


def _spread_out(points: NDArray[np.float32], count: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Run k-means++ (Arthur and Vassilvitskii 2007): choose each next centre far from those chosen."""
    chosen = [int(random.integers(len(points)))]
    while len(chosen) < count:
        distance = np.maximum(1 - (points @ points[chosen].T).max(axis=1), 1e-9)
        chosen.append(int(random.choice(len(points), p=distance / distance.sum())))
    return points[chosen]


def _silhouette(points: NDArray[np.float32], assigned: NDArray[np.intp]) -> float:
    """Return the mean over points of (b - a) / max(a, b): mean distances a to the own, b to the nearest other group."""
    distances = 1 - points @ points.T
    members = [np.flatnonzero(assigned == k) for k in np.unique(assigned)]
    if len(members) < 2:
        return -1.0
    means = np.stack([distances[:, group].mean(axis=1) for group in members], axis=1)
    own = np.searchsorted(np.unique(assigned), assigned)
    sizes = np.array([len(group) for group in members])[own]
    inside = means[np.arange(len(points)), own] * sizes / np.maximum(sizes - 1, 1)
    means[np.arange(len(points)), own] = np.inf
    outside = means.min(axis=1)
    return float(np.where(sizes > 1, (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9), 0).mean())
