"""Render the built-in sample: five small images each of three fruits and six balls.

python -m pippin.apps.recognize.sample FOLDER

writes FOLDER/LABEL/rendered_N.png, the same on every machine (but for rounding).
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from pippin.apps.recognize.rendering.light import finished
from pippin.apps.recognize.rendering.scenes import SCENES
from pippin.core.errors import writing


def render(label: str, number: int) -> Image.Image:
    """Render image `number` (from 1) of a label: 96 x 96 pixels, RGB."""
    place, things = SCENES[label][number - 1]
    rng = np.random.default_rng(zlib.crc32(f"{label} {number}".encode()))
    canvas = place(rng)
    for thing in things:
        thing(canvas, rng)
    return finished(canvas)


def write_sample(folder: Path) -> list[Path]:
    """Render every image into `folder`; returns the files."""
    files = []
    for label, scenes in SCENES.items():
        with writing(folder / label):
            (folder / label).mkdir(parents=True, exist_ok=True)
            for number in range(1, len(scenes) + 1):
                files.append(folder / label / f"rendered_{number}.png")
                render(label, number).save(files[-1], optimize=True)
    return files


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder to write to: python -m pippin.apps.recognize.sample FOLDER")
    print(f"{len(write_sample(Path(sys.argv[1])))} images rendered into {sys.argv[1]}.")
