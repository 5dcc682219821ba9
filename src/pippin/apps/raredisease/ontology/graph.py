"""The findings of the ontology as arrays: ancestors first, each with all its ancestors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pippin.apps.raredisease.ontology.obo import ROOT, Term, Terms

Array = np.ndarray


@dataclass(frozen=True)
class Ontology:
    """Findings in topological order.

    `ancestors[starts[t]:starts[t + 1]]` are the ancestors of term t, itself last. `replaced` maps alternative and
    obsolete ids to those that took their place; `others` names terms that are no findings (inheritance, onset).
    """

    version: str
    ids: list[str]
    names: list[str]
    synonyms: list[list[str]]
    replaced: dict[str, str]
    others: dict[str, str]
    starts: Array
    ancestors: Array

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each finding by its id."""
        return {id: position for position, id in enumerate(self.ids)}

    def resolve(self, id: str) -> str:
        """Return the id that stands for `id` today: itself unless it was replaced."""
        for _ in range(5):
            if id in self.index or id not in self.replaced:
                return id
            id = self.replaced[id]
        return id

    def lineage(self, term: int) -> Array:
        """Return the ancestors of a term, itself included, the most general first."""
        return self.ancestors[self.starts[term] : self.starts[term + 1]]

    @cached_property
    def _descendants(self) -> tuple[Array, Array]:
        owner = np.repeat(np.arange(len(self.ids), dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.ancestors, kind="stable")
        return np.searchsorted(self.ancestors[order], np.arange(len(self.ids) + 1)), owner[order]

    def below(self, term: int) -> Array:
        """Return the terms below a term, itself included."""
        starts, terms = self._descendants
        return terms[starts[term] : starts[term + 1]]

    def closure(self, terms: Iterable[int]) -> Array:
        """Return the terms and all their ancestors, sorted."""
        parts = [self.lineage(term) for term in terms]
        return np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.int32)

    def most_specific(self, terms: Iterable[int]) -> list[int]:
        """Return those terms that are no ancestors of others of them, in their order."""
        unique = list(dict.fromkeys(terms))
        implied = {int(above) for term in unique for above in self.lineage(term)[:-1]}
        return [term for term in unique if term not in implied]


def build_ontology(parsed: Terms) -> Ontology:
    """Return the findings of parsed terms as arrays."""
    order = _topological(parsed.terms)
    position = {id: number for number, id in enumerate(order)}
    lineages: list[set[int]] = []
    for number, id in enumerate(order):
        above = (lineages[position[parent]] for parent in parsed.terms[id].parents if parent in position)
        lineages.append({number}.union(*above))
    sizes = np.array([len(lineage) for lineage in lineages])
    flat = np.fromiter((one for lineage in lineages for one in sorted(lineage)), np.int32, int(sizes.sum()))
    terms = [parsed.terms[id] for id in order]
    others = {id: term.name for id, term in parsed.terms.items() if id not in position and not term.is_obsolete}
    return Ontology(
        parsed.version,
        order,
        [term.name for term in terms],
        [term.synonyms for term in terms],
        _replacements(parsed.terms.values()),
        others,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        flat,
    )


def _replacements(terms: Iterable[Term]) -> dict[str, str]:
    found: dict[str, str] = {}
    for term in terms:
        found.update(dict.fromkeys(term.alternatives, term.id))
        if term.is_obsolete and term.replaced_by:
            found[term.id] = term.replaced_by
    return found


def _topological(terms: dict[str, Term]) -> list[str]:
    """Return the ids below the root, each after all its parents that are below the root."""
    children: dict[str, list[str]] = {}
    for id, term in terms.items():
        for parent in () if term.is_obsolete else term.parents:
            children.setdefault(parent, []).append(id)
    below, pending = {ROOT}, [ROOT]
    while pending:
        fresh = [child for child in children.get(pending.pop(), ()) if child not in below]
        below.update(fresh)
        pending += fresh
    waiting = {id: sum(parent in below for parent in terms[id].parents) if id != ROOT else 0 for id in below}
    order, ready = [], [ROOT]
    while ready:
        order.append(id := ready.pop())
        for child in children.get(id, ()):
            waiting[child] -= 1
            if not waiting[child]:
                ready.append(child)
    return order
