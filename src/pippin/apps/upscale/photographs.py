"""Photographs that lie in scikit-image's package, where it is installed: all CC0 or in the public domain."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pippin.core.inputs import Image

# Of what that package holds: colour photographs without people. Sources as its documentation tells them.
SOURCES = {
    "chelsea.png": "a cat, by Stefan van der Walt (CC0)",
    "coffee.png": "a cup of coffee, by Rachel Michetti (CC0)",
    "rocket.jpg": "a rocket on its pad, by SpaceX (public domain)",
}


def photographs() -> list[Image]:
    """Return the photographs that are there; none without scikit-image, which is not loaded."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        return []
    folder = Path(package.origin).with_name("data")
    return [Image.of(folder / name) for name in SOURCES if (folder / name).is_file()]
