"""Key frames of videos, upright and some seconds apart."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from pippin.apps.faces.album.video_frames import decode_key_frames
from pippin.core.errors import PippinError

av = pytest.importorskip("av")


def film(path: Path, n_frames: int = 80, every: int = 10) -> None:
    """Write a video of 10 frames a second, grey levels rising, with a key frame at each tenth."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.codec_context.gop_size, stream.codec_context.time_base = every, Fraction(1, 10)
        for number in range(n_frames):
            frame = av.VideoFrame.from_ndarray(np.full((96, 160, 3), 2 * number, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_key_frames_are_seconds_apart_and_no_larger_than_asked_for(tmp_path: Path) -> None:
    film(tmp_path / "a.mp4")
    frames = list(decode_key_frames(tmp_path / "a.mp4", 80))
    seconds = [frame.seconds for frame in frames]
    assert len(seconds) == 4
    assert seconds[0] == 0
    assert min(np.diff(seconds)) >= 2
    assert [round(float(frame.photograph.pixels.mean()) / 40) for frame in frames] == [0, 1, 2, 3]
    assert {frame.photograph.pixels.shape for frame in frames} == {(48, 80, 3)}
    assert {frame.photograph.size for frame in frames} == {(160, 96)}
    assert len(list(decode_key_frames(tmp_path / "a.mp4", 80, max_frames=2))) == 2


def test_a_video_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    film(tmp_path / "a.avi")
    content = (tmp_path / "a.avi").read_bytes()
    (tmp_path / "b.avi").write_bytes(content[: len(content) * 2 // 3])
    assert list(decode_key_frames(tmp_path / "b.avi", 80))


@pytest.mark.parametrize("content", [b"", b"no video", bytes(5000)])
def test_what_is_no_video_is_told_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(PippinError, match=r"a\.mp4 .*\.$"):
        list(decode_key_frames(tmp_path / "a.mp4", 80))
