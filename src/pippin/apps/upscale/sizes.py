"""Sizes of results: a factor, a width, or a box to fit into; and the networks that lead there."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pippin.core.errors import PippinError

NETWORK_SCALES = (1, 2, 3, 4)
DEFAULT_SCALE = 2
MAX_FACTOR = 8.0
MAX_SIDE = 100_000  # pixels
BOX = re.compile(r"(\d{1,6})\s*[xX×]\s*(\d{1,6})")


class SizeSettings(Protocol):
    """The settings that say how large and how clean a result is."""

    @property
    def scale(self) -> float:
        """The factor."""

    @property
    def width(self) -> int:
        """Pixels, or 0."""

    @property
    def fit(self) -> str:
        """A box, or nothing."""

    @property
    def denoise(self) -> str:
        """From 0 to 1, or auto."""


@dataclass(frozen=True)
class Size:
    """What a user asked for: a factor, else a width in pixels, else a box (width, height) to fit into."""

    factor: float = float(DEFAULT_SCALE)
    width: int = 0
    box: tuple[int, int] | None = None

    @classmethod
    def of(cls, config: SizeSettings) -> Size:
        """Read the settings `scale`, `width` and `fit`; PippinError for values out of range."""
        return cls(_factor(config.scale), _width(config.width), _box(config.fit))

    @property
    def label(self) -> str:
        """How a file's name tells it: x1.5, 1920w or 4000x3000."""
        if self.box:
            return f"{self.box[0]}x{self.box[1]}"
        return f"{self.width}w" if self.width else f"x{self.factor:g}"

    @property
    def words(self) -> str:
        """How a sentence tells it."""
        if self.box:
            return f"to fit into {self.box[0]} x {self.box[1]} pixels"
        if self.width:
            return f"{self.width} pixels wide"
        return "at their own size" if self.factor == 1 else f"{self.factor:g} times as wide"

    def target(self, height: int, width: int) -> tuple[int, int]:
        """Return height and width of the result for an image of these, its aspect kept."""
        if self.box:
            return _fitted(height, width, self.box)
        if self.width:
            return max(1, _half_up(height * self.width / width)), self.width
        return _half_up(height * self.factor), _half_up(width * self.factor)

    def passes(self, height: int, width: int, scales: Sequence[int] = NETWORK_SCALES) -> tuple[int, ...]:
        """Return the scales of the networks to apply in turn: the next larger one, or a single one again and again.

        None where the result is no larger than the image, unless a factor of 1 was asked for. `scales` are those of
        the networks at hand; PippinError beyond `MAX_FACTOR`. Beyond 4 a resize does the rest: a second network gains
        0.01 dB (PSNR-Y, 6 and 8 times, 8 photographs of the training part) for 6 times the work.
        """
        tall, wide = self.target(height, width)
        factor = max(tall / height, wide / width)
        if factor > MAX_FACTOR:
            raise PippinError(
                f"The result would be {wide:,} x {tall:,} pixels, {factor:.1f} times as wide; {MAX_FACTOR:g} times is "
                "the most: ask for less."
            )
        if tall <= height and wide <= width:
            return (1,) if 1 in scales and not (self.width or self.box) else ()
        enough = [scale for scale in scales if scale * height >= tall and scale * width >= wide]
        return (min(enough),) if enough else _repeated(max(scales), factor)


def _repeated(scale: int, factor: float) -> tuple[int, ...]:
    """Apply one network until the image is large enough, or 4 times as wide."""
    if scale == 1:
        raise PippinError("A model for --scale 1 makes nothing larger; name one for 2, 3 or 4.")
    needed, count = min(factor, float(NETWORK_SCALES[-1])), 1
    while scale**count < needed:
        count += 1
    return (scale,) * count


def network_scale(config: SizeSettings) -> int:
    """Return the scale of the network that serves a factor: the next larger one, 4 beyond that."""
    factor = _factor(config.scale)
    return next((scale for scale in NETWORK_SCALES if scale >= factor), NETWORK_SCALES[-1])


def learning_scale(config: SizeSettings) -> int:
    """Return the scale to learn or to score at; PippinError for sizes that only say how a model is used."""
    size = Size.of(config)
    if size.width or size.box:
        raise PippinError("--width and --fit are for enlarging images; a network learns a --scale of 1, 2, 3 or 4.")
    if size.factor not in NETWORK_SCALES:
        raise PippinError(
            f"A network learns a --scale of 1, 2, 3 or 4, not {size.factor:g}; an image is made {size.factor:g} times "
            f"as wide by the network for {network_scale(config)}."
        )
    return int(size.factor)


def refuse_contradictions(given: Mapping[str, Any]) -> None:
    """Raise PippinError where the settings a user gave ask for two sizes at once."""
    named = [name for name in ("scale", "width", "fit") if given.get(name)]
    if len(named) > 1:
        both = " and ".join(f"--{name} {f'{given[name]:g}' if name == 'scale' else given[name]}" for name in named)
        raise PippinError(f"{both} ask for different sizes; give one of --scale, --width and --fit.", input=both)


def denoising(config: SizeSettings) -> float | None:
    """Return how much noise to take away, 0 (none) to 1 (all); None: as much as the image needs."""
    value = config.denoise
    if value in ("auto", "", None):
        return None
    found = _number(value)
    if found is None or not 0 <= found <= 1:
        raise PippinError(f"--denoise must be auto or a number from 0 to 1, not {value}.", input=value)
    return found


def _factor(value: Any) -> float:
    found = _number(value)
    if found is None or not 1 <= found <= MAX_FACTOR:
        raise PippinError(
            f"--scale must be a number from 1 to {MAX_FACTOR:g}, not {value}; --width and --fit also make images "
            "smaller.",
            input=value,
        )
    return found


def _width(value: Any) -> int:
    if not value:
        return 0
    found = _number(value)
    if found is None or found != int(found) or not 1 <= found <= MAX_SIDE:
        raise PippinError(f"--width must be a number of pixels from 1 to {MAX_SIDE:,}, not {value}.", input=value)
    return int(found)


def _box(value: Any) -> tuple[int, int] | None:
    if not value:
        return None
    match = BOX.fullmatch(str(value).strip())
    sides = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(1 <= side <= MAX_SIDE for side in sides):
        raise PippinError(f"--fit must be WIDTHxHEIGHT in pixels, such as 4000x3000, not {value}.", input=value)
    return sides


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _fitted(height: int, width: int, box: tuple[int, int]) -> tuple[int, int]:
    """Return the largest height and width of this aspect within the box."""
    if box[0] * height <= box[1] * width:  # its width decides
        return max(1, min(box[1], _half_up(height * box[0] / width))), box[0]
    return box[1], max(1, min(box[0], _half_up(width * box[1] / height)))


def ratio(new: int, old: int) -> float:
    """Return how many times as large a side became; as an integer where it is one."""
    return new // old if new % old == 0 else new / old


def _half_up(value: float) -> int:
    return max(1, int(value + 0.5))
