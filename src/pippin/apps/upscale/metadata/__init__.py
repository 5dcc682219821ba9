"""What an image file says beside its pixels: read from any kind of file, brought up to date, written into another."""

from pippin.apps.upscale.metadata.containers import embed, losses, read
from pippin.apps.upscale.metadata.jpeg import fits_jpeg
from pippin.apps.upscale.metadata.record import Metadata
from pippin.apps.upscale.metadata.sizes import Sizes

__all__ = ["Metadata", "Sizes", "embed", "fits_jpeg", "losses", "read"]
