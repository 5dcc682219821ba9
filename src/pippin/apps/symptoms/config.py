"""Settings of `symptoms`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pippin.core.config import INFERENCE, Config
from pippin.core.errors import PippinError


@dataclass(frozen=True, eq=False, repr=False)
class SymptomsConfig(Config):
    """How long the networks are trained, and how patients are questioned when scores are measured."""

    posterior_steps: Annotated[int, "steps of training the posterior network, each on 128 drawn patients"] = 200
    policy_steps: Annotated[int, "steps of training the policy; 0: ask by information alone"] = 20
    none_patients: Annotated[int, 'drawn patients from which "none of these" is learned'] = 3000
    noise: Annotated[float, "share of a patient's answers that are wrong, 0 to 0.5", INFERENCE] = 0.0
    noise_seed: Annotated[int, "which of the answers are wrong", INFERENCE] = 0
    profile: Annotated[bool, "tell age, sex and past illnesses before the first question", INFERENCE] = False

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {
        "tiny": {"posterior_steps": 8, "policy_steps": 2, "none_patients": 200},
    }

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Refuse shares that are none."""
        if not 0 <= given.get("noise", 0.0) <= 0.5:
            raise PippinError(f"--noise must be 0 to 0.5, not {given['noise']}.", input=str(given["noise"]))
