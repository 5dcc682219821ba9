"""The sample: made-up patients, drawn from the annotations; some without a described disease."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.phenopacket import write_phenopacket
from pippin.apps.raredisease.training.simulation import draw_findings
from pippin.core.inputs import Input, Text

SEED = 7
N_DISEASES, PER_DISEASE, N_NONE = 90, 2, 30
MIN_FINDINGS = 8  # annotated findings of a disease that patients are drawn from
NO_DISEASE = "OMIM:0"  # of patients whose findings were drawn at random
CREATED = "2026-01-01T00:00:00Z"


@lru_cache(maxsize=2)
def _draw_all(catalogue: str = "OMIM") -> tuple[tuple[str, tuple[str, ...], tuple[str, ...], str], ...]:
    """Return (name, present, excluded, disease) of each made-up patient."""
    knowledge = load_knowledge(None, catalogue)
    rng = np.random.default_rng(SEED)
    sizes = np.diff(knowledge.profiles.starts)
    diseases = rng.choice(np.flatnonzero(sizes >= MIN_FINDINGS), N_DISEASES, replace=False)
    rates = knowledge.rates / knowledge.rates.sum(dtype=np.float64)
    found = []
    for number in range(N_DISEASES * PER_DISEASE):
        disease = int(diseases[number // PER_DISEASE])
        present, excluded = draw_patient(knowledge, disease, rates, rng)
        found.append((f"made-up-{number + 1:03}", present, excluded, knowledge.ids[disease]))
    for number in range(N_NONE):
        terms = rng.choice(len(rates), int(rng.integers(4, 11)), p=rates, replace=False)
        present = tuple(knowledge.ontology.ids[term] for term in knowledge.ontology.most_specific(terms.tolist()))
        found.append((f"made-up-none-{number + 1:03}", present, (), f"{NO_DISEASE}{number}"))
    return tuple(found)


def draw_patient(
    knowledge: Knowledge, disease: int, rates: np.ndarray, rng: np.random.Generator
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ids of findings present and excluded of one made-up patient of a disease."""
    terms, frequencies = knowledge.profiles.findings(disease)
    ontology = knowledge.ontology
    present = ontology.most_specific(draw_findings(ontology, terms, frequencies, rates, rng))
    absent = [int(term) for term in terms if rng.random() > frequencies[list(terms).index(term)]]
    implied = set(ontology.closure(present).tolist())
    excluded = [term for term in absent if term not in implied][:3]
    return tuple(ontology.ids[term] for term in present), tuple(ontology.ids[term] for term in excluded)


def sample_patients() -> list[tuple[Input, Patient]]:
    """Return the sample's patients as phenopackets."""
    knowledge = load_knowledge()
    return [(_input(knowledge, one), _patient(knowledge, one)) for one in _draw_all()]


def _patient(knowledge: Knowledge, drawn: tuple[str, tuple[str, ...], tuple[str, ...], str]) -> Patient:
    name, present, excluded, disease = drawn
    index = knowledge.ontology.index
    return Patient(tuple(index[id] for id in present), tuple(index[id] for id in excluded), disease=disease, name=name)


def _input(knowledge: Knowledge, drawn: tuple[str, tuple[str, ...], tuple[str, ...], str]) -> Input:
    name = drawn[0]
    return Text(content=sample_packet(knowledge, drawn).encode(), name=f"{name}.json", media_type="text/plain")


def sample_packet(knowledge: Knowledge, drawn: tuple[str, tuple[str, ...], tuple[str, ...], str]) -> str:
    """Return the phenopacket of one made-up patient as JSON."""
    name, present, excluded, disease = drawn
    index, names = knowledge.ontology.index, knowledge.ontology.names
    packet = write_phenopacket(
        name,
        [(id, names[index[id]]) for id in present],
        [(id, names[index[id]]) for id in excluded],
        [],
        knowledge.ontology.version,
        CREATED,
    )
    label = knowledge.names[knowledge.index[disease]] if disease in knowledge.index else "no described disease"
    diagnosis = {"disease": {"id": disease, "label": label}}
    packet["interpretations"] = [{"id": name, "progressStatus": "SOLVED", "diagnosis": diagnosis}]
    return json.dumps(packet, ensure_ascii=False, sort_keys=True)


def sample_packets() -> list[tuple[str, str]]:
    """Return (name, phenopacket as JSON) of each made-up patient."""
    knowledge = load_knowledge()
    return [(drawn[0], sample_packet(knowledge, drawn)) for drawn in _draw_all()]
