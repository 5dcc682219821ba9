"""A pair is told from two images that do not belong together, and why is said."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pippin.apps.upscale import corrections
from pippin.apps.upscale.pairs import mismatch
from pippin.apps.upscale.sample import rendered
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as ImageInput
from pippin.core.values import Correction

from .conftest import Array, random_model


def scene(number: int) -> Array:
    image = Image.open(io.BytesIO(rendered(6)[number].read())).convert("RGB")
    return np.asarray(image.resize((144, 144)))


def smaller(image: Array, scale: int = 2) -> Array:
    side = image.shape[0] // scale
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BICUBIC))


def planes(image: Array) -> Array:
    return image.transpose(2, 0, 1).astype(np.float32) / 255


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_right_pair_fits_worn_or_not(number: int, scale: int) -> None:
    large, buffer = scene(number), io.BytesIO()
    noise = np.random.default_rng(number).normal(0, 8, (144 // scale, 144 // scale, 3))
    Image.fromarray((smaller(large, scale) + noise).clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=50)
    for small in (smaller(large, scale), np.asarray(Image.open(buffer))):
        assert mismatch(planes(small), planes(large)) == ""


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda large: large[:, ::-1], "is mirrored"),
        (lambda large: large[::-1, ::-1], "is upside down"),
        (lambda large: large[::-1], "is mirrored top to bottom"),
        (lambda large: np.roll(large, (6, -10), (0, 1)), "is shifted by -5 pixels to the right and 3 down"),
        (lambda large: np.roll(large, (2, 0), (0, 1)), "is shifted by 0 pixels to the right and 1 down"),
        (lambda large: scene(4), "shows something else"),
        (lambda large: 255 - large, "shows something else"),
    ],
)
def test_what_is_no_pair_is_told(change: object, why: str) -> None:
    large = scene(0)
    assert why in mismatch(planes(smaller(large)), planes(np.asarray(change(large))))  # type: ignore[operator]


def test_a_flat_pair_fits() -> None:
    assert mismatch(np.full((3, 8, 8), 0.4), np.full((3, 16, 16), 0.4)) == ""


def test_another_image_is_refused_by_name_and_what_is_transparent_counts_as_seen(tmp_path: Path) -> None:
    Image.fromarray(smaller(scene(0))).save(tmp_path / "small.png")
    Image.fromarray(scene(1)).save(tmp_path / "large.png")
    item = Correction(ImageInput.of(tmp_path / "small.png"), ImageInput.of(tmp_path / "large.png"))
    with pytest.raises(PippinError, match=r"large\.png shows something else .* not what .*small\.png should become"):
        corrections.check(random_model(2), [item])
    alpha = np.zeros((144, 144, 1), np.uint8)
    alpha[:, 72:] = 255
    hidden = np.random.default_rng(0).integers(0, 256, (144, 144, 3))
    for name, image, opaque in (
        ("large", np.where(alpha, scene(0), hidden), alpha),
        ("small", np.where(alpha[::2, ::2], smaller(scene(0)), 0), alpha[::2, ::2]),
    ):
        Image.fromarray(np.concatenate([image, opaque], 2).astype(np.uint8)).save(tmp_path / f"{name}.png")
    corrections.check(random_model(2), [item])
