"""Where examples come from: handwritten digits, or your own images in folders."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Image
from pippin.learn.vision.image_decoding import SUFFIXES, open_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.inputs import Input

    from .config import SeedlingConfig

SIDE = 8  # pixels: the network sees 8 x 8 levels of grey


def load(source: str | None, config: SeedlingConfig | None = None) -> Dataset:
    """Load the sample, or the images `source`/LABEL/*; PippinError if there are none, or only of one label."""
    found, skipped = load_digits() if source is None else _folder(Path(source))
    if len({example.answer for example in found}) < 2:
        raise PippinError(f"{source} needs images of two labels or more, as {source}/LABEL/*.png.", input=source)
    train, val, test = split_by_group(found, val=0.0)
    return Dataset("handwritten digits" if source is None else source, train, val, test, skipped=tuple(skipped))


def pixels(item: Input) -> NDArray[np.float32]:
    """Return the image as [1, 8, 8] levels from 0 (paper) to 1 (ink), whichever of the two is the darker."""
    from PIL.Image import Resampling

    grey = open_image(item, least=SIDE).convert("L").resize((SIDE, SIDE), Resampling.BOX)
    levels = np.asarray(grey, np.float32) / np.float32(255)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    return (1 - levels if border.mean() > 0.5 else levels)[None]


def load_digits() -> tuple[list[Example], list[Skipped]]:
    """Return the sample; none of it is skipped."""
    try:
        from sklearn import datasets
    except ImportError as problem:
        raise missing_extra("scikit-learn", "train", "The sample of digits") from problem
    digits = datasets.load_digits()
    images = (digits.images * (255 / 16)).round().astype(np.uint8)
    named = zip(images, digits.target, strict=True)
    return [_example(_png(image), f"digit {number}", str(label)) for number, (image, label) in enumerate(named)], []


def _folder(folder: Path) -> tuple[list[Example], list[Skipped]]:
    if not folder.is_dir():
        raise PippinError(f"{folder} is not a folder; give one with images as {folder}/LABEL/*.png.", input=folder)
    found, skipped = [], []
    for path in sorted(folder.glob("*/*")):
        if path.suffix.lower() not in SUFFIXES:
            continue
        item = Image.of(path)
        try:
            pixels(item)
        except PippinError as problem:
            skipped.append(Skipped(item.name, problem.message))
        else:
            found.append(Example(item, path.parent.name, item.digest()))
    return found, skipped


def _example(content: bytes, name: str, label: str) -> Example:
    item = Image(content=content, name=name, media_type="image/png")
    return Example(item, label, hashlib.sha256(content).hexdigest())


def _png(levels: NDArray[Any]) -> bytes:
    from PIL import Image as ImageInput

    buffer = io.BytesIO()
    ImageInput.fromarray(levels).save(buffer, "PNG")
    return buffer.getvalue()
