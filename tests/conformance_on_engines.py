"""The conformance checks on another engine than the local one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pippin.conformance import check, checks

# By application: all of the miniature's, of one those that train least, of others their built-in model's answers.
ON_ENGINES: dict[str, Sequence[Callable[..., str]]] = {
    "miniature": checks.CHECKS,
    "recognize": (
        checks.it_learns_quickly_at_its_tiny_preset,
        checks.predictions_become_a_table,
        checks.it_is_tuned_on_the_validation_part,
    ),
    **dict.fromkeys(("tables", "assistant", "symptoms", "pathology", "faces"), (checks.predictions_become_a_table,)),
}


def run_checks(application: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what each check found, by its name."""
    monkeypatch.setenv("PIPPIN_ENGINE", engine)
    monkeypatch.setattr(check, "CHECKS", ON_ENGINES[application])
    promises: dict[str, Any] = check.check(application).payload["promises"]
    return promises
