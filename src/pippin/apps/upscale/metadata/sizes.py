"""How an image changed, which what it says of itself must follow."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Its new size in pixels, how many times as wide it became, and whether it was turned upright."""

    width: int
    height: int
    factor: float
    turned: bool
