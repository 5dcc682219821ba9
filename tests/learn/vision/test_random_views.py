"""Random views: within the image, of its colours where these may not change, and decided by the generator alone."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from pippin.learn.vision.random_views import ViewConfig, random_views

STILL = ViewConfig(area=(1.0, 1.0), aspect=1.0, jitter=0.0, grey=0.0, mirror=False)


def images(count: int = 8, side: int = 12) -> torch.Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(1))


def views(config: ViewConfig, side: int = 12, seed: int = 0) -> torch.Tensor:
    return random_views(images(), torch.Generator().manual_seed(seed), side, config)


def test_a_view_that_may_not_differ_is_the_image() -> None:
    assert torch.allclose(views(STILL), images(), atol=1e-6)


def test_the_generator_decides_everything() -> None:
    config = ViewConfig()
    assert torch.equal(views(config), views(config))
    assert not torch.equal(views(config), views(config, seed=1))


def test_views_have_the_side_asked_for_and_stay_in_range() -> None:
    found = views(ViewConfig(), 9)
    assert found.shape == (8, 3, 9, 9)
    assert 0 <= float(found.min()) <= float(found.max()) <= 1


def test_mirrored_views_are_images_or_their_mirror_images() -> None:
    found = views(ViewConfig(area=(1.0, 1.0), aspect=1.0, jitter=0.0, grey=0.0))
    kinds = {
        "straight" if torch.allclose(view, image, atol=1e-5) else "mirrored"
        for view, image in zip(found, images(), strict=True)
        if torch.allclose(view, image, atol=1e-5) or torch.allclose(view, image.flip(2), atol=1e-5)
    }
    assert kinds == {"straight", "mirrored"}


def test_grey_views_have_equal_channels_and_keep_their_lightness() -> None:
    found = views(ViewConfig(area=(1.0, 1.0), aspect=1.0, jitter=0.0, grey=1.0, mirror=False))
    assert torch.allclose(found[:, 0], found[:, 1], atol=1e-5)
    luma = torch.einsum("c,nchw->nhw", torch.tensor([0.299, 0.587, 0.114]), images())
    assert torch.allclose(found[:, 0], luma, atol=1e-4)


def test_a_change_of_hue_leaves_grey_images_as_they_are() -> None:
    grey = images()[:, :1].expand(-1, 3, -1, -1).contiguous()
    config = ViewConfig(
        area=(1.0, 1.0), aspect=1.0, brightness=0.0, contrast=0.0, hue=0.5, jitter=1.0, grey=0.0, mirror=False
    )
    found = random_views(grey, torch.Generator().manual_seed(0), 12, config)
    assert torch.allclose(found, grey, atol=2e-3)


def test_crops_show_less_than_the_whole() -> None:
    ramp = torch.linspace(0, 1, 32).expand(16, 3, 32, 32).contiguous()
    config = ViewConfig(area=(0.25, 0.25), aspect=1.0, jitter=0.0, grey=0.0, mirror=False)
    found = random_views(ramp, torch.Generator().manual_seed(0), 16, config)
    spread = found.amax((1, 2, 3)) - found.amin((1, 2, 3))
    assert float(spread.max()) < 0.52
    assert float(spread.min()) > 0.4
