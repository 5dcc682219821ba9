"""Images on a terminal: half blocks in 24-bit colour, two pixels a character, and films made of them."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable
from typing import TextIO

import numpy as np

HOME, HIDE, SHOW = "\x1b[H\x1b[2J", "\x1b[?25l", "\x1b[?25h"


def render_ansi(image: np.ndarray, columns: int, rows: int) -> str:
    """Render an image, uint8 [H,W,3], as lines of half blocks.

    It takes at most `columns` by `rows` characters.
    """
    step = max(-(-image.shape[1] // columns), -(-image.shape[0] // (2 * rows)))
    height, width = image.shape[0] // step // 2 * 2, image.shape[1] // step
    blocks = image[: height * step, : width * step].reshape(height, step, width, step, 3)
    small = blocks.mean((1, 3)).astype(int)
    lines = []
    for upper, lower in zip(small[::2], small[1::2], strict=True):
        cells = (
            "\x1b[38;2;{};{};{}m\x1b[48;2;{};{};{}m\N{UPPER HALF BLOCK}".format(*above, *below)
            for above, below in zip(upper, lower, strict=True)
        )
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines)


def play_ansi(images: Iterable[np.ndarray], rate: float, to: TextIO | None = None) -> None:
    """Play images uint8 [H,W,3] on the terminal, `rate` a second; those that would come too late are left out."""
    to = to or sys.stdout
    begun, size = time.monotonic(), shutil.get_terminal_size()
    to.write(HIDE)
    try:
        for number, image in enumerate(images):
            ahead = begun + number / rate - time.monotonic()
            if ahead < -1 / rate:
                continue
            time.sleep(max(0.0, ahead))
            to.write(HOME + render_ansi(image, size.columns, size.lines - 1))
            to.flush()
    finally:
        to.write(f"{SHOW}\n")
