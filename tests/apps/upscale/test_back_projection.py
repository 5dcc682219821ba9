"""The local mean of what is made is that of what was given, without a seam, for dithers and checked grounds too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.tiling import TiledUpscaler
from pippin.core.artifact import read_artifact

from .conftest import Array, draw, random_model

MODELS = Path(__file__).parents[3] / "src" / "pippin" / "apps" / "upscale" / "model"
SIDE = 64


def darkening(scale: int) -> TiledUpscaler:
    """Nearest neighbours, everything darker by 20 levels where that is possible."""

    def network(image: Array) -> tuple[Array, Array]:
        made = image[..., 1:-1, 1:-1].repeat(scale, 2).repeat(scale, 3)
        return made, np.full_like(made, -20 / 255)

    return TiledUpscaler(network, scale, 1, keeps_mean=True)


def enlarged(enlarger: TiledUpscaler, image: Array, *, alpha: bool = False, tile: int = 192) -> Array:
    return np.concatenate(list(enlarger.rows([image], *image.shape[:2], alpha=alpha, tile=tile)))


def local_means(image: Array, size: int) -> Array:
    height, width = (length // size for length in image.shape[:2])
    return image.reshape(height, size, width, size, -1).astype(float).mean((1, 3))


def gradient() -> Array:
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    return 40 + 170 * (0.6 * x + 0.4 * y)


def checked(bright: int, dark: int, size: int) -> Array:
    y, x = np.mgrid[:SIDE, :SIDE] // size
    return np.where((x + y) % 2, bright, dark)


def halftone(period: int) -> Array:
    y, x = np.mgrid[:SIDE, :SIDE]
    dots = 127.5 + 127.5 * np.cos(2 * np.pi * (x + y) / period) * np.cos(2 * np.pi * (x - y) / period)
    return np.where(gradient() > dots, 255, 0)


def ordered() -> Array:
    levels = np.array([[0]])
    for _ in range(3):
        levels = np.block([[4 * levels, 4 * levels + 2], [4 * levels + 3, 4 * levels + 1]])
    return np.where(gradient() > np.tile((levels + 0.5) * 4, (SIDE // 8, SIDE // 8)), 255, 0)


GROUNDS = {
    "error diffusion": np.asarray(Image.fromarray(gradient().astype(np.uint8)).convert("1").convert("L")),
    "ordered": ordered(),
    "halftone": halftone(6),
    "grey checks": checked(255, 170, 1),
    "light checks": checked(255, 204, 2),
    "dark checks": checked(0, 90, 1),
}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("variant", ["x2-clean", "x2-best", "x2-photo", "x3-clean", "x4-clean"])
def test_grounds_that_are_no_photographs_keep_their_brightness(variant: str, ground: str) -> None:
    artifact = read_artifact(MODELS / variant)
    learner = UpscaleLearner(UpscaleConfig.read(artifact.facts["config"]))
    learner.load(artifact.part("model"))
    image = np.repeat(GROUNDS[ground].astype(np.uint8)[..., None], 3, 2)
    made = enlarged(learner.enlarger(), image)
    assert abs(made.mean() - image.mean()) < 1


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_local_mean_is_kept(scale: int, dtype: type) -> None:
    image = draw(53, 70).astype(dtype) * (np.iinfo(dtype).max // 255)
    made = enlarged(darkening(scale), image)
    assert made.dtype == dtype
    wanted, found = local_means(image[:48, :64], 16), local_means(made[: 48 * scale, : 64 * scale], 16 * scale)
    assert np.abs(found - wanted).max() / np.iinfo(dtype).max < 2.5 / 255
    assert abs(made.mean() / image.mean() - 1) < 1 / 100


@given(height=st.integers(1, 70), width=st.integers(1, 50), tile=st.integers(1, 40), bands=st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_tiles_and_a_whole_are_the_same(height: int, width: int, tile: int, bands: int) -> None:
    alpha = bands in (2, 4)
    image = draw(height, width, bands)
    enlarger = TiledUpscaler(random_model(2), 2, random_model(2).shape.radius, 2.0, keeps_mean=True)
    parts, whole = (enlarged(enlarger, image, alpha=alpha, tile=side) for side in (tile, 4 * 70))
    assert parts.shape == whole.shape == (2 * height, 2 * width, bands)
    assert np.abs(parts.astype(int) - whole).max() <= 1


def test_what_is_hidden_changes_nothing_that_is_seen() -> None:
    alpha = np.zeros((60, 84, 1), np.uint8)
    alpha[10:50, 20:60] = 255
    made = [
        enlarged(
            darkening(2),
            np.concatenate([np.where(alpha > 0, draw(60, 84), hidden), alpha], 2).astype(np.uint8),
            alpha=True,
        )
        for hidden in (0, 255)
    ]
    opaque = made[0][..., 3] > 16
    assert np.array_equal(made[0][opaque], made[1][opaque])
    middle = made[0][40:80, 60:100, :3].mean() - draw(60, 84)[20:40, 30:50].mean()
    assert abs(middle) < 2.5


def test_bicubic_stays_bicubic() -> None:
    image = np.repeat(GROUNDS["halftone"].astype(np.uint8)[..., None], 3, 2)
    model = random_model(2)
    plain, kept = (
        enlarged(TiledUpscaler(model, 2, model.shape.radius, 0.0, keeps_mean=keeps), image) for keeps in (False, True)
    )
    assert np.array_equal(plain, kept)
