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
ALARMS = (
    *("E_159", "E_43", "E_210", "E_45", "E_75", "E_128", "E_156", "E_194", "E_111"),
    *("E_14", "E_63", "E_140", "E_176"),
)
# A pain in the chest: the question of the place of a pain, and the places that are meant.
PAIN_PLACE, CHEST = "E_55", frozenset(["V_29", "V_101"])


class RedFlag(NamedTuple):
    """A red flag: its key, so that it can stay, and what it says."""

    key: str
    text: str


def red_flags(patient: Patient, shares: Array, earlier: Sequence[str] = ()) -> list[RedFlag]:
    """Return red flags, those raised earlier too.

    `shares` [C] are the probabilities of the conditions if it is one of them: that it may be none of them hides none.
    """
    structure, names = load_structure(), {code: one.name for code, one in load_wording().items()}
    names[PAIN_PLACE] = "pain in the chest"
    keys = list(earlier)
    keys += [code for code in ALARMS if patient.answers.get(structure.index[code]) == (YES,)]
    place = structure.index[PAIN_PLACE]
    chosen = {structure.questions[place].options[option] for option in patient.answers.get(place, ())}
    keys += [PAIN_PLACE] if chosen & CHEST else []
    order = np.argsort(-shares, kind="stable")
    keys += [structure.names[c] for c in order if structure.severe[c] and shares[c] >= MIN_SHARE]
    found = []
    for key in dict.fromkeys(keys):
        if key in names:
            found.append(RedFlag(key, f"You said: {names[key]}. That can be an emergency by itself. {CALL}"))
        elif key in structure.condition_index:
            found.append(RedFlag(key, f"{key} cannot be excluded, and it can be dangerous. {CALL}"))
    return found
