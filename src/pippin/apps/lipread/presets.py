"""What the words for a network's size mean, what a model serves, and which is in use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pippin.apps.lipread.config import LipreadConfig

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Size:
    """Of a network: channels of its convolutions, features of a frame, memory in each direction and its layers.

    `words` are those that a second head knows, silence included; mouths are made `coarse` times smaller first.
    """

    channels: tuple[int, ...]
    frame: int
    memory: int
    words: int = 0
    layers: int = 2
    coarse: int = 1


@dataclass(frozen=True)
class Preset:
    """A network's size and how it learns."""

    network: Size
    epochs: float
    dropout: float = 0.2
    batch: int = 16
    rate: float = 2e-2

    def size(self, words: int) -> Size:
        """Return the size where so many words are known."""
        return replace(self.network, words=words)


PRESETS = {
    "laptop": Preset(Size((16, 32, 48, 64), 128, 128), 120),
    "small": Preset(Size((16, 24, 32), 64, 64, coarse=2), 40, dropout=0.1),
    "tiny": Preset(Size((8, 12, 16), 48, 32, layers=1, coarse=2), 4, dropout=0.0, batch=8),
}


def preset(config: LipreadConfig) -> Preset:
    """Return the preset that the settings name."""
    return PRESETS[config.preset]


def variant(config: LipreadConfig) -> str:
    """Return the variant a model serves: mouths of people, or rendered ones."""
    return config.speaker_type
