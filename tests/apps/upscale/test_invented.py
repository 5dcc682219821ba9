"""Letters and faces are outlined as likely invented; leaves, cloth and bricks are not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from pippin.apps.upscale.invented import faces, letters, regions
from pippin.apps.upscale.sample import scene


@pytest.mark.parametrize("size", [10, 14, 20, 36])
@pytest.mark.parametrize(("ink", "paper"), [(30, 220), (240, 70)])
def test_lines_of_letters_are_found(size: int, ink: int, paper: int) -> None:
    image = Image.new("L", (400, 120), paper)
    font = ImageFont.load_default(size)
    ImageDraw.Draw(image).text((20, 40), "number 4711 plate", ink, font)
    left, top, right, bottom = font.getbbox("number 4711 plate")
    found = letters(np.asarray(image, float))
    width = sum(region.right - region.left for region in found)
    assert width > 0.6 * (right - left)
    assert all(40 + top - 3 <= region.top < region.bottom <= 40 + bottom + 3 for region in found)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 6, 7, 8])
def test_scenes_without_letters_have_none(seed: int) -> None:
    assert letters(np.asarray(scene(seed, 144).convert("L"), float)) == []


@pytest.mark.parametrize("shape", [(4, 4, 3), (200, 5, 3), (64, 64, 3)])
def test_small_and_flat_images_have_nothing_to_mark(shape: tuple[int, ...]) -> None:
    assert regions(np.full(shape, 90, np.uint8))[0] == []


def test_a_face_is_found_where_it_is() -> None:
    data = pytest.importorskip("skimage.data")
    image = data.astronaut()
    assert any(f.left < 224 < f.right and f.top < 115 < f.bottom and f.right - f.left < 140 for f in faces(image))


def test_without_scikit_image_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "skimage.feature", None)
    found, notes = regions(np.asarray(scene(0, 144)))
    assert {region.what for region in found} == {"letters"}
    assert "must not be used to identify a person" in notes[0]
    assert "pip install 'pippin[train]'" in notes[1]


def test_the_outlines_lie_on_the_letters() -> None:
    from pippin.apps.upscale.explain import outlined

    image = np.asarray(scene(0, 144))
    found, _ = regions(image)
    figure = outlined(image.repeat(2, 0).repeat(2, 1), found, 2)
    drawn = np.asarray(Image.open(io.BytesIO(figure.content)).convert("RGB")).astype(int)
    orange = (np.abs(drawn - (255, 154, 31)).sum(2) < 30).nonzero()
    assert abs(orange[1].min() - 2 * min(region.left for region in found)) < 6
    assert abs(orange[0].max() - 2 * max(region.bottom for region in found)) < 6
