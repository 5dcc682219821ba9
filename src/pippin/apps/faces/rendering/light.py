"""Rays meet surfaces and are lit: a lamp with soft shadows, sky, light thrown back from below, gloss."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pippin.apps.faces.rendering.shapes import Array, Points

Mask = NDArray[np.bool_]
Field = Callable[[Points], Array]
MAX_STEPS = 110
MIN_DISTANCE = 0.0025  # from a surface, in 10 cm, at which a ray has met it


def march(origin: Points, direction: Points, field: Field, start: float, limit: float) -> tuple[Array, Mask]:
    """Return how far each ray goes, from `start` to `limit`, and whether it met something."""
    far = np.full(origin.x.shape, start, np.float32)
    active = np.ones(far.shape, bool)
    hit = np.zeros(far.shape, bool)
    for _ in range(MAX_STEPS):
        o, v, t = origin.take(active), direction.take(active), far[active]
        d = field(Points(o.x + v.x * t, o.y + v.y * t, o.z + v.z * t))
        near = d < MIN_DISTANCE
        index = np.flatnonzero(active)
        far[index] = t + np.where(near, 0, d * 0.8)
        hit[index[near]] = True
        active[index[near | (far[index] > limit)]] = False
        if not active.any():
            break
    hit |= active
    return far, hit


def normals(p: Points, field: Field, width: float = 0.006) -> Points:
    """Return the directions in which the field grows fastest."""
    n = [np.zeros_like(p.x) for _ in range(3)]
    for sign in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        d = field(p.minus(*(-width * s for s in sign)))
        for axis in range(3):
            n[axis] += sign[axis] * d
    length = np.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) + 1e-9
    return Points(*(axis / length for axis in n))


def soft_shadow(p: Points, n: Points, lamp: Array, field: Field) -> Array:
    """Return how much of the lamp a point sees, 0 to 1, soft (Quilez, "Soft shadows")."""
    seen, t = np.ones_like(p.x), np.full_like(p.x, 0.05)
    for _ in range(16):
        d = field(Points(*(a + 0.02 * b + c * t for a, b, c in zip(p, n, lamp, strict=True))))
        seen = np.minimum(seen, np.clip(7 * d / t + 0.3, 0, 1))
        t = t + np.clip(d, 0.04, 0.25)
    return seen.astype(np.float32)


def openness(p: Points, n: Points, field: Field) -> Array:
    """Return how open a point lies, 0 to 1."""
    closed = np.zeros_like(p.x)
    for number in range(1, 5):
        h = 0.07 * number
        d = field(Points(*(a + b * h for a, b in zip(p, n, strict=True))))
        closed += (h - d) * 0.75**number
    return np.clip(1 - 1.3 * closed, 0.1, 1).astype(np.float32)
