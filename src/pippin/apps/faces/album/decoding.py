"""Photographs as pixels: upright, at reduced size, with when they were taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from pippin.apps.faces.album.album_files import kind_of
from pippin.apps.faces.album.raw_previews import read_preview
from pippin.core import inputs
from pippin.core.errors import PippinError
from pippin.learn.vision.image_decoding import TURNS, decode_image
from pippin.learn.vision.image_files import handle

MAX_MEGAPIXELS = 178  # where Pillow refuses, too
EXTRA = "faces"


@dataclass(frozen=True)
class DecodedPhotograph:
    """A photograph as it is displayed.

    `pixels` are RGB, uint8 [height, width, 3]; `size` is (width, height) before any reduction, displayed;
    `orientation` is EXIF's (1 to 8), by which the file's own coordinates differ; `taken` is the camera's local time.
    """

    pixels: np.ndarray
    size: tuple[int, int]
    orientation: int = 1
    taken: datetime | None = None


def decode(path: Path, max_side: int) -> DecodedPhotograph:
    """Decode a photograph, its longer side `max_side` pixels at most; of a RAW file its largest preview.

    JPEGs are decoded at reduced size. PippinError, in one sentence, for a file that is missing, empty, damaged, cut
    off, no image, or of more than 178 million pixels. A video has frames: see `video_frames`.
    """
    photograph = handle(path)
    if kind_of(path.name) == "video":
        raise PippinError(f"{photograph.name} is a video; its key frames are decoded.", input=photograph.name)
    if kind_of(path.name) == "raw":
        return _decode_raw(photograph, max_side)
    return decode_input(photograph, max_side)


def decode_input(photograph: inputs.Image, max_side: int) -> DecodedPhotograph:
    """Decode a photograph that may lie in memory, as `decode` does."""
    decoded = decode_image(photograph, max_side, limit_megapixels=MAX_MEGAPIXELS, extra=EXTRA)
    pixels = np.ascontiguousarray(np.asarray(decoded.image))
    return DecodedPhotograph(pixels, decoded.size, decoded.orientation, date_taken(decoded.exif))


def date_taken(exif: Image.Exif) -> datetime | None:
    """Return when a photograph was taken (EXIF 2.32, 4.6.5: DateTimeOriginal), None where it does not say."""
    try:
        details = exif.get_ifd(ExifTags.IFD.Exif)
    except Exception:  # damaged EXIF breaks Pillow's parser in many ways
        return None
    tags = (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized)
    return next((date for tag in tags if (date := parse_date(details.get(tag)))), None)


def parse_date(text: object) -> datetime | None:
    """Return EXIF's "2024:06:30 12:00:00" as a date; None for one that cannot be (cameras write zeros)."""
    try:
        return datetime.strptime(str(text).strip("\0 ")[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None


def _decode_raw(photograph: inputs.Image, max_side: int) -> DecodedPhotograph:
    preview = read_preview(photograph)
    decoded = decode_input(inputs.Image(content=preview.jpeg, name=photograph.name), max_side)
    taken = decoded.taken or date_taken(preview.exif)
    if decoded.orientation > 1 or preview.orientation == 1:
        return DecodedPhotograph(decoded.pixels, decoded.size, decoded.orientation, taken)
    turn = TURNS[preview.orientation]
    pixels = np.ascontiguousarray(np.asarray(Image.fromarray(decoded.pixels).transpose(turn)))
    size = decoded.size[::-1] if preview.orientation > 4 else decoded.size
    return DecodedPhotograph(pixels, size, preview.orientation, taken)
