"""Explanations: which scores the re-ranker rests on, and what each finding does for a patient's first disease."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.apps.raredisease.evidence import describe_versions, next_questions, weigh_findings
from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.predictions import NOTICE
from pippin.apps.raredisease.ranking.features import SCORES
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.bar_chart import Bar, bars

if TYPE_CHECKING:
    from pippin.apps.raredisease.learner import RareDiseaseLearner
    from pippin.core.data import Dataset
    from pippin.core.inputs import Input

NAMES = {
    "present": "likelihood ratio, present",
    "excluded": "likelihood ratio, excluded",
    "resnik": "best match of findings (Resnik)",
    "reverse": "best match of annotations",
    "share": "annotations matched",
    "cosine": "cosine, by frequency",
    "plain_cosine": "cosine",
    "covered": "findings explained, mean",
    "worst": "findings explained, worst",
    "encoder": "set encoder",
    "shared": "information shared",
    "gain": "information shared, by frequency",
    "gain_cover": "information explained, by frequency",
    "tolerant": "likelihood ratio, tolerant",
    "exact": "likelihood ratio, exact",
    "named": "findings annotated themselves",
    "frequency": "frequency of findings",
    "near": "findings nearly matched",
    "clash": "worst contradiction",
    "typical": "typical annotations matched",
}
SVG = "image/svg+xml"
MAX_SHOWN = 10


def explain(learner: RareDiseaseLearner, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain the model as a whole, or the ranking of one patient."""
    return _whole(learner) if input is None else _one(learner, input)


def _whole(learner: RareDiseaseLearner) -> Report:
    """Return how large the weights are by which each score reaches the re-ranker."""
    count = len(SCORES)
    sizes = np.zeros(count)
    for network in learner.reranker.networks:
        reach = np.abs(network.output) @ np.abs(network.hidden)
        sizes += reach[: 4 * count].reshape(4, count).sum(0)
    order = np.argsort(-sizes)
    rows = [Bar(NAMES[SCORES[index]], float(sizes[index] / sizes.sum())) for index in order]
    figure = Figure("scores", bars(rows, "share of the re-ranker's weights"), SVG, "by absolute weights, all networks")
    return Report(
        title=f"What a ranking of {len(learner.knowledge.ids):,} diseases rests on",
        summary="Candidates are chosen by a fixed sum of four scores, and re-ranked by all.",
        figures=(figure,),
        notes=(describe_versions(learner.knowledge), NOTICE),
        payload={"weights": {row.caption: row.value for row in rows}, "diseases": len(learner.knowledge.ids)},
    )


def _one(learner: RareDiseaseLearner, item: Input) -> Report:
    knowledge = learner.knowledge
    patient = read_patient(item, knowledge.ontology)
    answer = learner.answer(patient)
    best = answer.ranked[0]
    shares = dict(((answer.answer, answer.confidence), *answer.alternatives))
    ranked = [(id, float(shares.get(id) or 0.0)) for id in answer.ranked[:MAX_SHOWN]]
    figures = [_ranking_figure(learner, ranked)]
    rows: list[dict[str, Any]] = []
    if best in knowledge.index:
        rows = weigh_findings(knowledge, patient, knowledge.index[best], leave_paper_out=learner.config.leave_paper_out)
        figures.insert(0, _finding_figure(best, rows))
    questions = next_questions(knowledge, patient, [id for id, _ in ranked], np.array([share for _, share in ranked]))
    return Report(
        title=f"Why {item.short_name} is ranked so: {disease_name(learner, best)}",
        summary=f"Probability of none of these: {answer.none:.2f}.",
        figures=tuple(figures),
        tables=(ranking_table(learner, ranked), questions_table(questions)),
        notes=tuple(one for one in answer.evidence if isinstance(one, str)),
        payload={"answer": answer.answer, "none": answer.none, "findings": rows, "next": questions},
    )


def disease_name(learner: Any, id: str) -> str:
    """Return the id of a disease with its name, where it has one."""
    index = learner.knowledge.index
    return f"{id} ({learner.knowledge.names[index[id]]})" if id in index else id


def _finding_figure(best: str, rows: list[dict[str, Any]]) -> Figure:
    drawn = [Bar(("no " if row["kind"] == "excluded" else "") + row["name"], row["weight"]) for row in rows[:30]]
    caption = "to the right: speaks for it; to the left: against it"
    return Figure(f"findings for {best}", bars(drawn, "log likelihood ratio"), SVG, caption)


def _ranking_figure(learner: Any, ranked: list[tuple[str, float]]) -> Figure:
    drawn = [Bar(disease_name(learner, id), share) for id, share in ranked]
    return Figure("ranking", bars(drawn, "probability"), SVG, "the first diseases")


def ranking_table(learner: Any, ranked: list[tuple[str, float]]) -> Table:
    """Return ranked diseases with their probabilities."""
    known = learner.knowledge
    rows = [
        (rank, id, known.names[known.index[id]] if id in known.index else None, share, known.namesakes.get(id))
        for rank, (id, share) in enumerate(ranked, 1)
    ]
    return Table(("rank", "disease", "name", "probability", "same name"), tuple(rows))


def questions_table(questions: list[dict[str, Any]]) -> Table:
    """Return findings to look for next, with how much each would settle."""
    rows = tuple((one["term"], one["name"], one["gain"], f"{100 * one['share']:.0f} %") for one in questions)
    return Table(("look for next", "name", "gain in bits", "would settle"), rows)
