"""Tiles and the whole image are the same, for any size of image, tiles and slabs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pippin.apps.upscale.onnx_model import Model
from pippin.apps.upscale.tiling import TiledUpscaler, mirrored, strips

from .conftest import Array, draw, random_model

NETWORK = random_model(2)


def whole(model: Model, image: Array) -> Array:
    """Float planes of the larger picture, all at once."""
    radius = model.shape.radius
    padded = np.pad(image, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    return TiledUpscaler(model, model.shape.scale, radius).planes(np.moveaxis(padded.astype(np.float32) / 255, 2, 0))


def test_tiles_leave_no_seam(network: Model, photo: Array) -> None:
    scale, radius = network.shape.scale, network.shape.radius
    enlarger = TiledUpscaler(network, scale, radius)
    padded = np.pad(photo, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    planes = np.moveaxis(padded.astype(np.float32) / 255, 2, 0)
    found, tile = np.empty((3, scale * photo.shape[0], scale * photo.shape[1]), np.float32), 17
    for top in range(0, photo.shape[0], tile):
        for left in range(0, photo.shape[1], tile):
            bottom, right = min(top + tile, photo.shape[0]), min(left + tile, photo.shape[1])
            part = enlarger.planes(planes[:, top : bottom + 2 * radius, left : right + 2 * radius])
            found[:, scale * top : scale * bottom, scale * left : scale * right] = part
    assert np.abs(found - whole(network, photo)).max() < 1e-5


@given(
    height=st.integers(1, 70), width=st.integers(1, 40), tile=st.integers(1, 33), slab=st.integers(1, 40),
    threads=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_rows_come_as_the_whole_would(height: int, width: int, tile: int, slab: int, threads: int) -> None:
    image = draw(height, width)
    enlarger = TiledUpscaler(NETWORK, 2, NETWORK.shape.radius, threads=threads)
    slabs = (image[top : top + slab] for top in range(0, height, slab))
    rows = np.concatenate(list(enlarger.rows(slabs, height, width, alpha=False, tile=tile)))
    expected = np.moveaxis((whole(NETWORK, image).clip(0, 1) * 255 + 0.5).astype(np.uint8), 0, 2)
    assert rows.shape == expected.shape
    # Sums in another order may fall on the other side of a half, hardly ever.
    assert np.abs(rows.astype(int) - expected).max() <= 1
    assert (rows != expected).mean() < 1e-3


def test_only_a_few_rows_are_kept(photo: Array) -> None:
    tall = np.tile(photo, (40, 1, 1))
    taken = 0

    def slabs() -> object:
        nonlocal taken
        for top in range(0, len(tall), 10):
            taken += 10
            yield tall[top : top + 10]

    for number, strip in enumerate(strips(slabs(), len(tall), 50, 7)):
        assert len(strip) == min(50, len(tall) - 50 * number) + 14
        assert taken <= 50 * (number + 1) + 7 + 10
    assert mirrored(np.array([-2, -1, 0, 3, 4, 5]), 4).tolist() == [1, 0, 0, 3, 3, 2]


def test_nothing_bleeds_from_where_nothing_is(photo: Array) -> None:
    alpha = np.zeros((*photo.shape[:2], 1), np.uint8)
    alpha[10:50, 20:60] = 255
    seen = []
    for hidden in (0, 255):  # colour of transparent pixels
        colours = np.where(alpha > 0, photo, hidden).astype(np.uint8)
        enlarger = TiledUpscaler(NETWORK, 2, NETWORK.shape.radius)
        image = np.concatenate([colours, alpha], 2)
        seen.append(np.concatenate(list(enlarger.rows([image], *alpha.shape[:2], alpha=True))))
    opaque = seen[0][..., 3] > 16
    assert np.array_equal(seen[0][..., 3], seen[1][..., 3])
    assert np.array_equal(seen[0][opaque], seen[1][opaque])
    assert 0.9 < opaque.mean() / (alpha > 0).mean() < 1.1


def test_what_is_opaque_stays_so_and_as_it_was(photo: Array) -> None:
    alpha = np.full((*photo.shape[:2], 1), 255, np.uint8)
    alpha[:4, :4] = 0
    enlarger = TiledUpscaler(NETWORK, 2, NETWORK.shape.radius)
    made = np.concatenate(list(enlarger.rows([np.concatenate([photo, alpha], 2)], *photo.shape[:2], alpha=True)))
    plain = np.concatenate(list(enlarger.rows([photo], *photo.shape[:2], alpha=False)))
    assert (made[40:, :, 3] == 255).all()
    assert np.abs(made[40:, :, :3].astype(int) - plain[40:]).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_without_strength_it_is_bicubic(photo: Array, dtype: type) -> None:
    from pippin.apps.upscale.resampling import resized

    most = np.iinfo(dtype).max
    image = photo.astype(dtype) * (most // 255)
    plain = TiledUpscaler(NETWORK, 2, NETWORK.shape.radius, strength=0.0)
    rows = np.concatenate(list(plain.rows([image], *photo.shape[:2], alpha=False)))
    expected = resized(image, 2 * photo.shape[0], 2 * photo.shape[1]).clip(0, most)
    assert rows.dtype == dtype
    assert np.abs(rows - expected).max() <= 0.51 + most * 1e-6
