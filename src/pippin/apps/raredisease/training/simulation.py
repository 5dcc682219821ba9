"""Simulated patients: drawn from a disease's annotations, with omission, imprecision and noise."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.ontology.knowledge import Knowledge

Array = np.ndarray
MIN_FINDINGS = 3  # annotated findings of a disease that patients are drawn from
OMISSION = 0.4  # share of a patient's findings that were not written down
IMPRECISION = 0.25  # share of findings written down as a more general one
RELATED = 0.15  # share of findings written down as another one of the same kind
NOISE = 0.25  # findings that have nothing to do with the disease, for each one that has
MAX_FINDINGS = 20
MAX_RELATED = 400  # findings that are still of one kind


def profiles_without(knowledge: Knowledge, papers: Collection[str]) -> list[tuple[Array, Array]]:
    """Return (findings, frequencies) of all diseases without rows that only these papers support."""
    parts = [knowledge.profiles.findings(disease) for disease in range(len(knowledge.ids))]
    chosen, changed = knowledge.without(papers)
    for position, disease in enumerate(chosen):
        parts[disease] = changed.findings(position)
    return parts


def drawable(parts: Sequence[tuple[Array, Array]]) -> Array:
    """Return the diseases with enough findings to draw patients from."""
    return np.flatnonzero([len(terms) >= MIN_FINDINGS for terms, _ in parts])


def draw_findings(
    ontology: Ontology, terms: Array, frequencies: Array, rates: Array, rng: np.random.Generator
) -> list[int]:
    """Draw the findings of one patient: some omitted, some imprecise, some of other causes; at least one."""
    has = rng.random(len(terms)) < frequencies * (1 - OMISSION)
    chosen = terms[has] if has.any() else rng.choice(terms, 1)
    found = [_blur(ontology, int(term), rng) for term in rng.permutation(chosen)[:MAX_FINDINGS]]
    count = rng.binomial(len(found), NOISE)
    noise = np.searchsorted(np.cumsum(rates), rng.random(count) * rates.sum()).clip(max=len(rates) - 1)
    return list(dict.fromkeys([*found, *noise.tolist()]))


def _blur(ontology: Ontology, term: int, rng: np.random.Generator) -> int:
    """Return the finding, or sometimes one of the two above it, or another one below those."""
    above = ontology.lineage(term)[1:-1][-2:]
    chance = rng.random()
    if not len(above) or chance > IMPRECISION + RELATED:
        return term
    general = int(rng.choice(above))
    below = ontology.below(general)
    return int(rng.choice(below)) if chance < RELATED and len(below) <= MAX_RELATED else general
