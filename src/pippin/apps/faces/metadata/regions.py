"""A named area of a photograph, in the coordinates it is displayed in and in those of the file."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace

from pippin.core.errors import PippinError

MIN_OVERLAP = 0.5  # intersection over union from which two areas are one face
MAX_NAME = 500  # characters


@dataclass(frozen=True)
class Region:
    """A face: centre (x, y), width and height as fractions of the photograph as displayed; no name is ""."""

    name: str
    x: float
    y: float
    width: float
    height: float
    type: str = "Face"

    def overlap(self, other: Region) -> float:
        """Return intersection over union of the two areas."""
        common = _common(self.x, self.width, other.x, other.width) * _common(self.y, self.height, other.y, other.height)
        return common / max(self.width * self.height + other.width * other.height - common, 1e-12)


def _common(one: float, width: float, other: float, other_width: float) -> float:
    return max(0.0, min(one + width / 2, other + other_width / 2) - max(one - width / 2, other - other_width / 2))


def to_stored(region: Region, orientation: int) -> Region:
    """Return the region in the coordinates of the file's pixels, before EXIF's orientation (1 to 8) turns them."""
    return _turn(region, {6: 8, 8: 6}.get(orientation, orientation))


def to_displayed(region: Region, orientation: int) -> Region:
    """Return a region of the file's pixels in the coordinates of the photograph as displayed."""
    return _turn(region, orientation)


def _turn(region: Region, orientation: int) -> Region:
    """Turn as EXIF says (2.32, 4.6.5): 6 by 90 degrees clockwise, 8 the other way, 5 and 7 are mirrored as well."""
    x, y = region.x, region.y
    places = {
        2: (1 - x, y),
        3: (1 - x, 1 - y),
        4: (x, 1 - y),
        5: (y, x),
        6: (1 - y, x),
        7: (1 - y, 1 - x),
        8: (y, 1 - x),
    }
    x, y = places.get(orientation, (x, y))
    if orientation < 5:
        return replace(region, x=x, y=y)
    return replace(region, x=x, y=y, width=region.height, height=region.width)


def require_name(name: str) -> str:
    """Return the name as it is written, its accents composed; PippinError for one that XML or people cannot hold."""
    if not name.strip():
        raise PippinError("A name of blanks alone cannot be written; give the person a name.", input=name)
    if any(unicodedata.category(character) in ("Cc", "Cs", "Cn") or character in "\ufffe\uffff" for character in name):
        raise PippinError(f"{name[:60]!r} holds a control character; give a name of letters.", input=name)
    if len(name) > MAX_NAME:
        raise PippinError(
            f"A name of {len(name):,} characters is too long; give one of {MAX_NAME} at most.", input=name[:60]
        )
    return unicodedata.normalize("NFC", name)


def merge(regions: list[Region]) -> list[Region]:
    """Return the regions without repeats: one face told twice, the named one kept."""
    left = list[Region]()
    for region in sorted(regions, key=lambda region: not region.name):
        repeats = (
            other.overlap(region) > MIN_OVERLAP and (not region.name or _same(region.name, other.name))
            for other in left
        )
        if not any(repeats):
            left.append(region)
    return left


def _same(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
