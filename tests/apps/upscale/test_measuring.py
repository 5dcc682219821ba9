"""Resizing and measures against other implementations, and against published figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pippin.apps.upscale.colour import studio_luma
from pippin.apps.upscale.metrics import measured, psnr, ssim
from pippin.apps.upscale.resampling import cubic, lanczos, linear, resized, rounded

from .conftest import Array, draw

PILLOW = {
    cubic: Image.Resampling.BICUBIC,
    lanczos: Image.Resampling.LANCZOS,
    linear: Image.Resampling.BILINEAR,
}


@pytest.mark.parametrize("kernel", PILLOW)
@pytest.mark.parametrize("size", [(30, 42), (20, 28), (120, 168), (35, 61), (60, 84)])
def test_resizing_is_pillows_away_from_borders(photo: Array, kernel: object, size: tuple[int, int]) -> None:
    plane = photo[..., 0].astype(np.float64)
    theirs = np.asarray(Image.fromarray(plane.astype(np.float32), "F").resize(size[::-1], PILLOW[kernel]))
    ours = resized(plane, *size, kernel)
    edge = 3 * max(1, -(-size[0] // 60), 60 // size[0] + 2)
    np.testing.assert_allclose(ours[edge:-edge, edge:-edge], theirs[edge:-edge, edge:-edge], atol=1e-3)


def test_borders_are_mirrored_as_matlab_does() -> None:
    # imresize([1 2 3 4], 2) and imresize([1 2 3 4 5 6], 0.5), worked out by hand from the kernel's values.
    row = resized(np.arange(1.0, 5)[None], 1, 8)[0]
    near, far = 0.8671875, 0.2265625
    assert row[0] == pytest.approx(near * 1 + far * 1 - 0.0703125 * 2 - 0.0234375 * 2, abs=1e-9)
    assert resized(np.full((6, 6), 7.0), 3, 3) == pytest.approx(7.0)
    assert row[::-1] == pytest.approx(5 - row)


def test_psnr_and_ssim_are_scikit_images(photo: Array) -> None:
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    one, other = studio_luma(photo), studio_luma(draw(60, 84)[::-1])
    assert psnr(one, other) == pytest.approx(peak_signal_noise_ratio(one, other, data_range=255))
    theirs = structural_similarity(
        one, other, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert ssim(one, other) == pytest.approx(theirs, abs=1e-6)


def test_luma_is_scikit_images(photo: Array) -> None:
    from skimage.color import rgb2ycbcr

    np.testing.assert_allclose(studio_luma(photo), rgb2ycbcr(photo)[..., 0], atol=2e-3)


def test_the_same_image_is_perfect(photo: Array) -> None:
    same = measured(photo, photo, 2)
    assert same["psnr_y"] == 100
    assert same["ssim_y"] == pytest.approx(1)
    assert same["ssimulacra2"] == pytest.approx(100, abs=0.01)
    assert measured(rounded(resized(resized(photo, 30, 42), 60, 84)), photo, 2)["ssimulacra2"] < 96


@pytest.mark.data
@pytest.mark.parametrize(("scale", "published"), [(2, 33.66), (3, 30.39), (4, 28.42)])
def test_bicubic_on_set5_is_what_papers_say(test_data: Path, scale: int, published: float) -> None:
    from pippin.apps.upscale.data import crop_to_multiple, downscale

    found = []
    for path in sorted((test_data / "upscale" / "Set5").glob("*.png")):
        original = np.asarray(Image.open(path).convert("RGB"))
        large = crop_to_multiple(original, scale)
        plain = rounded(resized(downscale(original, scale, None), *large.shape[:2]))
        found.append(measured(plain, original, scale)["psnr_y"])
    assert np.mean(found) == pytest.approx(published, abs=0.05)
