"""Settings of the application in miniature."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pippin.core.config import Config


@dataclass(frozen=True)
class MiniatureConfig(Config):
    """How it learns."""

    rate: Annotated[float, "the size of a step"] = 1.0
    language: Annotated[str, "which variant to be"] = "english"
    folds: Annotated[int, "how it is fitted at last"] = 0

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {"rate": 2.0}}
