"""`check`: the conformance suite every application passes, those you add included."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from pippin.conformance.checks import CHECKS
from pippin.conformance.fixture import ApplicationUnderTest, ConformanceError
from pippin.core.errors import PippinError
from pippin.core.report.cells import Table
from pippin.core.report.formatting import duration
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs import context


def title(promise: Callable[[ApplicationUnderTest], str | None]) -> str:
    """A promise as it is shown."""
    return promise.__name__.replace("_", " ")


def check(
    application: Annotated[str, "the application to check"],
) -> Report:
    """Check that an application keeps every promise: learns, saves, explains, teaches, exports, refuses bad input."""
    app = context.resolve_application(application)
    rows, failed = [], []
    with tempfile.TemporaryDirectory(prefix="pippin-check-") as folder:
        space = context.open_workspace(None)
        subject = ApplicationUnderTest(
            app, Workspace(Path(folder) / "home", verbs=space.verbs), app.data(None, app.config)
        )
        for promise in CHECKS:
            start = time.perf_counter()
            try:
                detail, kept = promise(subject) or "", True
            except (ConformanceError, PippinError) as problem:
                detail, kept = str(problem), False
            except Exception as problem:  # an application under check may fail in any way
                detail, kept = f"it failed ({type(problem).__name__}: {problem})", False
            if not kept:
                failed.append(title(promise))
            rows.append((title(promise), "kept" if kept else "BROKEN", detail, duration(time.perf_counter() - start)))
    return Report(
        title=f"{app.name} keeps its promises"
        if not failed
        else f"{app.name} breaks {len(failed)} of {len(rows)} promises",
        tables=(Table(("promise", "", "detail", "time"), tuple(rows)),),
        notes=tuple(f"`{verb}` is left out: {reason}." for verb, reason in app.without.items()),
        payload={
            "application": app.name,
            "passed": not failed,
            "promises": {name: {"kept": kept == "kept", "detail": detail} for name, kept, detail, _ in rows},
        },
        next=f"pippin {app.name} train DATA"
        if not failed
        else "correct the first broken promise; later ones may follow from it",
    )
