"""What stands beside scores: how many patients each rests on, and by which ontology and annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pippin.apps.raredisease.predictions import NONE, NOTICE
from pippin.apps.raredisease.scoring import as_ranked
from pippin.core.data import Example
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.core.values import Prediction

# What is counted, with the scores that rest on it.
KINDS = {
    "clean": "clean_top1, clean_top10, ece",
    "cited": "leave_paper_out_top1, usual_top1",
    "unknown": "none_auroc, beside the clean ones",
}


def details(predictions: Sequence[Prediction], examples: Sequence[Example]) -> dict[str, Any]:
    """Return numbers of patients and of diseases by kind, and the sentence on versions."""
    groups: dict[str, list[str]] = {kind: [] for kind in KINDS}
    versions = ""
    for prediction, example in zip(predictions, examples, strict=True):
        ranked = as_ranked(prediction)
        kind = "unknown" if example.answer == NONE else "cited" if example.answer in ranked.cited else "clean"
        groups[kind].append(str(example.answer))
        versions = versions or next((text for text in ranked.evidence if str(text).startswith("HPO ontology of")), "")
    counts = {kind: [len(answers), len(set(answers) - {NONE})] for kind, answers in groups.items()}
    return {"patients": counts, "versions": versions}


def details_report(details: Mapping[str, Any]) -> Report:
    """Return the numbers as a table."""
    rows = tuple(
        (kind, patients, diseases or None, KINDS[kind]) for kind, (patients, diseases) in details["patients"].items()
    )
    table = Table(("patients", "number", "diseases", "scores that rest on them"), rows)
    return Report("", tables=(table,), notes=(*filter(None, [details["versions"]]), NOTICE), payload=dict(details))
