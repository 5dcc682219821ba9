"""libvips, by its Python binding; a sentence where it is not installed."""

import logging
from typing import Any

from pippin.core.errors import missing_extra

try:
    import pyvips
except (ImportError, OSError) as problem:
    raise missing_extra("pyvips", "upscale", "Reading and writing photographs") from problem

__all__ = ["Vips", "pyvips"]
Vips = Any  # pyvips has no types

pyvips.cache_set_max(0)  # or it gives back what a file of the same name held before
logging.getLogger("pyvips").addHandler(logging.NullHandler())
