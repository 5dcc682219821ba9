"""Clips as people have them: any rate, damaged, sideways, without a face or with two, and folders of them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pippin.apps.lipread.alignments import named, words_in
from pippin.apps.lipread.config import LipreadConfig
from pippin.apps.lipread.data import load
from pippin.apps.lipread.video import clips
from pippin.apps.lipread.video.frames import Frames
from pippin.apps.lipread.video.mouth_crop import mouth_of
from pippin.core.errors import PippinError
from pippin.core.inputs import Video

av = pytest.importorskip("av")


def film(images, rate: int = 25, form: str = "mp4") -> bytes:
    """A video of PIL pictures."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as out:
        stream = out.add_stream("libx264", rate=rate, width=images[0].width, height=images[0].height)
        stream.pix_fmt = "yuv420p"
        for image in images:
            out.mux(stream.encode(av.VideoFrame.from_image(image)))
        out.mux(stream.encode())
    return file.getvalue()


def sound() -> bytes:
    """A file of sound alone."""
    file = io.BytesIO()
    with av.open(file, "w", format="wav") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    return file.getvalue()


def greys(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (64, 48), (2 * number, 100, 100)) for number in range(count)]


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """A face that comes with scikit-image."""
    data = pytest.importorskip("skimage.data")
    return Image.fromarray(data.astronaut()).crop((60, 0, 380, 320))


def scene(portrait: Image.Image, small: bool = True) -> Image.Image:
    image = Image.new("RGB", (640, 360), (90, 120, 90))
    image.paste(portrait, (10, 30))
    if small:
        image.paste(portrait.resize((220, 220)), (390, 100))
    return image


@pytest.mark.parametrize(("rate", "frames"), [(15, 45), (25, 75), (30, 90), (60, 180)])
def test_any_rate_becomes_25_frames_a_second(rate, frames):
    clip = Video(content=film(greys(frames), rate), name="clip")
    assert abs(len(list(Frames(clip))) - 75) <= 1


def test_frames_can_be_gone_through_twice():
    frames = Frames(Video(content=film(greys(20)), name="clip"))
    first, second = ([np.asarray(frame.grey()) for frame in frames] for _ in range(2))
    assert len(first) == 20
    assert all((one == other).all() for one, other in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"no video", "no video"), (b"", "no video"), (sound(), "only sound")],
)
def test_what_is_no_video_is_refused_in_a_sentence(content, said):
    with pytest.raises(PippinError, match=said):
        list(Frames(Video(content=content, name="clip")))


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(PippinError, match="does not exist"):
        list(Frames(Video.of(tmp_path / "none.mp4")))


def test_of_a_damaged_stream_what_can_be_read_is_used():
    whole = film([Image.effect_noise((320, 240), 90).convert("RGB") for _ in range(50)], form="matroska")
    frames = Frames(Video(content=whole[: len(whole) * 2 // 3], name="clip"))
    assert 10 < len(list(frames)) < 50


def stamped(stamps) -> bytes:
    """A video whose frames have these times, in 1/25 s."""
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as out:
        stream = out.add_stream("mjpeg", rate=25, width=64, height=48)
        stream.pix_fmt = "yuvj420p"
        for number, stamp in enumerate(stamps):
            frame = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (2 * number, 9, 9)))
            for packet in stream.encode(frame):
                packet.pts = packet.dts = int(stamp / 25 / packet.time_base)
                out.mux(packet)
    return file.getvalue()


def test_a_gap_of_hours_ends_a_clip():
    frames = Frames(Video(content=stamped([*range(20), 25 * 3600 * 9]), name="clip"))
    assert len(list(frames)) == 20
    assert frames.notes == ["After 0.8 s no frame follows for 32399 s; it was read until there."]


def test_a_pause_of_seconds_is_a_frame_that_stays():
    frames = Frames(Video(content=stamped([*range(10), 60, 61]), name="clip"))
    assert len(list(frames)) == 62
    assert not frames.notes


def test_a_clip_is_read_for_an_hour_at_most(monkeypatch):
    monkeypatch.setattr("pippin.apps.lipread.video.frames.MAX_FRAMES", 4)
    frames = Frames(Video(content=stamped([*range(120)]), name="clip"))
    assert len(list(frames)) <= 4 * 25 + 1
    assert any("first" in note for note in frames.notes)


def test_a_file_that_names_other_places_opens_none():
    sdp = b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    with pytest.raises(PippinError):
        list(Frames(Video(content=sdp, name="clip.sdp")))


def test_a_name_with_a_colon_is_a_file(tmp_path):
    path = tmp_path / "12:30.mp4"
    path.write_bytes(film(greys(10)))
    assert len(list(Frames(Video.of(path)))) == 10


def test_a_strange_rate_makes_no_endless_clip():
    from pippin.apps.lipread.video import y4m

    content = y4m.written(np.zeros((7, 40, 64), np.uint8)).replace(b"F25:1", b"F1:999999999")
    assert len(clips.mouth(Video(content=content, name="clip")).frames) <= 7 * 25


@given(st.binary(max_size=300), st.integers(0, 2000))
def test_broken_files_never_bring_anything_but_a_sentence(noise, place):
    whole = film(greys(8))
    content = whole[:place] + noise + whole[place + len(noise) :]
    said = ""
    try:
        list(Frames(Video(content=content, name="clip")))
    except PippinError as problem:
        said = problem.message
    assert "\n" not in said


@pytest.fixture(scope="module", autouse=True)
def _models() -> None:
    pytest.importorskip("ai_edge_litert")


def test_a_mouth_is_cut_out_upright_and_steady(portrait):
    shifts = [(0, 0), *((2 * n, n) for n in range(1, 12))]
    images = []
    for x, y in shifts:
        image = Image.new("RGB", (400, 400), (90, 120, 90))
        image.paste(portrait, (x, y))
        images.append(image)
    mouth = mouth_of(Video(content=film(images), name="clip"))
    assert mouth.frames.shape == (len(shifts), 40, 64)
    likeness = [np.corrcoef(mouth.frames[3].ravel(), frame.ravel())[0, 1] for frame in mouth.frames[3:-3]]
    assert min(likeness) > 0.8
    assert not mouth.notes


def test_of_two_faces_the_largest_is_read_and_the_other_on_request(portrait):
    content = film([scene(portrait)] * 8)
    first, second = mouth_of(Video(content=content, name="clip")), mouth_of(Video(content=content, name="clip"), 2)
    assert "2 faces" in first.notes[0]
    assert not second.notes
    likeness = np.corrcoef(first.frames[4].ravel(), second.frames[4].ravel())[0, 1]
    assert likeness > 0.85  # the same picture, smaller
    assert (first.frames[4] != second.frames[4]).any()
    with pytest.raises(PippinError, match=r"2 faces can be seen in clip; --face-index goes up to 2\."):
        mouth_of(Video(content=content, name="clip"), 3)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_video_on_its_side_is_read_all_the_same(portrait, turn):
    upright = mouth_of(Video(content=film([scene(portrait, small=False)] * 8), name="clip"))
    turned = scene(portrait, small=False).rotate(turn, expand=True)
    found = mouth_of(Video(content=film([turned] * 8), name="clip"))
    assert np.corrcoef(upright.frames[4].ravel(), found.frames[4].ravel())[0, 1] > 0.8


def test_frames_without_a_face_are_bridged_and_counted(portrait):
    face, none = scene(portrait, small=False), Image.new("RGB", (640, 360), (90, 120, 90))
    found = mouth_of(Video(content=film([face] * 12 + [none] * 9 + [face] * 12), name="clip"))
    assert len(found.frames) == 33
    assert any("bridged" in note for note in found.notes)
    assert not found.partial
    long = mouth_of(Video(content=film([face] * 12 + [none] * 60 + [face] * 30), name="clip"))
    assert long.partial
    assert 28 <= len(long.frames) <= 34
    assert any("Read from" in note for note in long.notes)


def test_no_face_is_said_in_a_sentence():
    with pytest.raises(PippinError, match="No face"):
        mouth_of(Video(content=film([Image.new("RGB", (320, 240), "green")] * 6), name="clip"))


def test_noise_in_which_no_face_can_be_followed_is_said_so():
    rng = np.random.default_rng(0)
    images = [Image.fromarray(rng.integers(0, 256, (240, 320, 3), np.uint8)) for _ in range(6)]
    with pytest.raises(PippinError, match="No face can be followed in clip"):
        mouth_of(Video(content=film(images), name="clip"))


def test_names_of_grid_spell_sentences():
    assert named("bbaf2n") == "bin blue at f two now"
    assert named("swiz9s") == "set white in z nine soon"
    assert named("lgbxzp") == "lay green by x zero please"
    assert named("holiday") is None
    assert named("bbaw2n") is None


@given(st.binary(max_size=200))
def test_broken_alignments_never_bring_anything_but_a_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("align") / "x.align"
    path.write_bytes(content)
    said = ""
    try:
        words_in(path)
    except PippinError as problem:
        said = problem.message
    assert "\n" not in said


def corpus(folder: Path, speakers: int = 3, each: int = 12) -> Path:
    """A folder like GRID's, of rendered mouths."""
    from pippin.apps.lipread.rendering.sample import rendered

    for number, clip in enumerate(rendered(speakers * each)):
        place = folder / f"s{number % speakers + 1}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"clip{number}.y4m").write_bytes(clip.read())
        lines = [f"{round(b * 25_000)} {round(e * 25_000)} {word}" for b, e, word in clip.words]
        (place / f"clip{number}.align").write_text("\n".join(["0 1 sil", *lines]))
    return folder


def test_a_folder_of_speakers_is_read_with_times_and_nothing_lies_in_two_parts(tmp_path):
    data = load(str(corpus(tmp_path)), LipreadConfig())
    assert (len(data.train), len(data.val), len(data.test)) == (30, 2, 4)
    assert not {e.group for e in data.train} & {e.group for e in data.test}
    first = data.train[0].input
    assert isinstance(first, clips.Clip)
    assert first.speaker in {"s1", "s2", "s3"}
    assert " ".join(word for *_, word in first.words) == data.train[0].answer
    assert "held out" in data.notes[0]


def test_speakers_are_held_out_whole(tmp_path):
    folder = str(corpus(tmp_path))
    data = load(folder, LipreadConfig(speaker="s2, s3"))
    assert {e.input.speaker for e in data.test} == {"s2", "s3"}
    assert {e.input.speaker for e in data.train + data.val} == {"s1"}
    assert data.val
    assert data.predefined_split
    # A model that learned from some of their sentences is scored on the others alone.
    from pippin.core.scoring import drop_seen, example_ids

    usual = load(folder, LipreadConfig())
    learned = {example.answer for example in usual.train}
    unseen = drop_seen(data, example_ids(usual.train), data.test)[0]
    assert unseen
    assert {e.key for e in unseen} == {e.key for e in data.test if e.answer not in learned}
    with pytest.raises(PippinError, match="s1, s2, s3"):
        load(folder, LipreadConfig(speaker="s9"))


def test_the_sentence_may_stand_in_a_text_or_in_the_name(tmp_path):
    whole = corpus(tmp_path / "a", 1, 3) / "s1"
    files = sorted(whole.glob("*.y4m"))
    for file in whole.glob("*.align"):
        file.unlink()
    files[0].with_suffix(".txt").write_text("Turn  ON the light")
    files[1].rename(whole / "bbaf2n.y4m")
    (whole / "bbaf3s.y4m").write_bytes((whole / "bbaf2n.y4m").read_bytes())
    data = load(str(whole), LipreadConfig())
    assert {e.answer for e in data.examples} == {"turn on the light", "bin blue at f two now"}
    reasons = " ".join(item.reason for item in data.skipped)
    assert "is not known" in reasons
    assert "is the same as" in reasons


@pytest.mark.parametrize("name", ["empty", "none"])
def test_a_folder_without_clips_is_refused(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(PippinError):
        load(str(tmp_path / name), LipreadConfig())


def test_rendered_clips_stay_in_their_part_when_there_are_more():
    few, more = load(None, LipreadConfig(clips=40)), load(None, LipreadConfig(clips=80))
    assert {e.key for e in few.test} < {e.key for e in more.test}
    assert not {e.key for e in few.train} & {e.key for e in more.test}
