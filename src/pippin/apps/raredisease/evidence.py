"""Evidence for people: what speaks for and against a disease, finding by finding; versions and their age."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.obo import ROOT
from pippin.apps.raredisease.ontology.profiles import Profiles, build_profiles
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.predictions import NOTICE
from pippin.apps.raredisease.ranking.scores import Setting, excluded_ratios, term_scores

MAX_NAMED = 4


def describe_versions(knowledge: Knowledge, today: datetime.date | None = None) -> str:
    """Return one sentence on the versions of ontology and annotations, and how old they are."""
    today = today or datetime.date.today()
    return (
        f"HPO ontology of {knowledge.ontology.version}, annotations of {knowledge.version}"
        f"{_age(knowledge.version, today)}: diseases and findings described since are not in them."
    )


def _age(version: str, today: datetime.date) -> str:
    try:
        made = datetime.date.fromisoformat(version)
    except ValueError:
        return ""
    months = (today.year - made.year) * 12 + today.month - made.month - (today.day < made.day)
    return f", {months} months old" if months > 0 else ""


def weigh_findings(
    knowledge: Knowledge, patient: Patient, disease: int, *, leave_paper_out: bool = True
) -> list[dict[str, Any]]:
    """Return for each finding its log likelihood ratio for a disease, and the annotated finding that matches it."""
    setting = Setting(knowledge, _profile(knowledge, patient, disease, leave_paper_out=leave_paper_out))
    rows = [_row(setting, term, "present") for term in patient.present]
    rows += [_row(setting, term, "excluded") for term in patient.excluded]
    for row in rows:
        if quote := patient.quotes.get(knowledge.ontology.index[row["term"]]):
            row["quote"] = quote
    return sorted(rows, key=lambda row: -row["weight"])


def _profile(knowledge: Knowledge, patient: Patient, disease: int, *, leave_paper_out: bool) -> Profiles:
    papers = patient.papers if leave_paper_out else ()
    return build_profiles([knowledge.findings_without(disease, papers)], knowledge.ontology)


def _row(setting: Setting, term: int, kind: str) -> dict[str, Any]:
    ontology = setting.knowledge.ontology
    weight = term_scores(setting, term)[0][0] if kind == "present" else excluded_ratios(setting, term)[0]
    match = next((int(above) for above in ontology.lineage(term)[::-1] if len(setting.profiles.column(above)[0])), 0)
    shares = setting.profiles.column(match)[1]
    is_annotated = len(shares) > 0 and ontology.ids[match] != ROOT  # every disease shows some finding
    return {
        "term": ontology.ids[term],
        "name": ontology.names[term],
        "kind": kind,
        "weight": round(float(weight), 3),
        "matches": ontology.ids[match] if is_annotated else "",
        "matches_name": ontology.names[match] if is_annotated else "nothing of the kind",
        "frequency": round(float(shares[0]), 3) if is_annotated else 0.0,
    }


def describe_ranking(
    knowledge: Knowledge, patient: Patient, ranked: list[str], none: float, *, leave_paper_out: bool
) -> tuple[Any, ...]:
    """Return sentences and rows per finding on a ranking."""
    sentences: list[Any] = list(patient.notes)
    rows: list[dict[str, Any]] = []
    best = knowledge.index.get(ranked[0])
    if best is None:
        sentences.append(f"{ranked[0]} is not in the annotations; it was taught.")
    else:
        rows = weigh_findings(knowledge, patient, best, leave_paper_out=leave_paper_out)
        sentences.append(_reasons(f"{ranked[0]} ({knowledge.names[best]})", rows))
    if patient.papers and leave_paper_out and knowledge.affected(patient.papers):
        sentences.append("Annotations that only the patient's own paper supports were left out.")
    if none > 0.5:
        sentences.append("None of the diseases in the annotations explains these findings well; the ranking is weak.")
    return (*sentences, describe_versions(knowledge), NOTICE, *rows)


def _reasons(disease: str, rows: list[dict[str, Any]]) -> str:
    favour = [row for row in rows if row["weight"] > 0.1]
    against = [row for row in rows[::-1] if row["weight"] < -0.1]
    parts = [f"for {disease}: {_list(favour)}" if favour else f"nothing speaks for {disease}"]
    if against:
        parts.append(f"against it: {_list(against)}")
    return f"{'; '.join(parts)}."


def _list(rows: list[dict[str, Any]]) -> str:
    named = [("no " if row["kind"] == "excluded" else "") + row["name"] for row in rows[:MAX_NAMED]]
    more = len(rows) - len(named)
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def entropy(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy in bits along the last axis."""
    return -(probabilities * np.log2(np.maximum(probabilities, 1e-12))).sum(-1)


def next_questions(
    knowledge: Knowledge, patient: Patient, ids: list[str], probabilities: np.ndarray, count: int = 5
) -> list[dict[str, Any]]:
    """Return the findings whose presence or absence would settle most, with the expected gain in bits.

    A finding is asked for among those of the likeliest diseases; how often a disease shows it is believed within 2 % to
    97 %, and where it is not annotated the background rate counts.
    """
    chosen = [
        (knowledge.index[id], share)
        for id, share in zip(ids[:15], probabilities, strict=False)
        if id in knowledge.index
    ]
    if not chosen:
        return []
    diseases, shares = np.array([disease for disease, _ in chosen]), np.array([share for _, share in chosen])
    shares = shares / shares.sum()
    ontology, answered = knowledge.ontology, set(knowledge.ontology.closure(patient.present).tolist())
    implied = {int(term) for term in patient.excluded}
    asked = sorted({int(term) for disease in diseases for term in knowledge.profiles.findings(disease)[0]} - answered)
    asked = [term for term in asked if not implied & set(ontology.lineage(term).tolist())]
    found = [(_gain(knowledge, term, diseases, shares), term) for term in asked]
    found.sort(key=lambda pair: (-pair[0], pair[1]))
    before = float(entropy(shares))
    return [
        {
            "term": ontology.ids[term],
            "name": ontology.names[term],
            "gain": round(gain, 3),
            "share": round(gain / max(before, 1e-9), 3),
        }
        for gain, term in found[:count]
    ]


def _gain(knowledge: Knowledge, term: int, diseases: np.ndarray, shares: np.ndarray) -> float:
    owners, frequencies = knowledge.profiles.column(term)
    position = np.searchsorted(owners, diseases)
    position = np.minimum(position, max(len(owners) - 1, 0))
    shown = (
        np.where(owners[position] == diseases, frequencies[position], knowledge.rates[term])
        if len(owners)
        else shares * 0
    )
    chance = np.clip(shown, 0.02, 0.97)
    yes, no = shares * chance, shares * (1 - chance)
    after = float(yes.sum() * entropy(yes / yes.sum()) + no.sum() * entropy(no / no.sum()))
    return max(float(entropy(shares)) - after, 0.0)
