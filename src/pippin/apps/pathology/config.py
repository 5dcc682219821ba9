"""Settings of `pathology`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import INFERENCE, Config
from pippin.core.errors import PippinError

BREAST, CHEST = "breast", "chest"
MAX_SIDE = 512
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True, eq=False, repr=False)
class PathologyConfig(Config):
    """How medical images are learned from, and how much coverage sets of labels aim at."""

    organ: Annotated[
        str, "which model: breast, chest, or a name of your own (by default a data set's own name; breast to predict)"
    ] = ""
    network: Annotated[
        Literal["auto", "small", "imagenet"],
        "small (learned from your images alone), imagenet (a head on a pretrained network), or auto (small up to 64 "
        "pixels a side)",
    ] = "auto"
    side: Annotated[int, "pixels a side the network sees, up to 512 (0: as the images, imagenet from 224)"] = 0
    networks: Annotated[
        int, "networks whose mean answers; each leaves out one part, on which its doubt is measured"
    ] = 5
    network_epochs: Annotated[float, "epochs of training small networks (0: by the number of images)"] = 0.0
    group: Annotated[str, "what keeps in one split, such as a patient: a regular expression on file names"] = ""
    microns: Annotated[float, "micrometres a pixel of the tiles of slides"] = 0.5
    stain: Annotated[Literal["none", "macenko"], "stain normalisation of tiles and images"] = "none"
    coverage: Annotated[float, "share of sets of labels that are to hold the right one, 0.5 to 0.99", INFERENCE] = 0.9

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {"networks": 2, "network_epochs": 8.0}}

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Raise PippinError where a setting is out of its range."""
        ranges = {
            "coverage": (0.5, 0.99),
            "networks": (2, 20),
            "network_epochs": (0.0, 1000.0),
            "microns": (0.05, 20.0),
            "side": (0, MAX_SIDE),
        }
        for name, (low, high) in ranges.items():
            if not low <= given.get(name, low) <= high:
                raise PippinError(
                    f"--{name.replace('_', '-')} must be from {low} to {high}, not {given[name]}.", input=given[name]
                )
        organ = given.get("organ", "")
        if organ and not _NAME.fullmatch(organ):
            raise PippinError(
                f"--organ must be a name of letters, digits and hyphens, not {organ[:60]!r}.", input=organ[:60]
            )
        if 0 < given.get("side", 0) < 16:
            raise PippinError(f"--side must be 0 or from 16 to {MAX_SIDE}, not {given['side']}.", input=given["side"])
