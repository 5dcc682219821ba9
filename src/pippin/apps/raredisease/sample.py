"""The sample: made-up patients, drawn from the annotations; some without a described disease."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.source import load_knowledge
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.phenopacket import write_phenopacket
from pippin.apps.raredisease.training.simulation import draw_findings
from pippin.core.inputs import Input, Text

SEED = 7
N_DISEASES, PER_DISEASE, N_NONE, N_PAPERS = 90, 2, 30, 40
MIN_FINDINGS = 8  # annotated findings of a disease that patients are drawn from
NO_DISEASE = "OMIM:0"  # of patients whose findings were drawn at random
CREATED = "2026-01-01T00:00:00Z"


class Drawn(NamedTuple):
    """A made-up patient: ids of findings present and excluded; the paper that reports all of them, if it is one."""

    name: str
    present: tuple[str, ...]
    excluded: tuple[str, ...]
    disease: str
    paper: str = ""


@lru_cache(maxsize=2)
def _draw_all() -> tuple[Drawn, ...]:
    """Return the made-up patients."""
    knowledge = load_knowledge()
    rng = np.random.default_rng(SEED)
    sizes = np.diff(knowledge.profiles.starts)
    diseases = rng.choice(np.flatnonzero(sizes >= MIN_FINDINGS), N_DISEASES, replace=False)
    rates = knowledge.rates / knowledge.rates.sum(dtype=np.float64)
    found: list[Drawn] = []
    for number in range(N_DISEASES * PER_DISEASE):
        disease = int(diseases[number // PER_DISEASE])
        present, excluded = draw_patient(knowledge, disease, rates, rng)
        found.append(Drawn(f"made-up-{number + 1:03}", present, excluded, knowledge.ids[disease]))
    for number in range(N_NONE):
        terms = rng.choice(len(rates), int(rng.integers(4, 11)), p=rates, replace=False)
        present = tuple(knowledge.ontology.ids[term] for term in knowledge.ontology.most_specific(terms.tolist()))
        found.append(Drawn(f"made-up-none-{number + 1:03}", present, (), f"{NO_DISEASE}{number}"))
    return (*found, *_draw_from_papers(knowledge, rates, rng))


def _draw_from_papers(knowledge: Knowledge, rates: np.ndarray, rng: np.random.Generator) -> list[Drawn]:
    """Return patients drawn from what one paper reports of a disease: they show what a leak does to scores."""
    ontology, found = knowledge.ontology, list[Drawn]()
    for disease in rng.permutation(len(knowledge.ids)):
        by_paper: dict[str, list[int]] = {}
        for row in knowledge.rows(int(disease)):
            if len(row.references) == 1 and row.references[0].startswith("PMID:") and row.n_with:
                by_paper.setdefault(row.references[0], []).append(ontology.index[row.term])
        paper, terms = max(by_paper.items(), key=lambda pair: len(pair[1]), default=("", []))
        others = len(knowledge.findings_without(int(disease), {paper})[0]) if len(terms) >= MIN_FINDINGS else 0
        if others >= MIN_FINDINGS and len(found) < N_PAPERS:
            drawn = draw_findings(ontology, np.array(terms), np.ones(len(terms)), rates, rng)
            present = tuple(ontology.ids[term] for term in ontology.most_specific(drawn))
            name = f"made-up-paper-{len(found) + 1:03}"
            found.append(Drawn(name, present, (), knowledge.ids[int(disease)], paper))
    return found


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


def _patient(knowledge: Knowledge, drawn: Drawn) -> Patient:
    index = knowledge.ontology.index
    return Patient(
        tuple(index[id] for id in drawn.present),
        tuple(index[id] for id in drawn.excluded),
        (drawn.paper,) if drawn.paper else (),
        disease=drawn.disease,
        name=drawn.name,
    )


def _input(knowledge: Knowledge, drawn: Drawn) -> Input:
    return Text(content=sample_packet(knowledge, drawn).encode(), name=f"{drawn.name}.json", media_type="text/plain")


def sample_packet(knowledge: Knowledge, drawn: Drawn) -> str:
    """Return the phenopacket of one made-up patient as JSON."""
    index, names = knowledge.ontology.index, knowledge.ontology.names
    packet = write_phenopacket(
        drawn.name,
        [(id, names[index[id]]) for id in drawn.present],
        [(id, names[index[id]]) for id in drawn.excluded],
        [],
        knowledge.ontology.version,
        CREATED,
    )
    if drawn.paper:
        reference = {"id": drawn.paper, "description": "made up from what this paper reports; no patient of it"}
        packet["metaData"]["externalReferences"] = [reference]
    diseases = knowledge.index
    label = knowledge.names[diseases[drawn.disease]] if drawn.disease in diseases else "no described disease"
    diagnosis = {"disease": {"id": drawn.disease, "label": label}}
    packet["interpretations"] = [{"id": drawn.name, "progressStatus": "SOLVED", "diagnosis": diagnosis}]
    return json.dumps(packet, ensure_ascii=False, sort_keys=True)


def sample_packets() -> list[tuple[str, str]]:
    """Return (name, phenopacket as JSON) of each made-up patient."""
    knowledge = load_knowledge()
    return [(drawn.name, sample_packet(knowledge, drawn)) for drawn in _draw_all()]
