"""The JPEG preview in a RAW photograph, found by its content, and the orientation of the file around it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import ExifTags, Image

from pippin.core import inputs
from pippin.core.errors import PippinError

START = b"\xff\xd8\xff"
# How RAW files begin that are TIFF but for their magic number: Olympus, Panasonic.
_TIFF_LIKE = {b"IIRO": b"II*\0", b"IIRS": b"II*\0", b"MMOR": b"MM\0*", b"IIU\0": b"II*\0"}
_CANON_BOX = b"CMT1"  # of Canon's CR3: the box in which EXIF's first directory lies, as a TIFF file
_BASELINE, _PROGRESSIVE = 0xC0, 0xC2  # markers of frames that are photographs; 0xC3 is a sensor's lossless data
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
MIN_SIDE = 120  # pixels; what is smaller is no preview


@dataclass(frozen=True)
class RawPreview:
    """The largest JPEG in a RAW file; orientation and EXIF of the file around it."""

    jpeg: bytes
    orientation: int
    exif: Image.Exif


def read_preview(photograph: inputs.Image) -> RawPreview:
    """Return the largest preview of a RAW photograph; PippinError where there is none."""
    content = photograph.read()
    if not content:
        raise PippinError(f"{photograph.name} is empty (0 bytes); copy it again or remove it.", input=photograph.name)
    found = max(_previews(content), default=None)
    if found is None:
        message = f"{photograph.name} holds no JPEG preview; develop it first, and give the JPEG"
        raise PippinError(f"{message}.", input=photograph.name)
    exif = _exif(content)
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    return RawPreview(content[found[1] :], orientation if orientation in range(1, 9) else 1, exif)


def _previews(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield number of pixels and offset of each JPEG in a file."""
    start = content.find(START)
    while start >= 0:
        width, height = _frame_size(content, start)
        if min(width, height) >= MIN_SIDE:
            yield width * height, start
        start = content.find(START, start + len(START))


def _frame_size(content: bytes, start: int) -> tuple[int, int]:
    """Return width and height of a JPEG at an offset, from its frame header; (0, 0) where it is no photograph."""
    position = start + 2
    while position + 9 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        if marker in _FRAMES:
            height, width = (int.from_bytes(content[at : at + 2], "big") for at in (position + 5, position + 7))
            return (width, height) if marker in (_BASELINE, _BASELINE + 1, _PROGRESSIVE) else (0, 0)
        length = int.from_bytes(content[position + 2 : position + 4], "big")
        if marker < 0xC0 or length < 2:
            break
        position += 2 + length
    return 0, 0


def _exif(content: bytes) -> Image.Exif:
    """Return the EXIF of the file around a preview; empty where it has none or it is damaged."""
    exif = Image.Exif()
    head = content[:4]
    box = content.find(_CANON_BOX, 0, 65_536) if content[4:8] == b"ftyp" else -1
    data = content[box + 4 :] if box >= 0 else _TIFF_LIKE.get(head, head) + content[4:]
    if data[:4] in (b"II*\0", b"MM\0*"):
        try:
            exif.load_from_fp(io.BytesIO(data))
        except Exception:  # damaged EXIF breaks Pillow's parser in many ways
            return Image.Exif()
    return exif
