"""`terms` and `search`: findings in a text, to be confirmed; findings by name."""

from __future__ import annotations

from typing import Annotated, Any

from pippin.apps.raredisease.ontology.graph import Ontology
from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.predictions import NOTICE
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.report import Report

MAX_FOUND = 20


def terms(context: Context, text: Annotated[str, "a description of a patient in English"]) -> Report:
    """List the findings a text mentions, for a yes or a no."""
    from pippin.apps.raredisease.text.finding import find_mentions
    from pippin.learn.text.english_words import is_foreign

    if is_foreign(text):
        raise PippinError(
            f"{text[:60]!r} seems not to be English; write in English, or give HPO terms.", input=text[:60]
        )
    mentions = find_mentions(text, load_knowledge(context.workspace).ontology)
    rows = tuple((one.term, one.name, one.status, one.quote) for one in mentions)
    chosen = [
        ("-" if one.status == "excluded" else "") + one.term
        for one in mentions
        if one.status in ("present", "excluded")
    ]
    return Report(
        title=f"raredisease: {len(mentions)} findings mentioned",
        tables=(Table(("term", "name", "status", "words"), rows),),
        notes=("Findings of relatives, and those in doubt, do not count.", NOTICE),
        payload={"mentions": [one._asdict() for one in mentions], "terms": chosen},
        next=f'pippin raredisease rank "{" ".join(chosen)}"' if chosen else "",
    )


def search(context: Context, name: Annotated[str, "part of a finding's name or synonym"]) -> Report:
    """Find terms of the ontology by name."""
    ontology = load_knowledge(context.workspace).ontology
    found = search_terms(ontology, name)
    if not found:
        raise PippinError(f"No finding has a name like {name[:60]!r}; try another word.", input=name[:60])
    return Report(
        title=f"raredisease: findings like {name[:60]!r}",
        tables=(
            Table(("term", "name", "synonym"), tuple((one["term"], one["name"], one["synonym"]) for one in found)),
        ),
        payload={"terms": found},
    )


def search_terms(ontology: Ontology, name: str) -> list[dict[str, Any]]:
    """Return at most 20 findings whose name or synonym holds all words, the shortest match first."""
    words = name.lower().split()
    matches = []
    for id, own, synonyms in zip(ontology.ids, ontology.names, ontology.synonyms, strict=True):
        texts = [text for text in (own, *synonyms) if words and all(word in text.lower() for word in words)]
        if texts or name.upper().strip() == id:
            best = min(texts, key=len, default=own)
            matches.append((len(best), id, own, "" if best == own else best))
    return [
        {"term": id, "name": own, "synonym": synonym or None} for _, id, own, synonym in sorted(matches)[:MAX_FOUND]
    ]
