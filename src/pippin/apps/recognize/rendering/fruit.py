"""How fruit looks: apples with a hollow and a stem, oranges with pores and slices, bananas in bunches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pippin.apps.recognize.rendering.light import (
    Array,
    Pose,
    Rng,
    Surface,
    at,
    blend,
    cast_shadow,
    colour,
    ellipsoid,
    noise,
    paint,
    rays,
    shade,
    smooth,
)


def solid(pose: Pose, reach: Callable[[Array], Array]) -> Surface:
    """Return a solid seen by marching along the rays; `reach` tells its radius in each direction [P, 3] of its own."""
    x, y = rays()
    x, y = (x - pose.x) / pose.size, (y - pose.y) / pose.size
    seen = np.hypot(x, y) < 1.25
    flat = np.stack([x[seen], y[seen]], axis=1)

    def outside(points: Array) -> Array:
        length = np.linalg.norm(points, axis=1) + 1e-9
        return length - reach(points @ pose.turn / length[:, None])

    def at(depth: Array) -> Array:
        return np.concatenate([flat, depth[:, None]], axis=1)

    near, far = np.full(len(flat), 1.3), np.full(len(flat), np.nan)
    for step in np.linspace(1.3, -1.3, 66)[1:]:
        hit = np.isnan(far) & (outside(at(np.full(len(flat), step))) < 0)
        far[hit] = step
        near[np.isnan(far)] = step
    found = ~np.isnan(far)
    flat, near, far = flat[found], near[found], far[found]
    for _ in range(10):
        middle = (near + far) / 2
        inside = outside(at(middle)) < 0
        near, far = np.where(inside, near, middle), np.where(inside, middle, far)
    points = at(far)
    steps = np.eye(3) * 1e-3
    normal = np.stack([outside(points + step) - outside(points - step) for step in steps], axis=1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    seen[seen] = found
    return Surface(seen, normal, points @ pose.turn, far * pose.size)


def apple(canvas: Array, rng: Rng, pose: Pose, skin: tuple[str, str, str], leaf: bool = True) -> None:
    """Draw a hollow on top with a stem (and leaf), five soft lobes below; `skin`: main, streak and hollow colours."""
    cast_shadow(canvas, pose)

    def reach(direction: Array) -> Array:
        polar = np.arccos(direction[:, 1].clip(-1, 1))
        around = np.arctan2(direction[:, 2], direction[:, 0])
        top, bottom = np.exp(-((polar / 0.36) ** 2)), np.exp(-(((np.pi - polar) / 0.42) ** 2))
        lobes = 0.012 * np.cos(5 * around) * (1 + smooth(polar, 1.4, 2.8))
        return 0.96 + 0.04 * np.cos(polar - 0.9) - 0.38 * top - 0.2 * bottom + lobes

    surface = solid(pose, reach)
    length = np.linalg.norm(surface.own, axis=1)
    polar = np.arccos((surface.own[:, 1] / length).clip(-1, 1))
    around = np.arctan2(surface.own[:, 2], surface.own[:, 0])
    main, streak, hollow = (colour(code) for code in skin)
    waves = sum(np.sin(k * around + rng.uniform(0, 6.3)) / k**0.3 for k in (5, 13, 23, 37, 55, 71))
    albedo = blend(main, streak, 0.14 * smooth(np.asarray(waves) + 0.9 * noise(rng, 4)[surface.seen], -0.2, 3.2))
    albedo = blend(albedo, hollow, 1 - smooth(polar + 0.06 * np.asarray(waves), 0.16, 0.5))
    dots = smooth(noise(rng, 80)[surface.seen], 1.8, 2.8)
    albedo = blend(albedo, streak * 1.2, 0.3 * dots)
    shadow = 0.35 + 0.65 * smooth(polar, 0.1, 0.55)  # little light falls into the hollow
    paint(canvas, surface, shade(surface, albedo * shadow[:, None], 0.3, 18))
    _stem(canvas, surface, pose)
    if leaf:
        _leaf(canvas, pose, 0.92, 0.55)


def _stem(canvas: Array, surface: Surface, pose: Pose) -> None:
    """Draw a bent brown stem, hidden where the fruit lies before it."""
    centre, width = np.array([pose.x, pose.y, 0]), pose.size * 0.055
    base, tip = (centre + pose.turn @ end * pose.size for end in ([0, 0.48, 0], [0.1, 1.22, 0.05]))
    x, y = rays()
    depth = np.full(x.shape, -9.0)
    depth[surface.seen] = surface.depth
    for t in np.linspace(0, 1, 60):
        point = base + (tip - base) * t + np.array([0.25, 0, 0]) * width * 8 * t**2
        radius = width * (0.8 + 0.5 * t**3)
        off = (x - point[0]) / radius
        on = (np.hypot(off, (y - point[1]) / radius) < 1) & (depth < point[2] + width)
        canvas[on] = colour("5a3a1c") * (0.75 - 0.45 * off[on])[:, None]


def _leaf(canvas: Array, pose: Pose, height: float, length: float) -> None:
    """Draw a pointed green leaf with a midrib, from `height` on the fruit's axis; both in radii of the fruit."""
    x, y = rays()
    c, s = np.cos(np.deg2rad(26)), np.sin(np.deg2rad(26))
    start, length = np.array([pose.x, pose.y]) + (pose.turn @ [0, height, 0])[:2] * pose.size, length * pose.size
    along = ((x - start[0]) * c + (y - start[1]) * s) / length
    across = ((y - start[1]) * c - (x - start[0]) * s) / length - 0.12 * np.sin(np.pi * along.clip(0, 1))
    half = 0.25 * np.sin(np.pi * along.clip(0, 1) ** 0.8) ** 0.9
    on = (along > 0) & (along < 1) & (np.abs(across) < half)
    side = np.where(across > 0, 1.15, 0.8) * (0.85 + 0.15 * np.cos(40 * (along - np.abs(across))))
    rib = np.abs(across) < 0.015
    green = np.where(rib[..., None], colour("a8c878"), colour("4c8a2a") * side[..., None])
    canvas[on] = green[on]


def orange(canvas: Array, rng: Rng, pose: Pose, leaf: bool = False) -> None:
    """Draw a pored skin, a green star where it hung; slightly flat."""
    cast_shadow(canvas, pose)
    smoothly = ellipsoid(pose, (1, 0.95, 1))
    pores = noise(rng, 62) + 0.5 * noise(rng, 34)
    down, right = np.gradient(pores)
    bumps = np.stack([-right, down, np.zeros_like(right)], axis=-1)[smoothly.seen]
    normal = smoothly.normal + 0.3 * bumps * smooth(smoothly.normal[:, 2], 0.1, 0.7)[:, None]
    surface = Surface(
        smoothly.seen, normal / np.linalg.norm(normal, axis=1, keepdims=True), smoothly.own, smoothly.depth
    )
    x, y, z = surface.own.T
    albedo = blend(colour("f58a07"), colour("fba725"), smooth(noise(rng, 4)[surface.seen], -1.5, 1.5))
    around, from_star = np.arctan2(z, x), np.arccos(y.clip(-1, 1))
    star = 0.1 + 0.04 * np.cos(5 * around)
    albedo = blend(albedo, colour("d67a10"), 0.6 * (1 - smooth(from_star, 0.1, 0.4)))
    albedo = blend(albedo, colour("6d7a2a"), 1 - smooth(from_star - star, -0.015, 0.015))
    paint(canvas, surface, shade(surface, albedo, 0.3, 22))
    if leaf:
        _leaf(canvas, pose, 0.95, 0.8)


def orange_half(canvas: Array, rng: Rng, pose: Pose) -> None:
    """Draw a cut orange facing the viewer: rind, white pith and ten juicy segments."""
    cast_shadow(canvas, pose)
    x, y = rays()
    x, y = (x - pose.x) / (pose.size * 0.92), (y - pose.y) / pose.size
    distance, angle = np.hypot(x, y), np.arctan2(y, x)
    place = (angle / (2 * np.pi) * 10 + 0.3) % 1 - 0.5
    gap = (0.5 - np.abs(place)) * distance * 0.63
    fibres = noise(rng, 70) * 0.3 + np.sin(angle * 90 + noise(rng, 12) * 3) * 0.35
    juice = blend(colour("f7931a"), colour("ffc24d"), smooth(fibres, -0.9, 0.9))
    flesh = smooth(gap, 0.012, 0.03) * (1 - smooth(distance, 0.8, 0.83)) * smooth(distance, 0.07, 0.1)
    albedo = blend(colour("fdeecb"), juice, flesh)
    albedo = blend(albedo, colour("f28a0c"), smooth(distance, 0.92, 0.95))
    on = distance < 1
    canvas[on] = (albedo * (1.0 + 0.12 * y - 0.05 * x)[..., None])[on]


def banana(canvas: Array, rng: Rng, x: float, y: float, degrees: float, ripe: float = 0.2) -> None:
    """Draw a bent, ridged fruit with a stem and a dark tip, tilted sideways; `ripe` 0..1 brings brown freckles."""
    across, up = rays()
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    u, v = ((across - x) * c + (up - y) * s) / 0.8, ((up - y) * c - (across - x) * s) / 0.8
    arc = 1.0  # radius of the bend; its centre lies above the fruit
    angle, distance = np.arctan2(u, arc * 0.75 - v), np.hypot(u, v - arc * 0.75)
    t = (angle + 0.95) / 1.9  # 0 at the stem, 1 at the tip
    body = smooth(t, 0.08, 0.3) * (1 - 0.85 * smooth(t, 0.72, 0.985) ** 1.6)
    half = 0.06 + 0.17 * body
    off = (distance - arc) / half
    on = (np.abs(off) < 1) & (t > 0) & (t < 1)
    roll = np.arcsin(off[on].clip(-1, 1))
    facet = np.round(roll / 0.85) * 0.85
    tilt = roll * 0.45 + facet * 0.55
    outward = np.stack([np.sin(angle[on]), -np.cos(angle[on])], axis=1)
    outward = np.stack([outward[:, 0] * c - outward[:, 1] * s, outward[:, 0] * s + outward[:, 1] * c], axis=1)
    normal = np.concatenate([outward * np.sin(tilt)[:, None], np.cos(tilt)[:, None]], axis=1)
    surface = Surface(on, normal, normal, np.zeros(len(normal)))
    where = t[on]
    albedo = blend(colour("f6cf23"), colour("eab517"), smooth(noise(rng, 6)[on], -1, 1.5))
    albedo = blend(albedo, colour("b7b83a"), 0.7 * (1 - smooth(where, 0.05, 0.28)))
    albedo = blend(albedo, colour("6b4414"), ripe * smooth(noise(rng, 26)[on], 1.1, 1.9))
    ridge = 1 - smooth(np.abs(roll - facet) - 0.36, 0.0, 0.06)
    albedo = blend(albedo * 0.72, albedo, ridge * 0.6 + 0.4)
    albedo = blend(albedo, colour("4a3417"), smooth(where, 0.945, 0.97))
    albedo = blend(albedo, colour("5b4a20"), 1 - smooth(where, 0.015, 0.035))
    paint(canvas, surface, shade(surface, albedo, 0.14, 18))


def banana_shadow(canvas: Array, rng: Rng) -> None:
    """Draw the soft shadow under fruit that lies on its back across the image."""
    cast_shadow(canvas, at(-0.04, 0.34, 0.85), flat=0.2, dark=0.5)
