"""`update`: newer files of ontology and annotations, and what they change for the sample."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from pippin.apps.raredisease.evidence import describe_versions
from pippin.apps.raredisease.ontology.knowledge import Knowledge
from pippin.apps.raredisease.ontology.source import FILES, load_knowledge, parse_files
from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.predictions import MAX_RANKED, NOTICE
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.inputs import Input
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.core.shell_words import quote_word

N_COMPARED = 30  # made-up patients whose ranks are compared


def update(
    context: Context,
    ontology: Annotated[Path | None, "hp.obo"] = None,
    annotations: Annotated[Path | None, "phenotype.hpoa"] = None,
    *,
    reset: Annotated[bool, "go back to the files that come with the package"] = False,
) -> Report:
    """Use newer files of ontology and annotations.

    Shows how the ranks of made-up patients change with them. Both files come from https://hpo.jax.org.
    """
    folder = context.workspace.home / "raredisease"
    if reset:
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        return _report("raredisease: back to the files of the package", load_knowledge(None), ())
    if ontology is None or annotations is None:
        raise PippinError("Give both files: pippin raredisease update hp.obo phenotype.hpoa.")
    new = parse_files(ontology, annotations)
    learner = context.learner()
    old = learner.knowledge
    before = _ranks(learner)
    for name, path in zip(FILES, (ontology, annotations), strict=True):
        write_bytes(folder / name, path.read_bytes())
    learner.use_workspace(context.workspace)
    rows = _changes(before, _ranks(learner))
    report = _report(f"raredisease: {new.version} takes the place of {old.version}", new, rows, old)
    return replace(report, next=f"pippin raredisease evaluate PHENOPACKETS --hpo {quote_word(str(folder))}")


def _ranks(learner: Any) -> dict[str, int]:
    """Return at which rank each made-up patient's disease stands (51: not among the first 50, or not readable)."""
    from pippin.apps.raredisease.sample import sample_patients

    return {
        f"{drawn.name} {drawn.disease}": _rank(learner, item, drawn.disease)
        for item, drawn in sample_patients()[: 2 * N_COMPARED : 2]
    }


def _rank(learner: Any, item: Input, disease: str) -> int:
    try:
        ranked = learner.answer(read_patient(item, learner.knowledge.ontology)).ranked
    except PippinError:  # none of the findings is in those files
        return MAX_RANKED + 1
    return int(ranked.index(disease)) + 1 if disease in ranked else MAX_RANKED + 1


def _changes(before: dict[str, int], after: dict[str, int]) -> tuple[tuple[Any, ...], ...]:
    changed = [(name, before[name], after[name]) for name in before if before[name] != after[name]]
    return tuple(sorted(changed, key=lambda row: -abs(row[1] - row[2])))


def _report(
    title: str, knowledge: Knowledge, rows: tuple[tuple[Any, ...], ...], old: Knowledge | None = None
) -> Report:
    notes = [describe_versions(knowledge), NOTICE]
    if old is not None:
        notes.insert(0, _difference(old, knowledge))
        notes.insert(
            1, "The re-ranker was calibrated on the annotations of the package; with others it is not measured."
        )
    return Report(
        title=title,
        summary=f"{len(rows)} of {N_COMPARED} made-up patients change rank." if old is not None else "",
        tables=(Table(("made-up patient", "rank before", "rank now"), rows),) if rows else (),
        notes=tuple(notes),
        payload={
            "ontology": knowledge.ontology.version,
            "annotations": knowledge.version,
            "diseases": len(knowledge.ids),
            "changed": [list(row) for row in rows],
            "date": str(datetime.date.today()),
        },
    )


def _difference(old: Knowledge, new: Knowledge) -> str:
    gained, lost = set(new.ids) - set(old.ids), set(old.ids) - set(new.ids)
    mean = float(np.diff(new.profiles.starts).mean())
    return (
        f"{len(new.ids):,} diseases, {len(gained):,} of them new, {len(lost):,} gone; "
        f"{mean:.1f} findings of a disease on average."
    )
