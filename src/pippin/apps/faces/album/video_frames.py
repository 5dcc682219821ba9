"""Key frames of a video as photographs: decoded by FFmpeg (PyAV), upright, some seconds apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pippin.apps.faces.album.decoding import DecodedPhotograph
from pippin.core.errors import PippinError, missing_extra
from pippin.learn.vision.image_files import handle

MIN_SECONDS = 2.0  # between two frames
MAX_FRAMES = 200


@dataclass(frozen=True)
class VideoFrame:
    """A frame, and how many seconds after the video's beginning it is shown."""

    seconds: float
    photograph: DecodedPhotograph


def decode_key_frames(
    path: Path, max_side: int, *, min_seconds: float = MIN_SECONDS, max_frames: int = MAX_FRAMES
) -> Iterator[VideoFrame]:
    """Yield key frames, at least `min_seconds` apart, `max_frames` at most.

    What a damaged video still gives is yielded; PippinError where that is nothing, or where PyAV is not installed.
    """
    before, count = -min_seconds, 0
    for seconds, frame, taken in _decoded(path):
        if seconds < before + min_seconds:
            continue
        yield VideoFrame(seconds, _photograph(frame, max_side, taken))
        before, count = seconds, count + 1
        if count == max_frames:
            return
    if not count:
        raise PippinError(
            f"{handle(path).name} holds no frame that can be read; copy it again or remove it.", input=path
        )


def _decoded(path: Path) -> Iterator[tuple[float, Any, datetime | None]]:
    """Yield seconds, frame and the video's date for each key frame."""
    try:
        import av
    except ImportError as problem:
        raise missing_extra("av", "video", "Finding faces in a video") from problem
    name = handle(path).name
    try:  # neither may a name mean a protocol, nor may what is in the file open anything else
        container = av.open(f"file:{path}", "r", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError, ValueError) as problem:
        raise PippinError(f"{name} is no video that can be read; copy it again or remove it.", input=path) from problem
    with container:
        streams = [stream for stream in container.streams.video if stream.codec_context is not None]
        if not streams:
            raise PippinError(f"{name} holds no video that can be read.", input=path)
        stream = streams[0]
        stream.codec_context.skip_frame = "NONKEY"
        stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
        taken = _date(container.metadata.get("creation_time"))
        with suppress(av.error.FFmpegError):  # damaged from here on
            for frame in container.decode(stream):
                yield max(0.0, float(frame.time or 0)), frame, taken


def _photograph(frame: Any, max_side: int, taken: datetime | None) -> DecodedPhotograph:
    turn = round((frame.rotation or 0) / 90) % 4
    size = (frame.height, frame.width) if turn % 2 else (frame.width, frame.height)
    shrink = min(1.0, max_side / max(frame.width, frame.height))
    small = frame.reformat(
        *(max(2, round(side * shrink)) for side in (frame.width, frame.height)), interpolation="AREA"
    )
    image = Image.fromarray(small.to_ndarray(format="rgb24"))
    upright = image.rotate(90 * turn, expand=True) if turn else image
    return DecodedPhotograph(np.ascontiguousarray(np.asarray(upright)), size, taken=taken)


def _date(text: str | None) -> datetime | None:
    """Return a container's date ("2024-06-30T12:00:00Z"); None where it has none, or the year its clock begins."""
    with suppress(ValueError, TypeError):
        found = datetime.fromisoformat(str(text)).replace(tzinfo=None)
        return found if found.year > 1970 else None
    return None
