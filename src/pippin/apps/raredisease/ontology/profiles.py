"""What diseases show: frequencies of findings, passed on to more general findings; diseases may lose a paper's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pippin.apps.raredisease.ontology.graph import Ontology

Array = np.ndarray


@dataclass(frozen=True)
class Profiles:
    """Frequencies of findings in D diseases, by disease and by term.

    By disease: `terms[starts[d]:starts[d + 1]]` annotated with `frequencies`. By term, more general ones included:
    `diseases[columns[t]:columns[t + 1]]` with `shares`, the highest frequency of any finding below.
    """

    starts: Array
    terms: Array
    frequencies: Array
    columns: Array
    diseases: Array
    shares: Array

    @cached_property
    def sums(self) -> dict[int, tuple[Array, Array, Array]]:
        """By a power of frequencies: it [rows], its sums [D], and its sums weighted by information, once computed."""
        return {}

    @property
    def count(self) -> int:
        """Number of diseases."""
        return len(self.starts) - 1

    def column(self, term: int) -> tuple[Array, Array]:
        """Return the diseases that show a finding, or one below it, and how often."""
        part = slice(self.columns[term], self.columns[term + 1])
        return self.diseases[part], self.shares[part]

    def findings(self, disease: int) -> tuple[Array, Array]:
        """Return the annotated findings of a disease, and how often it shows them."""
        part = slice(self.starts[disease], self.starts[disease + 1])
        return self.terms[part], self.frequencies[part]

    def select(self, chosen: Array, ontology: Ontology) -> Profiles:
        """Return the profiles of some diseases alone."""
        parts = [self.findings(disease) for disease in chosen]
        return build_profiles(parts, ontology)


def build_profiles(parts: Sequence[tuple[Array, Array]], ontology: Ontology) -> Profiles:
    """Return profiles of diseases given as (terms, frequencies)."""
    sizes = np.array([len(terms) for terms, _ in parts], np.int64)
    terms = _join([terms for terms, _ in parts], np.int32)
    frequencies = _join([shares for _, shares in parts], np.float32)
    owner = np.repeat(np.arange(len(parts), dtype=np.int32), sizes)
    columns, diseases, shares = _propagate(owner, terms, frequencies, ontology)
    return Profiles(np.concatenate([[0], np.cumsum(sizes)]), terms, frequencies, columns, diseases, shares)


def _join(arrays: Sequence[Array], kind: type) -> Array:
    return np.concatenate([np.asarray(array, kind) for array in arrays]) if arrays else np.zeros(0, kind)


def _propagate(owner: Array, terms: Array, frequencies: Array, ontology: Ontology) -> tuple[Array, Array, Array]:
    """Return (columns, diseases, shares) of all findings and those above them."""
    sizes = (ontology.starts[terms + 1] - ontology.starts[terms]) if len(terms) else np.zeros(0, np.int64)
    within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    above = ontology.ancestors[np.repeat(ontology.starts[terms] if len(terms) else sizes, sizes) + within]
    diseases, shares = np.repeat(owner, sizes), np.repeat(frequencies, sizes)
    order = np.lexsort((diseases, above))
    above, diseases, shares = above[order], diseases[order], shares[order]
    first = np.ones(len(above), bool)
    first[1:] = (above[1:] != above[:-1]) | (diseases[1:] != diseases[:-1])
    begins = np.flatnonzero(first)
    highest = np.maximum.reduceat(shares, begins) if len(begins) else shares
    columns = np.searchsorted(above[begins], np.arange(len(ontology.ids) + 1))
    return columns, diseases[begins], highest.astype(np.float32)
