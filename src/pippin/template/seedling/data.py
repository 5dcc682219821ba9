"""Where examples come from (handwritten digits, or your own pictures in folders), and how to score."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError, missing_extra
from pippin.core.files import write_bytes
from pippin.core.inputs import Image
from pippin.core.report.report import Report
from pippin.core.values import Prediction, Score
from pippin.core.workspace import Workspace
from pippin.learn.metrics import accuracy
from pippin.learn.vision.image_decoding import SUFFIXES, open_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pippin.core.inputs import Input

SIDE = 8  # pixels: the network sees 8 x 8 levels of grey


def load(source: str | None, config: Mapping[str, Any] | None = None) -> Dataset:
    """The sample, or the pictures `source`/LABEL/*; PippinError if there are none, or only of one label."""
    found, skipped = _digits() if source is None else _folder(Path(source))
    if len({example.answer for example in found}) < 2:
        raise PippinError(f"{source} needs pictures of two labels or more, as {source}/LABEL/*.png.", input=source)
    train, val, test = split_by_group(found, val=0.0)
    return Dataset("handwritten digits" if source is None else source, train, val, test, skipped=tuple(skipped))


def pixels(item: Input) -> NDArray[np.float32]:
    """The picture as [1, 8, 8] levels from 0 (paper) to 1 (ink), whichever of the two is the darker."""
    from PIL.Image import Resampling

    grey = open_image(item, least=SIDE).convert("L").resize((SIDE, SIDE), Resampling.BOX)
    levels = np.asarray(grey, np.float32) / np.float32(255)
    border = np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])
    return (1 - levels if border.mean() > 0.5 else levels)[None]


def score(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Score]:
    """The share of right answers with its 95 % interval; a picture not answered counts as wrong."""
    return {"accuracy": accuracy([p.answer for p in predictions], [e.answer for e in examples])}


def sample(workspace: Workspace, folder: Annotated[Path, "where to put it"] = Path("sample")) -> Report:
    """Write the sample as pictures in folders, the form in which your own data may come."""
    examples, _ = _digits()
    for number, example in enumerate(examples):
        write_bytes(Path(folder) / example.answer / f"{number:04}.png", example.input.read())
    return Report(
        title=f"{len(examples)} pictures in {folder}, in folders named by what they show",
        payload={"application": workspace.application, "folder": str(folder), "pictures": len(examples)},
        next=f"pippin {workspace.application} train {folder}",
    )


def _digits() -> tuple[list[Example], list[Skipped]]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as problem:
        raise missing_extra("scikit-learn", "train", "The sample of digits") from problem
    digits = load_digits()
    images = (digits.images * (255 / 16)).round().astype(np.uint8)
    named = zip(images, digits.target, strict=True)
    return [_example(_png(image), f"digit {number}", str(label)) for number, (image, label) in enumerate(named)], []


def _folder(folder: Path) -> tuple[list[Example], list[Skipped]]:
    if not folder.is_dir():
        raise PippinError(f"{folder} is not a folder; give one with pictures as {folder}/LABEL/*.png.", input=folder)
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
