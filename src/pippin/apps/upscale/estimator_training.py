"""Train the estimator of degradations alone, on more kinds of images than its network learns from.

`python -m pippin.apps.upscale.estimator_training MODEL photographs ESTIMATOR` begins with the estimator of the model
in the folder MODEL, learns from `photographs/train`, grey copies of them, text and figures drawn here, and writes
ESTIMATOR (safetensors), which `pippin.apps.upscale.builtin` puts into models of any scale: an estimator looks at the
small image alone.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from safetensors.numpy import save_file

from pippin.apps.upscale.builtin import loaded
from pippin.apps.upscale.data import pixels
from pippin.apps.upscale.degradation import Degradation, any_degradation, degrade
from pippin.apps.upscale.estimation import TILE
from pippin.apps.upscale.sample import WORDS
from pippin.core.artifact import read_artifact
from pippin.core.errors import missing_extra
from pippin.core.inputs import Image as ImageInput
from pippin.core.progress_bar import track

try:
    import torch
except ImportError as problem:
    raise missing_extra("torch", "train", "Training") from problem
from torch import Tensor
from torch.nn import functional as F

from pippin.apps.upscale.conditioning import Estimator

Array = np.ndarray
STEPS, SEED = 3500, 0
RATE, RISE = 2e-3, 100  # of AdamW, and the steps it takes to reach it
GROUPS, TILES = 5, 3  # images of a step, and tiles of each
SCALES = (1, 2, 3)
CLEAN = 0.15  # share that is made smaller only
GREY = 0.2
DRAWN = 0.25  # share of text and figures
NEAR = 0.1  # errors below count by their square, those above by their size


def learn_conditions(
    weights: Mapping[str, Array], photographs: Sequence[Array], steps: int = STEPS, seed: int = SEED
) -> dict[str, Array]:
    """Return the weights ("estimator.*", float16) after `steps` on 8-bit RGB photographs [H,W,3]."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    estimator = Estimator()
    names = dict(estimator.named_parameters())
    estimator.load_state_dict({name: torch.from_numpy(weights[f"estimator.{name}"].astype("f4")) for name in names})
    optimizer = torch.optim.AdamW(estimator.parameters(), RATE, weight_decay=0.0)
    for step in track(range(steps), steps, "training the estimator"):
        share = min(1.0, (step + 1) / RISE) * (0.5 + 0.5 * np.cos(np.pi * step / steps))
        optimizer.param_groups[0]["lr"] = RATE * share
        loss = torch.zeros(())
        for _ in range(GROUPS):
            tiles, condition = draw_example(photographs, rng)
            loss = loss + F.smooth_l1_loss(estimator(tiles), condition, beta=NEAR)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return {f"estimator.{name}": value.detach().numpy().astype(np.float16) for name, value in names.items()}


def draw_example(photographs: Sequence[Array], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Draw tiles [TILES,3,TILE,TILE] of an image, degraded alike, and their condition [conditions]."""
    scale = int(rng.choice(SCALES))
    side = TILE * scale
    if rng.random() < DRAWN:
        large = np.stack([draw_page(side, rng) for _ in range(TILES)])
    else:
        photograph = photographs[int(rng.integers(len(photographs)))]
        large = np.stack([_square(photograph, side, rng) for _ in range(TILES)])
    if rng.random() < GREY:
        large = np.repeat(np.rint(large @ (0.299, 0.587, 0.114))[..., None], 3, -1).astype(np.uint8)
    degradation = Degradation() if rng.random() < CLEAN else any_degradation(scale, rng)
    small = degrade(large, degradation, scale, rng)
    planes = torch.from_numpy(np.moveaxis(small, -1, 1).astype(np.float32) / 255)
    return planes, torch.from_numpy(degradation.condition(scale))


def draw_page(side: int, rng: np.random.Generator) -> Array:
    """Draw text, rules and boxes in two to four colors, as on screens and in diagrams: [side,side,3]."""
    dark = rng.random() < 0.3
    paper = rng.integers(0, 60, 3) if dark else rng.integers(215, 256, 3) if rng.random() < 0.5 else np.full(3, 255)
    image = Image.new("RGB", (side, side), tuple(int(level) for level in paper))
    draw = ImageDraw.Draw(image)
    inks = [tuple(int(level) for level in rng.integers(*((140, 256) if dark else (0, 110)), 3)) for _ in range(3)]
    size, top = int(rng.integers(9, 15 + side // 12)), int(rng.integers(0, 12))
    font = ImageFont.load_default(size)
    while top < side:
        words = " ".join(rng.permutation(WORDS)) if rng.random() < 0.9 else ""
        draw.text((int(rng.integers(0, 30)), top), words, inks[int(rng.random() < 0.2)], font)
        top += int(size * rng.uniform(1.1, 1.8))
    for _ in range(int(rng.integers(0, 4))):
        corners = np.sort(rng.integers(0, side, (2, 2)), axis=0)
        outline = tuple(int(value) for value in corners.ravel())
        if rng.random() < 0.5:
            draw.rectangle(outline, outline=inks[2], width=int(rng.integers(1, 4)))
        else:
            draw.line(outline, inks[2], int(rng.integers(1, 4)))
    return np.asarray(image)


def _square(photograph: Array, side: int, rng: np.random.Generator) -> Array:
    """Cut a square [side,side,3], turned and mirrored at random; small photographs are mirrored beyond their border."""
    missing = [(0, max(0, side - length)) for length in photograph.shape[:2]]
    padded = np.pad(photograph, (*missing, (0, 0)), mode="symmetric")
    top, left = (int(rng.integers(length - side + 1)) for length in padded.shape[:2])
    square = np.rot90(padded[top : top + side, left : left + side], int(rng.integers(4)))
    return np.flipud(square) if rng.random() < 0.5 else square


def main(arguments: Sequence[str]) -> None:
    """Train the estimator of a model on a folder of photographs; see the module on the arguments."""
    model, folder, out = (Path(argument) for argument in arguments)
    weights = loaded(read_artifact(model)).ready.weights
    paths = sorted(path for path in (folder / "train").iterdir() if path.is_file())
    save_file(learn_conditions(weights, [pixels(ImageInput.of(path)) for path in paths]), out)


if __name__ == "__main__":
    main(sys.argv[1:])
