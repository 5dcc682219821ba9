"""The mark in an enlarged image: XMP properties that say what it was made of, sealed by a digest of the file."""

from __future__ import annotations

import hashlib
import json
import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.metadata import png, xmp
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.provenance import CHUNK, Provenance, settings_text
from pippin.learn.vision.image_segments import PNG_SIGNATURE

KINDS_WRITTEN = ("jpg", "png", "tif", "webp", "mp4", "mov", "mkv", "webm")
UNSEALED = 64 * "0"
MARK = re.compile(
    rb'xmlns:pippin="%s" pippin:Source="([0-9a-f]{64})" pippin:Settings=("[^"]*"|\'[^\']*\') '
    rb'pippin:Place="([0-9a-f]*)" pippin:File="([0-9a-f]{64})"' % re.escape(xmp.MADE.encode())
)
QUOTES = {"&quot;": '"', "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"}
Span = tuple[int, int]
# Endings that stay as they are, by the kind of file.
ENDINGS = {".jpeg": "jpg", ".tiff": "tif", **{f".{kind}": kind for kind in KINDS_WRITTEN}}


def result_name(input: Input, label: str, kind: str) -> str:
    """Return the name of a result: the input's with a label, and with its ending where that is of another kind of file.

    It depends on the input's name, the label and the kind alone, so that a.bmp and a.png never share one.
    """
    path = input.path or Path(input.name.replace("/", "-"))
    if ENDINGS.get(path.suffix.lower()) == kind:
        return f"{path.stem}-{label}{path.suffix}"
    ending = f"-{path.suffix[1:]}" if path.suffix and input.path else ""
    return f"{path.stem}-{label}{ending}.{kind}"


def settings_of(config: UpscaleConfig, networks: Sequence[object]) -> str:
    """Return how a result was made: the settings that shape it, and which networks it was made by."""
    prints = [getattr(network, "fingerprint", "") for network in networks]
    return settings_text({**_shaping(config), "networks": prints})


def _shaping(config: UpscaleConfig) -> dict[str, Any]:
    return {name: value for name, value in config.to_dict().items() if name not in ("format", "preset")}


def _filled(settings: str) -> str:
    """Return the settings of a mark with defaults for those that earlier versions left out."""
    with suppress(ValueError, PippinError):
        told = json.loads(settings)
        if isinstance(told, dict) and "networks" in told:
            return settings_text({**told, **_shaping(UpscaleConfig.read(told))})
    return settings


def marked(packet: bytes, provenance: Provenance) -> bytes:
    """Return an XMP packet (perhaps b"") with the mark, not sealed yet."""
    told = {"Source": provenance.source, "Settings": provenance.settings, "Place": provenance.place}
    told["File"] = UNSEALED
    return xmp.with_properties(packet, told)


def seal(path: Path) -> None:
    """Write into the mark the digest of the file around it; without a mark nothing is done."""
    with path.open("rb+") as file, mmap.mmap(file.fileno(), 0) as content:
        mark = next(_marks(content), None)
        if mark is None:
            return
        digest = mark.span(4)
        checksum = _checksum(content, digest[0])
        content[digest[0] : digest[1]] = _digest(content, [digest, *checksum]).encode()
        for start, end in checksum:
            content[start:end] = png.checksum(content, start).to_bytes(4, "big")


def read_mark(input: Input) -> Provenance | None:
    """Return the provenance of an image; None where Pippin did not make it, or it was changed since."""
    with suppress(OSError, ValueError):
        if input.path is None:
            return _read(input.content or b"")
        with input.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _read(content)
    return None


def _read(content: bytes | mmap.mmap) -> Provenance | None:
    for mark in _marks(content):
        digest = mark.span(4)
        if _digest(content, [digest, *_checksum(content, digest[0])]) == mark[4].decode():
            settings = unescape(mark[2][1:-1].decode(), QUOTES)
            return Provenance(mark[1].decode(), _filled(settings), mark[3].decode())
    return None


def _marks(content: bytes | mmap.mmap) -> Iterator[re.Match[bytes]]:
    position = content.find(xmp.MADE.encode())
    while position >= 0:
        if found := MARK.match(content, max(0, position - len('xmlns:pippin="'))):
            yield found
        position = content.find(xmp.MADE.encode(), position + 1)


def _checksum(content: bytes | mmap.mmap, position: int) -> list[Span]:
    """Return where a PNG's checksum of the chunk around an offset lies; nowhere in other files."""
    return png.checksum_of(content, position) if content[:8] == PNG_SIGNATURE else []


def _digest(content: bytes | mmap.mmap, left_out: list[Span]) -> str:
    """Return the SHA-256 of a file without some of its bytes."""
    digest, position = hashlib.sha256(), 0
    for start, end in [*sorted(left_out), (len(content), len(content))]:
        while position < start:
            part = content[position : min(position + CHUNK, start)]
            digest.update(part)
            position += len(part)
        position = end
    return digest.hexdigest()
