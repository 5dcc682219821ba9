"""All applications pass every conformance check of `pippin check`."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from pippin.conformance.check import check, title
from pippin.conformance.checks import CHECKS
from pippin.core import registry

NAMES = [*(name for name in registry.names() if name not in registry._saved()), "miniature"]


@cache
def check_once(name: str) -> Any:
    """Return the conformance checks of an application, run once for all tests."""
    return check(name).payload["promises"]


@pytest.mark.parametrize("check_title", [title(one) for one in CHECKS])
@pytest.mark.parametrize("name", NAMES)
def test_it_passes_its_conformance_checks(name: str, check_title: str, request: pytest.FixtureRequest) -> None:
    if name == "miniature":
        request.getfixturevalue("miniature")
    found = check_once(name)[check_title]
    assert found["kept"], found["detail"]


def test_a_verb_left_out_is_said_so(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    import miniature as package

    reasons = dict.fromkeys(("teach", "explain", "export", "curve"), "words want none")
    monkeypatch.setattr(package, "application", replace(package.application, unsupported=reasons))
    report = check("miniature")
    assert report.payload["passed"]
    assert "`teach` is left out: words want none." in report.notes
