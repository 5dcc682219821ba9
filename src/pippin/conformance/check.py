"""`check`: run the conformance checks on an application."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pippin.conformance.checks import CHECKS
from pippin.conformance.fixture import ApplicationUnderTest, ConformanceError
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.formatting import duration
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context


def title(conformance_check: Callable[[ApplicationUnderTest], str | None]) -> str:
    """Return the name of a check as it is shown."""
    return conformance_check.__name__.replace("_", " ")


def check(
    name: Annotated[str, "the application to check"],
) -> Report:
    """Run the conformance checks on an application.

    They train, save, explain, teach and export in a temporary workspace, and try bad input. Exit code 1 if one fails.
    """
    opened = open_context(name)
    app = opened.application
    rows, failed = [], []
    with tempfile.TemporaryDirectory(prefix="pippin-check-") as folder:
        context = replace(opened, workspace=Workspace(Path(folder) / "home"))
        subject = ApplicationUnderTest(context, app.load_data(None, app.preset("tiny")))
        for one in CHECKS:
            start = time.perf_counter()
            try:
                detail, passed = one(subject) or "", True
            except (ConformanceError, PippinError) as problem:
                detail, passed = str(problem), False
            except Exception as problem:  # an application under check may fail in any way
                detail, passed = f"it failed ({type(problem).__name__}: {problem})", False
            if not passed:
                failed.append(title(one))
            rows.append((title(one), "pass" if passed else "FAIL", detail, duration(time.perf_counter() - start)))
    return Report(
        title=f"{app.name} passes all {len(rows)} conformance checks"
        if not failed
        else f"{app.name} fails {len(failed)} of {len(rows)} conformance checks",
        tables=(Table(("check", "result", "detail", "time"), tuple(rows)),),
        notes=tuple(f"`{verb}` is left out: {reason}." for verb, reason in app.unsupported.items()),
        payload={
            "application": app.name,
            "passed": not failed,
            "promises": {name: {"kept": result == "pass", "detail": detail} for name, result, detail, _ in rows},
        },
        next=f"pippin {app.name} train DATA"
        if not failed
        else "correct the first check that fails; later ones may fail for the same reason",
    )
