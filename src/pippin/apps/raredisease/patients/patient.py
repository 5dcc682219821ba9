"""A patient: findings present and excluded as positions in the ontology, papers, and what was noted while reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.ontology.obo import ROOT
from pippin.core.errors import PippinError

MAX_TERMS = 300  # findings that count; the most specific ones stay
MAX_MEASURED = 66  # findings above which an answer is said to be untried


@dataclass(frozen=True)
class Patient:
    """Findings of one patient; `papers` are those it was published in, `notes` sentences on what was changed."""

    present: tuple[int, ...]
    excluded: tuple[int, ...] = ()
    papers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    disease: str = ""
    name: str = ""
    quotes: Mapping[int, str] = field(default_factory=dict)


def make_patient(
    ontology: Ontology,
    present: Iterable[str],
    excluded: Iterable[str] = (),
    papers: Iterable[str] = (),
    disease: str = "",
    name: str = "",
) -> Patient:
    """Return the patient with findings given as ids; PippinError where none of them is usable."""
    notes: list[str] = []
    shown = _resolve(ontology, present, notes)
    absent = _resolve(ontology, excluded, notes)
    both = [term for term in shown if term in set(absent)]
    for term in both:
        notes.append(f"{_named(ontology, term)} is given as present and as excluded, so it counts as neither.")
    shown = [term for term in shown if term not in both]
    absent = [term for term in absent if term not in both]
    _note_contradictions(ontology, shown, absent, notes)
    if not shown and not absent:
        detail = f" ({notes[0].rstrip('.')})" if notes else ""
        raise PippinError(
            f"{name or 'This patient'} has no finding that can be used{detail}; give HPO terms such as HP:0001250, "
            "a description in English, or a phenopacket.",
            input=name,
        )
    if not shown:
        notes.append("No finding is present, only absent ones are given: they tell diseases apart poorly.")
    if len(shown) > MAX_MEASURED:
        notes.append(f"{len(shown)} findings are more than any patient had that this was measured on; trust it little.")
    return Patient(
        tuple(_limit(ontology, shown, "present", notes)),
        tuple(_limit(ontology, absent, "excluded", notes)),
        tuple(papers),
        tuple(notes),
        disease,
        name,
    )


def _resolve(ontology: Ontology, ids: Iterable[str], notes: list[str]) -> list[int]:
    """Return positions of the ids that are findings; notes tell what became of the others."""
    found: dict[int, None] = {}
    for id in dict.fromkeys(ids):
        current = ontology.resolve(id)
        if current == ROOT:
            notes.append(f"{id} stands for any finding at all, so it does not count.")
        elif current in ontology.index:
            found[ontology.index[current]] = None
            if current != id:
                notes.append(f"{id} is out of date; {_named(ontology, ontology.index[current])} took its place.")
        elif current in ontology.others:
            notes.append(f"{id} ({ontology.others[current]}) is no finding, so it does not count.")
        else:
            notes.append(f"{id} is not in the ontology of {ontology.version}, so it does not count.")
    return list(found)


def _note_contradictions(ontology: Ontology, shown: list[int], absent: list[int], notes: list[str]) -> None:
    """Drop an excluded finding of which a special case is present."""
    implied = set(ontology.closure(shown).tolist())
    for term in [term for term in absent if term in implied]:
        absent.remove(term)
        notes.append(f"{_named(ontology, term)} is excluded although a special case of it is present; present counts.")


def _limit(ontology: Ontology, terms: list[int], kind: str, notes: list[str]) -> list[int]:
    """Return the terms that no others imply where they are present, at most MAX_TERMS."""
    chosen = ontology.most_specific(terms) if kind == "present" else terms
    if len(chosen) > MAX_TERMS:
        notes.append(f"Of {len(chosen)} findings {kind}, the first {MAX_TERMS} count.")
    return chosen[:MAX_TERMS]


def _named(ontology: Ontology, term: int) -> str:
    return f"{ontology.ids[term]} ({ontology.names[term]})"
