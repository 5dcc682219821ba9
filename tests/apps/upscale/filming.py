"""Videos rendered for tests: shapes that move over a still background, with a sine tone and subtitles."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation

from .conftest import Array, draw

RATE = 8000  # samples a second


def scene(number: int, height: int = 48, width: int = 64) -> Array:
    """One frame: a square that moves over a still background."""
    image = draw(height, width).copy()
    left = (3 * number) % (width - 12)
    image[10:22, left : left + 12] = (220, 40, 60)
    return image


def render(
    path: Path, frames: int = 20, size: tuple[int, int] = (48, 64), *, times: Sequence[int] | None = None,
    codec: str = "libx264", format: str = "yuv420p", sound: str | None = "aac", subtitles: bool = False,
    matrix: int = 1, full: bool = False, transfer: int = 1, turn: int = 0, aspect: Fraction | None = None,
    moving: bool = True, interlaced: bool = False,
) -> Path:  # fmt: skip
    """Write a video; `times` are those of its frames in hundredths of a second."""
    with av.open(str(path), "w") as container:
        options = {"crf": "8"} if "x264" in codec else {}
        options |= {"x264-params": "tff=1"} if interlaced else {}
        stream = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width, stream.pix_fmt = *size, format
        own = stream.codec_context
        own.time_base = Fraction(1, 100)
        own.colorspace, own.color_range, own.color_primaries, own.color_trc = matrix, 2 if full else 1, 1, transfer
        if aspect:
            own.sample_aspect_ratio = aspect
        if turn:
            stream.set_display_rotation(turn)
        tone = container.add_stream(sound, rate=RATE, layout="mono") if sound else None
        container.metadata["title"] = "A square"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(scene(number if moving else 0, *size), "rgb24").reformat(
                format=format, dst_colorspace=matrix, dst_color_range=2 if full else 1
            )
            frame.pts, frame.time_base = times[number] if times else 4 * number, Fraction(1, 100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if tone is not None:
            _sing(container, tone, frames / 25)
    return path


def _sing(container: Any, tone: Any, seconds: float) -> None:
    samples = np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * 440 / RATE).astype(np.float32)
    for start in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(tone.encode(frame))
    container.mux(tone.encode(None))


def rgb(frame: Any) -> Array:
    """A frame without the darkening of FFmpeg's quick conversion."""
    careful = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
    return frame.reformat(format="rgb24", interpolation=careful).to_ndarray()


def packets(path: Path, kind: str) -> list[bytes]:
    """The packets of the first stream of a kind."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]


def images(path: Path) -> tuple[list[float], list[Array]]:
    """Times in seconds and frames of a video as another reader has them."""
    with av.open(str(path)) as container:
        found = [(frame.time, rgb(frame)) for frame in container.decode(video=0)]
    return [float(time) for time, _ in found], [image for _, image in found]
