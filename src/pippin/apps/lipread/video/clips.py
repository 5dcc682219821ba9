"""Clips of people speaking: what is known of them, and the mouth in each, cut out once and kept."""

from __future__ import annotations

import json
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pippin.apps.lipread.video import y4m
from pippin.apps.lipread.video.frames import RATE
from pippin.apps.lipread.video.mouth_crop import HEIGHT, WIDTH, Mouth, mouth_of
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.inputs import Input, Video
from pippin.core.workspace import cache

PREPARATION = "eyes-0.8-odd"  # how a mouth is cut out: another name for another method, so that no cache mixes them
REMEMBERED = 200_000_000  # bytes of mouths in memory
RENDERED = "rendered"  # the remark in files that we drew
DRAWN = "A rendered mouth, not a person's."
LEAST = 5  # frames, to say anything about
SLOWEST = 0.04  # times the usual rate
_remembered: OrderedDict[tuple[str, int], Mouth] = OrderedDict()


@dataclass(frozen=True, repr=False)
class Clip(Video):
    """A video in which a sentence is spoken; `words` are (begin, end, word) in seconds, empty where unknown."""

    words: tuple[tuple[float, float, str], ...] = ()
    speaker: str = ""

    def __repr__(self) -> str:  # so that what it says is its content, not where it lies
        return f"{type(self).__name__}({self.digest()})"


def mouth(clip: Input, face: int = 0) -> Mouth:
    """Return a clip's mouth (see `mouth_crop.mouth_of`), remembered; on disk too if the clip belongs to a data set."""
    if face < 0:
        raise PippinError(f"--face-index {face}: faces are counted from 1, the largest; 0 takes it, too.", input=face)
    key = clip.digest(), face
    found = _remembered.pop(key, None) or _load_mouth(clip, face)
    _remembered[key] = found
    while sum(kept.frames.nbytes for kept in _remembered.values()) > REMEMBERED and len(_remembered) > 1:
        _remembered.popitem(last=False)
    return found


def _load_mouth(clip: Input, face: int) -> Mouth:
    if not isinstance(clip, Clip) or clip.path is None:
        return _cut(clip, face)
    from safetensors import SafetensorError, safe_open
    from safetensors.numpy import save

    path = cache("mouths") / f"{PREPARATION}-{clip.digest()[:32]}-{face}.safetensors"
    with suppress(OSError, SafetensorError, KeyError, ValueError), safe_open(path, "numpy") as file:
        facts = json.loads(file.metadata()["facts"])
        return Mouth(file.get_tensor("frames"), tuple(facts["notes"]), facts["partial"])
    made = _cut(clip, face)
    with suppress(PippinError):  # a cache that cannot be written must not keep anything from being read
        write_bytes(
            path, save({"frames": made.frames}, {"facts": json.dumps({"notes": made.notes, "partial": made.partial})})
        )
    return made


def _cut(clip: Input, face: int) -> Mouth:
    made = _read_rendered(clip) or mouth_of(clip, face)
    if len(made.frames) < LEAST:
        raise PippinError(f"{clip.name} is too short to be read: {len(made.frames)} frames.", input=clip.name)
    return made


def _read_rendered(clip: Input) -> Mouth | None:
    """Return the mouth in a file that holds nothing else: grey frames of just its size."""
    if clip.path is not None and not _is_y4m(clip.path):
        return None
    content = clip.read()
    if not y4m.is_y4m(content[:16]):
        return None
    grey = y4m.read(content, clip.name)
    if grey.frames.shape[1:] != (HEIGHT, WIDTH):
        return None
    ticks = np.arange(0, len(grey.frames), max(grey.rate / RATE, SLOWEST)).astype(int)
    notes = (DRAWN,) if grey.remark == RENDERED else ()
    return Mouth(grey.frames[ticks], notes)


def _is_y4m(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as file:
        return y4m.is_y4m(file.read(16))
    return False
