"""Names by which phones and programs mark files of one shot: edited copies, videos of Live Photos."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

COMPANION_MAX_BYTES = 30_000_000  # a Live Photo's video has 2 to 8 MB; a longer one with its name is another shot
# What Google Photos puts behind a name in the languages of its users, and osxphotos, Snapseed and Apple's Photos do.
EDITED = (
    "-edited", "-bearbeitet", "-modifié", "-modifie", "-editado", "-ha editado", "-modificato", "-bewerkt",
    "-edytowane", "-redigerad", "-redigert", "-redigeret", "-muokattu", "-upraveno", "-düzenlendi", "-измененный",
    "-編集済み", "-已修改", "-수정됨", "_edited", "-edit",
)  # fmt: skip
# Google cuts names, what it puts behind them included, at this many characters without the suffix.
TAKEOUT_LENGTH = 47
_COPY = re.compile(
    r"(\(\d+\))$"
)  # Takeout tells files of one name apart by a number: IMG_1(2).jpg, IMG_1-edited(2).jpg
_IPHONE_EDITED = re.compile(r"^(img_)e(\d{4}.*)$")
_LIVE_VIDEO = re.compile(r"[_-]hevc$")


def shot_name(name: str) -> str:
    """Return the part of the name that the files of one shot share: no suffix, case or mark of a Live Photo's video.

    Google Takeout's Live Photos are IMG_1.HEIC with IMG_1.MP4, iCloud's tools write IMG_1_HEVC.MOV.
    """
    stem = _stem(name)
    return _LIVE_VIDEO.sub("", stem)


def edited_names(name: str) -> Iterator[str]:
    """Yield the shot names of which a file of this name would be an edited copy, the likeliest first."""
    stem = _stem(name)
    if match := _IPHONE_EDITED.match(stem):
        yield match[1] + match[2]
    number = match[1] if (match := _COPY.search(stem)) else ""
    bare = stem.removesuffix(number)
    for ending in EDITED:
        if bare.endswith(ending):
            yield bare.removesuffix(ending) + number
    if len(bare) >= TAKEOUT_LENGTH - 1:  # the ending itself was cut: "...-edi"
        for length in range(len(EDITED[0]) - 1, 1, -1):
            if bare.endswith(EDITED[0][:length]):
                yield bare[:-length] + number


def _stem(name: str) -> str:
    return PurePath(name).stem.casefold()
