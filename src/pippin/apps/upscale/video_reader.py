"""Video files as frames: what a file holds, and its frames upright in RGB with their times, decoded by PyAV."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Image as ImageInput
from pippin.core.inputs import Input

Array = np.ndarray
# The container written for each one read; all others become Matroska, which takes nearly any sound.
CONTAINERS = {"mp4": "mp4", "m4v": "mp4", "mov": "mov", "mkv": "mkv", "webm": "webm"}
MEDIA_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "mkv": "video/x-matroska", "webm": "video/webm"}
OTHER = "mkv"
HDR = {16: "PQ", 18: "HLG"}  # transfer characteristics (ITU-T H.273, table 3)
BT709, UNSPECIFIED = 1, 2  # of primaries, transfer and matrix, by the same tables
ALPHA = ("yuva", "rgba", "bgra", "argb", "abgr", "ya", "gbrap", "pal8")  # pixel formats with transparency
PROGRESSIVE = 1  # the largest of FFmpeg's field orders that is not interlaced
MIN_SIDE = 16  # pixels
HOLE = 1.6  # times as long as a frame is shown, and frames are missing
FEW = 3  # holes: an AVI file of a variable rate has more
APART = 0.2  # seconds between two holes that are told as two
LISTENING = Lock()
SAMPLED = (0.0, 0.2, 0.4, 0.6, 0.8)  # moments of a video, as shares of its length


@dataclass(frozen=True)
class Colours:
    """Numbers of ITU-T H.273 (primaries, transfer, matrix) and the range (1: 16..235, 2: 0..255)."""

    primaries: int
    transfer: int
    matrix: int
    range: int


@dataclass(frozen=True)
class Film:
    """What a video file holds: `size` (height, width) upright; `turn` quarter turns against the clock lead there.

    `frames` is how many packets there are; `time_base` the unit of their times in seconds; `aspect` that of a pixel.
    """

    item: Input
    size: tuple[int, int]
    frames: int
    rate: Fraction
    time_base: Fraction
    turn: int
    aspect: Fraction
    format: str
    colours: Colours
    container: str
    notes: tuple[str, ...] = ()
    problems: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it runs."""
        return float(self.frames / self.rate)

    def sample(self) -> ImageInput:
        """Return frames from several moments below each other as one image, by which its condition is estimated."""
        from PIL import Image

        from pippin.learn.plots.image_grids import png

        shown = np.concatenate(self._sampled())
        return ImageInput(content=png(Image.fromarray(shown)), name=self.item.name, media_type="image/png")

    def _sampled(self) -> list[Array]:
        import av

        found = []
        with opened(self.item) as container:
            stream = main_stream(container, self.item.name)
            for share in SAMPLED:
                with suppress(av.error.FFmpegError, StopIteration):
                    container.seek(int(share * self.seconds / self.time_base) + (stream.start_time or 0), stream=stream)
                    found.append(self._upright(next(container.decode(stream))))
        return found or [next(self.decode())[1]]

    def decode(self) -> Iterator[tuple[int, Array]]:
        """Yield (time in units of `time_base`, frame [h,w,3]), times growing; `problems` tells what was damaged."""
        last: int | None = None
        tick = max(1, round(1 / (self.rate * self.time_base)))
        for frame in self._frames():
            time = frame.pts
            if time is None or (last is not None and time <= last):  # no time is told, or clocks begin again
                time = 0 if last is None else last + tick
            last = time
            yield time, self._upright(frame)

    def _frames(self) -> Iterator[Any]:
        import av

        size, times, errors, is_cut = None, list[int](), list[str](), False
        with opened(self.item) as container:
            stream = main_stream(container, self.item.name)
            packets = container.demux(stream)
            while True:
                try:
                    with _errors_in(errors):
                        packet = next(packets, None)
                except av.error.FFmpegError:
                    self._tell("Its stream is damaged; what comes after the damage is missing.")
                    return
                if packet is None:
                    break
                try:
                    with _errors_in(errors):
                        decoded = packet.decode()
                except av.error.FFmpegError:
                    is_cut = True
                    continue
                for frame in decoded:
                    size = size or (frame.height, frame.width)
                    if (frame.height, frame.width) != size:
                        raise PippinError(
                            f"{self.item.name} changes its size to {frame.width} x {frame.height} pixels; cut it "
                            "there into two files.",
                            input=self.item.name,
                        )
                    if frame.interlaced_frame:
                        self._tell("Some of its frames are interlaced, and show combs.")
                    times.append(times[-1] if frame.pts is None and times else frame.pts or 0)
                    yield frame
            self._tell_damage(container, stream, times, is_cut, bool(errors))

    def _tell_damage(self, container: Any, stream: Any, times: Sequence[int], is_cut: bool, is_damaged: bool) -> None:
        """Report missing frames where packets or FFmpeg's errors say that the stream is damaged.

        Matroska's reader goes on behind damage without an error, and so does that of AVI, where no time is missing
        then: the video ends before the time in its header.
        """
        holes, is_avi = _holes(times, container, stream, 1 / self.rate), container.format.name == "avi"
        is_short = is_avi and bool(holes) and holes[-1][0] >= (max(times) - (stream.start_time or 0)) * stream.time_base
        parts = ", ".join(f"{begin:.1f} to {end:.1f} s" for begin, end in holes)
        if holes and (is_cut or is_damaged or is_short):
            told = f"about {sum(end - begin for begin, end in holes):.1f} s" if is_avi else parts
            self._tell(f"Its stream is damaged; frames that could not be read were left out ({told}).")
        elif is_avi and 0 < len(holes) <= FEW:
            self._tell(f"Its stream holds no frames for some time ({parts}); it may be damaged there.")
        elif is_cut:
            self._tell("Its stream is damaged; frames that could not be read were left out.")
        elif is_damaged:
            self._tell("Its stream is damaged; some of its frames may show it.")

    def _tell(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _upright(self, frame: Any) -> Array:
        matrix = None if self.colours.matrix == UNSPECIFIED else self.colours.matrix
        rgb = frame.reformat(format="rgb24", src_colorspace=matrix, interpolation=exact(), threads=1).to_ndarray()
        return np.ascontiguousarray(np.rot90(rgb, self.turn)) if self.turn else rgb


@contextmanager
def _errors_in(found: list[str]) -> Iterator[None]:
    """Collect what FFmpeg reports as errors; one thread at a time, for the level is the process's."""
    import av

    with LISTENING:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.ERROR)
        try:
            with av.logging.Capture() as logs:
                yield
        finally:
            av.logging.set_level(before)
            found += [message for level, _, message in logs if level <= av.logging.ERROR]


def _holes(times: Sequence[int], container: Any, stream: Any, frame: Fraction) -> list[tuple[float, float]]:
    """Find the parts of a video, in seconds, for which there are no frames; `frame` is how long one is shown."""
    base, start = float(stream.time_base), stream.start_time or 0
    shown = [(time - start) * base for time in sorted(times)]
    if not shown:
        return []
    usual = max(float(frame), float(np.median(np.diff(shown)))) if len(shown) > 1 else float(frame)
    length = stream.duration * base if stream.duration else (container.duration or 0) / 1e6
    found = list[tuple[float, float]]()
    for begin, end in zip(shown, [*shown[1:], max(shown[-1], length)], strict=True):
        if end - begin <= HOLE * usual:
            continue
        if found and begin - found[-1][1] < APART:
            begin = found.pop()[0]
        found.append((begin, end))
    return found


def exact() -> Any:
    """Return how FFmpeg is to convert colours: its usual way darkens by 1 to 2 levels (4:2:0 to RGB)."""
    from av.video.reformatter import Interpolation

    return Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


def open_film(item: Input) -> Film:
    """Read what a video holds; PippinError for sound alone, HDR, interlaced or damaged files."""
    with opened(item) as container:
        stream = main_stream(container, item.name)
        first = _first_frame(container, stream, item.name)
        _refuse_odd(first, stream, item.name)
        notes = _notes(container, stream, first)
    count, rate, time_base, aspect = _timing(item)
    suffix = Path(item.path or item.name).suffix[1:].lower()
    if suffix not in CONTAINERS:
        notes.append(f"It is written as {OTHER}, which takes any sound.")
    turn = round((first.rotation or 0) / 90) % 4
    size = (first.height, first.width) if turn % 2 == 0 else (first.width, first.height)
    return Film(
        item, size, count, rate, time_base, turn, aspect if turn % 2 == 0 else 1 / aspect, _format(first),
        _colours(first), CONTAINERS.get(suffix, OTHER), tuple(notes),
    )  # fmt: skip


def _timing(item: Input) -> tuple[int, Fraction, Fraction, Fraction]:
    """Count a video's packets; also frames a second, the unit of its times, and the aspect of a pixel."""
    import av

    times: list[int] = []
    count = 0
    with opened(item) as container:
        stream = main_stream(container, item.name)
        with suppress(av.error.FFmpegError):  # what can be read is counted; decoding tells of the damage
            for packet in container.demux(stream):
                count += packet.size > 0
                times += [packet.pts] if packet.pts is not None else []
        base = Fraction(stream.time_base or Fraction(1, 1000))
        rate = Fraction(stream.average_rate or stream.guessed_rate or 25)
        if len(times) > 1 and max(times) > min(times):
            rate = (len(times) - 1) / ((max(times) - min(times)) * base)
        aspect = Fraction(stream.sample_aspect_ratio or 1)
    return count, rate.limit_denominator(1001), base, aspect if aspect > 0 else Fraction(1)


@contextmanager
def opened(item: Input) -> Iterator[Any]:
    """Open a video; PippinError where PyAV is missing or the file is none."""
    try:
        import av
    except ImportError as problem:
        raise missing_extra("PyAV", "video", "Enlarging a video") from problem
    # Neither may a name mean a protocol, nor may the file's content open anything else.
    source = f"file:{item.path}" if item.path is not None else io.BytesIO(item.read())
    try:
        container = av.open(source, "r", options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except (av.error.FFmpegError, OSError, ValueError) as problem:
        if item.path is None or not item.path.is_file():
            item.read()  # which says why
        raise PippinError(f"{item.name} is damaged, or not a video; copy it again.", input=item.name) from problem
    with container:
        yield container


def main_stream(container: Any, name: str) -> Any:
    """Return the first video stream that is not a cover."""
    streams = [one for one in container.streams.video if not one.disposition & type(one.disposition).attached_pic]
    if not streams:
        raise PippinError(f"{name} holds no video, only sound or a cover.", input=name)
    stream = streams[0]
    if stream.codec_context is None:
        raise PippinError(f"{name} is coded in a way PyAV cannot decode; convert it to H.264.", input=name)
    stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
    return stream


def _first_frame(container: Any, stream: Any, name: str) -> Any:
    import av

    try:
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            if frames:
                return frames[0]
    except av.error.FFmpegError:
        pass
    raise PippinError(f"{name} holds no frame that can be read; copy it again.", input=name)


def _refuse_odd(frame: Any, stream: Any, name: str) -> None:
    transfer = int(frame.color_trc or UNSPECIFIED)
    if transfer in HDR:
        raise PippinError(
            f"{name} is an HDR video ({HDR[transfer]}), whose colours would be lost; convert it to SDR first.",
            input=name,
        )
    if frame.interlaced_frame or int(stream.codec_context.field_order) > PROGRESSIVE:
        raise PippinError(f"{name} is interlaced; deinterlace it first.", input=name)
    if min(frame.width, frame.height) < MIN_SIDE:
        least = f"{MIN_SIDE} x {MIN_SIDE} are the least"
        raise PippinError(f"{name} is only {frame.width} x {frame.height} pixels; {least}.", input=name)


def _notes(container: Any, stream: Any, frame: Any) -> list[str]:
    notes = []
    if stream.metadata.get("alpha_mode") == "1" or frame.format.name.startswith(ALPHA):
        notes.append("Its transparency was left out.")
    if any(component.bits > 8 for component in frame.format.components):
        notes.append("Its colours of more than 8 bits became 8.")
    others = [one for one in container.streams if one.type not in ("audio", "subtitle") and one.index != stream.index]
    if others:
        kinds = ", ".join(sorted({"cover or second video" if one.type == "video" else one.type for one in others}))
        notes.append(f"Left out beside video, sound and subtitles: {kinds}.")
    return notes


def _format(frame: Any) -> str:
    """Return the 8-bit pixel format to write: with as much colour as the video's own."""
    name = frame.format.name
    if "444" in name or frame.format.is_rgb or name == "pal8":
        return "yuv444p"
    return "yuv422p" if "422" in name else "yuv420p"


def _colours(frame: Any) -> Colours:
    matrix = int(frame.colorspace if frame.colorspace is not None else UNSPECIFIED)
    full = int(frame.color_range or 0) == 2 or frame.format.name.startswith("yuvj")
    matrix = BT709 if frame.format.is_rgb or matrix == 0 else matrix
    return Colours(
        int(frame.color_primaries or UNSPECIFIED), int(frame.color_trc or UNSPECIFIED), matrix, 2 if full else 1
    )


def media_type(container: str) -> str:
    """Return the media type of a container."""
    return MEDIA_TYPES.get(container) or mimetypes.guess_type(f"a.{container}")[0] or "video/mp4"
