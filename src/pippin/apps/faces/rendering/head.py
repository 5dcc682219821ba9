"""The shape of a head as signed distances: skin, eyes, hair, clothes and glasses."""

from __future__ import annotations

import numpy as np

from pippin.apps.faces.rendering.face import Face, Shot
from pippin.apps.faces.rendering.shapes import Array, Points, bump, cone, cut, ellipsoid, join, sphere, step

EYEBALL = 0.125


def mouth_line(p: Points, face: Face, shot: Shot) -> tuple[Array, Array, Array, Array]:
    """Return across (-1 to 1 between the corners) and heights of the lips' edges: top, seam, bottom."""
    half = face.mouth_width * (1 + 0.22 * shot.smile - 0.12 * shot.open_mouth)
    across = p.x / half
    within = np.clip(1 - across**2, 0, 1)
    seam = face.mouth_height + 0.075 * shot.smile * across**2 - 0.012 * (1 - bump(across, 0.25))
    bow = 1 - 0.28 * bump(across, 0.16)
    gap = 0.11 * shot.open_mouth * within
    top = seam + gap * 0.4 + face.upper_lip * (1 - 0.25 * shot.smile) * within**0.8 * bow
    bottom = seam - gap - face.lower_lip * (1 - 0.2 * shot.smile) * within**0.6
    return across, top, seam, bottom


def eye_opening(p: Points, face: Face, shot: Shot) -> tuple[Points, Array]:
    """Return points relative to the nearer eyeball, and how far they are from the lids' opening (negative within)."""
    q = eye_points(p, face)
    u = q.x / face.eye_width
    v = q.y - face.eye_tilt * q.x
    arch = np.clip(1 - np.abs(u) ** 2.2, 0, 1)
    opening = face.eye_opening * (1 - 0.5 * shot.squint - 0.12 * shot.smile)
    top, bottom = opening * 1.15 * arch, -opening * (0.75 - 0.15 * shot.smile) * arch
    outside = np.maximum(v - top, bottom - v)
    return q, np.maximum(outside, (np.abs(u) - 1) * 0.3)


def eye_points(p: Points, face: Face) -> Points:
    """Return points relative to the nearer eyeball's centre."""
    return p.mirrored.minus(face.eye_spacing, face.eye_height, 0.685 - face.eye_depth)


def skin(p: Points, face: Face, shot: Shot) -> Array:
    """Return the distance from head and neck."""
    m = p.mirrored
    w = face.width
    d = ellipsoid(p, (0, 0.28, -0.08), (0.76 * w, 0.84, 0.97))  # cranium
    d = join(d, ellipsoid(p, (0, -0.25, 0.2), (0.665 * w, 0.78, 0.66)), 0.25)  # face
    d = join(d, ellipsoid(m, (0.12, 0.4, 0.42), (0.45 * w, 0.42, 0.44 + 0.5 * face.forehead)), 0.2)
    d = join(
        d,
        cone(m, (face.jaw * w, face.jaw_height, 0.08), (face.chin_width * 0.5, face.chin + 0.16, 0.62), (0.16, 0.15)),
        0.28,
    )
    d = join(d, ellipsoid(p, (0, face.chin + 0.15, 0.66), (face.chin_width, 0.15, 0.16)), 0.16)
    d = join(
        d,
        ellipsoid(m, (0.42 * w, -0.2, 0.5), (0.17 + 0.06 * face.cheekbones, 0.15, 0.17 + 0.08 * face.cheekbones)),
        0.22,
    )
    d = join(
        d,
        ellipsoid(
            m,
            (0.36 * w, -0.52 + 0.06 * shot.smile, 0.48),
            (0.2 + 0.14 * face.cheeks, 0.24, 0.2 + 0.1 * face.cheeks + 0.05 * shot.smile),
        ),
        0.2,
    )
    d = join(d, ellipsoid(p, (0, face.mouth_height + 0.02, 0.66), (0.3, 0.24, 0.19)), 0.16)  # teeth below the lips
    d = cut(
        d, ellipsoid(m, (face.eye_spacing, face.eye_height + 0.02, 0.93), (0.24, 0.13, 0.17 + face.eye_depth)), 0.16
    )  # sockets
    brow = face.eye_height + face.brow_height - 0.03
    d = join(
        d,
        cone(m, (0.1, brow - 0.02, 0.79), (0.48 * w, brow, 0.57), (0.06 + face.brow_ridge, 0.05 + face.brow_ridge)),
        0.13,
    )
    d = _nose(d, p, m, face)
    q, outside = eye_opening(p, face, shot)
    lids = q.length - EYEBALL * 1.14
    d = join(d, lids, 0.05)
    d = cut(d, np.maximum(outside, q.length - EYEBALL * 1.5), 0.012)
    d = d - _relief(p, m, face, shot)
    ear = ellipsoid(m, (0.77 * w, -0.08, -0.08), (0.07, 0.27 * face.ears, 0.17 * face.ears))
    ear = cut(ear, ellipsoid(m, (0.85 * w, -0.04, -0.03), (0.06, 0.17 * face.ears, 0.1 * face.ears)), 0.05)
    d = join(d, ear, 0.07)
    return join(d, cone(p, (0, -0.6, -0.15), (0, -2.0, -0.3), (face.neck, face.neck * 1.1)), 0.18)


def _nose(d: Array, p: Points, m: Points, face: Face) -> Array:
    root, tip = face.eye_height + 0.05, face.eye_height - face.nose_length + 0.06
    front = 0.88 + face.nose_height
    half = (root + tip) / 2
    d = join(
        d,
        cone(
            p,
            (0, root, 0.82),
            (0, half, 0.5 * (0.84 + front) + face.nose_hump),
            (face.nose_bridge, face.nose_bridge * 1.05),
        ),
        0.1,
    )
    d = join(
        d,
        cone(
            p,
            (0, half, 0.5 * (0.84 + front) + face.nose_hump),
            (0, tip, front - face.nose_tip * 0.4),
            (face.nose_bridge, face.nose_tip * 0.85),
        ),
        0.09,
    )
    d = join(d, sphere(p, (0, tip - 0.01, front - face.nose_tip * 0.45), face.nose_tip), 0.06)
    d = join(d, ellipsoid(m, (face.nose_width * 0.8, tip - 0.035, 0.86), (face.nose_width * 0.42, 0.075, 0.12)), 0.06)
    return cut(d, ellipsoid(m, (face.nose_width * 0.5, tip - 0.1, 0.95), (face.nose_width * 0.26, 0.035, 0.06)), 0.03)


def _relief(p: Points, m: Points, face: Face, shot: Shot) -> Array:
    """Return how far the skin stands out: lips, folds, philtrum, creases of the lids."""
    front = step(p.z, 0.2, 0.5)
    across, top, seam, bottom = mouth_line(p, face, shot)
    inside = np.clip(1 - across**2, 0, 1) ** 0.5
    upper = np.clip((p.y - seam) / np.maximum(top - seam, 0.005), -1, 2)
    lower = np.clip((seam - p.y) / np.maximum(seam - bottom, 0.005), -1, 2)
    relief = 0.055 * inside * bump(upper - 0.4, 0.5) * (0.5 + 8 * face.upper_lip) * (upper > -0.5)
    relief = np.maximum(relief, 0.065 * inside * bump(lower - 0.5, 0.5) * (0.5 + 6 * face.lower_lip) * (lower > -0.5))
    relief -= 0.03 * bump(p.y - seam, 0.02) * inside
    relief -= (
        0.012
        * bump(p.x, 0.03)
        * step(p.y, face.mouth_height + 0.05, face.mouth_height + 0.12)
        * (p.y < face.eye_height - face.nose_length)
    )
    fold = m.x - (0.2 + 0.3 * (face.eye_height - face.nose_length + 0.08 - p.y)) - 0.05 * shot.smile
    relief -= (
        (0.008 + 0.03 * face.age + 0.03 * shot.smile)
        * bump(fold, 0.045)
        * step(p.y, -0.85, -0.7)
        * step(-p.y, 0.32, 0.45)
    )
    relief -= 0.02 * bump(p.y - face.mouth_height + 0.17, 0.06) * bump(p.x, 0.2)
    q = eye_points(p, face)
    crease = (
        q.y - face.eye_tilt * q.x - face.eye_opening * 1.5 * np.clip(1 - (q.x / face.eye_width / 1.1) ** 2, 0, 1) - 0.02
    )
    relief -= 0.014 * face.lid_crease * bump(crease, 0.014) * (np.abs(q.x) < face.eye_width * 1.1)
    bag = q.y + 0.1 + 0.02 * shot.smile
    relief -= (0.004 + 0.016 * face.age) * bump(bag, 0.03) * bump(q.x, 0.15)
    lines = np.sin(p.y * 42) * step(p.y, 0.3, 0.42) * step(-p.y, -0.72, -0.6)
    relief += 0.006 * face.age * lines * bump(p.x, 0.42)
    return (relief * front).astype(np.float32)


def eyes(p: Points, face: Face) -> Array:
    return eye_points(p, face).length - np.float32(EYEBALL)


def cloth(p: Points, face: Face) -> Array:
    p = p.minus(0, 0.15)
    m = p.mirrored
    shoulders = cone(m, (0.1, -2.0, -0.3), (1.2, -2.2, -0.35), (0.42, 0.34))
    slope = cone(m, (0.2, -1.5, -0.35), (1.1, -2.05, -0.35), (0.3, 0.32))
    body = join(join(shoulders, slope, 0.3), ellipsoid(p, (0, -2.7, -0.2), (1.35, 0.95, 0.62)), 0.3)
    neckline = ellipsoid(p, (0, -1.3, 0.15), (face.neck * 1.05, 0.4, 0.5))
    return cut(body, neckline, 0.06)


def glasses(p: Points, face: Face) -> Array:
    m = p.mirrored
    q = m.minus(face.eye_spacing + 0.015, face.eye_height - 0.02, 0.96)
    bend = q.z + 0.35 * q.x**2
    if face.glasses == "round":
        ring = np.sqrt(q.x**2 + q.y**2) - 0.24
    else:
        dx, dy = np.abs(q.x) - 0.17, np.abs(q.y) - 0.09
        ring = np.sqrt(np.maximum(dx, 0) ** 2 + np.maximum(dy, 0) ** 2) + np.minimum(np.maximum(dx, dy), 0) - 0.09
    thick = 0.018 if face.glasses == "round" else 0.026
    rim = np.maximum(np.abs(ring) - thick, np.abs(bend) - 0.02)
    bridge = cone(m, (0, face.eye_height + 0.04, 0.98), (0.1, face.eye_height + 0.02, 0.96), (thick, thick))
    side = cone(
        m,
        (face.eye_spacing + 0.25, face.eye_height + 0.03, 0.92),
        (0.77 * face.width + 0.05, face.eye_height + 0.02, -0.05),
        (thick, thick),
    )
    return np.minimum(np.minimum(rim, bridge), side).astype(np.float32)
