"""YUV4MPEG2 files of grey frames, the plainest video there is: a line about all frames, then each frame as it lies.

The format is that of mjpegtools (its manual page yuv4mpeg(5)); what is written here FFmpeg and most players read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from pippin.core.errors import PippinError

Array = np.ndarray
MAGIC, FRAME = b"YUV4MPEG2", b"FRAME"
LONGEST_LINE = 4096  # bytes of a header
LARGEST = 4096  # pixels a side
FASTEST = 1000  # frames a second
USUAL = b"420jpeg"  # colours where the header is silent, by the format's manual
UNKNOWN_RATE = 25.0  # taken where the header has none, or 0:0
# How many luma samples share one of each colour plane, across and down; None where there is no colour.
COLOURS: dict[bytes, tuple[int, int] | None] = {
    b"mono": None,
    b"420": (2, 2),
    b"420jpeg": (2, 2),
    b"420mpeg2": (2, 2),
    b"420paldv": (2, 2),
    b"422": (2, 1),
    b"444": (1, 1),
}


class Grey(NamedTuple):
    """Frames as uint8 [T,H,W], how many there are a second, and what the header remarks ("" if nothing)."""

    frames: Array
    rate: float
    remark: str


def written(frames: Array, rate: int = 25, remark: str = "") -> bytes:
    """Return a file of grey frames uint8 [T,H,W], `rate` a second; FFmpeg reads it if the remark is below 40 bytes.

    The remark's words are kept, and any space between them becomes a single one.
    """
    _, height, width = frames.shape
    header = f"{MAGIC.decode()} W{width} H{height} F{rate}:1 Ip A1:1 Cmono"
    header = " ".join([header, *(f"X{word}" for word in remark.split())])
    return b"".join([header.encode(), b"\n", *(FRAME + b"\n" + frame.tobytes() for frame in frames)])


def is_y4m(head: bytes) -> bool:
    """Return whether a file that begins with these bytes says that it is YUV4MPEG2."""
    return head.startswith((MAGIC + b" ", MAGIC + b"\n"))


def read(content: bytes, name: str) -> Grey:
    """Return the luma of a file with 8 bits a sample; a last frame that is cut short is left out.

    PippinError, naming `name`, for anything that is no such file, is too large or holds no frame.
    """
    end = content.find(b"\n", 0, LONGEST_LINE)
    if not is_y4m(content[: len(MAGIC) + 1]) or end < 0:
        raise PippinError(f"{name} is no YUV4MPEG2 file.", input=name)
    tags = content[:end].split(b" ")[1:]
    last = {tag[:1]: tag[1:] for tag in tags}
    width, height = (_side(last.get(letter, b""), name) for letter in (b"W", b"H"))
    colours = last.get(b"C", USUAL)
    if colours not in COLOURS:
        message = f"{name} has colours of the kind {colours[:20]!r}; only mono, 420, 422 and 444 in 8 bits can be read."
        raise PippinError(message, input=name)
    size = _bytes_of_frame(width, height, COLOURS[colours])
    luma = [np.frombuffer(content, np.uint8, width * height, start) for start in _starts(content, end + 1, size, name)]
    if not luma:
        raise PippinError(f"{name} holds no whole frame.", input=name)
    remark = " ".join(tag[1:].decode(errors="replace") for tag in tags if tag[:1] == b"X")
    return Grey(np.stack(luma).reshape(-1, height, width), _rate(last.get(b"F", b"0:0"), name), remark)


def _side(written: bytes, name: str) -> int:
    """Return the pixels of a side."""
    side = int(written) if re.fullmatch(rb"\d{1,9}", written) else 0
    if not 0 < side <= LARGEST:
        raise PippinError(f"{name} gives no size from 1 to {LARGEST} pixels a side for its frames.", input=name)
    return side


def _rate(written: bytes, name: str) -> float:
    """Return frames a second, from a fraction."""
    match = re.fullmatch(rb"(\d{1,9}):(\d{1,9})", written)
    over, under = map(int, match.groups()) if match else (1, 0)
    if (over, under) == (0, 0):
        return UNKNOWN_RATE
    if not under or not 0 < over / under <= FASTEST:
        raise PippinError(f"{name} gives no rate from 0 to {FASTEST} frames a second.", input=name)
    return over / under


def _bytes_of_frame(width: int, height: int, colours: tuple[int, int] | None) -> int:
    if colours is None:
        return width * height
    across, down = colours
    return width * height + 2 * -(-width // across) * -(-height // down)


def _starts(content: bytes, position: int, size: int, name: str) -> Iterator[int]:
    """Yield where the samples of each whole frame begin."""
    while position < len(content):
        end = content.find(b"\n", position, position + LONGEST_LINE)
        line = content[position:end] if end >= 0 else content[position : position + LONGEST_LINE]
        if line != FRAME and not line.startswith(FRAME + b" "):
            if end < 0 and FRAME.startswith(line):
                return  # cut short within its header
            raise PippinError(f"{name} is damaged: no frame begins at byte {position:,}.", input=name)
        if end < 0 or end + 1 + size > len(content):
            return
        yield end + 1
        position = end + 1 + size
