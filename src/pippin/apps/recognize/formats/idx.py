"""Read images and labels from IDX files, the format of MNIST and its relatives.

Source of the format: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
"""

from __future__ import annotations

import gzip
import math
import re
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.formats.folders import Found, Labelled
from pippin.core.errors import PippinError, reason
from pippin.core.inputs import Image

_BYTE = 8  # the type code of unsigned bytes, the only one images and labels come in
_LARGEST = 2**31  # bytes unpacked, against files that claim more than a machine holds


def find(path: Path) -> Found:
    """Return the images of an IDX file and the labels beside it, or of all such pairs in a folder.

    A folder with files of both names, train... and t10k... (or test...), has an official split.
    """
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    images = [file for file in files if is_images(file)]
    if not images:
        advice = "give the file of images, such as train-images-idx3-ubyte"
        raise PippinError(f"{path} holds no IDX images; {advice}.", input=path)
    parts = [_part(file) for file in images]
    official = "train" in parts and "test" in parts
    found = Found()
    for file, part in zip(images, parts, strict=True):
        found.images += _images(file, part if official else "")
    return found


def is_images(file: Path) -> bool:
    """Return whether a file begins as IDX with three dimensions: images, rows, columns."""
    return not file.name.startswith(".") and _start(file) == struct.pack(">HBB", 0, _BYTE, 3)


def read(file: Path, dimensions: int) -> NDArray[np.uint8]:
    """Return the bytes of an IDX file (gzip or not) of so many dimensions, as uint8 of its shape."""
    header = 4 + 4 * dimensions
    content = _unpacked(file, header)
    if content[:4] != struct.pack(">HBB", 0, _BYTE, dimensions) or len(content) < header:
        raise PippinError(
            f"{file} is not an IDX file of {dimensions} dimensions of bytes; download it again.", input=file
        )
    shape = struct.unpack(f">{dimensions}I", content[4:])
    size = math.prod(shape)
    if size > _LARGEST:
        raise PippinError(f"{file} claims to hold {size} bytes; give a smaller file.", input=file)
    body = _unpacked(file, header + size)[header:]
    if len(body) != size:
        raise PippinError(f"{file} is cut off: {len(body)} of {size} bytes are there; download it again.", input=file)
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def _images(file: Path, part: str) -> list[Labelled]:
    pixels_NHW = read(file, 3)
    labels = read(_labels_beside(file), 1)
    if len(labels) != len(pixels_NHW):
        message = f"{file} holds {len(pixels_NHW)} images but its label file {len(labels)} labels"
        raise PippinError(f"{message}; download both again.", input=file)
    # A PGM file is a line of text before the pixels, so that everything later can treat these as image
    # files.
    header = b"P5 %d %d 255\n" % (pixels_NHW.shape[2], pixels_NHW.shape[1])
    return [
        Labelled(Image(content=header + pixels.tobytes(), name=f"{file.name} no. {row}"), str(label), part)
        for row, (pixels, label) in enumerate(zip(pixels_NHW, labels, strict=True), start=1)
    ]


def _labels_beside(file: Path) -> Path:
    name = file.name.replace("images", "labels").replace("idx3", "idx1")
    stem = name.removesuffix(".gz")
    for candidate in (name, stem, f"{stem}.gz"):
        if candidate != file.name and file.with_name(candidate).is_file():
            return file.with_name(candidate)
    raise PippinError(f"{file} has no labels beside it; put {stem} in the same folder.", input=file)


def _part(file: Path) -> str:
    match = re.search(r"(?<![a-z])(train|test|t10k)", file.name.lower())
    return {"train": "train", "test": "test", "t10k": "test"}[match[1]] if match else ""


def _start(file: Path) -> bytes:
    try:
        return _unpacked(file, 4) if file.is_file() else b""
    except PippinError:
        return b""


def _unpacked(file: Path, count: int) -> bytes:
    """Return up to `count` bytes of a file, unpacked if it is gzip-compressed."""
    try:
        with file.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(file) if packed else file.open("rb") as stream:
            return stream.read(count)
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise PippinError(f"{file} is damaged or cut off; download it again.", input=file) from problem
    except OSError as problem:
        raise PippinError(f"Cannot read {file}: {reason(problem)}.", input=file) from problem
