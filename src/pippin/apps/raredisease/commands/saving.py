"""`save` writes rankings as phenopackets, HTML, CSV and PhEval's results; `sample` writes the made-up patients."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.raredisease.commands.ranking import learned_from, rank_patient, ranked_shares
from pippin.apps.raredisease.evidence import describe_versions
from pippin.apps.raredisease.patients.patient import Patient
from pippin.apps.raredisease.patients.phenopacket import CANDIDATES, write_phenopacket
from pippin.apps.raredisease.patients.reading import expand, read_patient
from pippin.apps.raredisease.predictions import MAX_RANKED, NOTICE, RankedPrediction
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes, write_json
from pippin.core.inputs import Input
from pippin.core.report.report import Report

# PhEval's results of diseases: since its version 0.5 a table for each phenopacket, of the same name, that its function
# `generate_disease_result` reads; before, what it scored itself.
PHEVAL, PHEVAL_OLD = "pheval", "pheval_disease_results"


def save(
    context: Context,
    patients: Annotated[str, "HPO terms, a description, or a file or folder of phenopackets"],
    folder: Annotated[Path, "a new or empty folder to write to"],
    *,
    count: Annotated[int, "how many diseases of each patient, 1 to 50"] = MAX_RANKED,
) -> Report:
    """Write rankings as phenopackets, HTML, CSV and for PhEval.

    For each patient NAME.json and NAME.html; for all of them ranking.csv. For PhEval pheval/NAME.tsv, and for its
    versions before 0.5 pheval_disease_results/NAME-pheval_disease_result.tsv.
    """
    if not 1 <= count <= MAX_RANKED:
        raise PippinError(f"--count must be 1 to {MAX_RANKED}, not {count}.", input=str(count))
    _require_empty(folder)
    learner, origin = context.learner(), learned_from(context)
    rows: list[tuple[Any, ...]] = []
    failed: list[str] = []
    names: set[str] = set()
    for item in expand(patients):
        try:
            patient = read_patient(item, learner.knowledge.ontology)
        except PippinError as problem:
            failed.append(problem.message)
            continue
        rows += _write_one(learner, item, patient, folder, _unique(file_stem(patient, item), names), count, origin)
    if not rows:
        raise PippinError(failed[0] if failed else f"{patients} holds no patient.", input=patients)
    columns = (
        "patient",
        "rank",
        "disease",
        "name",
        "probability",
        "none_of_these",
        "ontology",
        "annotations",
        "notice",
    )
    write_bytes(folder / "ranking.csv", _table(columns, rows, ","))
    return Report(
        title=f"raredisease: {len(names)} patients written to {folder}",
        notes=(*failed, describe_versions(learner.knowledge), origin, NOTICE),
        payload={"folder": str(folder), "patients": sorted(names), "skipped": failed},
    )


def _require_empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PippinError(f"{folder} is there and not an empty folder; name another.", input=folder)


def file_stem(patient: Patient, item: Input) -> str:
    """Return a file name for a patient, without a suffix."""
    stem = Path(patient.name or item.short_name).name.removesuffix(".json")
    words = re.sub(r"[^\w.,()+-]+", "_", stem).strip(".")
    return words[:100] or "patient"


def _unique(name: str, names: set[str]) -> str:
    number, chosen = 1, name
    while chosen in names:
        number += 1
        chosen = f"{name}-{number}"
    names.add(chosen)
    return chosen


def _write_one(
    learner: Any, item: Input, patient: Patient, folder: Path, name: str, count: int, origin: str
) -> list[tuple[Any, ...]]:
    """Write the files of one patient; returns its rows of the table."""
    knowledge = learner.knowledge
    answer: RankedPrediction = learner.answer(patient)
    ranked = ranked_shares(answer, count)
    labels = {id: knowledge.names[knowledge.index[id]] if id in knowledge.index else id for id, _ in ranked}
    candidates = [(id, labels[id], share) for id, share in ranked]
    write_json(folder / f"{name}.json", packet_of(knowledge, patient, name, candidates, origin))
    write_bytes(folder / f"{name}.html", rank_patient(learner, item, min(count, 10), origin).to_html().encode())
    own = [(rank, round(share, 6), labels[id], id) for rank, (id, share) in enumerate(ranked, 1)]
    write_bytes(
        folder / PHEVAL / f"{name}.tsv",
        _table(("disease_identifier", "score"), [(id, share) for id, share in ranked], "\t"),
    )
    columns = ("rank", "score", "disease_name", "disease_identifier")
    write_bytes(folder / PHEVAL_OLD / f"{name}-pheval_disease_result.tsv", _table(columns, tied(own), "\t"))
    versions = (knowledge.ontology.version, knowledge.version, f"{NOTICE} {origin}")
    return [(name, rank, id, label, share, round(answer.none, 6), *versions) for rank, share, label, id in own]


def tied(rows: Sequence[tuple[int, float, str, str]]) -> list[tuple[int, float, str, str]]:
    """Return rows in which equal scores have the same rank, as in 1, 1, 3."""
    first: dict[float, int] = {}
    return [(first.setdefault(score, rank), score, name, id) for rank, score, name, id in rows]


def packet_of(
    knowledge: Any, patient: Patient, name: str, candidates: Sequence[tuple[str, str, float]], origin: str
) -> dict[str, Any]:
    """Return the phenopacket of a patient with its candidates."""
    ids, names = knowledge.ontology.ids, knowledge.ontology.names
    return write_phenopacket(
        name,
        [(ids[term], names[term]) for term in patient.present],
        [(ids[term], names[term]) for term in patient.excluded],
        candidates,
        knowledge.ontology.version,
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        patient.papers,
        f"{CANDIDATES} {NOTICE} {origin}",
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]], separator: str) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return buffer.getvalue().encode()


def _cell(value: Any) -> Any:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" else value


def sample(context: Context, folder: Annotated[Path, "a new or empty folder to write to"]) -> Report:
    """Write the made-up patients of the sample as phenopackets.

    They are drawn from the annotations; no person has these findings.
    """
    from pippin.apps.raredisease.sample import sample_packets

    _require_empty(folder)
    packets = sample_packets()
    for name, text in packets:
        write_bytes(folder / f"{name}.json", text.encode())
    return Report(
        title=f"raredisease: {len(packets)} made-up patients in {folder}",
        notes=("Made up by drawing from the annotations; they are no people.", NOTICE),
        payload={"folder": str(folder), "patients": len(packets)},
        next=f"pippin {context.name} predict {folder}",
    )
