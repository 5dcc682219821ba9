"""Slides: read in pieces, tissue found, tiles answered, annotations in and out; and a real one, where it is there."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as PilImage

import pippin
from pippin.apps.pathology.commands.sample import write_slides
from pippin.apps.pathology.commands.slide import choose_tiles
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.rendering.tiff import write_tiff
from pippin.apps.pathology.rendering.tissue import CROWDED, SPARSE, pyramid, render_slide
from pippin.apps.pathology.slides import reader
from pippin.apps.pathology.slides.geojson import Area, label_points, read_areas, tile_features
from pippin.apps.pathology.slides.heat_map import fill
from pippin.apps.pathology.slides.reader import open_slide
from pippin.apps.pathology.slides.stain import REFERENCE, find_stains, normalise
from pippin.apps.pathology.slides.tiles import Grid, span_of, tissue_grid
from pippin.apps.pathology.slides.tissue import otsu, tissue_mask
from pippin.core.errors import PippinError

pytest.importorskip("openslide", reason="slides need the extra pathology")

REAL = (
    Path(os.environ.get("PIPPIN_TEST_SLIDES", Path(__file__).parents[3] / "build" / "slides")) / "cmu_small_region.svs"
)
SHA256 = "ed92d5a9f2e86df67640d6f92ce3e231419ce127131697fbbce42ad5e002c8a7"


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three rendered slides with annotations."""
    return write_slides(tmp_path_factory.mktemp("slides"), count=3)


def test_a_pyramid_is_read_as_it_was_written(tmp_path: Path) -> None:
    levels = pyramid(np.random.default_rng(0).integers(0, 255, (700, 1300, 3), np.uint8))
    write_tiff(tmp_path / "a.tiff", levels, 0.25)
    slide = open_slide(tmp_path / "a.tiff")
    assert (slide.width, slide.height, slide.levels) == (1300, 700, len(levels))
    assert slide.microns == pytest.approx(0.25, rel=1e-3)
    part = np.asarray(slide.read(300, 200, 224, 224, (224, 224)))
    np.testing.assert_array_equal(part, levels[0][200:424, 300:524])
    with PilImage.open(tmp_path / "a.tiff") as theirs:
        np.testing.assert_array_equal(np.asarray(theirs), levels[0])


def test_a_slide_without_a_pyramid_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = np.tile(np.linspace(0, 255, 1500).astype(np.uint8)[None, :, None], (1100, 1, 3))
    write_tiff(tmp_path / "flat.tiff", [pixels], 0.5)
    slide = open_slide(tmp_path / "flat.tiff")
    whole = np.asarray(slide.overview(150)).astype(int)
    largest = []
    original = slide._region
    monkeypatch.setattr(reader, "BLOCK", 256)
    monkeypatch.setattr(slide, "_region", lambda *given: largest.append(max(given[3:5])) or original(*given))
    pieces = np.asarray(slide.overview(150)).astype(int)
    assert len(largest) > 20
    assert max(largest) <= 270
    assert pieces.shape == whole.shape
    np.testing.assert_allclose(pieces, whole, atol=6)


def test_positions_are_relative_to_what_was_scanned_as_qupath_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openslide

    pixels = np.random.default_rng(0).integers(0, 255, (600, 800, 3), np.uint8)
    write_tiff(tmp_path / "a.tiff", [pixels], 0.5)
    bounds = {"x": 100, "y": 50, "width": 400, "height": 300}
    real = openslide.OpenSlide.properties

    def properties(slide: Any) -> dict[str, str]:
        return {**real.fget(slide), **{f"openslide.bounds-{name}": str(value) for name, value in bounds.items()}}

    monkeypatch.setattr(openslide.OpenSlide, "properties", property(properties))
    slide = reader.Slide(tmp_path / "a.tiff")
    assert (slide.width, slide.height) == (400, 300)
    np.testing.assert_array_equal(np.asarray(slide.read(10, 20, 64, 64, (64, 64))), pixels[70:134, 110:174])
    bounds["width"] = 5000
    assert reader.Slide(tmp_path / "a.tiff").width == 800


def test_a_slide_that_is_cut_off_or_none_is_told(tmp_path: Path, slides: list[Path]) -> None:
    content = slides[0].read_bytes()
    (tmp_path / "cut.tiff").write_bytes(content[: len(content) // 2])
    (tmp_path / "none.tiff").write_bytes(b"no slide at all")
    for name in ("cut.tiff", "none.tiff", "absent.tiff"):
        with pytest.raises(PippinError):
            open_slide(tmp_path / name).overview(200)


def test_glass_is_no_tissue(slides: list[Path], tmp_path: Path) -> None:
    rendered = render_slide(0)
    slide = open_slide(slides[0])
    mask = tissue_mask(slide.overview(1024))
    truth = np.asarray(PilImage.fromarray(rendered.pixels).resize(mask.shape[::-1])).astype(int)
    is_pink = (truth.max(axis=2) - truth.min(axis=2)) > 20
    assert (mask == is_pink).mean() > 0.97
    grid = tissue_grid(slide, span_of(slide, 0.5, None))
    assert 20 < len(grid.places) < grid.columns * grid.rows
    blank = np.random.default_rng(0).normal(243, 2, (500, 500, 1)).clip(0, 255).astype(np.uint8).repeat(3, axis=2)
    write_tiff(tmp_path / "blank.tiff", [blank], 0.5)
    with pytest.raises(PippinError, match="no tissue"):
        tissue_grid(open_slide(tmp_path / "blank.tiff"), 100)


def test_otsu_is_that_of_scikit_image() -> None:
    theirs = pytest.importorskip("skimage.filters")
    values = np.concatenate([np.random.default_rng(0).normal(at, 0.05, 3000) for at in (0.2, 0.7)]).astype(np.float32)
    ours = values > otsu(values)
    assert (ours == (values > theirs.threshold_otsu(values, nbins=128))).mean() > 0.995


def test_an_ordinary_image_needs_to_be_told_its_size(tmp_path: Path) -> None:
    PilImage.fromarray(render_slide(0, 4, 4).pixels).save(tmp_path / "a.png")
    slide = open_slide(tmp_path / "a.png")
    with pytest.raises(PippinError, match="--slide-microns"):
        span_of(slide, 0.5, None)
    assert span_of(slide, 0.5, 0.25) == 448
    with pytest.raises(PippinError, match="larger"):
        span_of(slide, 0.05, 20.0)


def stained(rng: np.random.Generator, stains: np.ndarray) -> np.ndarray:
    """Return an image [64,64,3] whose pixels hold both stains."""
    strengths = rng.gamma(2.0, 0.5, (2, 64 * 64))
    strengths[rng.integers(0, 2, 64 * 64), np.arange(64 * 64)] *= 0.02
    return (240 * np.exp(-stains @ strengths) - 1).T.reshape(64, 64, 3).clip(0, 255).round().astype(np.uint8)


def test_stains_are_found_and_made_those_of_the_reference() -> None:
    rng = np.random.default_rng(0)
    own = np.array([[0.65, 0.27], [0.7, 0.57], [0.29, 0.78]])
    own /= np.linalg.norm(own, axis=0)
    image = stained(rng, own)
    density = -np.log((image.reshape(-1, 3).astype(float) + 1) / 240)
    found = find_stains(density[(density > 0.15).all(axis=1)])
    assert found is not None
    assert (np.abs((found * own).sum(axis=0)) > 0.98).all()
    after = normalise(image)
    density = -np.log((after.reshape(-1, 3).astype(float) + 1) / 240)
    found = find_stains(density[(density > 0.15).all(axis=1)])
    reference = REFERENCE / np.linalg.norm(REFERENCE, axis=0)
    assert found is not None
    assert (np.abs((found * reference).sum(axis=0)) > 0.98).all()
    white = np.full((32, 32, 3), 250, np.uint8)
    np.testing.assert_array_equal(normalise(white), white)


SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
HOLE = [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]


def feature(label: Any, *rings: Any, kind: str = "Polygon") -> dict[str, Any]:
    geometry = {"type": kind, "coordinates": list(rings)}
    return {"type": "Feature", "geometry": geometry, "properties": {"classification": {"name": label}}}


def test_areas_have_holes_and_the_last_one_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    other = feature("Tumour", [[SQUARE[0], [3, 0], [3, 3], [0, 3]]], kind="MultiPolygon")
    unnamed = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}, "properties": {}}
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature("Stroma", SQUARE, HOLE), other, unnamed]})
    )
    areas = read_areas(path)
    assert [area.label for area in areas] == ["Stroma", "Tumour"]
    labels, owners = label_points(areas, np.array([[8.0, 8.0], [5.0, 5.0], [1.0, 1.0], [20.0, 1.0]]))
    assert labels == ["Stroma", "", "Tumour", ""]
    assert owners == [0, -1, 1, -1]


@given(corners=st.lists(st.tuples(st.integers(-20, 20), st.integers(-20, 20)), min_size=3, max_size=9))
@settings(max_examples=60, deadline=None)
def test_what_lies_inside_is_what_matplotlib_says(corners: list[tuple[int, int]]) -> None:
    theirs = pytest.importorskip("matplotlib.path")
    points = np.random.default_rng(0).uniform(-21, 21, (60, 2)) + 0.123
    found = Area("a", (np.array(corners, float),)).contains(points)
    # Where a ring crosses itself the two rules differ; for a triangle it cannot.
    if len(corners) == 3:
        np.testing.assert_array_equal(found, theirs.Path(corners).contains_points(points))
    turned = Area("a", (np.array(corners[::-1], float),)).contains(points)
    np.testing.assert_array_equal(found, turned)


@pytest.mark.parametrize(
    "content",
    ["", "[", "3", "{}", '{"type": "FeatureCollection"}', json.dumps([feature("a", [["x", 1], [2, 3]])]),
     json.dumps([feature("a", [[1e400, 1], [2, 3]])]), json.dumps(feature("", SQUARE)), "[" * 100_000],
)  # fmt: skip
def test_what_is_no_annotation_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.geojson").write_text(content)
    with pytest.raises(PippinError):
        read_areas(tmp_path / "a.geojson")


def test_tiles_written_are_areas_when_read_again(tmp_path: Path) -> None:
    written = tile_features([(0, 0, 10, 10), (10, 0, 20, 10)], ["a", "b"], [{"a": 0.9}, {"a": 0.1}], ["a", "b"])
    (tmp_path / "a.geojson").write_text(json.dumps(written))
    labels, _ = label_points(read_areas(tmp_path / "a.geojson"), np.array([[5.0, 5.0], [15.0, 5.0]]))
    assert labels == ["a", "b"]
    assert written["features"][0]["properties"]["measurements"] == {"a": 0.9}


def test_tiles_left_out_take_the_mean_of_the_nearest() -> None:
    grid = Grid(10, 3, 1, np.array([[0, 0], [1, 0], [2, 0]]))
    assert choose_tiles(grid, 2).tolist() == [0, 2]
    assert fill(grid, np.array([0, 2]), np.array([0.2, 0.8], np.float32)).tolist() == pytest.approx([0.2, 0.5, 0.8])
    board = Grid(1, 6, 6, np.argwhere(np.ones((6, 6)))[:, ::-1])
    assert len(choose_tiles(board, 1)) == 36
    assert len(choose_tiles(board, 2)) == 18


def test_whole_slides_stay_in_one_part(slides: list[Path]) -> None:
    data = load(str(slides[0].parent), PathologyConfig(organ="drawn"))
    parts = [{e.input.name.split(":")[0] for e in part} for part in (data.train, data.val, data.test)]
    assert len(set.union(*parts)) == 3 == sum(map(len, parts))
    assert {str(e.answer) for e in data.examples} == {SPARSE, CROWDED}


def test_a_model_of_tiles_maps_a_slide(slides: list[Path], tmp_path: Path) -> None:
    settings = {"organ": "drawn", "networks": 2, "network": "imagenet", "network_epochs": 8.0, "side": 128}
    trained = pippin.train("pathology", str(slides[0].parent), threads=1, progress=False, **settings)
    assert trained.payload["scores"]["auc"]["value"] > 0.8
    with pytest.raises(PippinError, match="no tiles of slides"):
        call(str(slides[0]))
    report = call(str(slides[0]), organ="drawn", label=CROWDED, out=tmp_path / "map")
    found = report.payload
    assert found["auc"]["value"] > 0.8
    assert len(found["tiles"]) == found["looked_at"] > 15
    assert report.figures[0].before
    learned = {e.input.name.split(":")[0] for e in load(str(slides[0].parent), PathologyConfig(organ="drawn")).train}
    written = json.loads((tmp_path / "map" / "tiles.geojson").read_text())
    assert len(written["features"]) == found["looked_at"]
    report = call(str(slides[0].parent / min(learned)), organ="drawn", every=3)
    assert report.payload["learned_from"] > 5
    assert any("learned from" in note for note in report.notes)
    half = call(str(slides[0]), organ="drawn", every=2).payload
    assert half["looked_at"] < 0.6 * found["looked_at"]
    assert len(half["tiles"]) == len(found["tiles"])
    with pytest.raises(PippinError, match="no label"):
        call(str(slides[0]), organ="drawn", label="cat")


def call(*arguments: Any, **options: Any) -> Any:
    """Run the command `slide` as the command line does."""
    from pippin.core import registry
    from pippin.verbs.commands import command

    return command(registry.get("pathology"), "slide").function(*arguments, **options)


@pytest.mark.skipif(not REAL.is_file(), reason="`make test` fetches the slide")
def test_a_real_slide_is_read() -> None:
    assert hashlib.sha256(REAL.read_bytes()).hexdigest() == SHA256
    slide = open_slide(REAL)
    assert (slide.width, slide.height, slide.levels) == (2220, 2967, 1)
    assert slide.microns == pytest.approx(0.499)
    grid = tissue_grid(slide, span_of(slide, 0.499, None))
    assert 50 < len(grid.places) <= 130
    tile = slide.read(*grid.box(len(grid.places) // 2)[:2], 224, 224, (224, 224))
    assert np.asarray(normalise(np.asarray(tile))).std() > 10
