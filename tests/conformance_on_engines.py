"""The conformance checks that reach engines, for one application on one engine."""

from __future__ import annotations

from typing import Any

import pytest

from pippin.conformance import check, checks

REACH_ENGINES = (
    checks.it_learns_quickly_at_its_tiny_preset,
    checks.predictions_become_a_table,
    checks.it_is_compared_and_drawn_over_growing_data,
    checks.it_is_tuned_on_the_validation_part,
)


def run_checks(application: str, engine: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what each check found, by its name."""
    monkeypatch.setenv("PIPPIN_ENGINE", engine)
    monkeypatch.setattr(check, "CHECKS", REACH_ENGINES)
    promises: dict[str, Any] = check.check(application).payload["promises"]
    return promises
