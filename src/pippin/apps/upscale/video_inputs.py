"""Which inputs are videos: told by content, named by patterns, and shown small."""

from __future__ import annotations

from glob import glob
from pathlib import Path
from typing import Any

from pippin.apps.upscale.video_reader import CONTAINERS, open_film
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.inputs import Input

SUFFIXES = frozenset({*CONTAINERS, "avi", "mpg", "mpeg", "ts", "mts", "m2ts", "wmv", "flv", "ogv", "3gp", "vob"})
STILL_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis", b"hevc", b"heim", b"heis", b"jp2 ", b"crx ")
START = 400  # bytes
# Matroska, Flash, MPEG program and video streams, and Windows Media.
STARTS = (b"\x1aE\xdf\xa3", b"FLV\x01", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"0&\xb2u\x8ef\xcf\x11")
STARTS_OF_IMAGES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"II*\0", b"MM\0*")


def start_of(item: Input) -> bytes:
    """Return the first bytes of an input, by which its kind is known; b"" where it cannot be read."""
    if item.path is None:
        return (item.content or b"")[:START]
    try:
        with item.path.open("rb") as file:
            return file.read(START)
    except OSError:
        return b""


def is_film(item: Input) -> bool:
    """Return whether an input is meant as a video: by how its content begins, else by its name."""
    start = start_of(item)
    if item.path is not None and not start and not item.path.is_file():
        return False
    if start[4:8] == b"ftyp":
        return not start.startswith(STILL_BRANDS, 8)
    if start.startswith(STARTS):
        return True
    if start.startswith(b"RIFF") and start[8:12] == b"AVI ":
        return True
    name = Path(item.path or item.name)
    return not start.startswith(STARTS_OF_IMAGES) and name.suffix[1:].lower() in SUFFIXES


def expand(argument: Any) -> list[ImageInput]:
    """Return the inputs an argument names: images as elsewhere, and videos named themselves or by a pattern."""
    from pippin.learn.vision.image_files import images

    is_pattern = isinstance(argument, str) and any(sign in argument for sign in "*?[")
    if not is_pattern or Path(argument).exists() or Path(argument).suffix[1:].lower() not in SUFFIXES:
        return list(images(argument))
    found = sorted(glob(argument, recursive=True))
    if not found:
        raise PippinError(f"No video matches {argument}; check the pattern.", input=argument)
    return [ImageInput.of(path) for path in found]


def thumbnail(item: Input) -> bytes:
    """Return a small PNG of an image, or of a video's first frame."""
    from PIL import Image

    from pippin.learn.plots.image_grids import png
    from pippin.learn.vision.thumbnails import thumbnail as of_image

    if not is_film(item):
        return of_image(item)
    film = open_film(item)
    _, frame = next(film.decode())
    return of_image(ImageInput(content=png(Image.fromarray(frame)), name=item.name))
