"""What PNG files say beside their pixels: chunks (W3C PNG, third edition, section 11; PNG extensions 1.6)."""

from __future__ import annotations

import mmap
import re
import shutil
import zlib
from collections.abc import Iterator
from typing import IO

from pippin.apps.upscale.metadata.exif import stripped
from pippin.apps.upscale.metadata.record import Metadata, Resolution
from pippin.learn.vision.image_segments import PNG_SIGNATURE as SIGNATURE
from pippin.learn.vision.image_segments import png_chunks

TEXTS = (b"tEXt", b"zTXt", b"iTXt")
COLOURS = (b"gAMA", b"cHRM", b"cICP", b"sRGB", b"mDCV", b"mDCv", b"cLLI", b"cLLi")
COPIED = (*TEXTS, *COLOURS, b"iCCP", b"pHYs", b"tIME", b"sPLT", b"oFFs", b"sTER", b"gIFg", b"gIFx")
# What belongs to the pixels as they were, and what is read into other fields.
ENCODING = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"hIST", b"eXIf", b"iDOT", b"acTL", b"fcTL", b"fdAT")
XMP = b"XML:com.adobe.xmp"
PROFILE = re.compile(rb"Raw profile type (exif|APP1|xmp)\Z", re.IGNORECASE)
MAX_TEXT = 64_000_000  # bytes that a compressed text may unfold to


def read(content: bytes) -> Metadata:
    """Read a PNG file's metadata; `notes` name what cannot go into another image."""
    exif = packet = b""
    kept, notes, unknown = list[tuple[bytes, bytes]](), list[str](), list[str]()
    resolution = None
    for name, data in chunks(content):
        keyword, text = _text(name, data)
        profile = PROFILE.match(keyword)
        if name == b"eXIf":
            exif = stripped(data) or exif
        elif keyword == XMP:
            packet = packet or text
        elif profile and (raw := _profile(text)):
            exif = exif or stripped(raw)
            packet = packet or (raw if profile[1].lower() == b"xmp" else b"")
        elif name == b"pHYs" and len(data) == 9:
            resolution = _density(data)
            kept.append((name, data))
        elif name == b"caBX":
            notes.append("its content credentials (C2PA) were left out, since they vouch for other pixels")
        elif name in COPIED or (name not in ENCODING and name[3:].islower()):
            kept.append((name, data))
        elif name not in ENCODING and not (name == b"sBIT" and set(data) <= {8, 16}):
            unknown.append(name.decode("ascii", "replace"))
    if unknown:
        notes.append(f"what depends on its pixels was left out ({', '.join(sorted(set(unknown)))})")
    return Metadata("png", exif, packet, chunks=tuple(kept), resolution=resolution, notes=tuple(dict.fromkeys(notes)))


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents of the chunks that are whole, image data left out."""
    for name, _, start, end, _ in png_chunks(content):
        if name != b"IDAT":
            data = content[start:end]
            if len(data) < end - start or not name.isalpha():
                return
            if zlib.crc32(name + data) == int.from_bytes(content[end : end + 4], "big"):
                yield name, data


def _text(name: bytes, data: bytes) -> tuple[bytes, bytes]:
    """Return a text chunk's keyword and text (b"" where it cannot be unfolded)."""
    if name not in TEXTS:
        return b"", b""
    keyword, _, rest = data.partition(b"\0")
    if name == b"tEXt":
        return keyword, rest
    packed = name == b"zTXt" or rest[:1] == b"\1"
    rest = rest[1:] if name == b"zTXt" else rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if not packed:
        return keyword, rest
    try:
        unpacked = zlib.decompressobj().decompress(rest, MAX_TEXT)
    except zlib.error:
        unpacked = b""
    return keyword, unpacked


def _profile(text: bytes) -> bytes:
    """Decode ImageMagick's "Raw profile type": a name, a length, and hexadecimal digits."""
    try:
        return bytes.fromhex(b"".join(text.split()[2:]).decode())
    except ValueError:
        return b""


def raw_profile(name: str, data: bytes) -> tuple[bytes, bytes]:
    """Return a text chunk as ImageMagick writes it, which ExifTool and Exiv2 read."""
    digits = data.hex().encode()
    lines = b"\n".join(digits[index : index + 72] for index in range(0, len(digits), 72))
    text = b"\n%s\n%8d\n%s\n" % (name.encode(), len(data), lines)
    return b"zTXt", b"Raw profile type " + name.encode() + b"\0\0" + zlib.compress(text)


def comment(text: bytes) -> tuple[bytes, bytes]:
    """Return a comment of another kind of file as a text chunk: Latin-1 as it is, other characters as UTF-8."""
    try:
        if not text.isascii():
            text.decode()
            return b"iTXt", b"Comment\0\0\0\0\0" + text
    except UnicodeDecodeError:
        pass
    return b"tEXt", b"Comment\0" + text.replace(b"\0", b"")


def _density(data: bytes) -> Resolution | None:
    x, y = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
    return Resolution(x, y, data[8] == 1) if x and y else None


def embed(encoded: IO[bytes], target: IO[bytes], metadata: Metadata) -> list[str]:
    """Copy a PNG file as libvips wrote it, with metadata before its image data."""
    encoded.seek(len(SIGNATURE))
    target.write(SIGNATURE + encoded.read(25))
    kept = dict(metadata.chunks)
    for name, data in metadata.chunks:
        _write(target, name, data)
    resolution = metadata.best_resolution
    if b"pHYs" not in kept and resolution:
        sides = [min(max(round(side), 1), 2**31 - 1).to_bytes(4, "big") for side in (resolution.x, resolution.y)]
        _write(target, b"pHYs", sides[0] + sides[1] + bytes([resolution.absolute]))
    for text in metadata.comments:
        _write(target, *comment(text))
    if metadata.photoshop:
        _write(target, *raw_profile("iptc", metadata.photoshop))
    if metadata.exif:
        _write(target, b"eXIf", metadata.exif)
    if metadata.xmp:
        _write(target, b"iTXt", XMP + b"\0\0\0\0\0" + metadata.xmp)
    while (head := encoded.read(8)) and head[4:] != b"IDAT":
        data = encoded.read(int.from_bytes(head[:4], "big"))
        encoded.seek(4, 1)
        if head[4:] == b"iCCP" and b"iCCP" not in kept:
            _write(target, b"iCCP", data)
    encoded.seek(-len(head), 1)
    shutil.copyfileobj(encoded, target, 1 << 20)
    return []


def _write(target: IO[bytes], name: bytes, data: bytes) -> None:
    target.write(len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big"))


def words(metadata: Metadata) -> list[str]:
    """Name the metadata of a PNG file that no other kind of file holds."""
    names = {name for name, _ in metadata.chunks}
    told = sorted({_text(name, data)[0].decode("latin-1") for name, data in metadata.chunks if name in TEXTS})
    colours = [name.decode() for name in COLOURS if name in names and name != b"sRGB"]
    if (b"gAMA", (45455).to_bytes(4, "big")) in metadata.chunks:  # sRGB's, which is what others are taken for
        colours = [name for name in colours if name not in ("gAMA", "cHRM")]
    lost = [f"its texts ({', '.join(told[:8])})"] if told else []
    lost += [f"what {' and '.join(colours)} say of its colours"] if colours else []
    return lost + (["the time of its last change"] if b"tIME" in names else [])


def checksum_of(content: bytes | mmap.mmap, offset: int) -> list[tuple[int, int]]:
    """Return begin and end of the checksum of the chunk that holds an offset."""
    position = len(SIGNATURE)
    while position + 12 <= len(content):
        end = position + 8 + int.from_bytes(content[position : position + 4], "big")
        if position <= offset < end:
            return [(end, end + 4)]
        position = end + 4
    return []


def checksum(content: bytes | mmap.mmap, end: int) -> int:
    """Return the checksum of the chunk whose content ends at an offset."""
    position = len(SIGNATURE)
    while (last := position + 8 + int.from_bytes(content[position : position + 4], "big")) < end:
        position = last + 4
    return zlib.crc32(content[position + 4 : end])
