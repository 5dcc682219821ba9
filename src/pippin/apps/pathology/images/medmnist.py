"""MedMNIST archives (.npz): images and labels in parts, read without pickle and within a limit of memory."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.apps.pathology.config import BREAST, CHEST
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.learn.vision.image_files import shown

PARTS = ("train", "val", "test")
MAX_BYTES = 2 * 2**30
GENERIC = {"train", "training", "val", "valid", "validation", "test", "testing", "data", "dataset", "images", "tiles"}
LABELS = {
    "breastmnist": ("malignant", "normal or benign"),
    "pneumoniamnist": ("normal", "pneumonia"),
}
ORGANS = {"breastmnist": BREAST, "pneumoniamnist": CHEST}


class LabelledImage(NamedTuple):
    """An image with its label, its part ("": none was told) and the patient or slide it is of."""

    image: Image
    label: str
    part: str = ""
    group: str = ""


@dataclass
class FoundImages:
    """Labelled images as they were found; `organ` is a name for what they are of, `layout` how labels were told."""

    images: list[LabelledImage]
    organ: str = ""
    layout: str = ""
    notes: list[str] = field(default_factory=list)
    has_patients: bool = False


def read_archive(path: Path, organ: str = "") -> FoundImages:
    """Return the images of a MedMNIST archive; `organ` names the labels where the file's name does not.

    PippinError where it is damaged, too large, or no archive of single labels.
    """
    arrays = _arrays(path)
    name = next((known for known in LABELS if path.stem.lower().startswith(known)), "")
    name = name or next((known for known, own in ORGANS.items() if own == organ), "")
    found = []
    for part in PARTS:
        if f"{part}_images" in arrays:
            found += _part(path, part, arrays[f"{part}_images"], arrays.get(f"{part}_labels"), name)
    if not found:
        raise PippinError(f"{path} is no MedMNIST archive: it holds none of train_images, val_images, test_images.")
    organ = organ or ORGANS.get(name, organ_of(path))
    return FoundImages(found, organ, "a MedMNIST archive, its parts as they came")


def organ_of(path: Path) -> str:
    """Return what a model trained on a folder or file is called: its name, or its folder's where that says nothing."""
    names = (path.stem if path.is_file() else path.name, path.absolute().parent.name)
    telling = [name for name in names if name.casefold() not in GENERIC]
    return re.sub(r"[^a-z0-9]+", "-", (telling or ["own"])[0].casefold()).strip("-")[:40] or "own"


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [one for one in archive.infolist() if one.filename.split("_")[0] in PARTS]
            if (size := sum(one.file_size for one in wanted)) > MAX_BYTES:
                message = f"{path} unpacks to {size:,} bytes, more than is read at once; save its images as files"
                raise PippinError(f"{message}, one folder for each label.", input=path)
            return {one.filename.removesuffix(".npy"): _array(archive.read(one)) for one in wanted}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as problem:
        raise PippinError(f"{path} is no MedMNIST archive, or it is damaged; fetch it again.", input=path) from problem


def _array(content: bytes) -> NDArray[Any]:
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


def _part(path: Path, part: str, pixels: NDArray[Any], labels: NDArray[Any] | None, name: str) -> list[LabelledImage]:
    classes = _check(path, part, pixels, labels)
    known = LABELS.get(name, ())
    start = shown(path.name)
    return [
        LabelledImage(
            Image(content=encode(array), name=f"{start}:{part}/{number}", media_type="image/png"),
            known[label] if 0 <= label < len(known) else f"class {label}",
            part,
        )
        for number, (array, label) in enumerate(zip(pixels, classes.tolist(), strict=True))
    ]


def _check(path: Path, part: str, pixels: NDArray[Any], labels: NDArray[Any] | None) -> NDArray[np.int64]:
    """Return one label for each image; PippinError where the arrays are not images with one label each."""
    if pixels.dtype != np.uint8 or not (pixels.ndim == 3 or (pixels.ndim == 4 and pixels.shape[3] == 3)):
        message = f"{part}_images of {path} are {pixels.dtype} of shape {pixels.shape}"
        raise PippinError(f"{message}; 8-bit images [N,H,W] or [N,H,W,3] are read.", input=path)
    if labels is None or len(labels) != len(pixels) or labels.size != len(pixels) or labels.dtype.kind not in "iub":
        raise PippinError(f"{part}_labels of {path} do not give one label to each image.", input=path)
    return labels.reshape(-1).astype(np.int64)


def encode(array: NDArray[np.uint8]) -> bytes:
    """Return the pixels of an image [H,W] or [H,W,3] as PNG."""
    buffer = io.BytesIO()
    PilImage.fromarray(array).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
