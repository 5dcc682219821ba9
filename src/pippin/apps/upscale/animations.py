"""Animated GIF, PNG and WebP: every frame enlarged, written as animated WebP with the times and the loop they had.

Pillow composes each frame with what earlier frames leave behind. A GIF becomes WebP because that holds all
colours and soft edges, where a GIF holds 256 colours and hard ones.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageSequence

from pippin.apps.upscale.changes import Frames
from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.video_inputs import start_of
from pippin.apps.upscale.video_reader import SAMPLED
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.inputs import Input
from pippin.learn.plots.image_grids import png

Array = np.ndarray
KIND = "webp"
QUALITY = {"quality": 95, "method": 4}
GREY = 128  # on which transparent parts are estimated
FORMATS = {b"GIF8": "GIF", b"\x89PNG": "PNG", b"RIFF": "WEBP"}  # by their first four bytes, as Pillow names them
FASTEST, USUAL = 10, 100  # milliseconds: browsers show a GIF's frames of at most the one for the other


@dataclass(frozen=True)
class Animation:
    """What a file holds: how long each frame is shown in milliseconds, and how often all are (0: without end)."""

    item: Input
    times: tuple[int, ...]
    loop: int
    profile: bytes | None
    is_transparent: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of the file that is written."""
        why = {"GIF": ", which holds more colours.", "PNG": ", which is smaller."}.get(_format(self.item))
        return (f"It is written as animated {KIND}{why}",) if why else ()

    def frames(self) -> Iterator[Array]:
        """Yield the frames [h,w,4 or 3] of 8 bits as they are seen."""
        mode = "RGBA" if self.is_transparent else "RGB"
        return (np.asarray(frame.convert(mode)) for frame in _frames(self.item))

    def sample(self) -> ImageInput:
        """Return frames from several moments below each other as one image, by which its condition is estimated."""
        places = {int(share * len(self.times)) for share in SAMPLED}
        shown = [_on_grey(frame) for number, frame in enumerate(self.frames()) if number in places]
        return ImageInput(content=png(Image.fromarray(np.concatenate(shown))), name=self.item.name)


def is_animation(item: Input) -> bool:
    """Return whether a file is a GIF, PNG or WebP of several frames."""
    kind = _format(item)
    if not kind:
        return False
    content = item.read()
    if kind == "PNG" and b"acTL" not in content[: content.find(b"IDAT")]:
        return False
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.format == kind and getattr(image, "n_frames", 1) > 1
    except Exception:  # a damaged file is told of where it is read as an image
        return False


def _format(item: Input) -> str:
    return FORMATS.get(start_of(item)[:4], "")


def open_animation(item: Input) -> Animation:
    """Read what a file holds; PippinError where it is damaged."""
    times, is_transparent = list[int](), False
    for frame in _frames(item):
        times.append(round(frame.info.get("duration", 0)))
        is_transparent = is_transparent or bool(np.asarray(frame.convert("RGBA"))[..., 3].min() < 255)
        info = dict(frame.info)
    loop = info.get("loop")
    if _format(item) == "GIF":
        times = [time if time > FASTEST else USUAL for time in times]
        loop = 1 if loop is None else loop and loop + 1  # a GIF tells how often it is shown again
    return Animation(item, tuple(times), loop or 0, info.get("icc_profile"), is_transparent)


def encode(animation: Animation, enlargement: Enlargement, file: Any, show: Callable[[Iterator[Array]], Any]) -> None:
    """Write the enlarged frames to a file; `show` wraps the frames to tell how far it is."""
    height, width = enlargement.target
    sheet = Image.new("RGBA" if animation.is_transparent else "RGB", (width, height))
    made = iter(show(_enlarge(animation, enlargement)))
    number = -1

    def seek(wanted: int) -> None:
        nonlocal number
        if wanted == number + 1:  # Pillow asks for one after the other, and for the first again at the end
            sheet.paste(Image.fromarray(next(made)))
            number = wanted

    vars(sheet).update(n_frames=len(animation.times), seek=seek)  # so that one frame at a time is in memory
    options = {"duration": list(animation.times), "loop": animation.loop, "icc_profile": animation.profile}
    sheet.save(file, "WEBP", save_all=True, **options, **QUALITY)


def _enlarge(animation: Animation, enlargement: Enlargement) -> Iterator[Array]:
    """Yield enlarged frames; what did not change since the last one goes through no network."""
    if not animation.is_transparent:
        yield from map(Frames(enlargement).enlarge, animation.frames())
        return
    last = result = np.zeros((0, 0, 4), np.uint8)
    for frame in animation.frames():
        if not np.array_equal(frame, last):
            last, result = frame, np.concatenate(list(enlargement.rows([frame], alpha=True)))
        yield result


def _frames(item: Input) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(item.read())) as image:
            shown_apart = bool(image.info.get("default_image"))  # of a PNG: for programs that know no animations
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                frame.load()
                if number or not shown_apart:
                    yield frame
    except (OSError, ValueError, SyntaxError, EOFError) as problem:
        raise PippinError(f"{item.name} is a damaged animation; copy it again.", input=item.name) from problem


def _on_grey(frame: Array) -> Array:
    if frame.shape[2] == 3:
        return frame
    opaque = frame[..., 3:].astype(np.float32) / 255
    return (frame[..., :3] * opaque + GREY * (1 - opaque) + 0.5).astype(np.uint8)
