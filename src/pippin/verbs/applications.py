"""`list`: the applications there are and what to try next."""

from __future__ import annotations

from pippin.core import registry
from pippin.core.report.cells import Table
from pippin.core.report.report import Report


def listing() -> Report:
    """List the applications and what each is for."""
    apps = list(registry.all_applications())
    rows = tuple((app.name, app.summary, f"{app.input} -> {app.output.noun}") for app in apps)
    return Report(
        title="Pippin: deep learning you can teach, use and correct on your own machine",
        tables=(Table(("application", "what it does", "from -> to"), rows),),
        notes=tuple(registry.import_errors().values()),
        payload={
            "applications": [
                {"name": app.name, "summary": app.summary, "input": app.input, "answer": app.output.noun}
                for app in apps
            ]
        },
        next="pippin demo shows all at work; pippin APPLICATION INPUT uses one; pippin APPLICATION --help tells more",
    )
