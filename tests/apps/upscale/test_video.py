"""Videos: frames, times, colours and sound as they were; runs that are cut off go on; odd files are one sentence."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.apps.upscale import application, video_inputs, video_writer
from pippin.apps.upscale.changes import Frames, affected
from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.tiling import TILE, TiledUpscaler
from pippin.apps.upscale.video_inputs import is_film
from pippin.apps.upscale.video_reader import open_film
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.workspace import Workspace

from .conftest import Array, draw, random_model
from .filming import images, packets, render, rgb, scene

NETWORK = random_model(2)
TWICE = TiledUpscaler(NETWORK, 2, NETWORK.shape.radius)
TINY = {"preset": "tiny", "threads": 1, "seed": 0, "progress": False}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a tiny model in use."""
    found = Workspace(tmp_path_factory.mktemp("home"))
    pippin.train(application, workspace=found, epochs=0.5, **TINY)
    return found


def enlarge(space: Workspace, *inputs: Path, **options: object) -> list[dict[str, object]]:
    return list(pippin.predict(application, *inputs, workspace=space, **options).payload["results"])


def one(space: Workspace, path: Path, **options: object) -> Path:
    (result,) = enlarge(space, path, **options)
    return Path(result["files"][0]["path"])


@pytest.mark.parametrize(
    ("name", "codec", "sound"),
    [
        ("a.mp4", "libx264", "aac"),
        ("a.mov", "libx264", "aac"),
        ("a.mkv", "libx264", "libopus"),
        ("a.webm", "libvpx-vp9", None),
    ],
)
def test_frames_times_sound_and_title_are_those_of_the_film(
    space: Workspace, tmp_path: Path, name: str, codec: str, sound: str | None
) -> None:
    path = render(tmp_path / name, codec=codec, sound=sound if sound != "libopus" else "aac")
    made = one(space, path, strength=0.0)
    assert made.name == f"a-x2.{name[2:]}"
    times, frames = images(made)
    expected, small = images(path)
    assert times == pytest.approx(expected, abs=0.0011)
    assert {frame.shape for frame in frames} == {(96, 128, 3)}
    for large, little in zip(frames, small, strict=True):
        halved = np.asarray(Image.fromarray(large).resize((64, 48), Image.Resampling.BOX), int)
        assert np.abs(halved - little).mean() < 6
    if sound:
        assert packets(made, "audio") == packets(path, "audio")
    with av.open(str(made)) as container:
        assert {key.lower(): value for key, value in container.metadata.items()}["title"] == "A square"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([name, made.name])


def test_a_variable_frame_rate_is_kept(space: Workspace, tmp_path: Path) -> None:
    times = [0, 4, 5, 20, 21, 22, 60, 64, 100, 101]
    path = render(tmp_path / "a.mp4", 10, times=times, sound=None)
    assert images(one(space, path))[0] == pytest.approx([time / 100 for time in times])


@pytest.mark.parametrize("matrix", [1, 5])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("format", ["yuv420p", "yuv444p"])
def test_colours_and_their_marks_are_kept(
    space: Workspace, tmp_path: Path, matrix: int, full: bool, format: str
) -> None:
    path = render(tmp_path / "a.mp4", 2, matrix=matrix, full=full, format=format, sound=None)
    made = one(space, path, strength=0.0)

    def marks(path: Path) -> tuple[object, ...]:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            return frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range, frame.format.name

    assert marks(made) == marks(path)
    large, small = images(made)[1][0], images(path)[1][0]
    assert np.abs(large.reshape(-1, 3).mean(0) - small.reshape(-1, 3).mean(0)).max() < 1.5


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_film_that_lies_on_its_side_comes_out_upright(space: Workspace, tmp_path: Path, turn: int) -> None:
    path = render(tmp_path / "a.mp4", 2, turn=turn, aspect=Fraction(4, 3), sound=None)
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        upright = np.rot90(rgb(frame), round(frame.rotation / 90) % 4)
    made = one(space, path, strength=0.0)
    found = images(made)[1][0]
    assert found.shape == (2 * upright.shape[0], 2 * upright.shape[1], 3)
    halved = np.asarray(Image.fromarray(found).resize(upright.shape[1::-1], Image.Resampling.BOX), int)
    assert np.abs(halved - upright).mean() < 6
    with av.open(str(made)) as container:
        aspect = Fraction(4, 3) if turn == 180 else Fraction(3, 4)
        assert container.streams.video[0].sample_aspect_ratio == aspect
        assert next(container.decode(video=0)).rotation == 0


@pytest.mark.parametrize(
    ("asked", "size", "name"),
    [
        ({"scale": 1.5}, (96, 72), "a-x1.5.mp4"),
        ({"width": 101}, (100, 76), "a-101w.mp4"),
        ({"width": 32}, (32, 24), "a-32w.mp4"),
    ],
)
def test_sides_of_films_are_even(
    space: Workspace, tmp_path: Path, asked: dict[str, object], size: tuple[int, int], name: str
) -> None:
    (result,) = enlarge(space, render(tmp_path / "a.mp4", 3), **asked)
    assert result["answer"] == f"{size[0]} x {size[1]}, 3 frames"
    assert Path(result["files"][0]["path"]).name == name
    assert images(tmp_path / name)[1][0].shape == (size[1], size[0], 3)


def whole(frame: Array) -> Array:
    return np.concatenate(list(TWICE.rows([frame], *frame.shape[:2], alpha=False)))


def test_what_did_not_change_is_the_same_to_the_bit() -> None:
    frames = Frames(Enlargement((TWICE,), (220, 300), (440, 600)))
    radius, before = TWICE.radius, None
    for number in range(4):
        frame = scene(number, 220, 300)
        made = frames.enlarge(frame).copy()
        difference = np.abs(made.astype(int) - whole(frame))
        assert difference.max() <= 1  # sums in another order may fall on the other side of a half
        assert (difference > 0).mean() < 1e-3
        if before is not None:
            still = np.ones((220, 300), bool)
            ys, xs = np.nonzero((frame != scene(number - 1, 220, 300)).any(2))
            still[
                max(0, ys.min() - radius) : ys.max() + radius + 1, max(0, xs.min() - radius) : xs.max() + radius + 1
            ] = 0
            assert np.array_equal(made[::2, ::2][still], before[::2, ::2][still])
        before = made


def test_a_frame_keeps_its_mean_as_an_image_does() -> None:
    enlarger = replace(TWICE, keeps_mean=True)
    frames = Frames(Enlargement((enlarger,), (220, 300), (440, 600)))
    for number in range(3):
        frame = scene(number, 220, 300)
        expected = np.concatenate(list(enlarger.rows([frame], 220, 300, alpha=False))).astype(int)
        assert np.abs(frames.enlarge(frame) - expected).max() <= 2
    assert np.abs(expected - whole(frame)).max() > 2, "nothing was corrected"


@pytest.mark.parametrize("place", [(0, 0), (0, 191), (191, 191), (192, 192), (219, 299), (100, 200)])
def test_all_that_a_changed_pixel_reaches_is_made_anew(place: tuple[int, int]) -> None:
    first = draw(220, 300)
    second = first.copy()
    second[place] = 255 - second[place]
    frames = Frames(Enlargement((TWICE,), (220, 300), (440, 600)))
    frames.enlarge(first)
    assert np.abs(frames.enlarge(second).astype(int) - whole(second)).max() <= 1


def test_a_still_film_goes_through_the_network_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    tile = TiledUpscaler.tile
    monkeypatch.setattr(TiledUpscaler, "tile", lambda *given, **named: (seen.append(1), tile(*given, **named))[1])
    frames = Frames(Enlargement((TWICE, TWICE), (100, 100), (390, 390)))
    made = [frames.enlarge(draw(100, 100)).copy() for _ in range(5)]
    assert len(seen) == 1 + 4  # one tile, and the four of what became of it
    assert all(np.array_equal(one, made[0]) for one in made)
    assert list(affected(np.zeros((500, 500), bool), 5)) == []
    assert len(list(affected(np.ones((TILE + 1, TILE), bool), 5))) == 2


CUT = """
import sys, time
from pathlib import Path
import pippin
from pippin.apps.upscale import changes, video_writer
video_writer.SEGMENT = 4
really = changes.Frames.enlarge
count = 0
def slowly(self, frame):
    global count
    count += 1
    time.sleep(0.05 if count < 60 else 5)  # it does not end before it is cut off
    return really(self, frame)
changes.Frames.enlarge = slowly
pippin.predict("upscale", sys.argv[1], preset="tiny")
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_cut_off_goes_on_to_the_same_file(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    monkeypatch.setattr(video_writer, "SEGMENT", 4)
    (tmp_path / "whole").mkdir()
    (tmp_path / "cut").mkdir()
    path = render(tmp_path / "whole" / "a.mp4", 120)
    expected = one(space, path).read_bytes()
    path = path.rename(tmp_path / "cut" / "a.mp4")
    environment = {**os.environ, "PIPPIN_HOME": str(space.home)}
    with subprocess.Popen([sys.executable, "-c", CUT, str(path)], env=environment, stderr=subprocess.PIPE) as child:
        until = time.monotonic() + 120
        while len(list(path.parent.glob(".a-x2-*/*.nut"))) < 3 and time.monotonic() < until:
            time.sleep(0.005)
        child.send_signal(how)
        _, told = child.communicate()
    assert not (path.parent / "a-x2.mp4").exists()
    kept = {segment.name: segment.stat().st_mtime_ns for segment in path.parent.glob(".a-x2-*/*.nut")}
    assert 3 <= len(kept) < 30
    if how == signal.SIGINT:
        assert b"are kept, and the same command goes on there" in told
    encode, made = video_writer._encode, []
    monkeypatch.setattr(video_writer, "_encode", lambda *given: (made.append(1), encode(*given))[1])
    assert one(space, path).read_bytes() == expected
    assert len(made) == 30 - len(kept)
    assert not list(path.parent.glob(".a-x2-*"))


def test_what_was_begun_with_other_settings_is_forgotten(space: Workspace, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", 3)
    old = tmp_path / f".a-x2-{'0' * 16}"
    old.mkdir()
    (old / "000000.nut").write_bytes(b"old")
    one(space, path)
    assert not old.exists()


def test_an_error_leaves_nothing_behind(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = render(tmp_path / "a.mp4", 6)

    def fail(*given: object) -> None:
        raise PippinError("The stream is odd.")

    monkeypatch.setattr(video_writer, "_join", fail)
    with pytest.raises(PippinError, match="The stream is odd"):
        one(space, path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.mp4"]


def test_odd_films_are_one_sentence_and_end_no_batch(space: Workspace, tmp_path: Path) -> None:
    good = render(tmp_path / "good.mp4", 3)
    (tmp_path / "cut.mp4").write_bytes(good.read_bytes()[:600])
    (tmp_path / "empty.mkv").write_bytes(b"")
    (tmp_path / "text.avi").write_bytes(b"no video")
    with av.open(str(tmp_path / "sound.mp4"), "w") as container:
        tone = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        container.mux(tone.encode(frame))
        container.mux(tone.encode(None))
    render(tmp_path / "hdr.mp4", 2, transfer=16)
    Image.fromarray(draw(30, 40)).save(tmp_path / "picture.png")
    names = ("cut.mp4", "empty.mkv", "text.avi", "sound.mp4", "hdr.mp4", "none.mp4", "picture.png", "good.mp4")
    found = {Path(result["input"]).name: result for result in enlarge(space, *(tmp_path / name for name in names))}
    why = {
        "cut.mp4": "damaged, or not a video", "empty.mkv": "damaged, or not a video",
        "text.avi": "damaged, or not a video", "sound.mp4": "holds no video", "hdr.mp4": r"is an HDR video (PQ)",
        "none.mp4": "it does not exist",
    }  # fmt: skip
    for name, words in why.items():
        assert words in found[name]["error"], name
    assert Path(found["good.mp4"]["files"][0]["path"]).name == "good-x2.mp4"
    assert Path(found["picture.png"]["files"][0]["path"]).name == "picture-x2.png"


# Readers of Matroska and AVI go on behind damage without an error.
@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mkv", "libx264"), ("a.mp4", "libx264"), ("a.avi", "libx264"), ("a.avi", "mpeg4"), ("a.webm", "libvpx-vp9")],
)
@pytest.mark.parametrize("damage", ["zeros", "cut"])
def test_what_can_be_read_of_a_damaged_film_is_used_and_told(
    space: Workspace, tmp_path: Path, name: str, codec: str, damage: str
) -> None:
    path = render(tmp_path / name, 40, sound=None, codec=codec)
    content = bytearray(path.read_bytes())
    middle, length = len(content) // 2, len(content) // 8
    if damage == "cut" and name != "a.mp4":  # whose index would point elsewhere
        del content[middle : middle + length]
    else:
        content[middle : middle + length] = bytes(length)
    path.write_bytes(content)
    report = pippin.predict(application, path, workspace=space)
    (result,) = report.payload["results"]
    times, _ = images(Path(result["files"][0]["path"]))
    assert 2 <= len(times) < 40
    assert times == sorted(times)
    (told,) = [str(told) for told in result["evidence"] if "damaged" in str(told)]
    assert re.match(r"Its stream (is damaged; frames .* left out|holds no frames .*) \((about )?[\d., tos]+ s\)", told)
    assert any(told in note for note in report.notes)


@pytest.mark.parametrize(("name", "codec"), [("a.mkv", "libx264"), ("a.avi", "mpeg4"), ("a.webm", "libvpx-vp9")])
def test_of_a_sound_film_no_damage_is_told(space: Workspace, tmp_path: Path, name: str, codec: str) -> None:
    path = render(tmp_path / name, 12, sound=None, codec=codec)
    film = open_film(ImageInput.of(path))
    assert len(list(film.decode())) == 12
    assert not film.problems


def test_sound_the_container_cannot_hold_is_told_in_the_answer(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = render(tmp_path / "a.mp4", 2)
    monkeypatch.setattr(video_writer, "_named", lambda container: {"h264"})
    (result,) = enlarge(space, path)
    assert "Its audio (aac) was left out: mp4 cannot hold it." in result["evidence"]
    assert packets(Path(result["files"][0]["path"]), "video")
    assert "audio" not in capsys.readouterr().err


def test_what_a_film_has_beside_is_told(space: Workspace, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", 2, codec="libx264", format="yuv420p", sound=None)
    (tmp_path / "a.avi").write_bytes(b"")
    render(tmp_path / "a.avi", 2, codec="mpeg4", sound=None)
    (result,) = enlarge(space, tmp_path / "a.avi")
    assert "It is written as mkv, which takes any sound." in result["evidence"]
    assert Path(result["files"][0]["path"]).name == "a-x2-avi.mkv"
    assert open_film(ImageInput.of(path)).notes == ()


def test_subtitles_and_chapters_go_along(space: Workspace, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\n00:00:00,100 --> 00:00:00,600\nApples\n\n2\n00:00:00,700 --> 00:00:00,900\nPears\n"
    )
    plain, path = render(tmp_path / "plain.mkv", 25, sound=None), tmp_path / "a.mkv"
    with av.open(str(plain)) as film, av.open(str(tmp_path / "a.srt")) as words, av.open(str(path), "w") as both:
        streams = {
            one: both.add_stream_from_template(one) for one in (film.streams.video[0], words.streams.subtitles[0])
        }
        both.set_chapters(
            [{"id": 0, "start": 0, "end": 500, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}]
        )
        for source in (film, words):
            for packet in source.demux():
                if packet.size:
                    packet.stream = streams[packet.stream]
                    both.mux(packet)
    made = one(space, path)
    assert packets(made, "subtitles") == packets(path, "subtitles") == [b"Apples", b"Pears"]
    with av.open(str(made)) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One"]


def test_an_interlaced_film_is_refused(space: Workspace, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mkv", 6, sound=None, interlaced=True)
    with pytest.raises(PippinError, match="is interlaced; deinterlace it first"):
        one(space, path)


def test_out_names_a_film(space: Workspace, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", 3)
    assert one(space, path, out=tmp_path / "large.mp4") == tmp_path / "large.mp4"
    with pytest.raises(PippinError, match="can be written as mp4, not as jpg"):
        one(space, path, out=tmp_path / "large.jpg")
    assert one(space, path, out=tmp_path / "new").name == "a-x2.mp4"


def test_time_is_told_before_it_starts(space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pippin.apps.upscale.timing.seconds_a_pixel", lambda enlarger: 1e-4)
    lines: list[str] = []
    monkeypatch.setattr("builtins.print", lambda *told, **named: lines.append(str(told[0])))
    path = render(tmp_path / "a.mp4", 50, sound=None)
    Image.fromarray(draw(30, 40)).save(tmp_path / "b.png")
    enlarge(space, path, tmp_path / "b.png")
    assert lines[0].startswith("1 image, 1 clip of 50 frames, 0.2 megapixels, 2 times as wide: at most 1")


def test_a_film_is_known_by_its_content(tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", 2).rename(tmp_path / "b.jpg")
    assert is_film(ImageInput.of(path))
    Image.fromarray(draw(20, 20)).save(tmp_path / "c.png")
    assert not is_film(ImageInput.of((tmp_path / "c.png").rename(tmp_path / "c.mp4")))
    assert [item.path for item in video_inputs.expand(str(tmp_path / "*.mp4"))] == [tmp_path / "c.mp4"]
    with pytest.raises(PippinError, match="No video matches"):
        video_inputs.expand(str(tmp_path / "*.mkv"))


def test_without_the_library_one_line_says_what_to_install(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = render(tmp_path / "a.mp4", 2)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(PippinError, match=r"needs PyAV: run `pip install 'pippin\[video\]'`"):
        one(space, path)


def test_its_first_frame_is_explained(space: Workspace, tmp_path: Path) -> None:
    path = render(tmp_path / "a.mp4", 3, sound=None)
    report = pippin.explain(application, str(path), workspace=space, preset="tiny")
    assert (report.payload["width"], report.payload["height"]) == (128, 96)
    assert "Its first frame is explained." in report.notes
