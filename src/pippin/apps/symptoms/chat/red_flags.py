"""Red flags: severe conditions from the moment they are likely, and answers that can be an emergency by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.knowledge.wording import load_wording
from pippin.apps.symptoms.patients.patient import Patient

Array = np.ndarray
YES = 1  # position of the option
MIN_SHARE = 0.1  # probability from which a severe condition is a red flag
CALL = "Call your emergency number (112, 911 or 999) now if this is happening to you."
# Answers that can be an emergency regardless of the ranking.
ALARMS = ("E_159", "E_43", "E_210", "E_45", "E_75", "E_128", "E_156", "E_194", "E_111")


class RedFlag(NamedTuple):
    """A red flag: its key, so that it can stay, and what it says."""

    key: str
    text: str


def red_flags(patient: Patient, shares: Array, earlier: Sequence[str] = ()) -> list[RedFlag]:
    """Return red flags, those raised earlier too; `shares` [C] are the probabilities of the conditions."""
    structure, names = load_structure(), load_wording()
    keys = list(earlier)
    keys += [code for code in ALARMS if patient.answers.get(structure.index[code]) == (YES,)]
    order = np.argsort(-shares, kind="stable")
    keys += [structure.names[c] for c in order if structure.severe[c] and shares[c] >= MIN_SHARE]
    found = []
    for key in dict.fromkeys(keys):
        if key in names:
            found.append(RedFlag(key, f"You said: {names[key].name}. That can be an emergency by itself. {CALL}"))
        elif key in structure.condition_index:
            found.append(RedFlag(key, f"{key} cannot be excluded, and it can be dangerous. {CALL}"))
    return found
