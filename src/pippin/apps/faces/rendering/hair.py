"""Hair of several styles, beard and moustache: signed distances, and where they grow."""

from __future__ import annotations

import numpy as np

from pippin.apps.faces.rendering.face import Face
from pippin.apps.faces.rendering.shapes import Array, Points, bump, cut, ellipsoid, join, sphere, step

THICKNESS = {"short": 0.1, "receding": 0.06, "long": 0.13, "bob": 0.15, "afro": 0.36, "bun": 0.07, "fringe": 0.13}
LOWEST = {"short": -0.15, "receding": -0.15, "bun": -0.3, "afro": -0.3}
LENGTH = {"long": -1.75, "bob": -0.85, "fringe": -0.95}


def strands(p: Points, face: Face) -> Array:
    """Return a value from -1 to 1 that varies across strands and little along them; curls where it is curly."""
    if face.hair_style == "afro":
        return _curls(p, face.seed)
    angle = np.arctan2(p.x + 0.35 * face.parting, p.z + 0.3 * p.y)
    wave = np.sin(37 * angle + 3 * np.sin(4 * p.y + face.seed)) + 0.6 * np.sin(83 * angle + 5 * p.y)
    return ((wave + 0.5 * np.sin(151 * angle - 3 * p.y + 2 * np.sin(9 * p.y))) / 2.1).astype(np.float32)


def _curls(p: Points, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    total = np.zeros_like(p.x)
    for _ in range(7):
        a, phase = rng.normal(0, 17, 3), rng.uniform(0, 6)
        total += np.sin(a[0] * p.x + a[1] * p.y + a[2] * p.z + phase).astype(np.float32)
    return np.clip(total / 3, -1, 1)


def hair(p: Points, face: Face) -> Array:
    """Return the distance from the hair; far away where there is none."""
    if face.hair_style == "bald":
        return np.full_like(p.x, 9)
    style, texture = face.hair_style, strands(p, face)
    covered = _covered(p, face)
    rough = 0.03 if style == "afro" else 0.013
    thick = (
        THICKNESS[style] * (0.45 + 0.55 * step(p.y, 0.0, 0.8)) if style in ("short", "receding") else THICKNESS[style]
    )
    grown = (thick + 0.05) * step(covered, -0.02, 0.3 if style == "afro" else 0.24)
    d = ellipsoid(p, (0, 0.28, -0.09), (0.76 * face.width, 0.85, 0.975)) - grown + 0.05 - rough * texture
    if style == "fringe":
        bangs = ellipsoid(p, (0, 0.22, 0.0), (0.76 * face.width, 0.87, 1.06 + 0.4 * face.forehead)) - rough * texture
        d = join(d, np.maximum(bangs, 0.26 - p.y + 0.03 * texture), 0.05)
    if style in LENGTH:
        d = join(d, _curtains(p, face) - rough * texture, 0.12)
    if style == "bun":
        d = join(d, sphere(p, (0, 1.22, -0.4), 0.3) - rough * texture, 0.1)
    return d.astype(np.float32)


def _covered(p: Points, face: Face) -> Array:
    """Return how far within the hairline a point lies."""
    m = p.mirrored
    fall = 0.15 if face.hair_style == "short" else 0.42
    line = (
        face.hairline + 0.03 * np.cos(6 * p.x + 3 * face.parting) - fall * m.x**2 + 0.02 * np.sin(23 * p.x + face.seed)
    )
    if face.hair_style == "receding":
        line = line + 0.2 * bump(m.x - 0.36, 0.16) + 0.05
    side = np.minimum(
        0.22 - p.z - 0.3 * (p.y + 0.1) * (p.y < 0.2) - 0.12 * (p.y >= 0.2), p.y - LOWEST.get(face.hair_style, -0.5)
    )
    back = np.minimum(-p.z - 0.25, p.y + 0.75)
    return np.maximum(np.maximum(p.y - line, side), back)


def _curtains(p: Points, face: Face) -> Array:
    """Return the distance from hair that hangs beside the face."""
    m, w, end = p.mirrored, face.width, LENGTH[face.hair_style]
    fall = ellipsoid(m, (0.48 * w, -0.3, -0.2), (0.43, 1.9 if end < -1.5 else 1.2, 0.6))
    fall = np.maximum(fall, np.maximum(end - p.y + 0.06 * np.sin(9 * p.x), p.y - 0.7))
    return cut(fall, ellipsoid(p, (0, -0.3, 0.7), (0.64 * w, 1.15, 0.95)), 0.08)


def beard_share(p: Points, face: Face) -> Array:
    """Return where a beard grows, 0 to 1."""
    m = p.mirrored
    line = -0.5 + 0.5 * np.clip(m.x - 0.2, 0, 1) + 0.5 * step(0.5 - p.z, 0, 0.5)
    cheek = step(line - p.y, -0.04, 0.12)
    below = step(p.z, -0.12, 0.1) * step(p.y, face.chin - 0.25, face.chin - 0.1)
    mouth = np.hypot(p.x / (face.mouth_width + 0.05), (p.y - face.mouth_height + 0.01) / 0.15)
    upper = step(p.y, face.mouth_height + 0.02, face.mouth_height + 0.07) * step(face.mouth_width + 0.06 - m.x, 0, 0.08)
    return (cheek * below * step(mouth, 0.85, 1.25) * (1 - upper)).astype(np.float32)


def moustache_share(p: Points, face: Face) -> Array:
    """Return where a moustache grows, 0 to 1."""
    base = face.mouth_height + 0.045 - 0.9 * p.x**2
    high = np.minimum(face.eye_height - face.nose_length - 0.02, base + 0.13) - 0.1 * np.abs(p.x)
    band = step(p.y, base - 0.02, base + 0.02) * step(high - p.y, -0.03, 0.05)
    return (band * step(face.mouth_width + 0.07 - np.abs(p.x), 0, 0.12) * (p.z > 0.4)).astype(np.float32)
