"""Keep libtiff, which Pillow reads TIFF files with, from printing to stderr: what is wrong is told as an error."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from functools import cache
from pathlib import Path


@cache
def silence_libtiff() -> None:
    """Remove libtiff's handlers of errors and warnings, once per process; without effect where it is not found.

    By its own functions (TIFFSetErrorHandler, libtiff's manual page TIFFError(3tiff)), not by redirecting a file
    descriptor, which all threads share. Pillow tells errors by what the reading returns.
    """
    import PIL._imaging  # loads libtiff

    del PIL
    for path in _loaded():
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL(path, mode=getattr(os, "RTLD_NOLOAD", 0) | getattr(os, "RTLD_NOW", 0))
            for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
                handler = getattr(library, name)
                handler.argtypes, handler.restype = [ctypes.c_void_p], ctypes.c_void_p
                handler(None)


def _loaded() -> list[str]:
    """Return files of libtiff that are part of this process, or (where that cannot be asked) that lie beside Pillow."""
    with suppress(OSError):
        lines = Path("/proc/self/maps").read_text().splitlines()
        return sorted({line[line.index("/") :] for line in lines if "libtiff" in line and "/" in line})
    import PIL

    package = Path(PIL.__file__).parent
    folders = (package / ".dylibs", package.parent / "pillow.libs", package)
    return [str(path) for folder in folders for path in sorted(folder.glob("libtiff*"))]
