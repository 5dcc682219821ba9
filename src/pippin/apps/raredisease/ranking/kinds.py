"""What kind of findings a patient has: shares of organ systems, how informative they are."""

from __future__ import annotations

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.patients.patient import Patient

Array = np.ndarray
# The systems right below the ontology's root, by the numbers of their ids, so that newer files have the same ones.
SYSTEMS = (
    119,
    152,
    478,
    598,
    707,
    769,
    818,
    1197,
    1507,
    1574,
    1608,
    1626,
    1871,
    1939,
    2086,
    2664,
    2715,
    25031,
    25142,
    25354,
    33127,
    40064,
    45027,
)


def describe_findings(knowledge: Knowledge, patient: Patient) -> Array:
    """Return shares [23] of findings present in each system, and mean, highest, lowest and total information."""
    ontology = knowledge.ontology
    position = {ontology.index.get(f"HP:{number:07}", -1): index for index, number in enumerate(SYSTEMS)}
    shares = np.zeros(len(SYSTEMS), np.float32)
    for term in patient.present:
        for above in ontology.lineage(term):
            if (place := position.get(int(above), -1)) >= 0:
                shares[place] += 1 / len(patient.present)
    own = knowledge.information[list(patient.present)] if patient.present else np.zeros(1, np.float32)
    levels = [own.mean() / 5, own.max() / 8, own.min() / 5, np.log1p(own.sum())]
    return np.concatenate([shares, np.array(levels, np.float32)]).astype(np.float32)
