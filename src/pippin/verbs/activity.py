"""Logging of activity: round the verbs and applications' own commands, however they are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from pippin.core import registry
from pippin.core.activity_log import is_log_on, read_facts
from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.references import Ref
from pippin.core.workspace import Workspace
from pippin.verbs import VERBS

if TYPE_CHECKING:
    from pippin.core.report.report import Report

# Verbs that do something; others only list or remove what is there, and pages call them all the time.
LOGGED = set(VERBS) - {"models", "rm", "history", "erase", "runs", "stop", "delete_run"}


@cache
def find_verb(name: str) -> Callable[..., Report]:
    """Return the function of a verb; one that does something is logged when it ends well."""
    function = Ref(VERBS[name]).resolve()
    return _log_calls(function, name.replace("_", "-")) if name in LOGGED else function


def run_verb(name: str, *arguments: Any, **options: Any) -> Report:
    """Find a verb and run it: looking at an application imports none."""
    return find_verb(name)(*arguments, **options)


def _log_calls(function: Callable[..., Report], name: str) -> Callable[..., Report]:
    @wraps(function)
    def run(application: str | Application, *arguments: Any, **options: Any) -> Report:
        app = registry.get(application) if isinstance(application, str) else application
        report = function(app, *arguments, **options)
        return log(report, app, name, options.get("workspace") or Workspace())

    return run


def log(report: Report, application: Application, name: str, workspace: Workspace) -> Report:
    """Record that a command ended with this report, and return the report.

    What was done stays done where the log cannot be written; the report says so then.
    """
    if not is_log_on():
        return report
    try:
        facts = read_facts(report.payload, private=bool(application.data.sensitive))
        workspace.activity.add(name, application.name, facts)
    except PippinError as problem:
        return replace(report, notes=(*report.notes, f"{problem.message} PIPPIN_LOG=0 does without it."))
    return report
