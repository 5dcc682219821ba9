"""What WebP files say beside their pixels: chunks of a RIFF file (RFC 9649)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from pippin.apps.upscale.metadata.exif import stripped
from pippin.apps.upscale.metadata.record import Metadata
from pippin.learn.vision.image_segments import webp_chunks

PIXELS = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF")
PROFILE_FLAG, ALPHA_FLAG, EXIF_FLAG, XMP_FLAG, ANIMATION_FLAG = 0x20, 0x10, 0x08, 0x04, 0x02


def read(content: bytes) -> Metadata:
    """Read a WebP file's metadata."""
    exif = packet = b""
    kept, notes = list[tuple[bytes, bytes]](), list[str]()
    for name, data in chunks(content):
        if name == b"EXIF":
            exif = exif or stripped(data)
        elif name == b"XMP ":
            packet = packet or data
        elif name == b"C2PA":
            notes.append("its content credentials (C2PA) were left out, since they vouch for other pixels")
        elif name not in (*PIXELS, b"ICCP"):
            kept.append((name, data))
    return Metadata("webp", exif, packet, chunks=tuple(kept), notes=tuple(notes))


def chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield names and contents of the chunks that are whole."""
    return ((piece.name, content[piece.data_start : piece.data_end]) for piece in webp_chunks(content))


def embed(encoded: IO[bytes], target: IO[bytes], metadata: Metadata, width: int, height: int) -> list[str]:
    """Copy a WebP file as libvips or Pillow wrote it, with metadata at its end."""
    encoded.seek(0)
    found = list(chunks(encoded.read()))
    names = dict(found)
    flags = names[b"VP8X"][0] & (PROFILE_FLAG | ALPHA_FLAG | ANIMATION_FLAG) if b"VP8X" in names else 0
    if b"ALPH" in names or (b"VP8L" in names and names[b"VP8L"][4] & 0x10):
        flags |= ALPHA_FLAG
    flags |= (EXIF_FLAG if metadata.exif else 0) | (XMP_FLAG if metadata.xmp else 0)
    header = bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    parts = [(b"VP8X", header), *(chunk for chunk in found if chunk[0] not in (b"VP8X", b"EXIF", b"XMP "))]
    parts += [(b"EXIF", metadata.exif)] if metadata.exif else []
    parts += [(b"XMP ", metadata.xmp)] if metadata.xmp else []
    parts += metadata.chunks
    body = b"".join(name + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2) for name, data in parts)
    target.write(b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body)
    return []
