"""Settings of `upscale`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import INFERENCE, Config


@dataclass(frozen=True, eq=False, repr=False)
class UpscaleConfig(Config):
    """Size, kind and format of the result."""

    scale: Annotated[
        float,
        "how many times as wide and high: any number from 1 (denoise and sharpen only) to 8; training takes 1, 2, 3 "
        "or 4",
        INFERENCE,
    ] = 2.0
    width: Annotated[int, "of the result in pixels, instead of --scale", INFERENCE] = 0
    fit: Annotated[str, "the box the result fits into, such as 4000x3000, instead of --scale", INFERENCE] = ""
    preset: Annotated[
        Literal["auto", "clean", "photo", "best", "tiny"],
        "clean (sharp images), photo (snapshots: blurred, noisy, compressed), best (clean, slower), tiny; auto: the "
        "image decides",
    ] = "auto"
    denoise: Annotated[str, "how much noise to take away: 0 (none) to 1 (all), or auto", INFERENCE] = "auto"
    strength: Annotated[float, "how much of what the network adds is added: 0 is bicubic, 1 all", INFERENCE] = 1.0
    format: Annotated[
        Literal["same", "jpg", "png", "tif", "webp"],
        "of the files written: same (as what was given), jpg, png, tif or webp",
        INFERENCE,
    ] = "same"

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {"preset": "tiny"}}

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Raise PippinError where two sizes are asked for at once, or one that does not exist."""
        from pippin.apps.upscale.sizes import Size, denoising, refuse_contradictions

        refuse_contradictions(given)
        config = cls.read(given)
        Size.of(config)
        denoising(config)
