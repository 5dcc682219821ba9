"""Writing a video: segments of a fixed number of frames below a work folder, joined at the end with its sound.

A segment that is whole is never made again, and where segments begin does not depend on when a run was cut off; so a
run that goes on ends with the same file as one that was never interrupted. Nothing is reordered (no B frames): each
packet's decoding time is its own.
"""

from __future__ import annotations

import hashlib
import heapq
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.upscale.changes import Frames
from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.video_reader import UNSPECIFIED, Film, exact, main_stream, open_film, opened
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.locks import lock, locked
from pippin.core.progress_bar import track
from pippin.core.report.formatting import duration

Array = np.ndarray
SEGMENT = 48  # frames: two seconds of most films, and what a cut costs at most
WORTH_A_BAR = 24  # frames
# Encoders by container, the best first; the rest of the options are FFmpeg's. CRF 17 is near what an eye can tell.
H264 = ("libx264", {"crf": "17", "preset": "medium", "bf": "0"})
VP9 = ("libvpx-vp9", {"crf": "22", "b": "0", "deadline": "good", "cpu-used": "4", "lag-in-frames": "0"})
PLAIN = ("mpeg4", {"qscale": "2", "bf": "0"})
ENCODERS = {"webm": (VP9,)}
OTHERS = (H264, PLAIN)


@dataclass(frozen=True)
class Packet:
    """A coded frame of a segment, with its time in units of the film's time base."""

    time: int
    content: Any


def write_film(item: Input, enlargement: Enlargement, stem: str, path: Path) -> tuple[str, ...]:
    """Write the enlarged video to `path`, going on with what an earlier run left below the same folder.

    Returns notes on what was damaged or left out.
    """
    film = open_film(item)
    work = path.parent / f".{stem[:60]}-{_key(film, enlargement)}"
    _forget_others(work, stem)
    with ExitStack() as stack:
        stack.callback(_leave, work)
        stack.enter_context(lock(work / "lock", lambda: _refuse_second(item.name)))
        try:
            _make_segments(film, Frames(enlargement), work)
            _join(film, sorted(work.glob("*.nut")), path)
        except PippinError:
            _done(work)
            raise
        except KeyboardInterrupt:
            done = SEGMENT * len(list(work.glob("*.nut")))
            told = f"{duration(float(done / film.rate))} of {duration(film.seconds)}"
            print(f"Stopped: {told} of {item.name} are kept, and the same command goes on there.", file=sys.stderr)
            raise
        _done(work)
    return tuple(film.problems)


def _key(film: Film, enlargement: Enlargement) -> str:
    """Identify what is made: the film's content, the networks by what they make of a fixed tile, the size."""
    digest = hashlib.sha256(repr((enlargement.target, ENCODERS, OTHERS, SEGMENT)).encode())
    if film.item.path is not None:
        with film.item.path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    else:
        digest.update(film.item.read())
    rng = np.random.default_rng(0)
    for enlarger in enlargement.enlargers:
        side = 2 * enlarger.radius + 16
        digest.update(enlarger.tile(rng.integers(0, 256, (side, side, 3), np.uint8), alpha=False).tobytes())
    return digest.hexdigest()[:16]


def _refuse_second(name: str) -> None:
    raise PippinError(f"{name} is being enlarged by another run already; wait for it.", input=name)


def _forget_others(work: Path, stem: str) -> None:
    """Remove what runs with other settings, or of another file of this name, left behind."""
    for folder in work.parent.glob(f".{_escaped(stem[:60])}-{'[0-9a-f]' * 16}"):
        if folder != work and folder.is_dir() and not locked(folder / "lock"):
            shutil.rmtree(folder, ignore_errors=True)


def _escaped(stem: str) -> str:
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in stem)


def _done(work: Path) -> None:
    (work / "done").touch()


def _leave(work: Path) -> None:
    """Remove the work folder where nothing is to go on with; its lock is free by now."""
    if (work / "done").exists() or not list(work.glob("*.nut")):
        shutil.rmtree(work, ignore_errors=True)


def _make_segments(film: Film, frames: Frames, work: Path) -> None:
    """Make the segments that are not there yet, each under its number."""
    ready = len(list(work.glob("*.nut")))
    numbered = enumerate(film.decode())
    rest = islice(numbered, ready * SEGMENT, None)  # decoding costs next to nothing beside the networks
    shown = track(rest, max(0, film.frames - ready * SEGMENT), film.item.name, many=WORTH_A_BAR)
    for number, group in groupby(shown, lambda pair: pair[0] // SEGMENT):
        draft = work / f"{number:06d}.draft"
        _encode(film, ((time, frames.enlarge(image)) for _, (time, image) in group), frames.target, draft)
        os.replace(draft, work / f"{number:06d}.nut")
    if not list(work.glob("*.nut")):
        raise PippinError(f"{film.item.name} holds no frame that can be read; copy it again.", input=film.item.name)


def _encode(film: Film, images: Iterable[tuple[int, Array]], target: tuple[int, int], path: Path) -> None:
    """Write frames as one segment that begins with a key frame."""
    import av

    with av.open(f"file:{path}", "w", format="nut") as container:
        stream = _encoder(container, film, target)
        for time, image in images:
            for packet in stream.encode(_frame(film, image, time)):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)


def _encoder(container: Any, film: Film, target: tuple[int, int]) -> Any:
    from av.codec.codec import UnknownCodecError

    colours = film.colours
    for name, options in ENCODERS.get(film.container, OTHERS):
        try:
            stream = container.add_stream(name, rate=film.rate, options=dict(options))
        except (UnknownCodecError, ValueError):
            continue
        stream.height, stream.width = target
        formats = [one.name for one in stream.codec_context.codec.video_formats or ()]
        stream.pix_fmt = film.format if film.format in formats else "yuv420p"
        codec = stream.codec_context
        codec.time_base, codec.thread_count = film.time_base, 1
        codec.sample_aspect_ratio = film.aspect
        codec.color_primaries, codec.color_trc = colours.primaries, colours.transfer
        codec.colorspace, codec.color_range = colours.matrix, colours.range
        return stream
    raise PippinError("This PyAV can write no video: install its wheel with `pip install 'pippin[video]'`.")


def _frame(film: Film, image: Array, time: int) -> Any:
    import av

    colours = film.colours
    matrix = None if colours.matrix == UNSPECIFIED else colours.matrix
    frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(
        format=film.format, dst_colorspace=matrix, dst_color_range=colours.range, interpolation=exact(), threads=1
    )
    frame.pts, frame.time_base = time, film.time_base
    return frame


def _join(film: Film, segments: list[Path], path: Path) -> None:
    """Write all segments and what goes along with them into one file, and flush it to the disk."""
    import av

    options = {"movflags": "+faststart"} if film.container in ("mp4", "mov") else {}
    format = {"mkv": "matroska"}.get(film.container, film.container)
    with (
        opened(film.item) as source,
        av.open(f"file:{segments[0]}") as first,
        av.open(f"file:{path}", "w", format=format, container_options=options) as container,
    ):
        container.metadata.update(source.metadata)
        stream = container.add_stream_from_template(first.streams.video[0])
        stream.time_base = film.time_base
        own = main_stream(source, film.item.name)
        _copy_facts(own, stream)
        along = _streams_along(film, source, container)
        if chapters := source.chapters():
            container.set_chapters(chapters)
        container.start_encoding()
        for packet in heapq.merge(_video(film, segments, stream), _along(source, along), key=_moment):
            container.mux(packet)
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _copy_facts(source: Any, target: Any) -> None:
    target.metadata.update({key: value for key, value in source.metadata.items() if key.lower() != "rotate"})
    target.disposition = source.disposition


def _streams_along(film: Film, source: Any, container: Any) -> dict[int, Any]:
    """Add the streams of sound and subtitles; what the container does not take is told and left out."""
    found: dict[int, Any] = {}
    for stream in source.streams:
        if stream.type not in ("audio", "subtitle"):
            continue
        try:
            if container.supported_codecs and stream.codec_context.name not in _named(container):
                raise ValueError
            found[stream.index] = container.add_stream_from_template(stream)
            _copy_facts(stream, found[stream.index])
        except Exception:
            codec = stream.codec_context and stream.codec_context.name
            film.problems.append(f"Its {stream.type} ({codec}) was left out: {film.container} cannot hold it.")
    return found


def _named(container: Any) -> set[str]:
    return set(container.supported_codecs)


def _moment(packet: Any) -> float:
    """Return when a packet is decoded, in seconds."""
    return float((packet.dts if packet.dts is not None else packet.pts or 0) * packet.time_base)


def _video(film: Film, segments: list[Path], stream: Any) -> Iterator[Any]:
    """Yield the packets of all segments, each as long as to the next one."""
    import av

    before: Any = None
    gap = max(1, round(1 / (film.rate * film.time_base)))
    for segment in segments:
        with av.open(f"file:{segment}") as container:
            for packet in container.demux(video=0):
                if packet.pts is None:
                    continue
                time = round(Fraction(packet.pts) * packet.time_base / film.time_base)
                packet.pts = packet.dts = time
                packet.time_base, packet.stream = film.time_base, stream
                if before is not None:
                    before.duration = gap = time - before.pts
                    yield before
                before = packet
    if before is not None:
        before.duration = gap
        yield before


def _along(source: Any, streams: dict[int, Any]) -> Iterator[Any]:
    """Yield packets of the other streams as they are."""
    import av

    try:
        for packet in source.demux([source.streams[index] for index in streams]) if streams else ():
            if packet.dts is not None and packet.size:
                packet.stream = streams[packet.stream.index]
                yield packet
    except av.error.FFmpegError:
        return
