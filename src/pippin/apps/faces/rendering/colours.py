"""Colours of a head's surfaces: skin with lips, brows and freckles, eyes, hair."""

from __future__ import annotations

import numpy as np

from pippin.apps.faces.rendering import head
from pippin.apps.faces.rendering.face import Face, Shot
from pippin.apps.faces.rendering.hair import beard_share, hair, moustache_share, strands
from pippin.apps.faces.rendering.shapes import Array, Points, bump, step

SKIN, EYE, HAIR, CLOTH, GLASSES = range(5)


def colour(code: str) -> Array:
    """Return linear light of a colour "rrggbb" (sRGB, transfer function simplified to a power of 2.2)."""
    return ((np.array([int(code[i : i + 2], 16) for i in (0, 2, 4)]) / 255) ** 2.2).astype(np.float32)


def albedo(p: Points, face: Face, shot: Shot, part: np.ndarray) -> tuple[Array, Array]:
    """Return colour [N,3] and gloss [N] of points in the head's coordinates."""
    result, gloss = np.zeros((len(p.x), 3), np.float32), np.zeros(len(p.x), np.float32)
    for number, paint in ((SKIN, _skin), (EYE, _eye), (HAIR, _hair)):
        mask = part == number
        if mask.any():
            result[mask], gloss[mask] = paint(p.take(mask), face, shot)
    result[part == CLOTH] = colour(shot.cloth)
    result[part == GLASSES], gloss[part == GLASSES] = colour("1a1614"), 0.5
    return result, gloss


def mix(one: Array, other: Array, share: Array) -> Array:
    return one + (other - one) * share[:, None]


def _skin(p: Points, face: Face, shot: Shot) -> tuple[Array, Array]:
    growth = np.clip(face.beard * beard_share(p, face) + face.moustache * moustache_share(p, face), 0, 1)
    brow = _brow_share(p.mirrored, face) * (p.z > 0.3)
    result = _complexion(p, face)
    result = _paint_eyelids(result, p, face, shot)
    result = mix(result, colour(face.brow), 0.9 * brow)
    result, lips = _paint_mouth(result, p, face, shot)
    result = mix(result, colour(face.hair), np.clip(growth * (0.97 + 0.08 * strands(p, face)), 0, 1))
    shadow = face.stubble * np.clip(beard_share(p, face) + moustache_share(p, face), 0, 1)
    result = mix(result, colour(face.hair) * 0.6 + 0.1 * colour("6a7080"), 0.45 * shadow)
    if face.hair_style != "bald":
        result = mix(result, colour(face.hair), 0.8 * step(-hair(p, face), -0.05, 0.0))
    return result, (0.12 + 0.15 * lips - 0.1 * np.clip(growth + brow, 0, 1)).astype(np.float32)


def _complexion(p: Points, face: Face) -> Array:
    """Return the skin's colour: redder on cheeks and nose, uneven, with freckles."""
    rng = np.random.default_rng(face.seed)
    base = np.broadcast_to(colour(face.skin), (len(p.x), 3)).copy()
    nose = bump(p.x, 0.14) * bump(p.y - face.eye_height + face.nose_length - 0.06, 0.13)
    blush = 0.7 * bump(p.mirrored.x - 0.4, 0.2) * bump(p.y + 0.28, 0.2) + 0.8 * nose
    result = mix(base, colour(face.skin) * np.array([1.08, 0.78, 0.74], np.float32), np.clip(blush, 0, 1))
    for _ in range(6):
        f, a = rng.uniform(3, 14, 3), rng.uniform(0, 6, 3)
        waves = np.sin(f[0] * p.x + a[0]) * np.sin(f[1] * p.y + a[1]) * np.sin(f[2] * p.z + a[2])
        result *= 1 + 0.02 * waves[:, None]
    if not face.freckles:
        return result
    spots = np.zeros_like(p.x)
    for _ in range(110):
        x, y = rng.uniform(-0.55, 0.55), rng.uniform(-0.5, 0.05)
        spots = np.maximum(spots, bump(np.hypot(p.x - x, p.y - y), rng.uniform(0.006, 0.014)))
    dark = colour(face.skin) * np.array([0.55, 0.4, 0.32], np.float32)
    return mix(result, dark, face.freckles * spots * (p.z > 0.2))


def _paint_eyelids(skin: Array, p: Points, face: Face, shot: Shot) -> Array:
    q, outside = head.eye_opening(p, face, shot)
    socket = bump(np.hypot(q.x, q.y * 1.3), 0.2) * (p.z > 0.3)
    lash = bump(outside, 0.016) * (q.y > -0.01) + 0.35 * bump(outside, 0.008)
    near = (p.z > 0.4) * (np.abs(q.x) < face.eye_width * 1.1)
    return mix(skin * (1 - (0.16 + 0.15 * face.age) * socket)[:, None], colour("120c0a"), np.clip(lash, 0, 1) * near)


def _paint_mouth(skin: Array, p: Points, face: Face, shot: Shot) -> tuple[Array, Array]:
    """Return the skin with lips and what lies between them, and where the lips are."""
    across, top, seam, bottom = head.mouth_line(p, face, shot)
    front = p.z > 0.4
    lips = step(top - p.y, -0.008, 0.012) * step(p.y - bottom, -0.008, 0.012) * (np.abs(across) < 1) * front
    result = mix(skin, colour(face.lip), 0.85 * lips)
    gap = 0.11 * shot.open_mouth * np.clip(1 - across**2, 0, 1)
    between = step(seam + 0.4 * gap - p.y, -0.004, 0.006) * step(p.y - seam + gap, -0.004, 0.006) * (gap > 0.012)
    teeth = step(p.y - seam + 0.5 * gap, -0.01, 0.01) * (1 - 0.15 * bump(np.sin(p.x * 50), 0.15))
    inside = mix(np.broadcast_to(colour("3a1512"), result.shape), colour("e8e0d2"), teeth)
    result = mix(result, inside, between * front)
    line = 0.75 * bump(p.y - seam, 0.012) * (np.abs(across) < 1.03) * (gap <= 0.012) * front
    return mix(result, colour("3a1a16"), line), lips


def _brow_share(m: Points, face: Face) -> Array:
    start, length = 0.09, face.eye_width * 2.35
    u = (m.x - start) / length
    height = (
        face.eye_height
        + face.brow_height
        + face.brow_arch * np.sin(np.clip(u, 0, 1) * 2.4)
        + face.brow_tilt * (u - 0.5)
    )
    thickness = face.brow_thickness * np.clip(1.15 - 0.75 * u, 0.2, 1) * step(u, -0.05, 0.1) * step(1 - u, 0, 0.12)
    v = (m.y - height) / np.maximum(thickness, 1e-4)
    ragged = 1 + 0.25 * np.sin(170 * m.x + 60 * m.y) + 0.15 * np.sin(310 * m.x - 90 * m.y)
    return (step(ragged - np.abs(v), -0.25, 0.5) * (u > -0.05) * (u < 1)).astype(np.float32)


def _eye(p: Points, face: Face, shot: Shot) -> tuple[Array, Array]:
    q = head.eye_points(p, face)
    side = np.sign(p.x)
    x = (q.x * side) - 0.045 * shot.gaze
    r = np.hypot(x, q.y - 0.004)
    white = np.broadcast_to(colour("e6ded6"), (len(r), 3)) * (1 - 0.35 * step(np.abs(q.x), 0.05, 0.14))[:, None]
    iris = colour(face.iris) * (0.75 + 0.45 * bump(r - 0.032, 0.014) + 0.15 * np.sin(24 * np.arctan2(q.y, x)))[:, None]
    result = mix(white, iris, step(0.062 - r, -0.004, 0.004))
    result = mix(result, colour("0a0808"), np.maximum(step(0.027 - r, -0.003, 0.003), 0.6 * bump(r - 0.062, 0.006)))
    _, outside = head.eye_opening(p, face, shot)
    result *= (1 - 0.55 * bump(outside, 0.03) * (q.y > 0))[:, None]
    return result, np.full(len(r), 0.9, np.float32)


def _hair(p: Points, face: Face, shot: Shot) -> tuple[Array, Array]:
    texture = strands(p, face)
    return colour(face.hair) * (1 + 0.35 * texture)[:, None], (0.12 + 0.08 * texture).astype(np.float32)
