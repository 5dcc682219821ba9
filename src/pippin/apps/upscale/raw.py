"""Files that libvips would open wrongly: RAW photographs, whose first image is a preview, and old kinds of TIFF."""

from __future__ import annotations

from pippin.apps.upscale.metadata.ifd import Directory, images_in, layout_of
from pippin.core.errors import PippinError

SUBTYPE, WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, MAKE, DNG_VERSION = 254, 256, 257, 259, 262, 271, 50706
COLOUR_FILTER_ARRAY, LINEAR_RAW = 32803, 34892
# Of Sony, Nikon, Epson, Kodak, Pentax, Samsung, Hasselblad, and DNG's lossy JPEG.
RAW_COMPRESSIONS = frozenset({32767, 32769, 32770, 32772, 34713, 34892, 65000, 65535})
OLD_JPEG = 6
STARTS = (
    b"FUJIFILMCCD-RAW", b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR", b"ARRI"
)  # fmt: skip


def refuse_unfit(name: str, content: bytes) -> None:
    """Raise PippinError for a RAW photograph, or a TIFF that only holds old-style JPEG."""
    if _is_raw(content):
        advice = "develop it first (darktable, RawTherapee, your camera's program), and give the TIFF or JPEG"
        raise PippinError(f"{name} is a RAW photograph, of which only its preview could be read; {advice}.", input=name)
    if content[:2] in (b"II", b"MM") and _has_old_jpeg(content):
        what = "holds old-style JPEG (TIFF compression 6), which cannot be read reliably"
        raise PippinError(f"{name} {what}; export it as PNG or TIFF from the program it came from.", input=name)


def _is_raw(content: bytes) -> bool:
    """Return whether it is raw, by signature or by what a TIFF file's directories say."""
    if content.startswith(STARTS) or content[8:10] == b"CR" or content[8:12] == b"IIII" or content[4:12] == b"ftypcrx ":
        return True
    layout = layout_of(content)
    if layout is None:
        return False
    images = images_in(content, layout)
    return bool(images) and (
        DNG_VERSION in images[0].entries
        or any(_is_sensor_data(image, layout.order) for image in images)
        or _is_preview(images, layout.order)
    )


def _is_sensor_data(image: Directory, order: str) -> bool:
    raw = image.number(PHOTOMETRIC, order) in (COLOUR_FILTER_ARRAY, LINEAR_RAW)
    return raw or image.number(COMPRESSION, order) in RAW_COMPRESSIONS


def _is_preview(images: list[Directory], order: str) -> bool:
    """Return whether the first image calls itself a smaller copy, and another one is larger."""
    areas = [image.number(WIDTH, order) * image.number(HEIGHT, order) for image in images]
    reduced = int(images[0].number(SUBTYPE, order)) & 1
    return bool(reduced) and max(areas) > areas[0]


def _has_old_jpeg(content: bytes) -> bool:
    layout = layout_of(content)
    images = images_in(content, layout)[:1] if layout else []
    return any(image.number(COMPRESSION, layout.order) == OLD_JPEG for image in images if layout)
