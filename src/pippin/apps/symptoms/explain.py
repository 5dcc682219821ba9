"""Explanations: what the model asks first and why, and what each answer does for a patient's first condition."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pippin.apps.symptoms.chat.red_flags import red_flags
from pippin.apps.symptoms.evidence import weigh_answers
from pippin.apps.symptoms.interview.beliefs import Beliefs
from pippin.apps.symptoms.interview.information import build_outcomes, information_gains
from pippin.apps.symptoms.interview.running import Conduct, interview
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.knowledge.wording import load_wording
from pippin.apps.symptoms.patients.reading import read_patient
from pippin.apps.symptoms.predictions import NOTICE
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.bar_chart import Bar, bars

if TYPE_CHECKING:
    from pippin.apps.symptoms.interviewer import TableInterviewer
    from pippin.core.data import Dataset
    from pippin.core.inputs import Input

SVG = "image/svg+xml"
MAX_SHOWN = 12


def explain(learner: TableInterviewer, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain the model as a whole, or the ranking of one patient."""
    return _whole(learner) if input is None else _one(learner, input)


def _whole(learner: TableInterviewer) -> Report:
    """Return which questions tell most before anything is known."""
    beliefs = Beliefs(learner.tables, [None], [None])
    gains = information_gains(build_outcomes(learner.tables)[0], learner.posterior(beliefs), beliefs)[0]
    words, structure = load_wording(), load_structure()
    order = np.argsort(-gains)[:MAX_SHOWN]
    rows = [
        Bar(words[structure.questions[position].code].name, float(gains[position] / np.log(2))) for position in order
    ]
    caption = "expected information about the condition, before anything is known"
    return Report(
        title=f"What tells {len(structure.conditions)} conditions apart",
        summary="Learned from made-up patients; a question tells as much as its answers differ between conditions.",
        figures=(Figure("questions", bars(rows, "bits"), SVG, caption),),
        notes=(NOTICE,),
        payload={"questions": {row.caption: row.value for row in rows}},
    )


def _one(learner: TableInterviewer, item: Input) -> Report:
    patient = read_patient(item)
    conduct = Conduct(learner.config.noise, learner.config.noise_seed, learner.config.profile)
    trace = interview(learner, [patient], conduct if patient.is_whole else Conduct(n_questions=0))
    last, none = trace.posteriors[-1, 0], float(trace.none[0])
    order = np.argsort(-last, kind="stable")[:MAX_SHOWN]
    names = load_structure().names
    ranked = [(names[position], float(last[position]) * (1 - none)) for position in order]
    rows = weigh_answers(trace.beliefs, 0, last, int(order[0]))
    drawn = [Bar(row["name"], row["weight"]) for row in rows[: 2 * MAX_SHOWN]]
    flags = [flag.text for flag in red_flags(patient, last)] if not patient.is_whole else []
    sides = "to the right: speaks for it; to the left: against it"
    return Report(
        title=f"Why {item.short_name} is ranked so: {ranked[0][0]}",
        summary=f"Probability of none of these: {none:.2f}.",
        figures=(
            Figure(f"answers for {ranked[0][0]}", bars(drawn, "log likelihood ratio"), SVG, sides),
            Figure("ranking", bars([Bar(*one) for one in ranked], "probability"), SVG, "the first conditions"),
        ),
        tables=_asked(trace.questions[:, 0] if len(trace.questions) else np.array([], int), trace.posteriors[:, 0]),
        notes=(*flags, *patient.notes, NOTICE),
        payload={"ranked": dict(ranked), "none": none, "answers": rows},
    )


def _asked(questions: Any, posteriors: Any) -> tuple[Table, ...]:
    """Return the questions that were asked, and which condition stood first after each."""
    words, structure = load_wording(), load_structure()
    rows = []
    for number, position in enumerate(questions, 1):
        if position >= 0:
            first = int(posteriors[number].argmax())
            question = words[structure.questions[position].code].question
            rows.append((number, question, structure.names[first], float(posteriors[number, first])))
    return (Table(("", "question", "first after it", "probability"), tuple(rows)),) if rows else ()
