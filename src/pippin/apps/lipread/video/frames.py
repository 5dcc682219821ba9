"""Video files as frames: decoded by FFmpeg (PyAV), upright, one at a time, as far as they can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np
from PIL import Image

from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Input

RATE = 25  # frames a second, of all that is learned from
KEEP = 100_000_000  # bytes of decoded frames to keep; a longer video is decoded again at each pass
LARGEST = 640  # pixels of a frame's longer side; a larger one is made smaller first
MAX_FRAMES = 3600  # seconds
MAX_GAP = 5.0  # seconds without a frame, after which a clip has ended
LUMA_FIRST = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12")


@dataclass(frozen=True)
class Frame:
    """A decoded frame; colour is computed only where it is asked for."""

    decoded: Any
    turn: int  # quarter turns against the clock that make it upright

    def rgb(self) -> Image.Image:
        """Return the frame in colour."""
        return self._upright(self.decoded.to_ndarray(format="rgb24"))

    def grey(self) -> Image.Image:
        """Return its luma."""
        decoded = self.decoded
        if decoded.format.name not in LUMA_FIRST:
            return self._upright(decoded.to_ndarray(format="gray"))
        plane = decoded.planes[0]  # as it lies: converting takes ten times as long as cutting out the mouth
        luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return self._upright(luma[: decoded.height, : decoded.width])

    def _upright(self, array: np.ndarray) -> Image.Image:
        image = Image.fromarray(np.ascontiguousarray(array))
        return image.rotate(90 * self.turn, expand=True) if self.turn else image


@dataclass
class Frames:
    """The frames of a video at `RATE` a second, to be gone through any number of times; `notes` say what was odd."""

    clip: Input
    turn: int = 0  # quarter turns against the clock beyond what the file says
    notes: list[str] = field(default_factory=list)
    _kept: list[Any] | None = None

    def __iter__(self) -> Iterator[Frame]:
        if self._kept is not None:
            yield from map(self._frame, self._kept)
            return
        room, kept = KEEP, []
        for decoded in self._resampled():
            room -= 2 * decoded.width * decoded.height
            if room > 0:
                kept.append(decoded)
            yield self._frame(decoded)
        self._kept = kept if room > 0 else None

    def _frame(self, decoded: Any) -> Frame:
        return Frame(decoded, (round((decoded.rotation or 0) / 90) + self.turn) % 4)

    def _resampled(self) -> Iterator[Any]:
        """Yield for each tick the last frame due by then: `RATE` a second, at any rate of the video."""
        tick, before = 0, None
        for time, frame in self._decoded():
            if before is not None and time - tick / RATE > MAX_GAP:
                yield before
                begin, gap = tick / RATE, time - tick / RATE
                self._note(f"After {begin:.1f} s no frame follows for {gap:.0f} s; it was read until there.")
                return
            # A little early is on time: clocks of files are coarse.
            while before is not None and tick / RATE < min(time, MAX_FRAMES) - 0.4 / RATE:
                yield before
                tick += 1
            before = frame
            if time > MAX_FRAMES:
                self._note(f"Only its first {MAX_FRAMES // 60} minutes were read.")
                return
        if before is not None:
            yield before

    def _decoded(self) -> Iterator[tuple[float, Any]]:
        """Yield (seconds since the first frame, frame), in order."""
        try:
            import av
        except ImportError as problem:
            raise _missing() from problem
        # Neither may a name mean a protocol, nor may what is in the file open anything else.
        source = f"file:{self.clip.path}" if self.clip.path is not None else io.BytesIO(self.clip.read())
        try:
            container = av.open(source, "r", options={"protocol_whitelist": "file"})
        except (av.error.FFmpegError, OSError, ValueError) as problem:
            self.clip.read()  # a file that cannot be read says so better
            raise PippinError(f"{self.clip.name} is no video that can be read.", input=self.clip.name) from problem
        with container:
            if not container.streams.video:
                raise PippinError(f"{self.clip.name} holds no video, only sound.", input=self.clip.name)
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise PippinError(f"{self.clip.name} is no video that can be read.", input=self.clip.name)
            stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
            first = last = None
            try:
                for frame in container.decode(stream):
                    now = float(frame.time) if frame.time is not None else -1.0
                    if last is not None and now <= last:  # the time is missing, or restarts within the video
                        now = last + 1 / RATE
                    first, last = (now if first is None else first), now
                    yield now - first, _smaller(frame)
            except av.error.FFmpegError:
                if last is None:
                    message = f"{self.clip.name} is damaged: no frame of it can be read."
                    raise PippinError(message, input=self.clip.name) from None
                self._note("Its stream is damaged; what could be read was used.")
        if first is None:
            raise PippinError(f"{self.clip.name} holds no frame that can be read.", input=self.clip.name)

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


def lacking() -> str:
    """Return a sentence on what must be installed before a video can be read; "" where nothing is missing."""
    return "" if find_spec("av") else _missing().message


def _missing() -> PippinError:
    return missing_extra("av", "lipread", "Reading a video")


def _smaller(frame: Any) -> Any:
    """Return the frame, no larger than it need be."""
    shrink = LARGEST / max(frame.width, frame.height)
    if shrink >= 1:
        return frame
    width, height = (max(2, round(side * shrink)) for side in (frame.width, frame.height))
    return frame.reformat(width, height, interpolation="AREA")
