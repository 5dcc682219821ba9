"""Signed distances of simple shapes and how they are joined (Quilez, "Distance functions"); lengths in 10 cm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

Array = np.ndarray


class Points(NamedTuple):
    """Points in space, each coordinate an array [N]: x to the image's right, y up, z out of the face."""

    x: Array
    y: Array
    z: Array

    def minus(self, x: float = 0, y: float = 0, z: float = 0) -> Points:
        """Return the points as seen from another origin."""
        return Points(self.x - x, self.y - y, self.z - z)

    def take(self, index: Array) -> Points:
        """Return the points that a mask names."""
        return Points(self.x[index], self.y[index], self.z[index])

    @property
    def mirrored(self) -> Points:
        """The points with both halves of the face laid onto the right one."""
        return Points(np.abs(self.x), self.y, self.z)

    @property
    def length(self) -> Array:
        """Distance from the origin."""
        return np.sqrt(self.x**2 + self.y**2 + self.z**2)


def sphere(points: Points, centre: tuple[float, float, float], radius: float) -> Array:
    return points.minus(*centre).length - np.float32(radius)


def ellipsoid(points: Points, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Array:
    """Return a bound of the distance, exact at the surface."""
    p = points.minus(*centre)
    a, b, c = radii
    one = np.sqrt((p.x / a) ** 2 + (p.y / b) ** 2 + (p.z / c) ** 2)
    two = np.sqrt((p.x / a**2) ** 2 + (p.y / b**2) ** 2 + (p.z / c**2) ** 2)
    return (one * (one - 1) / np.maximum(two, 1e-6)).astype(np.float32)


def cone(
    points: Points, start: tuple[float, float, float], end: tuple[float, float, float], radii: tuple[float, float]
) -> Array:
    """Return the distance from a rod that changes its radius from `start` to `end`."""
    p = points.minus(*start)
    ax, ay, az = (end[i] - start[i] for i in range(3))
    along = np.clip((p.x * ax + p.y * ay + p.z * az) / (ax * ax + ay * ay + az * az), 0, 1)
    rest = Points(p.x - along * ax, p.y - along * ay, p.z - along * az).length
    return (rest - (radii[0] + (radii[1] - radii[0]) * along)).astype(np.float32)


def join(one: Array, other: Array, width: float) -> Array:
    """Return the union of two shapes, their seam rounded over `width`."""
    h = np.maximum(width - np.abs(one - other), 0) / width
    return np.minimum(one, other) - h * h * np.float32(width / 4)


def cut(one: Array, other: Array, width: float) -> Array:
    """Return the first shape without the second, the edge rounded over `width`."""
    return -join(-one, other, width)


def step(value: Array, low: float | Array, high: float | Array) -> Array:
    """Return 0 below `low`, 1 above `high`, and a smooth way between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def bump(x: Array, width: float) -> Array:
    """Return a bell of height 1."""
    return np.exp(-((x / np.float32(width)) ** 2)).astype(np.float32)


def turned(points: Points, yaw: float, pitch: float, roll: float) -> Points:
    """Return points in coordinates of a head turned to its left, tipped up and leant over, in degrees."""
    x, y, z = points
    c, s = np.cos(np.deg2rad(roll)), np.sin(np.deg2rad(roll))
    x, y = c * x + s * y, -s * x + c * y
    c, s = np.cos(np.deg2rad(pitch)), np.sin(np.deg2rad(pitch))
    y, z = c * y - s * z, s * y + c * z
    c, s = np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw))
    x, z = c * x - s * z, s * x + c * z
    return Points(*(axis.astype(np.float32) for axis in (x, y, z)))
