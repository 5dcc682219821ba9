"""Y4M files come back as they were written, other programs read them, and damaged ones are refused in a sentence."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippin.apps.lipread.video import y4m
from pippin.core.errors import PippinError

SMALL = np.arange(3 * 4 * 6, dtype=np.uint8).reshape(3, 4, 6)


def coloured(colours: str, extra: int, tags: str = "F25:1") -> bytes:
    """`SMALL` with `extra` bytes of colour a frame."""
    frames = b"".join(b"FRAME Ip\n" + frame.tobytes() + bytes(extra) for frame in SMALL)
    return f"YUV4MPEG2 W6 H4 {tags}{colours}\n".encode() + frames


@given(
    st.integers(1, 4),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 120),
    st.lists(st.text("abcXYZ-é", min_size=1)),
    st.randoms(use_true_random=False),
)
def test_what_is_written_is_read(count: int, height: int, width: int, rate: int, words: list[str], random) -> None:
    frames = np.frombuffer(random.randbytes(count * height * width), np.uint8).reshape(count, height, width)
    content = y4m.written(frames, rate, " ".join(words))
    read = y4m.read(content, "clip")
    assert y4m.is_y4m(content)
    assert read.rate == rate
    assert read.remark == " ".join(words)
    np.testing.assert_array_equal(read.frames, frames)


@pytest.mark.parametrize(
    ("colours", "extra"), [(" Cmono", 0), ("", 12), (" C420mpeg2", 12), (" C420", 12), (" C422", 24), (" C444", 48)]
)
def test_luma_is_taken_from_frames_in_colour(colours: str, extra: int) -> None:
    read = y4m.read(coloured(colours, extra), "clip")
    np.testing.assert_array_equal(read.frames, SMALL)


def test_odd_sides_round_colours_up() -> None:
    assert y4m.read(b"YUV4MPEG2 W3 H3 F25:1 C420\nFRAME\n" + bytes(9 + 8), "clip").frames.shape == (1, 3, 3)


def test_rates_are_fractions() -> None:
    assert y4m.read(coloured("", 12, "F30000:1001"), "clip").rate == pytest.approx(29.97, abs=0.001)
    assert y4m.read(coloured("", 12, "F0:0"), "clip").rate == 25


@pytest.mark.parametrize("cut", [1, 23, 24, 25, 28, 29])
def test_a_last_frame_that_is_cut_short_is_left_out(cut: int) -> None:
    content = y4m.written(SMALL)[:-cut]
    np.testing.assert_array_equal(y4m.read(content, "clip").frames, SMALL[:2])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"YUV4MPEG2",
        b"YUV4MPEG2 W6 H4 F25:1 Cmono\n",
        b"YUV4MPEG2 W6 H4 F25:1 Cmono\nFRAME\n",
        b"YUV4MPEG2 H4 F25:1 Cmono\nFRAME\n",
        b"YUV4MPEG2 W5000 H4 F25:1 Cmono\nFRAME\n",
        b"YUV4MPEG2 W-6 H4 F25:1 Cmono\nFRAME\n",
        coloured(" Cmono", 1),
        coloured(" C420p10", 12),
        coloured("", 12, "F25:0"),
        coloured("", 12, "F999999:1"),
        coloured("", 12, "Ffast"),
    ],
)
def test_what_is_malformed_is_refused(content: bytes) -> None:
    with pytest.raises(PippinError, match=r"clip\.y4m") as caught:
        y4m.read(content, "clip.y4m")
    assert caught.value.message.endswith(".")
    assert caught.value.input == "clip.y4m"


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_read_or_refused(content: bytes, begun: bool) -> None:
    with suppress(PippinError):
        y4m.read((b"YUV4MPEG2 " if begun else b"") + content, "clip")


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 255)), max_size=4), st.integers(0, 130))
def test_damaged_files_are_read_or_refused(changes: list[tuple[int, int]], length: int) -> None:
    content = bytearray(y4m.written(SMALL, remark="rendered"))
    for place, value in changes:
        content[place] = value
    with suppress(PippinError):
        assert y4m.read(bytes(content[:length]), "clip").frames.ndim == 3


def test_ffmpeg_decodes_the_same_luma() -> None:
    av = pytest.importorskip("av")
    frames = np.random.default_rng(0).integers(0, 256, (5, 40, 64), np.uint8)
    with av.open(io.BytesIO(y4m.written(frames, 25, "rendered"))) as container:
        assert container.streams.video[0].average_rate == 25
        decoded = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    np.testing.assert_array_equal(np.stack(decoded), frames)
