"""Settings of `seedling`: each field is an option of the command line, with its type, help and default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pippin.core.config import Config


@dataclass(frozen=True)
class SeedlingConfig(Config):
    """Size of the network, and how it is trained."""

    width: Annotated[int, "channels of the first layer"] = 16
    passes: Annotated[int, "epochs, where no budget is given"] = 20
    rate: Annotated[float, "highest learning rate"] = 0.01

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {"width": 8, "passes": 6, "rate": 0.02}}
