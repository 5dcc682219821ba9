"""Settings of `assistant`: how it learns to understand, and when it says that it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pippin.core.config import INFERENCE, Config
from pippin.core.errors import PippinError

SKILLS = "skills"


@dataclass(frozen=True, eq=False, repr=False)
class AssistantConfig(Config):
    """How sentences are learned from."""

    domain: Annotated[
        str, "which model: skills (the assistant's own), or the name of a data set that one was trained on"
    ] = SKILLS
    learn: Annotated[
        Literal["auto", "head", "layers"],
        "head (on the encoder as it is: seconds), layers (the encoder's last ones are tuned, too: minutes), or auto "
        "(layers from 3,000 examples on)",
    ] = "auto"
    threshold: Annotated[
        float, "certainty from 0 to 1 below which it says that it does not know (0: as the data suggest)", INFERENCE
    ] = 0.0

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {"tiny": {"learn": "head"}}

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Raise PippinError where a setting is out of its range."""
        if not 0 <= given.get("threshold", 0.0) <= 1:
            raise PippinError(f"--threshold must be from 0 to 1, not {given['threshold']}.", input=given["threshold"])
        if "domain" in given and not given["domain"].strip():
            raise PippinError("--domain must be skills or the name of a data set, not empty.", input=given["domain"])
