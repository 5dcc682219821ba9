"""Settings of `faces`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pippin.core.config import INFERENCE, LOCAL, Config


@dataclass(frozen=True, eq=False, repr=False)
class FacesConfig(Config):
    """How sure it must be, and whether your album counts."""

    sure: Annotated[float, "probability from which a name is given", INFERENCE] = 0.5
    album: Annotated[bool, "know the people of your album, too", INFERENCE, LOCAL] = True
