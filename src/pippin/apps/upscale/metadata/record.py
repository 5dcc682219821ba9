"""The metadata of an image file of any format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pippin.apps.upscale.metadata import exif, photoshop, xmp
from pippin.apps.upscale.metadata.ifd import layout_of, read_directory
from pippin.apps.upscale.metadata.sizes import Sizes

INCH = 0.0254  # metres
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x011A, 0x011B, 0x0128


@dataclass(frozen=True)
class Resolution:
    """Pixels per metre; `absolute` is False where only the shape of a pixel is told."""

    x: float
    y: float
    absolute: bool = True

    @property
    def dpi(self) -> tuple[float, float]:
        """Pixels per inch."""
        return self.x * INCH, self.y * INCH


@dataclass(frozen=True)
class Metadata:
    """What a file says, by where it says it.

    `exif` is a block that begins with its byte order, `xmp` a packet, `photoshop` image resources (IPTC among them),
    `comments` a JPEG's or GIF's; `segments` are a JPEG's (marker, content), `chunks` a PNG's or WebP's (name, content)
    that go into the same kind of file only. `jfif` says that a JPEG had such a header, `cut_off` that it lacks its end;
    `notes` name what of the file goes into no result.
    """

    kind: str = ""
    exif: bytes = b""
    xmp: bytes = b""
    photoshop: bytes = b""
    comments: tuple[bytes, ...] = ()
    resolution: Resolution | None = None
    segments: tuple[tuple[int, bytes], ...] = ()
    chunks: tuple[tuple[bytes, bytes], ...] = ()
    jfif: bool = False
    cut_off: bool = False
    notes: tuple[str, ...] = ()

    @property
    def best_resolution(self) -> Resolution | None:
        """The file's own resolution, or that which its EXIF block tells."""
        return self.resolution or resolution_of(self.exif)

    def updated(
        self, kind: str, sizes: Sizes, *, upright: bool, thumbnail: Callable[[int], bytes]
    ) -> tuple[Metadata, list[str]]:
        """Return the same for the larger image in a file of `kind`, and what was left out.

        `upright` says that the EXIF block's orientation no longer holds, `thumbnail` makes a preview of so many pixels.
        """
        lost = []
        packet, block = self.xmp, self.exif
        if packet and not xmp.is_readable(packet):
            packet = b""
            lost.append("its XMP data are no valid XML and were left out")
        if block:
            block = exif.updated(block, sizes.width, sizes.height, turned=upright, thumbnail=thumbnail)
            if exif.has_thumbnail(self.exif) and not exif.has_thumbnail(block):
                lost.append("the small preview within EXIF was left out")
        stays = kind == self.kind == "jpg"
        if packet:
            packet = xmp.updated(packet, sizes, extended=stays)
            if xmp.tells(self.xmp, "HasExtendedXMP") and not stays:
                lost.append("the extension of its XMP data was left out")
        resources = photoshop.without_thumbnails(self.photoshop)
        return replace(self, exif=block, xmp=packet, photoshop=resources), lost


def resolution_of(block: bytes) -> Resolution | None:
    """Return the resolution in an EXIF block (or TIFF file), if any."""
    layout = layout_of(block)
    directory = read_directory(block, layout, layout.first) if layout else None
    if layout is None or directory is None or X_RESOLUTION not in directory.entries:
        return None
    x = directory.number(X_RESOLUTION, layout.order)
    y = directory.number(Y_RESOLUTION, layout.order, x)
    metres = {2: INCH, 3: 0.01}.get(int(directory.number(RESOLUTION_UNIT, layout.order, 2)))
    return Resolution(x / (metres or 1), y / (metres or 1), metres is not None) if x > 0 and y > 0 else None
