"""Enlarging through the front door: where files go, batches cut off and gone on with, teaching, and refusals."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.apps.upscale import application
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.paths import use_home
from pippin.core.workspace import Workspace
from pippin.verbs.commands import command

from .conftest import draw

TINY = {"preset": "tiny", "threads": 1, "seed": 0, "progress": False}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with a tiny model in use."""
    found = Workspace(tmp_path_factory.mktemp("home"))
    pippin.train(application, workspace=found, use=True, **TINY)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six photographs."""
    for number in range(6):
        Image.fromarray(np.roll(draw(60, 90), number, 1)).save(tmp_path / f"{number}.png")
    return tmp_path


def enlarge(space: Workspace, *inputs: object, **options: object) -> dict[str, object]:
    return dict(pippin.predict(application, *inputs, workspace=space, **options).payload)


def files(payload: dict[str, object]) -> list[str]:
    return [Path(file["path"]).name for result in payload["results"] for file in result["files"]]


def test_the_larger_image_lies_beside_the_smaller(space: Workspace, folder: Path) -> None:
    payload = enlarge(space, folder / "0.png")
    assert payload["results"][0]["answer"] == "180 x 120"
    assert files(payload) == ["0-x2.png"]
    with Image.open(folder / "0-x2.png") as found:
        assert found.size == (180, 120)
    assert sorted(path.name for path in folder.iterdir()) == ["0-x2.png", *(f"{n}.png" for n in range(6))]


def test_out_names_a_folder_or_a_file(space: Workspace, folder: Path) -> None:
    assert files(enlarge(space, folder / "0.png", out=folder / "new" / "large.jpg", format="jpg")) == ["large.jpg"]
    assert files(enlarge(space, folder / "1.png", folder / "2.png", out=folder / "new")) == ["1-x2.png", "2-x2.png"]
    with pytest.raises(PippinError, match="names one file, and there are 2"):
        enlarge(space, folder / "1.png", folder / "2.png", out=folder / "one.png")
    assert enlarge(space, folder / "1.png", out=folder)["skipped"] == 0
    (folder / "file").write_bytes(b"")
    with pytest.raises(PippinError, match="is a file; give a folder"):
        enlarge(space, folder / "1.png", out=folder / "file")


def test_an_input_is_never_overwritten(space: Workspace, folder: Path) -> None:
    before = (folder / "0.png").read_bytes()
    with pytest.raises(PippinError, match="is itself an input"):
        enlarge(space, folder / "0.png", out=folder / "0.png")
    assert (folder / "0.png").read_bytes() == before


def test_the_name_says_the_format(space: Workspace, folder: Path) -> None:
    for suffix, kind in (("jpeg", "JPEG"), ("png", "PNG"), ("tif", "TIFF"), ("webp", "WEBP")):
        enlarge(space, folder / "0.png", out=folder / f"large.{suffix}")
        with Image.open(folder / f"large.{suffix}") as found:
            assert found.format == kind
    with pytest.raises(PippinError, match="written as jpg, png, tif, webp, not as gif"):
        enlarge(space, folder / "0.png", out=folder / "large.gif")
    assert files(enlarge(space, folder / "0.png", out=folder / "results.v2")) == ["0-x2.png"]


def test_images_of_one_name_lie_apart(space: Workspace, folder: Path) -> None:
    (folder / "in" / "b").mkdir(parents=True)
    for name in ("a.png", "a.bmp", "b/a.png"):
        Image.fromarray(draw(20, 20)).save(folder / "in" / name)
    first = enlarge(space, folder / "in", out=folder / "out")
    made = sorted(str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*.png"))
    assert made == ["a-x2-bmp.png", "a-x2.png", "b/a-x2.png"]
    assert first["skipped"] == 0
    again = enlarge(space, folder / "in", out=folder / "out", skip_existing=True)
    assert all("kept" in file for result in again["results"] for file in result["files"])


def test_one_that_cannot_be_written_does_not_end_a_batch(space: Workspace, folder: Path) -> None:
    long = folder / f"{'n' * 250}.png"
    (folder / "0.png").rename(long)
    payload = enlarge(space, long, folder / "1.png")
    assert payload["skipped"] == 1
    assert "its name is too long" in payload["results"][0]["error"]
    assert files(payload) == ["1-x2.png"]


def test_what_was_enlarged_is_not_enlarged_again(space: Workspace, folder: Path) -> None:
    first = enlarge(space, folder)
    assert len(files(first)) == 6
    before = {path.name: path.stat().st_mtime_ns for path in folder.glob("*-x2.png")}
    again = enlarge(space, folder, skip_existing=True)
    assert files(again) == files(first)
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*-x2.png")} == before


def test_bad_images_among_good_ones_are_named_and_skipped(space: Workspace, folder: Path) -> None:
    (folder / "0.png").write_bytes(b"no picture")
    good = (folder / "1.png").read_bytes()
    (folder / "1.png").write_bytes(good[:200])
    payload = enlarge(space, folder, out=folder / "out")
    assert payload["skipped"] == 1
    assert any("cut off" in str(told) for told in payload["results"][1]["evidence"])
    assert "0.png" in payload["results"][0]["error"]
    assert {"2-x2.png", "3-x2.png", "4-x2.png", "5-x2.png"} <= set(files(payload))
    assert not list((folder / "out").glob(".*")), "half a file was left behind"


def test_a_full_disk_ends_a_batch_and_leaves_what_is_whole(
    space: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, room = os.replace, [2]

    def replace(source: object, target: object) -> None:
        if "-x2" in str(target):
            room[0] -= 1
            if room[0] < 0:
                raise OSError(28, "No space left on device")
        really(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(PippinError, match="the disk is full"):
        enlarge(space, folder, out=folder / "out")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["0-x2.png", "1-x2.png"]


def test_a_disk_that_is_full_before_a_image_is_whole_names_it(
    space: Workspace, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*words: object, **names: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pippin.apps.upscale.file_writing.tempfile.TemporaryFile", full)
    with pytest.raises(PippinError, match=r"Cannot write .*/0-x2\.png: the disk is full"):
        enlarge(space, folder, out=folder / "out")
    assert not list((folder / "out").iterdir())


BATCH = """
import sys, time
from pathlib import Path
import pippin
from pippin.core.values import OutputFile
really = OutputFile.write
def slowly(file, path):
    really(file, path)
    time.sleep(0.05)
OutputFile.write = slowly
pippin.predict("upscale", sys.argv[1], out=Path(sys.argv[2]), skip_existing=True)
"""


def test_a_batch_killed_half_way_goes_on_to_the_same_result(space: Workspace, tmp_path: Path) -> None:
    photographs, out = tmp_path / "in", tmp_path / "out"
    photographs.mkdir()
    for number in range(50):
        Image.fromarray(np.roll(draw(40, 60), number, 1)).save(photographs / f"{number:02d}.jpg")
    enlarge(space, photographs, out=tmp_path / "whole")
    environment = {**os.environ, "PIPPIN_HOME": str(space.home)}
    with subprocess.Popen([sys.executable, "-c", BATCH, str(photographs), str(out)], env=environment) as child:
        until = time.monotonic() + 60
        while len(list(out.glob("[!.]*"))) < 20 and time.monotonic() < until:
            time.sleep(0.005)
        child.kill()
    assert child.returncode == -signal.SIGKILL
    kept = {path.name: path.stat().st_mtime_ns for path in out.glob("[!.]*")}
    assert 20 <= len(kept) < 50
    enlarge(space, photographs, out=out, skip_existing=True)
    contents = [{path.name: path.read_bytes() for path in folder.glob("[!.]*")} for folder in (out, tmp_path / "whole")]
    assert contents[0] == contents[1]
    assert len(contents[0]) == 50
    assert all((out / name).stat().st_mtime_ns == when for name, when in kept.items())


def test_a_pair_teaches_it_and_undo_takes_that_back(space: Workspace, tmp_path: Path) -> None:
    from pippin.apps.upscale.data import load

    example = load(None, application.configure({"preset": "tiny"})).test[0]
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    small.write_bytes(example.input.read())
    large.write_bytes(example.answer.read())
    before = enlarge(space, small, out=tmp_path / "a")
    report = pippin.teach(application, str(small), str(large), workspace=space)
    (row,) = report.tables[0].rows
    old, new = (float(str(cell).split()[-1]) for cell in row[2:4])
    assert new > old + 0.1
    assert report.payload["taught"][0]["answer"] == str(large)
    large.unlink()  # a copy is kept
    enlarge(space, small, out=tmp_path / "b")
    pippin.undo(application, workspace=space)
    enlarge(space, small, out=tmp_path / "c")
    name = files(before)[0]
    first, taught, after = ((tmp_path / place / name).read_bytes() for place in "abc")
    assert first == after != taught


def test_a_lesson_goes_along_and_its_image_is_not_scored_on(space: Workspace, tmp_path: Path) -> None:
    from pippin.apps.upscale.data import load

    fresh = Workspace(tmp_path / "home")
    model = pippin.train(application, workspace=fresh, **TINY).payload["artifact"]
    example = load(None, application.configure({"preset": "tiny"})).test[0]
    (tmp_path / "large.png").write_bytes(example.answer.read())
    (tmp_path / "small.png").write_bytes(example.input.read())
    scored = pippin.evaluate(application, workspace=fresh).payload["data"]["examples"]
    enlarge(fresh, tmp_path / "small.png", out=tmp_path / "before.png")
    pippin.teach(application, str(tmp_path / "small.png"), str(tmp_path / "large.png"), workspace=fresh)
    assert pippin.evaluate(application, workspace=fresh).payload["data"]["examples"] == scored - 1
    enlarge(fresh, tmp_path / "small.png", out=tmp_path / "taught.png")
    pippin.train(application, from_=model, workspace=fresh)
    enlarge(fresh, tmp_path / "small.png", out=tmp_path / "folded.png")
    before, taught, folded = (
        np.asarray(Image.open(tmp_path / f"{name}.png"), int) for name in ("before", "taught", "folded")
    )
    assert np.abs(taught - before).mean() > 0.2
    assert np.abs(taught - folded).max() <= 1


@pytest.mark.parametrize("side", [40, 600])
def test_small_and_large_pairs_are_taught(
    space: Workspace, tmp_path: Path, side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pippin.apps.upscale.corrections.LARGEST", 50_000)  # pixels: of 300 x 300 the middle counts
    Image.fromarray(draw(side, side)).save(tmp_path / "large.png")
    Image.fromarray(draw(side, side)).resize((side // 2, side // 2)).save(tmp_path / "small.png")
    report = pippin.teach(application, str(tmp_path / "small.png"), str(tmp_path / "large.png"), workspace=space)
    pippin.undo(application, workspace=space)
    assert all("psnr_y" in str(cell) for cell in report.tables[0].rows[0][2:4])


def test_a_model_for_another_scale_is_refused(space: Workspace, folder: Path) -> None:
    model = space.models(application)[-1].id
    with pytest.raises(PippinError, match=r"is a model for x2-.*, not for --scale 4"):
        enlarge(space, folder / "0.png", model=model, scale=4)


def test_what_all_is_in_the_test_part_leaves_nothing_to_learn(folder: Path) -> None:
    from pippin.apps.upscale.data import load

    for part in ("train", "test"):
        (folder / "set" / part).mkdir(parents=True)
        Image.fromarray(draw(90, 90)).save(folder / "set" / part / "a.png")
    with pytest.raises(PippinError, match="Nothing is left to learn from"):
        load(str(folder / "set"), application.configure({}))


@pytest.mark.parametrize(
    ("size", "why"), [((180, 100), "180 x 100 pixels; 2 times .* would be 180 x 120"), (None, "does not exist")]
)
def test_a_pair_that_is_none_is_refused(space: Workspace, folder: Path, size: tuple[int, int] | None, why: str) -> None:
    if size:
        Image.new("RGB", size).save(folder / "large.png")
    with pytest.raises(PippinError, match=why):
        pippin.teach(application, str(folder / "0.png"), str(folder / "large.png"), workspace=space)
    with pytest.raises(PippinError, match="Give the image it should have become"):
        pippin.teach(application, str(folder / "0.png"), right=True, workspace=space)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"scale": 9}, "--scale must be a number from 1 to 8, not 9"),
        ({"scale": 0.5}, "--scale must be a number from 1 to 8, not 0.5"),
        ({"width": -3}, "--width must be a number of pixels"),
        ({"fit": "large"}, "--fit must be WIDTHxHEIGHT"),
        ({"width": 100, "fit": "9x9"}, "--width 100 and --fit 9x9 ask for different sizes"),
        ({"scale": 3, "width": 100}, "--scale 3 and --width 100 ask for different sizes"),
        ({"denoise": 2}, "--denoise must be auto or a number from 0 to 1, not 2"),
        ({"preset": "huge"}, "--preset must be one of auto, clean"),
        ({"strength": 3}, "A strength lies between 0"),
        ({"format": "bmp"}, "--format must be one of same, jpg"),
    ],
)
def test_settings_that_mean_nothing_are_refused(
    space: Workspace, folder: Path, options: dict[str, object], why: str
) -> None:
    with pytest.raises(PippinError, match=why):
        enlarge(space, folder / "0.png", **options)


def test_strength_goes_from_bicubic_to_the_network(space: Workspace, folder: Path) -> None:
    made = []
    for strength in (0.0, 0.5, 1.0):
        enlarge(space, folder / "0.png", out=folder / "x.png", strength=strength)
        made.append(np.asarray(Image.open(folder / "x.png"), np.float64))
    assert np.abs(made[1] - (made[0] + made[2]) / 2).mean() < 0.5
    assert np.abs(made[2] - made[0]).mean() > 0.5


def test_what_it_added_is_shown_with_a_line_to_move(space: Workspace, folder: Path) -> None:
    report = pippin.explain(application, str(folder / "0.png"), workspace=space)
    page = report.to_html()
    assert 'class="slider"' in page
    assert "<script" not in page
    assert report.payload["consistency_db"] > 25
    assert {figure.title for _, figure in pippin.explain(application, workspace=space).all_figures()} >= {
        "Filters before and after collapsing"
    }


def test_the_layer_shows_what_was_added_and_how_faithful_it_is(space: Workspace, folder: Path) -> None:
    with use_home(space.home):
        added = command(application, "added")
        bicubic, network = (
            added({"image": ImageInput.of(folder / "0.png"), "preset": "tiny", "strength": strength})
            for strength in (0.0, 1.0)
        )
    assert bicubic.payload["added_mean"] < 0.01 < network.payload["added_mean"]
    assert bicubic.payload["consistency_db"] == pytest.approx(bicubic.payload["bicubic_db"], abs=0.5)
    assert network.payload["bicubic_db"] == bicubic.payload["bicubic_db"]
    assert f"{network.payload['consistency_db']:.1f} dB" in network.summary
    (figure,) = network.figures
    sizes = {Image.open(io.BytesIO(content)).size for content in (figure.content, figure.before)}
    assert sizes == {(network.payload["width"], network.payload["height"])}


def test_the_pace_tells_how_long_a_megapixel_takes(space: Workspace) -> None:
    with use_home(space.home):
        found = command(application, "pace")({"preset": "tiny"}).payload
    assert found["scale"] == 2
    assert 0 < found["seconds_a_megapixel"] < 3600


def test_what_is_invisible_is_not_compared(space: Workspace, tmp_path: Path) -> None:
    alpha = np.zeros((60, 90, 1), np.uint8)
    alpha[:, 30:] = 255
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3))
    found = []
    for hidden in (0, 255):
        image = np.where(alpha, draw(60, 90), noise ^ hidden).astype(np.uint8)
        Image.fromarray(np.concatenate([image, alpha], 2)).save(tmp_path / "clear.png")
        with use_home(space.home):
            added = command(application, "added")({"image": ImageInput.of(tmp_path / "clear.png"), "preset": "tiny"})
        found.append({name: value for name, value in added.payload.items() if name != "input"})
    assert found[0] == found[1]
    assert found[0]["consistency_db"] > 35
    assert "as they are seen" in added.notes[-1]
