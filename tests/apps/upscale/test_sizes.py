"""Any factor or size in pixels: dimensions, names and networks, and rows that are resized as the whole would be."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import pippin
from pippin.apps.upscale import application
from pippin.apps.upscale.classical import Bicubic
from pippin.apps.upscale.comparison import compared
from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.enlargement import Enlargement
from pippin.apps.upscale.row_resampling import resize_rows
from pippin.apps.upscale.sharpening import WIDTHS, UnsharpMasking
from pippin.apps.upscale.sizes import Size, denoising, learning_scale, network_scale
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.run import Run
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context

from .conftest import Array, draw, random_model

TINY = {"preset": "tiny", "threads": 1, "seed": 0, "progress": False}
NETWORKS = {
    scale: TiledUpscaler(model, scale, model.shape.radius) for scale in (1, 2, 3, 4) if (model := random_model(scale))
}
sides = st.integers(4, 5000)


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with tiny models for every scale."""
    found = Workspace(tmp_path_factory.mktemp("home"))
    for scale in (1, 2, 3, 4):
        pippin.train(application, workspace=found, scale=scale, epochs=0.2, **TINY)
    return found


def enlarge(space: Workspace, path: Path, **options: object) -> tuple[Path, dict[str, object]]:
    payload = pippin.predict(application, path, workspace=space, **options).payload
    (result,) = payload["results"]
    return Path(result["files"][0]["path"]), result


@given(height=sides, width=sides, factor=st.floats(1, 8))
@settings(deadline=None)
def test_a_factor_gives_that_many_times_the_pixels(height: int, width: int, factor: float) -> None:
    size = Size.of(UpscaleConfig(scale=factor))
    tall, wide = size.target(height, width)
    assert abs(tall - factor * height) <= 0.5 + 1e-9
    assert abs(wide - factor * width) <= 0.5 + 1e-9
    network = size.passes(height, width)
    assert len(network) <= 1
    if tall > height or wide > width:
        (scale,) = network
        assert scale == 4 or (scale * height >= tall and scale * width >= wide)
        assert scale - 1 < max(tall / height, wide / width)
        assert scale <= network_scale(UpscaleConfig(scale=factor))


@given(height=sides, width=sides, wanted=st.integers(1, 40_000))
@settings(deadline=None)
def test_a_width_is_met_and_the_aspect_kept(height: int, width: int, wanted: int) -> None:
    tall, wide = Size.of(UpscaleConfig(width=wanted)).target(height, width)
    assert wide == wanted
    assert tall == 1 or abs(tall - height * wanted / width) <= 0.5 + 1e-9


@given(height=sides, width=sides, box=st.tuples(st.integers(1, 9000), st.integers(1, 9000)))
@settings(deadline=None)
def test_it_fits_into_a_box_and_fills_it(height: int, width: int, box: tuple[int, int]) -> None:
    tall, wide = Size.of(UpscaleConfig(fit=f"{box[0]}x{box[1]}")).target(height, width)
    assert wide <= box[0]
    assert tall <= box[1]
    assert wide == box[0] or tall == box[1]
    assert min(tall, wide) == 1 or abs(tall / wide - height / width) <= 0.51 * (1 + height / width) / min(tall, wide)


@pytest.mark.parametrize(
    ("asked", "label"),
    [({"scale": 2}, "x2"), ({"scale": 1.5}, "x1.5"), ({"width": 1920}, "1920w"), ({"fit": "4000x3000"}, "4000x3000")],
)
def test_names_tell_the_size(asked: dict[str, object], label: str) -> None:
    assert Size.of(UpscaleConfig(**asked)).label == label


def test_a_result_beyond_eight_times_is_refused() -> None:
    with pytest.raises(PippinError, match=r"10\.0 times as wide; 8 times is the most"):
        Size.of(UpscaleConfig(width=1000)).passes(100, 100)


@pytest.mark.parametrize(("factor", "expected"), [(1.2, (2,)), (2, (2,)), (2.5, (2, 2)), (4, (2, 2)), (8, (2, 2))])
def test_one_network_alone_is_applied_as_often_as_it_takes(factor: float, expected: tuple[int, ...]) -> None:
    assert Size.of(UpscaleConfig(scale=factor)).passes(100, 100, [2]) == expected


def test_a_network_for_no_larger_images_alone_makes_none() -> None:
    with pytest.raises(PippinError, match="makes nothing larger"):
        Size.of(UpscaleConfig(width=200)).passes(100, 100, [1])


@pytest.mark.parametrize("asked", [{"scale": 1.5}, {"width": 100}, {"fit": "9x9"}])
def test_training_takes_networks_scales_only(asked: dict[str, object], space: Workspace) -> None:
    with pytest.raises(PippinError, match="a --scale of 1, 2, 3 or 4"):
        learning_scale(UpscaleConfig(**asked))
    with pytest.raises(PippinError, match="a --scale of 1, 2, 3 or 4"):
        pippin.train(application, workspace=space, **asked, **TINY)
    with pytest.raises(PippinError, match="a --scale of 1, 2, 3 or 4"):
        pippin.evaluate(application, workspace=space, **asked)


@pytest.mark.parametrize("asked", [{"scale": 1.5}, {"width": 100}, {"fit": "9x9"}])
def test_an_export_refuses_sizes_no_network_makes(asked: dict[str, object], space: Workspace, tmp_path: Path) -> None:
    with pytest.raises(PippinError, match=r"An exported network makes images 2 times as wide, not what --"):
        pippin.export(application, tmp_path / "out", workspace=space, preset="tiny", **asked)
    assert not (tmp_path / "out").exists()


def test_denoising_is_a_share_or_left_to_the_image() -> None:
    assert denoising(UpscaleConfig()) is denoising(UpscaleConfig(denoise="auto")) is None
    assert denoising(UpscaleConfig(denoise="0.25")) == 0.25
    with pytest.raises(PippinError, match="--denoise must be auto or a number"):
        denoising(UpscaleConfig(denoise="much"))


def _slabs(image: Array, height: int) -> list[Array]:
    return [image[top : top + height] for top in range(0, len(image), height)]


@given(
    height=st.integers(4, 300), width=st.integers(4, 60), factor=st.floats(0.2, 2.5), slab=st.integers(1, 400),
    kind=st.sampled_from([(1, False), (2, True), (3, False), (4, True)]), deep=st.booleans(),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_rows_are_resized_as_the_whole_would_be(
    height: int, width: int, factor: float, slab: int, kind: tuple[int, bool], deep: bool
) -> None:
    bands, alpha = kind
    image = draw(height, width, bands)
    image = image.astype(np.uint16) * 257 if deep else image
    target = max(1, round(factor * height)), max(1, round(factor * width))
    rows = np.concatenate(list(resize_rows(_slabs(image, slab), (height, width), target, alpha=alpha)))
    assert rows.shape == (*target, bands)
    assert rows.dtype == image.dtype
    if alpha:
        return  # Pillow's own rounding of premultiplied colours differs by depth; what is opaque is tested below
    levels = [Image.fromarray(np.asarray(image[..., band], np.float32)) for band in range(bands)]
    whole = [np.asarray(one.resize(target[::-1], Image.Resampling.LANCZOS)) for one in levels]
    most = np.iinfo(image.dtype).max
    assert np.abs(rows - np.stack(whole, 2).clip(0, most)).max() <= (1.6 if not deep else 0.6)


def test_resizing_keeps_few_rows() -> None:
    taken = 0

    def slabs() -> object:
        nonlocal taken
        for _ in range(100):
            taken += 1
            yield draw(40, 30)

    rows = resize_rows(slabs(), (4000, 30), (3000, 22), alpha=False)
    next(rows)
    assert taken < 12


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_nothing_bleeds_where_a_resize_meets_nothing(dtype: type) -> None:
    most = np.iinfo(dtype).max
    image = np.zeros((60, 60, 4), dtype)
    image[:, :30] = most  # white and opaque beside black that is not seen
    made = np.concatenate(list(resize_rows([image], (60, 60), (41, 41), alpha=True)))
    assert made[:, :18].min() == most
    assert made[made[..., 3] > most / 10][..., :3].min() > 0.97 * most


@given(
    height=st.integers(5, 60), width=st.integers(5, 60), factor=st.floats(1, 8), slab=st.integers(1, 40),
    tile=st.sampled_from([8, 20, 192]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_tiles_of_any_size_are_as_the_whole(
    height: int, width: int, factor: float, slab: int, tile: int, monkeypatch_tile: Callable[[int], None]
) -> None:
    size, image = Size.of(UpscaleConfig(scale=factor)), draw(height, width)
    networks = tuple(NETWORKS[scale] for scale in size.passes(height, width))
    enlargement = Enlargement(networks, (height, width), size.target(height, width))
    whole = np.concatenate(list(enlargement.rows([image], alpha=False)))
    monkeypatch_tile(tile)
    rows = np.concatenate(list(enlargement.rows(_slabs(image, slab), alpha=False)))
    assert rows.shape == whole.shape == (*size.target(height, width), 3)
    assert np.abs(rows.astype(int) - whole).max() <= 2  # rounded after the network and after the resize
    assert (rows != whole).mean() < 0.01


@pytest.fixture(scope="module")
def monkeypatch_tile() -> object:
    """A function that sets the side of tiles."""
    patch, rows = pytest.MonkeyPatch(), TiledUpscaler.rows

    def set_tile(tile: int) -> None:
        patch.setattr(TiledUpscaler, "rows", lambda *given, **named: rows(*given, **{"tile": tile, **named}))

    yield set_tile
    patch.undo()


@pytest.mark.parametrize(
    ("asked", "name", "expected"),
    [
        ({"scale": 1}, "a-x1.png", (90, 60)),
        ({"scale": 1.5}, "a-x1.5.png", (135, 90)),
        ({"scale": 2.7}, "a-x2.7.png", (243, 162)),
        ({"scale": 8}, "a-x8.png", (720, 480)),
        ({"width": 301}, "a-301w.png", (301, 201)),
        ({"width": 90}, "a-90w.png", (90, 60)),
        ({"width": 45}, "a-45w.png", (45, 30)),
        ({"fit": "400x100"}, "a-400x100.png", (150, 100)),
        ({"fit": "1000x240"}, "a-1000x240.png", (360, 240)),
    ],
)
def test_any_size_is_written_under_a_name_that_tells_it(
    space: Workspace, tmp_path: Path, asked: dict[str, object], name: str, expected: tuple[int, int]
) -> None:
    Image.fromarray(draw(60, 90)).save(tmp_path / "a.png")
    made, result = enlarge(space, tmp_path / "a.png", preset="tiny", **asked)
    assert made.name == name
    assert result["answer"] == f"{expected[0]} x {expected[1]}"
    with Image.open(made) as found:
        assert found.size == expected
    no_network = any("no network was used" in str(told) for told in result["evidence"])
    assert no_network == (expected[0] <= 90 and asked != {"scale": 1})


def test_sizes_within_the_file_follow(space: Workspace, tagged_jpeg: Path, tmp_path: Path) -> None:
    made, _ = enlarge(space, tagged_jpeg, preset="tiny", width=100)
    with Image.open(made) as found:
        exif = found.getexif().get_ifd(0x8769)
        assert (exif[0xA002], exif[0xA003]) == found.size == (100, 140)


def test_each_image_gets_the_next_larger_network(space: Workspace, tmp_path: Path) -> None:
    for width in (60, 90, 150, 400):
        Image.fromarray(draw(20, width)).save(tmp_path / f"{width}.png")
    pippin.predict(application, tmp_path, workspace=space, width=200, preset="tiny")
    for width, scale in ((60, 4), (90, 3), (150, 2)):
        with Image.open(tmp_path / f"{width}-200w.png") as found:
            by_width = np.asarray(found, int)
        Image.fromarray(draw(20, width)).save(tmp_path / "again.png")
        made, _ = enlarge(space, tmp_path / "again.png", preset="tiny", scale=scale)
        whole = np.asarray(Image.open(made))
        own = np.concatenate(list(resize_rows([whole], whole.shape[:2], by_width.shape[:2], alpha=False)))
        assert np.abs(own.astype(int) - by_width).max() <= 1


@pytest.mark.parametrize("asked", [{}, {"scale": 1.5}, {"width": 301}, {"fit": "1000x240"}, {"width": 45}])
def test_what_is_explained_is_what_is_made(space: Workspace, tmp_path: Path, asked: dict[str, object]) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(draw(60, 90)).save(path)
    made, result = enlarge(space, path, preset="tiny", **asked)
    found = compared(open_context(application, space).learner(preset="tiny", **asked), ImageInput.of(path))
    assert np.array_equal(found.large, np.asarray(Image.open(made)))
    report = pippin.explain(application, str(path), workspace=space, preset="tiny", **asked)
    assert f"{report.payload['width']} x {report.payload['height']}" == result["answer"]
    assert report.payload["scale"] == result["evidence"][0]["scale"]


def test_where_no_network_was_used_nothing_was_added(space: Workspace, tmp_path: Path) -> None:
    Image.fromarray(draw(60, 90)).save(tmp_path / "a.png")
    report = pippin.explain(application, str(tmp_path / "a.png"), workspace=space, preset="tiny", width=45)
    assert report.payload["added_most"] == 0
    assert "No network was used, so nothing was added." in report.summary
    assert any("a plain resize made it smaller" in note for note in report.notes)


def test_the_middle_of_a_large_image_is_explained_at_the_size_asked_for(
    space: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pippin.apps.upscale.comparison.MOST", 30)
    Image.fromarray(draw(60, 90)).save(tmp_path / "a.png")
    found = compared(
        open_context(application, space).learner(preset="tiny", width=270), ImageInput.of(tmp_path / "a.png")
    )
    assert found.small.shape == (30, 30, 3)
    assert found.large.shape == (90, 90, 3)


def test_a_model_that_is_named_serves_alone(space: Workspace, tmp_path: Path) -> None:
    Image.fromarray(draw(20, 30)).save(tmp_path / "a.png")
    two = next(one.id for one in space.models(application) if one.variant.startswith("x2"))
    made, _ = enlarge(space, tmp_path / "a.png", width=100, model=two)
    with Image.open(made) as found:
        assert found.size == (100, 67)
    with pytest.raises(PippinError, match=r"is a model for x2-.*, not for --scale 3"):
        enlarge(space, tmp_path / "a.png", model=two, scale=3)


def test_a_size_no_model_serves_is_one_sentence(space: Workspace, tmp_path: Path) -> None:
    Image.fromarray(draw(20, 30)).save(tmp_path / "a.png")
    with pytest.raises(PippinError, match="has no model for x3-best yet"):
        enlarge(space, tmp_path / "a.png", preset="best", width=80)


def test_a_scale_of_one_learns_from_worn_copies(space: Workspace, tmp_path: Path) -> None:
    from pippin.apps.upscale.data import load

    data = load(None, application.configure({"scale": 1, "preset": "tiny"}))
    example = data.test[0]
    with Image.open(io.BytesIO(example.input.read())) as small:
        assert small.size == (144, 144)
    report = pippin.evaluate(application, workspace=space, scale=1, preset="tiny")
    assert report.payload["scores"]["psnr_y"]["value"] > 20


def test_unsharp_masking_sharpens_and_is_kept(tmp_path: Path) -> None:
    from pippin.apps.upscale.data import load

    config = application.configure({"scale": 2, "preset": "clean"})
    data, learner = load(None, config), UnsharpMasking(config)
    learner.fit(data, Run(tmp_path / "run"))
    scores = application.scoring.score(list(learner.predict([one.input for one in data.test])), data.test)
    bicubic = Bicubic(config)
    plain = application.scoring.score(list(bicubic.predict([one.input for one in data.test])), data.test)
    assert scores["psnr_y"].value > plain["psnr_y"].value + 0.2
    again = UnsharpMasking(config)
    again.load(learner.save())
    assert (again.width, again.amount) == (learner.width, learner.amount)
    assert again.amount > 0


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_unsharp_masking_of_tiles_is_that_of_the_whole(scale: int) -> None:
    learner = UnsharpMasking(application.configure({"scale": scale}))
    learner.width, learner.amount = WIDTHS[-1], 0.7
    enlarger, image = learner.enlarger(), draw(50, 70)
    tiled, whole = (
        np.concatenate(list(enlarger.rows([image], 50, 70, alpha=False, tile=tile))).astype(int) for tile in (13, 99)
    )
    assert np.abs(tiled - whole).max() <= 1


def test_denoise_goes_from_the_image_to_the_network(space: Workspace, tmp_path: Path) -> None:
    Image.fromarray(draw(60, 90)).save(tmp_path / "a.png")
    made = []
    for share in (0, 0.5, 1, "auto"):
        path, _ = enlarge(space, tmp_path / "a.png", scale=1, preset="tiny", denoise=share, out=tmp_path / "x.png")
        made.append(np.asarray(Image.open(path), np.float64))
    assert np.array_equal(made[0], draw(60, 90))
    assert np.array_equal(made[2], made[3])
    assert np.abs(made[1] - (made[0] + made[2]) / 2).mean() < 1
    assert np.abs(made[2] - made[0]).mean() > 0.2
