"""What the words for a network's size and purpose mean."""

from __future__ import annotations

from dataclasses import dataclass

from pippin.apps.upscale.config import UpscaleConfig
from pippin.apps.upscale.sizes import NETWORK_SCALES, network_scale
from pippin.core.errors import PippinError


@dataclass(frozen=True)
class Preset:
    """`channels` the network works on (1: luma), its `width` and `blocks`, and how long it learns by itself.

    `worn` says that the smaller images it learns from are blurred, noisy and compressed, too; `sizes` are those a
    photograph is learned from at: made smaller, it is sharper to the pixel.
    """

    channels: int
    width: int
    blocks: int
    epochs: float
    batch: int = 8
    rate: float = 5e-3
    side: int = 64
    worn: bool = False
    experts: int = 0
    sizes: tuple[float, ...] = (1.0,)


PRESETS = {
    "clean": Preset(1, 32, 8, 8),
    "best": Preset(1, 48, 12, 4, sizes=(1.0, 0.7)),
    "photo": Preset(3, 40, 10, 30, worn=True, experts=8),
    "tiny": Preset(1, 8, 1, 2, side=32),
}
DEFAULT = dict.fromkeys(NETWORK_SCALES, "photo")


def preset_of(config: UpscaleConfig) -> str:
    """Return the preset's name; PippinError for an unknown one or an unknown scale."""
    name = DEFAULT[network_scale(config)] if config.preset == "auto" else config.preset
    if name not in PRESETS:
        raise PippinError(f"There is no preset {name!r}; there are: auto, {', '.join(PRESETS)}.", input=name)
    return str(name)


def is_worn(config: UpscaleConfig) -> bool:
    """Return whether copies to learn from are blurred, noisy and compressed; at a scale of 1 nothing else differs."""
    return PRESETS[preset_of(config)].worn or network_scale(config) == 1


def variant(config: UpscaleConfig) -> str:
    """Return the variant a model serves: a scale, for images of a kind; a tiny one replaces the default."""
    preset, scale = preset_of(config), network_scale(config)
    return f"x{scale}-{DEFAULT[scale] if preset == 'tiny' else preset}"
