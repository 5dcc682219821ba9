"""Wrong answers: any other option, or what another person would choose of several."""

from __future__ import annotations

import numpy as np

from pippin.apps.symptoms.knowledge.structure import SEVERAL, load_structure

Array = np.ndarray


def add_errors(bits: Array, others: Array, rate: float | Array, rng: np.random.Generator) -> Array:
    """Return answers [N, O] of which a share is wrong; those of several options are taken from `others` [N, O].

    `rate` is one share, or one [N] for each patient.
    """
    found = bits.copy()
    rates = np.broadcast_to(np.asarray(rate, float), (len(bits),))
    structure = load_structure()
    yes = structure.yes_options
    flips = (rng.random((len(bits), len(yes))) < rates[:, None]) & (bits[:, yes] + bits[:, yes - 1] > 0)
    found[:, yes] = np.where(flips, 1 - bits[:, yes], bits[:, yes])
    found[:, yes - 1] = np.where(flips, 1 - bits[:, yes - 1], bits[:, yes - 1])
    for question in structure.with_options:
        rows = np.flatnonzero(rng.random(len(bits)) < rates)
        if question.kind == SEVERAL:
            found[rows, question.span] = others[rows, question.span]
        elif len(rows):
            count = len(question.options)
            chosen = found[rows, question.span].argmax(1)
            found[rows, question.span] = np.eye(count, dtype=np.float32)[
                (chosen + rng.integers(1, count, len(rows))) % count
            ]
    return found
