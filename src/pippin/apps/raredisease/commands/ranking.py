"""`rank`: the diseases of one patient, with the finding to look for next."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from pippin.apps.raredisease.commands.keeping import keep_ranking
from pippin.apps.raredisease.evidence import next_questions
from pippin.apps.raredisease.explain import disease_name, questions_table, ranking_table
from pippin.apps.raredisease.patients.reading import expand, read_patient
from pippin.apps.raredisease.predictions import RankedPrediction
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.report.cells import Table
from pippin.core.report.report import Report

MAX_COUNT = 50


def learned_from(context: Context) -> str:
    """Return one sentence on what the model in use learned from."""
    data = context.artifact().facts["data"]
    return f"The model learned from {data['examples']:,} patients: {data['name']}."


def rank(
    context: Context,
    patient: Annotated[str, "HPO terms, a description in English, or a file with one phenopacket"],
    *,
    count: Annotated[int, "how many diseases to list, 1 to 50"] = 10,
    catalogue: Annotated[str, "whose diseases are ranked: OMIM, ORPHA or all"] = "OMIM",
    keep: Annotated[bool, "keep the findings and their ranking; without it nothing of a patient is kept"] = False,
) -> Report:
    """Rank diseases, with what to look for next.

    The findings are listed with what each does for the first disease.
    """
    if not 1 <= count <= MAX_COUNT:
        raise PippinError(f"--count must be 1 to {MAX_COUNT}, not {count}.", input=str(count))
    items = expand(patient)
    if len(items) != 1:
        raise PippinError(f"{patient} holds {len(items)} patients; use `pippin raredisease predict {patient}`.")
    learner = context.learner(catalogue=catalogue)
    report = rank_patient(learner, items[0], count, learned_from(context))
    if keep:
        name = keep_ranking(context.workspace, learner, items[0], report)
        note = (
            f"Kept as {name}: `pippin raredisease rankings` lists what is kept, `rankings --forget {name}` removes it."
        )
        return replace(report, notes=(*report.notes, note), payload={**report.payload, "kept": name})
    return report


def rank_patient(learner: Any, item: Input, count: int, origin: str) -> Report:
    """Return the ranking of a patient as a report; `origin` says what the model learned from."""
    found = read_patient(item, learner.knowledge.ontology)
    answer: RankedPrediction = learner.answer(found)
    ranked = ranked_shares(answer, count)
    ids, shares = [id for id, _ in ranked], np.array([share for _, share in ranked])
    questions = next_questions(learner.knowledge, found, ids, shares)
    findings = [row for row in answer.evidence if isinstance(row, dict)]
    notes = (*(one for one in answer.evidence if isinstance(one, str)), origin)
    return Report(
        title=f"raredisease: {disease_name(learner, answer.answer)}",
        summary=f"Probability of none of these: {answer.none:.2f}.",
        tables=(ranking_table(learner, ranked), _findings_table(ids[0], findings), questions_table(questions)),
        notes=notes,
        payload={
            "answer": answer.answer,
            "none": answer.none,
            "ranked": [
                {
                    "disease": id,
                    "name": learner.knowledge.names[learner.knowledge.index[id]],
                    "probability": share,
                    "same_name": learner.knowledge.namesakes.get(id),
                }
                for id, share in ranked
                if id in learner.knowledge.index
            ],
            "findings": findings,
            "next": questions,
            "notes": list(notes),
        },
    )


def ranked_shares(answer: RankedPrediction, count: int) -> list[tuple[str, float]]:
    """Return the first diseases with their probabilities, "none of these" left out."""
    shares = dict([(answer.answer, answer.confidence or 0.0), *answer.alternatives])
    return [(id, float(shares.get(id, 0.0))) for id in answer.ranked[:count]]


def _findings_table(best: str, rows: list[dict[str, Any]]) -> Table:
    cells = tuple(
        (row["kind"], row["term"], row["name"], row["weight"], row["matches_name"], row["frequency"]) for row in rows
    )
    return Table(("finding", "term", "name", f"for {best}", "annotated as", "frequency"), cells)
