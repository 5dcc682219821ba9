"""Six crops of degraded photographs beside bicubic and waifu2x, drawn into the docs.

The photographs lie in scikit-image (CC0 or public domain) and were never trained on. `--peers` as in upscale_auto.py.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageDraw, ImageFont
from upscale_auto import MESSENGER, bicubic, network, others, small_file

from pippin.apps.upscale.data import crop_to_multiple
from pippin.apps.upscale.degradation import Blur, Degradation

TARGET = Path(__file__).parents[1] / "docs/images/upscale-degraded.webp"
NOISY = Degradation(noise=4, quality=55, fine=False)
CROPS = (
    ("chelsea.png", (130, 90), "noise 4, JPEG 55", NOISY),
    ("coffee.png", (200, 260), "sent twice", MESSENGER),
    ("rocket.jpg", (120, 290), "JPEG 40", Degradation(quality=40, fine=False)),
    ("page.png", (40, 60), "noise 4, JPEG 55", NOISY),
    ("brick.png", (100, 100), "blur of 1.5 pixels", Degradation(blur=Blur(1.5, 1.5))),
    ("chelsea.png", (20, 130), "noise 15", Degradation(noise=15)),
)
SIDE, ZOOM, MARGIN, CAPTION = 112, 2, 6, 18


def main() -> None:
    """Draw the image."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default=os.environ.get("PIPPIN_PEERS", ""))
    python = parser.parse_args().peers
    originals = [crop_to_multiple(_photograph(name), 2) for name, *_ in CROPS]
    smalls = [small_file(one, 2, crop[3], 7) for one, crop in zip(originals, CROPS, strict=True)]
    columns = {"bicubic": [bicubic(2)(small) for small in smalls]}
    columns |= {name: made for name, made in others(smalls, python).items() if name == "waifu2x"}
    columns |= {"Pippin": [network()(small) for small in smalls], "the original": originals}
    cell = SIDE * ZOOM + MARGIN
    image = Image.new("RGB", (cell * len(columns) + MARGIN, (cell + CAPTION) * len(CROPS) + MARGIN), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(12)
    for row, (name, (top, left), what, _) in enumerate(CROPS):
        for column, (title, images) in enumerate(columns.items()):
            part = Image.fromarray(images[row][top : top + SIDE, left : left + SIDE])
            x, y = MARGIN + column * cell, MARGIN + row * (cell + CAPTION)
            text = f"{name}, {what}" if column == 0 else title
            draw.text((x, y), f"{text}: {title}" if column == 0 else text, "black", font)
            image.paste(part.resize((SIDE * ZOOM,) * 2, Image.Resampling.NEAREST), (x, y + CAPTION))
    image.save(TARGET, quality=88)
    print(TARGET)


def _photograph(name: str) -> np.ndarray:
    folder = Path(skimage.data.__file__).parent
    return np.asarray(Image.open(folder / name).convert("RGB"))


if __name__ == "__main__":
    main()
