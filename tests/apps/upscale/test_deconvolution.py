"""Which blur a spectrum shows, and what undoes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pippin.apps.upscale.deconvolution import (
    REACH,
    BlurFit,
    Deconvolution,
    describe_blur,
    enlarged,
    find_blur,
    fit_blur,
    wiener,
)
from pippin.apps.upscale.degradation import CONDITIONS, Blur, Degradation, degrade
from pippin.apps.upscale.estimation import tiles_of
from pippin.apps.upscale.tiling import TiledUpscaler

from .conftest import random_model

Array = np.ndarray
BLURRED = np.array([name == "blur" for name in CONDITIONS], np.float32)


def fractal(side: int) -> Array:
    """An image whose power falls with the square of frequency, as that of photographs, uint8 [side,side,3]."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None])
    frequency[0, 0] = 1
    noise = np.fft.rfft2(np.random.default_rng(3).normal(size=(side, side)))
    plane = np.fft.irfft2(noise / frequency, (side, side))
    plane = 128 + 40 * (plane - plane.mean()) / plane.std()
    return np.repeat(plane.clip(0, 255).astype(np.uint8)[..., None], 3, 2)


def planes(image: Array) -> Array:
    return np.moveaxis(image, 2, 0).astype(np.float32) / 255


def blurred(blur: Blur, scale: int) -> tuple[Array, Array]:
    """A blurred copy and its original, planes in 0..1."""
    original = fractal(288)
    small = degrade(original[None], Degradation(blur=blur), scale, np.random.default_rng(0))[0]
    return planes(small), planes(original)


def apply(network: Deconvolution, small: Array) -> tuple[Array, Array]:
    """What is plain and what it becomes."""
    padded = np.pad(small, ((0, 0), *((network.radius,) * 2,) * 2), mode="symmetric")[None]
    plain, added = network(padded)
    return plain[0], plain[0] + added[0]


@pytest.mark.parametrize(
    ("blur", "scale"),
    [(Blur(1.5, 1.5), 1), (Blur(motion=9, angle=np.pi / 4), 1), (Blur(motion=7.3, angle=2.0), 1),
     (Blur(motion=9, angle=np.pi / 2), 2)],
)  # fmt: skip
def test_a_blur_is_known_and_undone(blur: Blur, scale: int) -> None:
    small, original = blurred(blur, scale)
    fit = find_blur(tiles_of([small], *small.shape[1:]), 0.6 * BLURRED, None, scale)
    assert fit is not None
    assert fit.blur.motion == pytest.approx(blur.motion, abs=0.6)
    assert fit.blur.wide == pytest.approx(blur.wide, abs=0.2)
    if blur.motion:
        assert abs(np.sin(fit.blur.angle - blur.angle)) < 0.15
    if scale == 1:
        plain, made = apply(Deconvolution(wiener(fit, 1)), small)
        assert np.array_equal(plain, small)
        before, after = (np.mean((image - original) ** 2) for image in (plain, made))
        assert after < 0.7 * before


@pytest.mark.parametrize(
    ("blur", "condition", "quality", "scale"),
    [
        (Blur(), 0.6 * BLURRED, None, 1),
        (Blur(1.5, 1.5), 0.1 * BLURRED, None, 1),
        (Blur(1.5, 1.5), 0.6 * BLURRED + 0.2, None, 1),
        (Blur(1.5, 1.5), 0.6 * BLURRED, 75, 1),
        (Blur(2.5, 2.5), 0.6 * BLURRED, None, 2),
        (Blur(3.0, 0.4, 0.7), 0.6 * BLURRED, None, 1),
    ],
    ids=["sharp", "no blur estimated", "noisy", "compressed", "not motion, and larger", "a texture's direction"],
)
def test_what_is_left_to_the_networks(blur: Blur, condition: Array, quality: int | None, scale: int) -> None:
    small, _ = blurred(blur, scale)
    assert find_blur(tiles_of([small], *small.shape[1:]), condition, quality, scale) is None


def test_flat_and_small_images_have_no_blur() -> None:
    flat = fit_blur(np.full((2, 3, 96, 96), 0.5, np.float32), 1)
    assert flat is not None
    assert flat.gain < 0.3
    assert fit_blur(np.zeros((2, 3, 40, 63), np.float32), 1) is None


def test_tiles_are_as_the_whole_and_strength_goes_from_bicubic() -> None:
    fit = BlurFit(Blur(motion=9, angle=0.5), 1.0, 2.0, 0.1, 1.0, 1.0)
    model = random_model(2)
    network = Deconvolution(wiener(fit, 2), model)
    rows = (255 * planes(fractal(288))).astype(np.uint8).transpose(1, 2, 0)[:110, :90]
    made = [
        np.concatenate(list(TiledUpscaler(network, 2, network.radius).rows([rows], 110, 90, alpha=False, tile=tile)))
        for tile in (48, 192)
    ]
    assert np.abs(made[0].astype(int) - made[1]).max() <= 1
    bicubic = TiledUpscaler(network, 2, network.radius, strength=0.0)
    plain = TiledUpscaler(model, 2, model.radius, strength=0.0)
    found = [np.concatenate(list(way.rows([rows], 110, 90, alpha=False))).astype(int) for way in (bicubic, plain)]
    assert np.abs(found[0] - found[1]).max() <= 1
    flat = np.full((1, 3, 2 * REACH + 40, 2 * REACH + 40), 0.4, np.float32)
    alone = replace(network, network=None)
    assert alone(flat)[1] == pytest.approx(0, abs=1e-5)
    assert enlarged(np.full((3, 9, 8), 0.25, np.float32), 3) == pytest.approx(0.25)


def test_a_blur_is_told_in_pixels_of_the_image_that_was_given() -> None:
    assert describe_blur(Blur(motion=9, angle=np.pi / 4), 2) == "motion of 4.5 pixels at 45 degrees"
    assert describe_blur(Blur(1.5, 1.5), 1) == "blur of 1.5 pixels"
