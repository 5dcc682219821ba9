"""Animated GIF, PNG and WebP: frames as they are seen, times, loops, transparency and metadata as they were."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

import pippin
from pippin.apps.upscale import application
from pippin.apps.upscale.animations import is_animation, open_animation
from pippin.apps.upscale.image_io import open_photograph
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.workspace import Workspace

from .conftest import Array, draw

TINY = {"preset": "tiny", "threads": 1, "seed": 0, "progress": False}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a tiny model in use."""
    found = Workspace(tmp_path_factory.mktemp("home"))
    pippin.train(application, workspace=found, epochs=0.5, **TINY)
    return found


def scenes(count: int = 4, *, clear: bool = False) -> list[Image.Image]:
    """A square that moves over a still background, or over nothing."""
    frames = []
    for number in range(count):
        image = np.dstack([draw(40, 56), np.full((40, 56), 0 if clear else 255, np.uint8)])
        left = 4 + 9 * number
        image[10:24, left : left + 12] = (220, 40, 60, 255)
        frames.append(Image.fromarray(image))
    return frames if clear else [frame.convert("RGB") for frame in frames]


def save(path: Path, frames: list[Image.Image], **options: object) -> Path:
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    return path


def enlarge(space: Workspace, path: Path, **options: object) -> tuple[Path, dict[str, object]]:
    (result,) = pippin.predict(application, path, workspace=space, preset="tiny", **options).payload["results"]
    return Path(result["files"][0]["path"]), result


def read_frames(path: Path) -> tuple[list[Array], list[int], object]:
    """Frames RGBA, their times and the loop as another reader has them."""
    with Image.open(path) as image:
        found = [(np.asarray(one.convert("RGBA")), one.info["duration"]) for one in ImageSequence.Iterator(image)]
        return [frame for frame, _ in found], [time for _, time in found], image.info["loop"]


def alone(space: Workspace, frame: Array, tmp_path: Path) -> Array:
    """What a frame becomes as an image of its own."""
    Image.fromarray(frame).save(tmp_path / "alone.png")
    made, _ = enlarge(space, tmp_path / "alone.png", out=tmp_path / "alone-large.png")
    return np.asarray(Image.open(made).convert("RGBA"))


def distance(one: Array, other: Array) -> float:
    """Mean difference in levels, of what is seen on grey."""

    def flat(image: Array) -> Array:
        opaque = image[..., 3:] / 255
        return image[..., :3] * opaque + 128 * (1 - opaque)

    return float(np.abs(flat(one) - flat(other)).mean())


@pytest.mark.parametrize("name", ["a.gif", "a.png", "a.webp"])
@pytest.mark.parametrize("clear", [False, True], ids=["opaque", "transparent"])
def test_each_frame_becomes_what_it_would_alone(space: Workspace, tmp_path: Path, name: str, clear: bool) -> None:
    options = {"lossless": True} if name.endswith("webp") else {"disposal": 1 if name.endswith("png") else 2}
    path = save(tmp_path / name, scenes(clear=clear), duration=[40, 120, 80, 200], loop=0, **options)
    given, _, _ = read_frames(path)
    made, result = enlarge(space, path)
    frames, times, loop = read_frames(made)
    assert result["answer"] == "112 x 80, 4 frames"
    assert made.name == ("a-x2.webp" if name == "a.webp" else f"a-x2-{name[2:]}.webp")
    assert times == [40, 120, 80, 200]
    assert loop == 0
    for number, (before, after) in enumerate(zip(given, frames, strict=True)):
        assert distance(after, alone(space, before, tmp_path)) < 4, number  # WebP loses a little
    assert (frames[0][..., 3].min() == 0) == clear


@pytest.mark.parametrize(("disposal", "left"), [(1, 14 * 39), (2, 14 * 12), (3, 14 * 9)])  # Pillow leaves 3 columns out
def test_what_a_frame_leaves_behind_is_as_it_is_seen(
    space: Workspace, tmp_path: Path, disposal: int, left: int
) -> None:
    path = save(tmp_path / "a.gif", scenes(clear=True), duration=100, disposal=disposal)
    frames, _, _ = read_frames(enlarge(space, path)[0])
    with Image.open(path) as image:
        opaque = [one.convert("RGBA").getchannel("A") for one in ImageSequence.Iterator(image)]
    assert (np.asarray(opaque[-1]) > 0).sum() == left  # the squares before stay, or go
    for before, after in zip(opaque, frames, strict=True):
        large = np.asarray(before.resize((112, 80), Image.Resampling.BICUBIC)).astype(int)
        assert np.abs(after[..., 3] - large).mean() < 6


@pytest.mark.parametrize(("loop", "expected"), [(None, 1), (0, 0), (3, 4)])  # a GIF tells how often it comes again
def test_a_gif_is_shown_as_often_as_before(space: Workspace, tmp_path: Path, loop: int | None, expected: int) -> None:
    path = save(tmp_path / "a.gif", scenes(2), duration=50, **({} if loop is None else {"loop": loop}))
    _, _, made = read_frames(enlarge(space, path)[0])
    assert made == expected


@pytest.mark.parametrize("name", ["a.webp", "a.png"])
def test_a_webp_or_png_is_shown_as_often_as_before(space: Workspace, tmp_path: Path, name: str) -> None:
    path = save(tmp_path / name, scenes(2), duration=50, loop=3)
    assert read_frames(enlarge(space, path)[0])[2] == 3


def test_an_image_beside_the_frames_of_a_png_is_none_of_them(space: Workspace, tmp_path: Path) -> None:
    first, *others = scenes(4)
    path = tmp_path / "a.png"
    first.save(path, save_all=True, append_images=others, default_image=True, duration=70)
    made, result = enlarge(space, path)
    frames, times, _ = read_frames(made)
    assert result["answer"] == "112 x 80, 3 frames"
    assert times == [70] * 3
    assert distance(frames[0], alone(space, np.asarray(others[0].convert("RGBA")), tmp_path)) < 4


def test_frames_without_a_time_get_that_of_browsers(tmp_path: Path) -> None:
    path = save(tmp_path / "a.gif", scenes(3), duration=[0, 10, 20])
    assert open_animation(ImageInput.of(path)).times == (100, 100, 20)


def test_metadata_of_an_animation_are_kept_and_its_result_is_known(space: Workspace, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Pippin Cameras"
    path = save(tmp_path / "a.webp", scenes(2), duration=50, exif=exif.tobytes(), xmp=XMP, icc_profile=b"a profile")
    made, _ = enlarge(space, path)
    with Image.open(made) as image:
        assert image.n_frames == 2
        assert image.getexif()[0x010F] == "Pippin Cameras"
        assert image.info["icc_profile"] == b"a profile"
        assert b"pippin:Source" in image.info["xmp"]
    assert application.data.provenance is not None
    found = application.data.provenance(ImageInput.of(made))
    assert found is not None
    assert found.source == ImageInput.of(path).digest()
    assert "kept" in enlarge(space, path, skip_existing=True)[1]["files"][0]


def test_a_comment_that_is_lost_and_the_change_of_kind_are_told(space: Workspace, tmp_path: Path) -> None:
    _, result = enlarge(space, save(tmp_path / "a.gif", scenes(2), duration=50, comment=b"hello"))
    assert "It is written as animated webp, which holds more colours." in result["evidence"]
    assert "Its comment was left out." in result["evidence"]


def test_what_holds_no_animation_is_refused(space: Workspace, tmp_path: Path) -> None:
    path = save(tmp_path / "a.gif", scenes(2), duration=50)
    with pytest.raises(PippinError, match=r"a\.gif is animated, which webp alone keeps; leave out --format"):
        enlarge(space, path, format="png")
    with pytest.raises(PippinError, match=r"a\.gif is animated, which webp alone keeps; change --out"):
        enlarge(space, path, out=tmp_path / "b.png")
    with pytest.raises(PippinError, match="holds 2 frames"):
        open_photograph(ImageInput.of(path))


def test_a_damaged_animation_ends_no_batch(space: Workspace, tmp_path: Path) -> None:
    content = save(tmp_path / "a.webp", scenes(), duration=50).read_bytes()
    (tmp_path / "cut.webp").write_bytes(content[: len(content) // 2])
    content = save(tmp_path / "a.gif", scenes(), duration=50).read_bytes()
    (tmp_path / "cut.gif").write_bytes(content[: len(content) // 2])
    names = ("cut.webp", "cut.gif", "a.gif")
    report = pippin.predict(application, *(tmp_path / name for name in names), workspace=space, preset="tiny")
    *_, good = report.payload["results"]
    assert good["error"] is None
    for result in report.payload["results"]:
        assert result["error"] is None or "damaged" in result["error"]


def test_a_still_image_is_no_animation(tmp_path: Path) -> None:
    for name in ("a.gif", "a.webp", "a.png"):
        scenes(1)[0].save(tmp_path / name)
        assert not is_animation(ImageInput.of(tmp_path / name))
    assert is_animation(ImageInput.of(save(tmp_path / "b.gif", scenes(2))))
    assert is_animation(ImageInput(content=(tmp_path / "b.gif").read_bytes(), name="b"))


def test_any_size_is_made(space: Workspace, tmp_path: Path) -> None:
    path = save(tmp_path / "a.gif", scenes(2), duration=50)
    made, _ = enlarge(space, path, scale=1.5)
    with Image.open(made) as image:
        assert (made.name, image.size, image.n_frames) == ("a-x1.5-gif.webp", (84, 60), 2)


def test_the_condition_is_that_of_its_frames(tmp_path: Path) -> None:
    animation = open_animation(ImageInput.of(save(tmp_path / "a.gif", scenes(10, clear=True), disposal=2)))
    assert Image.open(io.BytesIO(animation.sample().read())).size == (56, 5 * 40)


def test_its_first_frame_is_explained(space: Workspace, tmp_path: Path) -> None:
    path = save(tmp_path / "a.gif", scenes(2, clear=True), duration=50, disposal=2)
    report = pippin.explain(application, str(path), workspace=space, preset="tiny", scale=1.5)
    assert (report.payload["width"], report.payload["height"]) == (84, 60)
    assert "Its first frame is explained." in report.notes
