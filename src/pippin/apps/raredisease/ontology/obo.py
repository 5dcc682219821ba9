"""Parser of the Human Phenotype Ontology in OBO format: terms, synonyms, replacements, ancestors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pippin.core.errors import PippinError

ROOT = "HP:0000118"  # Phenotypic abnormality: findings are the terms below it
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s+(\w+)(.*)')


@dataclass
class Term:
    """One term: `synonyms` are exact and layperson's names."""

    id: str
    name: str = ""
    parents: list[str] = field(default_factory=list)
    synonyms: list[str] = field(default_factory=list)
    alternatives: list[str] = field(default_factory=list)
    is_obsolete: bool = False
    replaced_by: str = ""


@dataclass(frozen=True)
class Terms:
    """The terms of a file by id, and its version."""

    version: str
    terms: dict[str, Term]


def parse_obo(text: str) -> Terms:
    """Parse an OBO file; PippinError where it holds no HPO terms."""
    header, *stanzas = text.replace("\r\n", "\n").split("\n[")
    terms = {term.id: term for stanza in stanzas if (term := _term(stanza)) is not None}
    if ROOT not in terms:
        raise PippinError(f"This is no file of the Human Phenotype Ontology: it lacks {ROOT}; give hp.obo.")
    return Terms(_version(header), terms)


def _version(header: str) -> str:
    for line in header.splitlines():
        if line.startswith("data-version:"):
            return line.rpartition("/")[2].partition(":")[2].strip() if "/" not in line else line.rpartition("/")[2]
    return "unknown"


def _term(stanza: str) -> Term | None:
    """Return the term of one stanza, or None where it is of another kind."""
    head, _, body = stanza.partition("\n")
    if not head.startswith("Term]"):
        return None
    term = Term("")
    for key, value in _lines(body):
        _set(term, key, value)
    return term if term.id.startswith("HP:") else None


def _lines(body: str) -> Iterator[tuple[str, str]]:
    for line in body.splitlines():
        key, separator, value = line.partition(": ")
        if separator:
            yield key, value.strip()


def _set(term: Term, key: str, value: str) -> None:
    if key == "id":
        term.id = value
    elif key == "name":
        term.name = value
    elif key == "is_a":
        term.parents.append(value.split(" ", 1)[0])
    elif key == "alt_id":
        term.alternatives.append(value)
    elif key == "is_obsolete":
        term.is_obsolete = value.startswith("true")
    elif key in ("replaced_by", "consider") and not term.replaced_by:
        term.replaced_by = value.split(" ", 1)[0]
    elif key == "synonym":
        _add_synonym(term, value)


def _add_synonym(term: Term, value: str) -> None:
    match = _QUOTED.match(value)
    if match and (match[2] == "EXACT" or "layperson" in match[3]) and "obsolete_synonym" not in match[3]:
        term.synonyms.append(match[1].replace('\\"', '"'))
