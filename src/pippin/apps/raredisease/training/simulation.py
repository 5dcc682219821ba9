"""Simulated patients: drawn from what one paper reports of a disease, to be recognised by what other papers report."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from pippin.apps.raredisease.ontology.annotations import Row
from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.ontology.knowledge import Knowledge, combine_rows

Array = np.ndarray
MIN_FINDINGS = 3  # of a source, and of what the other sources report
OMISSION = 0.25  # share of a patient's findings that nobody wrote down
IMPRECISION = 0.15  # share of findings written down as a more general one
NOISE = 0.1  # share of findings that have nothing to do with the disease
MAX_FINDINGS = 20


@dataclass(frozen=True)
class Source:
    """What one source reports of a disease (`terms`, `frequencies`), and all other sources do (`rest`)."""

    disease: int
    terms: Array
    frequencies: Array
    rest: tuple[Array, Array]


def find_sources(knowledge: Knowledge, left_out: Collection[str] = ()) -> list[Source]:
    """Return the sources of all diseases that others report as well; rows of papers `left_out` do not count."""
    return [source for disease in range(len(knowledge.ids)) for source in _sources(knowledge, disease, left_out)]


def _sources(knowledge: Knowledge, disease: int, left_out: Collection[str]) -> Iterator[Source]:
    by_source: dict[tuple[str, ...], list[Row]] = {}
    for row in knowledge.rows(disease):
        if not set(row.references) <= set(left_out):
            by_source.setdefault(row.references, []).append(row)
    for references, own in by_source.items():
        others = [row for other, members in by_source.items() if other != references for row in members]
        terms, frequencies = combine_rows(own, knowledge.ontology)
        rest = combine_rows(others, knowledge.ontology)
        if len(terms) >= MIN_FINDINGS and len(rest[0]) >= MIN_FINDINGS:
            yield Source(disease, terms, frequencies, rest)


def draw_findings(
    ontology: Ontology, terms: Array, frequencies: Array, rates: Array, rng: np.random.Generator
) -> list[int]:
    """Draw the findings of one patient: some omitted, some imprecise, some of other causes; at least one."""
    has = rng.random(len(terms)) < frequencies * (1 - OMISSION)
    chosen = terms[has] if has.any() else rng.choice(terms, 1)
    found = [_blur(ontology, int(term), rng) for term in rng.permutation(chosen)[:MAX_FINDINGS]]
    count = rng.binomial(len(found), NOISE)
    return list(dict.fromkeys([*found, *rng.choice(len(rates), count, p=rates).tolist()]))


def _blur(ontology: Ontology, term: int, rng: np.random.Generator) -> int:
    """Return the finding, or sometimes one of the two above it."""
    above = ontology.lineage(term)[1:-1][-2:]
    return int(rng.choice(above)) if len(above) and rng.random() < IMPRECISION else term
