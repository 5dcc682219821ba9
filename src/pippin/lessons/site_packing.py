"""Files within an HTML page: deflated, and written as bytes of windows-1252 but for four that HTML would change."""

from __future__ import annotations

import re
import zlib
from html import escape

CHARSET = "windows-1252"
ESCAPE, SHIFT = 0x3D, 64  # "=", and what is added to a byte behind it
CHANGED = (0x00, 0x0D, 0x3C, ESCAPE)  # NUL and CR, which HTML replaces, "<", which may end a script, and "=" itself
LEVEL = 9
# Numbers of so many bytes lie in a file: the first bytes of all of them come first, then the second ones.
WIDTHS = {".onnx": 4, ".safetensors": 4, ".f16": 2}
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def pack(content: bytes) -> bytes:
    """Return bytes as they stand in a script element of a page in windows-1252."""
    first, *others = (bytes([ESCAPE]), *CHANGED[:3])
    packed = content.replace(first, bytes([ESCAPE, ESCAPE + SHIFT]))
    for byte in others:
        packed = packed.replace(bytes([byte]), bytes([ESCAPE, byte + SHIFT]))
    return packed


def split_planes(content: bytes, width: int) -> bytes:
    """Return the bytes of numbers of `width` bytes plane by plane; what is left over follows."""
    whole = len(content) // width * width
    return b"".join(content[plane:whole:width] for plane in range(width)) + content[whole:]


def script(name: str, content: bytes, *, deflated: bool = True) -> bytes:
    """Return a file as a script that runs nothing; what must be there at once is not deflated."""
    width = WIDTHS.get(name[name.rfind(".") :], 1) if deflated else 0
    packed = zlib.compress(split_planes(content, width), LEVEL) if deflated else content
    head = f'<script type="application/octet-stream" data-name="{escape(name)}" data-width="{width}">'
    return head.encode("ascii", "xmlcharrefreplace") + pack(packed) + b"</script>\n"


def ascii_program(text: str) -> str:
    """Return JavaScript in which letters beyond ASCII are escapes, as strings and expressions may hold them."""
    return _NOT_ASCII.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found[0])), text)


def ascii_style(text: str) -> str:
    """Return CSS in which letters beyond ASCII are escapes."""
    return _NOT_ASCII.sub(lambda found: f"\\{ord(found[0]):x} ", text)


def _units(letter: str) -> list[int]:
    content = letter.encode("utf-16-be")
    return [int.from_bytes(content[at : at + 2], "big") for at in range(0, len(content), 2)]
