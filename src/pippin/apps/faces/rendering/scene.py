"""A head before a camera becomes an image; several heads become one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from pippin.apps.faces.rendering import head
from pippin.apps.faces.rendering.colours import EYE, SKIN, albedo, colour
from pippin.apps.faces.rendering.face import Face, Shot
from pippin.apps.faces.rendering.hair import beard_share, hair, moustache_share, strands
from pippin.apps.faces.rendering.light import Field, march, normals, openness, soft_shadow
from pippin.apps.faces.rendering.shapes import Array, Points, turned

DISTANCE = 11.0  # of the camera, in 10 cm
HALF_HEIGHT = 1.72  # of what it sees at the head's middle
CENTRE = 0.1  # of what it sees, below the eyes
Box = tuple[float, float, float, float]


def parts(p: Points, face: Face, shot: Shot) -> list[Array]:
    """Return the distances of skin, eyes, hair, clothes and glasses; `p` in the coordinates of the room."""
    q = turned(p, shot.yaw, shot.pitch, shot.roll)
    skin = head.skin(q, face, shot)
    growth = face.beard * beard_share(q, face) + face.moustache * moustache_share(q, face)
    skin = skin - growth * (0.05 + 0.012 * strands(q, face)) * 1.2
    found = [skin, head.eyes(q, face), hair(q, face), head.cloth(p, face)]
    return [*found, head.glasses(q, face)] if face.glasses else found


def distance(p: Points, face: Face, shot: Shot) -> Array:
    return np.minimum.reduce(parts(p, face, shot))


def render_head(face: Face, shot: Shot, side: int, over: int, rows: int = 0) -> tuple[Array, Array]:
    """Return linear light [rows,side,3] and coverage [rows,side] of a head; `rows` beyond `side` go on below it."""
    rows = rows or side
    axis = ((np.arange(max(rows, side) * over) + 0.5) / (side * over) * 2 - 1).astype(np.float32)
    x, y = (grid.ravel() for grid in np.meshgrid(axis[: side * over] * HALF_HEIGHT, -axis[: rows * over] * HALF_HEIGHT))
    y = y - np.float32(CENTRE)
    length = np.sqrt(x**2 + y**2 + DISTANCE**2)
    direction = Points(x / length, y / length, np.float32(-DISTANCE) / length)
    origin = Points(np.zeros_like(x), np.zeros_like(x), np.full_like(x, DISTANCE))

    def field(p: Points) -> Array:
        return distance(p, face, shot)

    far, hit = march(origin, direction, field, DISTANCE - 2.2, DISTANCE + 2.5)
    o, v, t = origin.take(hit), direction.take(hit), far[hit]
    p = Points(o.x + v.x * t, o.y + v.y * t, o.z + v.z * t)
    light = np.zeros((len(x), 3), np.float32)
    light[hit] = shade(p, v, face, shot, field)
    cover = hit.astype(np.float32).reshape(rows, over, side, over).mean((1, 3))
    return light.reshape(rows, over, side, over, 3).mean((1, 3)), cover


def shade(p: Points, v: Points, face: Face, shot: Shot, field: Field) -> Array:
    """Return the light that points send to the camera."""
    q = turned(p, shot.yaw, shot.pitch, shot.roll)
    part = np.argmin(parts(p, face, shot), axis=0)
    base, gloss = albedo(q, face, shot, part)
    n = normals(p, field)
    lamp = np.array(shot.light, np.float32) / np.linalg.norm(shot.light)
    facing = n.x * lamp[0] + n.y * lamp[1] + n.z * lamp[2]
    shadow = soft_shadow(p, n, lamp, field)
    open_sky = openness(p, n, field)
    is_skin = (part == SKIN)[:, None]
    wrap = np.array([0.32, 0.16, 0.1], np.float32) * is_skin
    diffuse = np.clip((facing[:, None] + wrap) / (1 + wrap), 0, 1) * (
        0.15 * is_skin + (1 - 0.15 * is_skin) * shadow[:, None]
    )
    warm = np.array([1 + 0.14 * shot.warmth, 1, 1 - 0.2 * shot.warmth], np.float32)
    sky = (0.55 + 0.25 * n.y + 0.2 * n.z)[:, None] * np.array([0.95, 1.0, 1.06], np.float32) * open_sky[:, None]
    bounce = np.clip(-n.y, 0, 1)[:, None] * np.array([0.16, 0.11, 0.08], np.float32) * open_sky[:, None]
    half = lamp - np.stack([v.x, v.y, v.z], 1)
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    across = np.clip((np.stack([n.x, n.y, n.z], 1) * half).sum(1), 0, 1)
    sharp = np.where(part == EYE, 180, np.where(part == SKIN, 22, 40))
    shine = gloss * (across**sharp) * shadow
    light = base * (1.5 * shot.contrast * diffuse * warm + (1.25 - 0.75 * shot.contrast) * sky + bounce)
    return (light + 0.55 * shine[:, None]).astype(np.float32)


def background(shot: Shot, height: int, width: int) -> Array:
    rng = np.random.default_rng(shot.seed)
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    result = (
        colour(shot.behind[0])
        + (colour(shot.behind[1]) - colour(shot.behind[0])) * y[..., None]
        + np.zeros((height, width, 1), np.float32)
    )
    soft = Image.fromarray(rng.standard_normal((7, 7)).astype(np.float32)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    return result * (1 + 0.13 * np.asarray(soft)[..., None])


def develop(light: Array, shot: Shot) -> Image.Image:
    """Return linear light as an image, with a camera's noise."""
    rng = np.random.default_rng(shot.seed + 1)
    tone = light / (1 + 0.18 * light)
    pixels = tone.clip(0, 1) ** (1 / 2.2) * 255 + rng.normal(0, 1.6, light.shape)
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def portrait(face: Face, shot: Shot, side: int = 256, over: int = 2) -> Image.Image:
    """Return a head as an image [side,side]; each pixel is the mean of over x over rays."""
    light, cover = render_head(face, shot, side, over)
    return develop(light + background(shot, side, side) * (1 - cover)[..., None], shot)


def group(people: Sequence[tuple[Face, Shot]], side: int = 256, over: int = 2) -> Image.Image:
    """Return heads side by side as one image, each in a portrait of `side` pixels."""
    first, (height, width) = people[0][1], group_size(len(people), side)
    canvas = background(first, height, width)
    for number, (face, shot) in enumerate(people):
        left, top = _corner(number, side)
        light, cover = render_head(face, shot, side, over, height - top)
        area = canvas[top:, left : left + side]
        area[:] = light + area * (1 - cover)[..., None]
    return develop(canvas, first)


def group_boxes(people: Sequence[tuple[Face, Shot]], side: int = 256) -> list[Box]:
    """Return the box of each face of a group."""
    height, width = group_size(len(people), side)
    corners = [_corner(number, side) for number in range(len(people))]
    boxes = [face_box(face, shot) for face, shot in people]
    return [
        ((left + x * side) / width, (top + y * side) / height, across * side / width, down * side / height)
        for (left, top), (x, y, across, down) in zip(corners, boxes, strict=True)
    ]


def group_size(n_people: int, side: int) -> tuple[int, int]:
    """Return height and width of a group's image."""
    return round(side * 1.12), round(side * 0.72) * (n_people - 1) + side


def _corner(number: int, side: int) -> tuple[int, int]:
    """Return where a person's portrait lies in a group's image: left, top; every second one stands higher."""
    return round(side * 0.72) * number, round(side * 1.12) - side - (side // 12 if number % 2 else 0)


def face_box(face: Face, shot: Shot) -> Box:
    """Return centre x, y, width and height of a face, from its forehead to its chin, as fractions of a portrait."""
    middle, half = (face.chin + 0.55) / 2, (0.6 - face.chin) / 2
    yaw, roll, pitch = (np.deg2rad(angle) for angle in (shot.yaw, shot.roll, shot.pitch))
    x, y = 0.5 * np.sin(yaw) - middle * np.sin(roll), middle * np.cos(roll) + 0.5 * np.sin(pitch)
    scale = 1 / (2 * HALF_HEIGHT)
    return 0.5 + float(x) * scale, 0.5 - (float(y) + CENTRE) * scale, 1.35 * face.width * scale, 2 * half * scale
