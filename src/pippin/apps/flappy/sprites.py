"""The game's images, read from the installed flappy-bird-gymnasium, and whole frames put together from them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from pippin.apps.flappy.rules import (
    BIRD_X,
    GAP_TOPS,
    GROUND_Y,
    HEIGHT,
    MAX_ROTATION,
    PIPE_HEIGHT,
    PIPES,
    WIDTH,
)
from pippin.learn.packaged_weights import DataPackage

PACKAGE = DataPackage("flappy-bird-gymnasium", "0.4.0", "flappy_bird_gymnasium", "Drawing the game")
BACKGROUNDS = ("day", "night")
BIRDS = ("yellow", "blue", "red")
COLOURS = ("green", "red")  # of the pipes


class Sprites(NamedTuple):
    """Images as uint8 arrays: RGB for what is opaque, RGBA for the rest; pipes as they stand at the bottom."""

    background: np.ndarray  # (2, 512, 288, 3)
    ground: np.ndarray  # (112, 336, 3)
    pipe: np.ndarray  # (2, 320, 52, 4)
    bird: np.ndarray  # (3, 3, 24, 34, 4): colour, wing
    digits: tuple[np.ndarray, ...]  # 0 to 9, 36 pixels high, each as wide as it is


@lru_cache(maxsize=1)
def sprites() -> Sprites:
    """Return the sprites; PippinError says what to install where they are missing."""
    from PIL import Image

    folder = PACKAGE.find("assets/sprites")  # without an import, which would load pygame

    def read(name: str, mode: str = "RGBA") -> np.ndarray:
        return np.asarray(Image.open(folder / f"{name}.png").convert(mode))

    wings = ("upflap", "midflap", "downflap")
    return Sprites(
        np.stack([read(f"background-{name}", "RGB") for name in BACKGROUNDS]),
        read("base", "RGB"),
        np.stack([read(f"pipe-{name}") for name in COLOURS]),
        np.stack([[read(f"{name}bird-{wing}") for wing in wings] for name in BIRDS]),
        tuple(read(str(digit)) for digit in range(10)),
    )


def rotated(image: np.ndarray, degrees: int) -> np.ndarray:
    """Return an RGBA image turned counter-clockwise, transparent around it, sampled as pygame 2 does.

    It takes the nearest pixel, in 16-bit fixed point; the new size is the box around the turned corners, cut to whole
    pixels (pygame's `transform.rotate`).
    """
    if degrees % 90 == 0:
        return np.rot90(image, degrees // 90)
    height, width = image.shape[:2]
    radians = np.radians(degrees)
    sine, cosine = np.sin(radians), np.cos(radians)
    new_width = int(max(abs(cosine * width + sine * height), abs(cosine * width - sine * height)))
    new_height = int(max(abs(sine * width + cosine * height), abs(sine * width - cosine * height)))
    step_x, step_y = int(cosine * 65536), int(sine * 65536)
    start_x = (new_width << 15) - int(cosine * ((new_width - 1) << 15)) + ((width - new_width) << 15)
    start_y = (new_height << 15) - int(sine * ((new_width - 1) << 15)) + ((height - new_height) << 15)
    below = (new_height >> 1) - np.arange(new_height)[:, None]
    x = start_x + step_y * below + step_x * np.arange(new_width)
    y = start_y - step_x * below + step_y * np.arange(new_width)
    inside = (x >= 0) & (y >= 0) & (x < width << 16) & (y < height << 16)
    turned = np.zeros((new_height, new_width, 4), np.uint8)
    turned[inside] = image[y[inside] >> 16, x[inside] >> 16]
    return turned


@lru_cache(maxsize=512)
def bird_image(colour: int, wing: int, rotation: int) -> np.ndarray:
    """Return the bird as it is shown at a rotation of the game, RGBA."""
    return rotated(sprites().bird[colour, wing], min(rotation, MAX_ROTATION))


def frame(game: Any, gap: int) -> np.ndarray:
    """Return the whole screen of a game (a `physics.GAME` record), uint8 (512, 288, 3), as the real game renders it."""
    images = sprites()
    screen = images.background[game.background].copy()
    pipe = images.pipe[game.pipe]
    for i in range(PIPES):
        top = GAP_TOPS[game.pipe_gap[i]]
        paste(screen, pipe[::-1], int(game.pipe_x[i]), top - PIPE_HEIGHT)
        paste(screen, pipe, int(game.pipe_x[i]), top + gap)
    screen[int(GROUND_Y) :] = images.ground[: HEIGHT - int(GROUND_Y), game.ground : game.ground + WIDTH]
    paste(screen, bird_image(int(game.bird), int(game.wing), int(game.rotation)), BIRD_X, int(game.y))
    return screen


def draw_score(screen: np.ndarray, score: int) -> np.ndarray:
    """Draw the score in place, as the real game does for people; returns the screen."""
    digits = [sprites().digits[int(digit)] for digit in str(score)]
    left = (WIDTH - sum(digit.shape[1] for digit in digits)) // 2
    for digit in digits:
        paste(screen, digit, left, int(HEIGHT * 0.1))
        left += digit.shape[1]
    return screen


def paste(screen: np.ndarray, image: np.ndarray, x: int, y: int) -> None:
    """Draw an RGBA image on an RGB or RGBA one, its corner at (x, y), in place; what lies outside is cut off."""
    left, top = max(0, -x), max(0, -y)
    right = min(image.shape[1], screen.shape[1] - x)
    bottom = min(image.shape[0], screen.shape[0] - y)
    if right <= left or bottom <= top:
        return
    part = image[top:bottom, left:right]
    where = part[..., 3] > 0
    screen[y + top : y + bottom, x + left : x + right][where] = part[where, : screen.shape[2]]
