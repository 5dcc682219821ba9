"""`rankings`: rankings that `rank --keep` kept; nothing else of a patient is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.raredisease.patients.reading import read_patient
from pippin.apps.raredisease.predictions import NOTICE
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_json
from pippin.core.inputs import Input
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace

FOLDER = "kept"


def keep_ranking(workspace: Workspace, learner: Any, item: Input, report: Report) -> str:
    """Write the findings and the ranking of a patient to the workspace; returns the name they are kept by."""
    folder = _folder(workspace)
    ontology, patient = learner.knowledge.ontology, read_patient(item, learner.knowledge.ontology)
    numbers = [int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit()]
    name = f"{max(numbers, default=0) + 1:04}"
    content = {
        "kept": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "present": [ontology.ids[term] for term in patient.present],
        "excluded": [ontology.ids[term] for term in patient.excluded],
        "ranking": report.payload,
        "notice": NOTICE,
    }
    write_json(folder / f"{name}.json", content)
    return name


def rankings(context: Context, *, forget: Annotated[str, "a name in this list to remove, or `all`"] = "") -> Report:
    """List rankings kept by `rank --keep`, or forget them."""
    paths = sorted(_folder(context.workspace).glob("*.json"))
    if forget:
        chosen = [path for path in paths if forget in ("all", path.stem)]
        if not chosen and forget != "all":
            raise PippinError(
                f"Nothing is kept as {forget[:60]!r}; see `pippin raredisease rankings`.", input=forget[:60]
            )
        for path in chosen:
            path.unlink()
        return Report(
            title=f"raredisease: {len(chosen)} rankings forgotten",
            payload={"forgotten": [path.stem for path in chosen]},
        )
    rows = [_row(path) for path in paths]
    return Report(
        title=f"raredisease: {len(rows)} rankings kept",
        tables=(Table(("kept as", "when", "findings", "first"), tuple(rows)),) if rows else (),
        notes=("Nothing else of a patient is kept, unless you teach it or save it.", NOTICE),
        payload={"kept": [dict(zip(("name", "when", "findings", "first"), row, strict=True)) for row in rows]},
    )


def _row(path: Path) -> tuple[str, str, str, str]:
    try:
        content = json.loads(path.read_text())
        findings = [*content["present"], *(f"-{id}" for id in content["excluded"])]
        return path.stem, content["kept"], " ".join(findings), content["ranking"]["answer"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise PippinError(
            f"{path} is damaged; remove it: pippin raredisease rankings --forget {path.stem}."
        ) from problem


def _folder(workspace: Workspace) -> Path:
    return workspace.store("raredisease") / FOLDER
