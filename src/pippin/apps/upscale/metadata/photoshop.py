"""Photoshop's image resources (Adobe Photoshop File Formats Specification): IPTC and others, in JPEG and TIFF."""

from __future__ import annotations

from collections.abc import Iterator

IPTC = 0x0404
THUMBNAILS = (0x0409, 0x040C)
Resource = tuple[int, bytes, bytes]  # its number, its content, and all its bytes


def resources(content: bytes) -> Iterator[Resource]:
    """Yield the resources of a block; nothing after the first that is damaged."""
    position = 0
    while content[position : position + 4] == b"8BIM" and position + 12 <= len(content):
        named = content[position + 6] + 1
        start = position + 6 + named + named % 2
        size = int.from_bytes(content[start : start + 4], "big")
        end = start + 4 + size + size % 2
        if start + 4 + size > len(content):
            return
        yield (
            int.from_bytes(content[position + 4 : position + 6], "big"),
            content[start + 4 : start + 4 + size],
            content[position:end],
        )
        position = end


def without_thumbnails(content: bytes) -> bytes:
    """Return the block without previews, which show the image as it was; a block without any stays as it is."""
    found = list(resources(content))
    if not any(number in THUMBNAILS for number, _, _ in found):
        return content
    return b"".join(whole for number, _, whole in found if number not in THUMBNAILS)


def iptc(content: bytes) -> bytes:
    """Return the IPTC records in a block, b"" where there are none."""
    return next((data for number, data, _ in resources(content) if number == IPTC), b"")


def of_iptc(records: bytes) -> bytes:
    """Return a block that holds IPTC records."""
    return (
        b"8BIM"
        + IPTC.to_bytes(2, "big")
        + b"\0\0"
        + len(records).to_bytes(4, "big")
        + records
        + bytes(len(records) % 2)
    )
