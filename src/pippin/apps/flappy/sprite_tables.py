"""The game's images shrunk eight times, at every position they can have: what the small frames are drawn from."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pippin.apps.flappy.rules import (
    BIRD_X,
    FLAP_ROTATION,
    GAP_TOPS,
    GROUND_PERIOD,
    GROUND_STEP,
    GROUND_Y,
    HEIGHT,
    MAX_GAP,
    MIN_ROTATION,
    PIPE_HEIGHT,
    ROTATION_STEP,
    WIDTH,
)
from pippin.apps.flappy.sprites import Sprites, bird_image, paste, sprites
from pippin.core.files import write_bytes
from pippin.core.workspace import cache

SHRINK = 8
ROWS, COLUMNS = HEIGHT // SHRINK, WIDTH // SHRINK
FULL = SHRINK * SHRINK  # pixels that make one small pixel
HORIZON = int(GROUND_Y) // SHRINK  # the row that shows a last bit of the sky and the ground's edge
SKY_ROWS = int(GROUND_Y) - HORIZON * SHRINK  # how many of its rows of pixels are sky
PIPE_COLUMNS = 8  # a pipe of 52 pixels at any of 8 phases
BIRD_BLOCK = 7  # a turned bird of at most 42 pixels at any of 8 phases


class Tables(NamedTuple):
    """Small images, uint8: `_colour` is already weighted by the share it covers, `_cover` counts covered pixels."""

    background: np.ndarray  # (2, ROWS, COLUMNS * 3)
    ground_colour: np.ndarray  # (12, ROWS - HORIZON, COLUMNS * 3); the first row is half covered
    pipe_colour: np.ndarray  # (gaps, 2, gap tops, 8 phases, HORIZON + 1, PIPE_COLUMNS * 3)
    pipe_cover: np.ndarray  # the same, 0 to 64
    bird_colour: np.ndarray  # (3, 3 wings, rotations, 8 phases, BIRD_BLOCK, BIRD_BLOCK * 3)
    bird_cover: np.ndarray
    place_of_gap: np.ndarray  # (MAX_GAP + 1,): index of the pipes with a gap of so many pixels


def tables(gaps: Sequence[int]) -> Tables:
    """Return the tables for these gaps between pipes, from the workspace's cache or made now (a second)."""
    from safetensors.numpy import load, save

    images = sprites()
    content = hashlib.sha256(b"2" + b"".join(part.tobytes() for part in images[:4]) + str(gaps).encode())
    path = cache("flappy") / f"tables-{content.hexdigest()[:16]}.safetensors"
    if not path.exists():
        write_bytes(path, save(_build_tables(images, gaps)._asdict()))
    return Tables(**load(path.read_bytes()))


def _build_tables(images: Sprites, gaps: Sequence[int]) -> Tables:
    pipes = [
        [[[_pipe(pipe, top, gap, phase) for phase in range(SHRINK)] for top in GAP_TOPS] for pipe in images.pipe]
        for gap in gaps
    ]
    rotations = range(FLAP_ROTATION, MIN_ROTATION - 1, -ROTATION_STEP)
    birds = [
        [[[_bird(colour, wing, turn, phase) for phase in range(SHRINK)] for turn in rotations] for wing in range(3)]
        for colour in range(len(images.bird))
    ]
    place_of_gap = np.zeros(MAX_GAP + 1, np.int64)
    place_of_gap[list(gaps)] = range(len(gaps))
    return Tables(*backdrop(images), *_parts(pipes), *_parts(birds), place_of_gap)


def backdrop(images: Sprites) -> tuple[np.ndarray, np.ndarray]:
    """Return the backdrop of pipes and birds: `background` and `ground_colour` of the tables."""
    ground = [_ground(images.ground, shift) for shift in range(0, GROUND_PERIOD, GROUND_STEP)]
    return np.stack([_background(image) for image in images.background]), np.stack(ground)


def _parts(pairs: object) -> tuple[np.ndarray, np.ndarray]:
    """Return (colours, covers) from nested lists of such pairs."""
    both = np.array(pairs)
    return np.ascontiguousarray(both[..., 0, :, :]), np.ascontiguousarray(both[..., 1, :, :])


def _shrunk(pixels: np.ndarray) -> np.ndarray:
    """Return means over blocks of 8 x 8: (rows * 8, columns * 8, 3) to (rows, columns * 3)."""
    rows, columns = pixels.shape[0] // SHRINK, pixels.shape[1] // SHRINK
    blocks = pixels.reshape(rows, SHRINK, columns, SHRINK, 3).astype(np.float64)
    return blocks.mean((1, 3)).reshape(rows, columns * 3)


def _rounded(values: np.ndarray) -> np.ndarray:
    return np.rint(values).astype(np.uint8)


def _background(image: np.ndarray) -> np.ndarray:
    small = _shrunk(image)
    small[HORIZON] = _sky(image[HORIZON * SHRINK :])
    return _rounded(small)


def _sky(rows: np.ndarray) -> np.ndarray:
    """Return the mean of those rows of pixels at the horizon that the ground leaves free, for (8, width, 3)."""
    return rows[:SKY_ROWS].reshape(SKY_ROWS, -1, SHRINK, 3).mean((0, 2)).reshape(-1)


def _ground(image: np.ndarray, shift: int) -> np.ndarray:
    below = np.zeros(((ROWS - HORIZON) * SHRINK, WIDTH, 3))
    below[SKY_ROWS:] = image[: len(below) - SKY_ROWS, shift : shift + WIDTH]
    return _rounded(_shrunk(below))


def _pipe(pipe: np.ndarray, top: int, gap: int, phase: int) -> tuple[np.ndarray, np.ndarray]:
    canvas = np.zeros((HEIGHT, PIPE_COLUMNS * SHRINK, 4), np.uint8)
    paste(canvas, pipe[::-1], phase, top - PIPE_HEIGHT)
    paste(canvas, pipe, phase, top + gap)
    return _layer(canvas, horizon=True)


def _bird(colour: int, wing: int, rotation: int, phase: int) -> tuple[np.ndarray, np.ndarray]:
    canvas = np.zeros((BIRD_BLOCK * SHRINK, BIRD_BLOCK * SHRINK, 4), np.uint8)
    paste(canvas, bird_image(colour, wing, rotation), BIRD_X % SHRINK, phase)
    return _layer(canvas)


def _layer(canvas: np.ndarray, *, horizon: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return an RGBA image as (colour weighted by the share it covers, covered pixels of 64)."""
    cover = np.repeat(canvas[..., 3:] > 0, 3, axis=2).astype(np.float64)
    colour = canvas[..., :3] * cover
    small_colour, small_cover = _shrunk(colour), _shrunk(cover)
    if horizon:
        rows = slice(HORIZON * SHRINK, (HORIZON + 1) * SHRINK)
        small_colour[HORIZON], small_cover[HORIZON] = _sky(colour[rows]), _sky(cover[rows])
        small_colour, small_cover = small_colour[: HORIZON + 1], small_cover[: HORIZON + 1]
    return _rounded(small_colour), _rounded(small_cover * FULL)
