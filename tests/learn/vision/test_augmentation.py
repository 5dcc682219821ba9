"""Pictures a little changed: still the same picture, the same for the same generator."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from pippin.learn.vision.augmentation import random_shift_flip


def images(count: int = 40) -> Tensor:
    """Pictures with a different value in every place."""
    return torch.rand(count, 3, 12, 10, generator=torch.Generator().manual_seed(0))


def changed(seed: int = 1, **options: int) -> Tensor:
    """The pictures, varied."""
    return random_shift_flip(images(), torch.Generator().manual_seed(seed), **{"shift": 2, **options})  # type: ignore[arg-type]


def test_each_is_a_window_of_the_reflected_image_or_its_mirror_image() -> None:
    windows = [0, 0]
    for before, after in zip(images(), changed(), strict=True):
        wide = np.pad(before.numpy(), ((0, 0), (2, 2), (2, 2)), mode="reflect")
        cuts = [wide[:, top : top + 12, left : left + 10] for top in range(5) for left in range(5)]
        straight = any(np.array_equal(cut, after) for cut in cuts)
        turned = any(np.array_equal(cut[:, :, ::-1], after) for cut in cuts)
        assert straight or turned
        windows[turned] += 1
    assert min(windows) > 8


def test_the_generator_decides_and_nothing_is_mirrored_unasked() -> None:
    assert torch.equal(changed(), changed())
    assert not torch.equal(changed(), changed(seed=2))
    assert torch.equal(changed(shift=0, mirror=False), images())
