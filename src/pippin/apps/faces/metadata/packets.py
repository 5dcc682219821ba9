"""XMP packets in image files: found, and put in the place of another with every other byte left as it is."""

from __future__ import annotations

import re
import zlib

from pippin.learn.vision.image_segments import PNG_SIGNATURE, Piece, jpeg_segments, png_chunks, webp_chunks

JPEG_HEAD, JPEG_MARKER, MAX_JPEG = b"http://ns.adobe.com/xap/1.0/\0", b"\xe1", 65_533
PNG_KEYWORD = b"XML:com.adobe.xmp"
PACKET_START, PACKET_END = b"<x:xmpmeta", b"</x:xmpmeta>"
EXIF_FLAG, XMP_FLAG, ALPHA_FLAG, PROFILE_FLAG = 0x08, 0x04, 0x10, 0x20
FORMATS = {"jpeg": (b"\xff\xd8\xff", 0), "png": (PNG_SIGNATURE, 0), "webp": (b"WEBP", 8)}


def format_of(content: bytes) -> str:
    """Return "jpeg", "png" or "webp", and "" for a file into which nothing is written."""
    return next((name for name, (start, at) in FORMATS.items() if content[at : at + len(start)] == start), "")


def find(content: bytes) -> bytes:
    """Return the packet in an image file, b"" where it has none; in formats not known here by how packets begin."""
    kind = format_of(content)
    if kind == "jpeg":
        piece = _jpeg_piece(content)
        return content[piece.data_start + len(JPEG_HEAD) : piece.data_end] if piece else b""
    if kind == "png":
        piece = _png_piece(content)
        return _png_text(content[piece.data_start : piece.data_end]) if piece else b""
    if kind == "webp":
        return next((content[p.data_start : p.data_end] for p in webp_chunks(content) if p.name == b"XMP "), b"")
    start = content.find(PACKET_START)
    end = content.find(PACKET_END, start) if start >= 0 else -1
    return content[start : end + len(PACKET_END)] if end >= 0 else b""


def replace(content: bytes, packet: bytes) -> bytes:
    """Return a JPEG, PNG or WebP file with another packet; ValueError where it has no room, or is damaged."""
    writers = {"jpeg": _replace_in_jpeg, "png": _replace_in_png, "webp": _replace_in_webp}
    new = writers[format_of(content)](content, packet)
    if not find(new):  # its pieces are not what their lengths say
        raise ValueError("it is damaged")
    return new


def _jpeg_piece(content: bytes) -> Piece | None:
    pieces = (p for p in jpeg_segments(content) if p.name == JPEG_MARKER)
    return next((p for p in pieces if content.startswith(JPEG_HEAD, p.data_start)), None)


def _replace_in_jpeg(content: bytes, packet: bytes) -> bytes:
    data = JPEG_HEAD + packet
    if len(data) > MAX_JPEG:
        packet = re.sub(rb"\s+(?=<\?xpacket end)", b"\n", packet)  # the blanks that leave room for changes
        data = JPEG_HEAD + packet
    if len(data) > MAX_JPEG:
        raise ValueError("its XMP would be larger than the 65,533 bytes that a JPEG has room for")
    segment = b"\xff" + JPEG_MARKER + (len(data) + 2).to_bytes(2, "big") + data
    old = _jpeg_piece(content)
    if old is not None:
        return content[: old.start] + segment + content[old.end :]
    heads = [p.end for p in jpeg_segments(content) if p.name == b"\xe0" or content.startswith(b"Exif\0", p.data_start)]
    at = max(heads, default=2)
    return content[:at] + segment + content[at:]


def _png_piece(content: bytes) -> Piece | None:
    pieces = (p for p in png_chunks(content) if p.name == b"iTXt")
    return next((p for p in pieces if content.startswith(PNG_KEYWORD + b"\0", p.data_start)), None)


def _png_text(data: bytes) -> bytes:
    flags = data[len(PNG_KEYWORD) + 1 :]
    text = flags[2:].partition(b"\0")[2].partition(b"\0")[2]
    if flags[:1] != b"\1":
        return text
    try:
        return zlib.decompressobj().decompress(text, 64_000_000)
    except zlib.error:
        return b""


def _replace_in_png(content: bytes, packet: bytes) -> bytes:
    data = b"iTXt" + PNG_KEYWORD + b"\0\0\0\0\0" + packet
    chunk = (len(data) - 4).to_bytes(4, "big") + data + zlib.crc32(data).to_bytes(4, "big")
    old, first = _png_piece(content), next(png_chunks(content), None)
    if first is None or first.name != b"IHDR":
        raise ValueError("it is damaged")
    start, end = (old.start, old.end) if old else (first.end, first.end)
    return content[:start] + chunk + content[end:]


def _replace_in_webp(content: bytes, packet: bytes) -> bytes:
    pieces = list(webp_chunks(content))
    if not pieces:
        raise ValueError("it is damaged")
    parts = [(p.name, content[p.data_start : p.data_end]) for p in pieces if p.name != b"XMP "]
    if parts[0][0] != b"VP8X":
        parts.insert(0, (b"VP8X", _webp_header(*parts[0])))
    flags = parts[0][1]
    parts[0] = (b"VP8X", bytes([flags[0] | XMP_FLAG]) + flags[1:])
    parts.append((b"XMP ", packet))
    body = b"".join(name + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2) for name, data in parts)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _webp_header(name: bytes, data: bytes) -> bytes:
    """Return the header that a simple file has not, from its only chunk (RFC 9649, 2.5 to 2.7; RFC 6386, 9.1)."""
    if name == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        width, height, alpha = bits & 0x3FFF, (bits >> 14) & 0x3FFF, bool(bits >> 28 & 1)
        return bytes([ALPHA_FLAG * alpha, 0, 0, 0]) + width.to_bytes(3, "little") + height.to_bytes(3, "little")
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    if name != b"VP8 " or data[3:6] != b"\x9d\x01\x2a" or not width or not height:
        raise ValueError("it is damaged")
    return bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
