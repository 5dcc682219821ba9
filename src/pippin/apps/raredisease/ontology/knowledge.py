"""All that is known of diseases: ontology, annotations, background rates; with rows of given papers left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pippin.apps.raredisease.ontology.annotations import Annotations, Row, combine
from pippin.apps.raredisease.ontology.catalogues import CATALOGUES, find_namesakes
from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.ontology.profiles import Profiles, build_profiles
from pippin.core.errors import PippinError

Array = np.ndarray
MIN_RATE = 2e-4  # background rate of a finding that no disease is known to show


@dataclass(frozen=True)
class Knowledge:
    """Diseases of one catalogue with their profiles.

    Rows lie in the order of diseases: `row_starts` [D + 1], `row_terms`, `row_counts`, `row_totals`, and `row_papers`,
    an index into `papers`, which holds the references of a row joined by ";". `citing` maps papers to the diseases of
    which any row cites them, rows on course and inheritance included. `namesakes` maps ids to those of another
    catalogue.
    """

    ontology: Ontology
    version: str
    ids: list[str]
    names: list[str]
    papers: list[str]
    citing: dict[str, list[int]]
    namesakes: dict[str, str]
    row_starts: Array
    row_terms: Array
    row_counts: Array
    row_totals: Array
    row_papers: Array
    profiles: Profiles

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each disease by its id."""
        return {id: position for position, id in enumerate(self.ids)}

    @cached_property
    def rates(self) -> Array:
        """Background rate of each term: its mean frequency over diseases."""
        profiles = self.profiles
        owner = np.repeat(np.arange(len(self.ontology.ids)), np.diff(profiles.columns))
        sums = np.bincount(owner, profiles.shares, len(self.ontology.ids))
        return np.maximum(sums / max(profiles.count, 1), MIN_RATE).astype(np.float32)

    @cached_property
    def information(self) -> Array:
        """Information content of each term: -log of the share of diseases that show it (Resnik 1995)."""
        count = np.diff(self.profiles.columns)
        return (-np.log(np.maximum(count, 0.5) / max(self.profiles.count, 1))).astype(np.float32)

    @cached_property
    def gains(self) -> Array:
        """Information of each term beyond that of the most informative term above it."""
        information, ontology = self.information, self.ontology
        owner = np.repeat(np.arange(len(information)), np.diff(ontology.starts))
        above = np.where(ontology.ancestors == owner, 0, information[ontology.ancestors])
        return np.maximum(information - np.maximum.reduceat(above, ontology.starts[:-1]), 0).astype(np.float32)

    def affected(self, papers: Collection[str]) -> list[int]:
        """Return the diseases of which rows cite these papers."""
        return sorted({disease for paper in papers for disease in self.citing.get(paper, ())})

    def findings_without(self, disease: int, papers: Collection[str]) -> tuple[Array, Array]:
        """Return findings and frequencies of a disease from those rows that not only these papers support."""
        kept = [row for row in self.rows(disease) if not set(row.references) <= set(papers)]
        return combine_rows(kept, self.ontology)

    def without(self, papers: Collection[str]) -> tuple[Array, Profiles]:
        """Return the affected diseases and their profiles without the rows that only these papers support."""
        chosen = self.affected(papers)
        parts = [self.findings_without(disease, papers) for disease in chosen]
        return np.array(chosen, np.int64), build_profiles(parts, self.ontology)

    def rows(self, disease: int) -> Iterator[Row]:
        """Yield the annotations of a disease."""
        for row in range(self.row_starts[disease], self.row_starts[disease + 1]):
            references = tuple(self.papers[self.row_papers[row]].split(";"))
            term = self.ontology.ids[self.row_terms[row]]
            yield Row(self.ids[disease], term, float(self.row_counts[row]), float(self.row_totals[row]), references)


def combine_rows(rows: list[Row], ontology: Ontology) -> tuple[Array, Array]:
    """Return the findings that rows of one disease state, and their frequencies; those that never occur left out."""
    by_term: dict[int, list[Row]] = {}
    for row in rows:
        by_term.setdefault(ontology.index[row.term], []).append(row)
    found = {term: combine(members) for term, members in sorted(by_term.items())}
    shown = {term: frequency for term, frequency in found.items() if frequency > 0}
    return np.array(list(shown), np.int32), np.array(list(shown.values()), np.float32)


def build_knowledge(ontology: Ontology, annotations: Annotations, catalogue: str = "OMIM") -> Knowledge:
    """Return what is known of the diseases of a catalogue; PippinError where the annotations have none of it."""
    by_disease: dict[str, list[Row]] = {}
    for row in annotations.rows:
        term = ontology.resolve(row.term)
        if row.disease.startswith(CATALOGUES[catalogue]) and term in ontology.index:
            by_disease.setdefault(row.disease, []).append(row._replace(term=term))
    parts = {id: combine_rows(rows, ontology) for id, rows in sorted(by_disease.items())}
    ids = [id for id, (terms, _) in parts.items() if len(terms)]
    if not ids:
        raise PippinError(
            f"These annotations have no findings of a disease of {catalogue} that the ontology knows; give both files "
            "of one release."
        )
    rows = [row for id in ids for row in by_disease[id]]
    papers = sorted({";".join(row.references) for row in rows})
    number = {paper: position for position, paper in enumerate(papers)}
    sizes = [len(by_disease[id]) for id in ids]
    position = {id: index for index, id in enumerate(ids)}
    citing: dict[str, list[int]] = {}
    for paper, id in sorted(annotations.citations):
        if paper.startswith("PMID:") and id in position:
            citing.setdefault(paper, []).append(position[id])
    return Knowledge(
        ontology,
        annotations.version,
        ids,
        [annotations.names[id] for id in ids],
        papers,
        citing,
        find_namesakes(ids, annotations.names),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        np.array([ontology.index[row.term] for row in rows], np.int32),
        np.array([row.n_with for row in rows], np.float32),
        np.array([row.total for row in rows], np.float32),
        np.array([number[";".join(row.references)] for row in rows], np.int32),
        build_profiles([parts[id] for id in ids], ontology),
    )
