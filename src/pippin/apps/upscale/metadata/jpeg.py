"""What JPEG files say beside their pixels: segments (ITU-T T.81, annex B; JFIF 1.02; EXIF 2.32, 4.5.4)."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import IO

from pippin.apps.upscale.metadata import xmp
from pippin.apps.upscale.metadata.exif import stripped
from pippin.apps.upscale.metadata.record import INCH, Metadata, Resolution
from pippin.learn.vision.image_segments import jpeg_segments

APP0, APP1, APP2, APP11, APP13, APP14, COMMENT = 0xE0, 0xE1, 0xE2, 0xEB, 0xED, 0xEE, 0xFE
EXIF, XMP, EXTENDED = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP, PROFILE, SEVERAL = b"Photoshop 3.0\0", b"ICC_PROFILE\0", b"MPF\0"
ISO_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"
VIDEO = re.compile(rb"\0\0\0[\x08-\x40]ftyp|MotionPhoto_Data")
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # in coded data, the next that is no part of them
END, STANDALONE = 0xD9, frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
MAX_SEGMENT = 65_533  # bytes of content
MAX_PART = 65_000


def read(content: bytes) -> Metadata:
    """Read a JPEG file's metadata; `notes` name what cannot go into another image."""
    exif = packet = photoshop = b""
    comments, kept, notes = list[bytes](), list[tuple[int, bytes]](), list[str]()
    resolution, jfif, gain_map, several = None, False, False, False
    for marker, data in segments(content):
        if marker == COMMENT:
            comments.append(data)
        elif marker == APP0 and data.startswith(b"JFIF\0"):
            jfif, resolution = True, _density(data)
        elif marker == APP0 and data.startswith(b"JFXX\0"):
            notes.append("the small preview in its JFIF extension was left out")
        elif marker == APP1 and data.startswith(EXIF) and not exif:
            exif = stripped(data)
        elif marker == APP1 and data.startswith(XMP) and not packet:
            packet = data[len(XMP) :]
        elif marker == APP13 and data.startswith(PHOTOSHOP):
            photoshop += data[len(PHOTOSHOP) :]
        elif marker == APP2 and data.startswith(SEVERAL):
            several = True
        elif marker == APP2 and data.startswith(ISO_GAIN_MAP):
            gain_map = True
        elif marker == APP11 and b"jumb" in data[:32]:
            notes.append("its content credentials (C2PA) were left out, since they vouch for other pixels")
        elif marker == APP11 and data.startswith(b"HDR_RI"):
            gain_map = True
        elif marker == APP1 and data.startswith((EXIF, XMP)):
            notes.append("a second block of EXIF or XMP data was left out")
        elif marker not in (APP14, APP2) or not data.startswith((b"Adobe", PROFILE)):
            kept.append((marker, data))
    gain_map = gain_map or xmp.tells(packet, *xmp.GAIN_MAPS)
    end = end_of_image(content)
    notes += _behind(content[end:] if end else b"", several=several, gain_map=gain_map)
    if gain_map:
        notes.append("its HDR gain map was left out")
    return Metadata(
        "jpg",
        exif,
        packet,
        photoshop,
        tuple(comments),
        resolution,
        tuple(kept),
        jfif=jfif,
        cut_off=end is None,
        notes=tuple(dict.fromkeys(notes)),
    )


def segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield markers and contents of the application segments and comments before the first scan."""
    for piece in jpeg_segments(content):
        marker = piece.name[0]
        if APP0 <= marker <= 0xEF or marker == COMMENT:
            yield marker, content[piece.data_start : piece.data_end]


def _density(data: bytes) -> Resolution | None:
    """Return the resolution in a JFIF header."""
    if len(data) < 12:
        return None
    x, y = int.from_bytes(data[8:10], "big"), int.from_bytes(data[10:12], "big")
    metres = {1: INCH, 2: 0.01}.get(data[7])
    return Resolution(x / (metres or 1), y / (metres or 1), metres is not None) if x and y else None


def end_of_image(content: bytes) -> int | None:
    """Return where the first image of a JPEG file ends, from marker to marker; None where it is cut off."""
    position = 2
    while match := MARKER.search(content, position):
        marker, position = content[match.start() + 1], match.end()
        if marker == END:
            return position
        if marker not in STANDALONE:
            position += int.from_bytes(content[position : position + 2], "big")
    return None


def _behind(behind: bytes, *, several: bool, gain_map: bool) -> list[str]:
    """Return notes on what a camera put behind the image."""
    notes = ["the video of this motion photo was left out"] if VIDEO.search(behind) else []
    if several and not gain_map and not notes:
        notes.append("only the first of the images in it was enlarged")
    if behind.strip(b"\0\xff\r\n ") and not (notes or several or gain_map):
        notes.append("what its camera put behind the image was left out")
    return notes


def embed(encoded: IO[bytes], target: IO[bytes], metadata: Metadata) -> list[str]:
    """Copy a JPEG file as libvips wrote it, with metadata at its head; what has no room there is returned."""
    lost = list[str]()
    target.write(b"\xff\xd8")
    if metadata.jfif or (metadata.kind != "jpg" and metadata.resolution):
        _write(target, APP0, _header(metadata.resolution))
    if metadata.exif and len(EXIF) + len(metadata.exif) > MAX_SEGMENT:
        lost.append("its EXIF data are too large for a JPEG and were left out")
    elif metadata.exif:
        _write(target, APP1, EXIF + metadata.exif)
    if metadata.xmp and fits_jpeg(metadata.xmp):
        _write(target, APP1, XMP + metadata.xmp)
    for start in range(0, len(metadata.photoshop), MAX_PART):
        _write(target, APP13, PHOTOSHOP + metadata.photoshop[start : start + MAX_PART])
    for marker, data in metadata.segments:
        _write(target, marker, data)
    for comment in metadata.comments:
        for start in range(0, len(comment), MAX_SEGMENT):
            _write(target, COMMENT, comment[start : start + MAX_SEGMENT])
    encoded.seek(2)
    while (head := encoded.read(4))[:1] == b"\xff" and (head[1] == APP0 or head[1] == COMMENT):
        encoded.seek(int.from_bytes(head[2:], "big") - 2, 1)
    encoded.seek(-len(head), 1)
    shutil.copyfileobj(encoded, target, 1 << 20)
    return lost


def fits_jpeg(packet: bytes) -> bool:
    """Return whether an XMP packet fits into a JPEG's segment."""
    return len(XMP) + len(packet) <= MAX_SEGMENT


def _write(target: IO[bytes], marker: int, data: bytes) -> None:
    target.write(bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data)


def _header(resolution: Resolution | None) -> bytes:
    """Return a JFIF header; in dots per inch, or per centimetre where that is the whole number."""
    unit, x, y = 0, 1.0, 1.0
    if resolution:
        unit, (x, y) = 1, resolution.dpi
        if not resolution.absolute:
            unit, x, y = 0, resolution.x, resolution.y
        elif abs(x - round(x)) > 0.02 and abs(resolution.x / 100 - round(resolution.x / 100)) < 0.02:
            unit, x, y = 2, resolution.x / 100, resolution.y / 100
    sides = [min(max(round(side), 1), 0xFFFF).to_bytes(2, "big") for side in (x, y)]
    return b"JFIF\0\x01\x02" + bytes([unit]) + sides[0] + sides[1] + b"\0\0"
