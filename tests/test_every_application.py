"""One conformance suite over all applications: each keeps every promise that `pippin check` knows."""

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


@pytest.mark.parametrize("promise", [title(promise) for promise in CHECKS])
@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_its_promise(name: str, promise: str, request: pytest.FixtureRequest) -> None:
    if name == "miniature":
        request.getfixturevalue("miniature")
    found = check_once(name)[promise]
    assert found["kept"], found["detail"]


def test_a_verb_left_out_is_said_so(miniature: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    import miniature as package

    reasons = dict.fromkeys(("teach", "explain", "export", "curve"), "words want none")
    monkeypatch.setattr(package, "application", replace(package.application, without=reasons))
    report = check("miniature")
    assert report.payload["passed"]
    assert "`teach` is left out: words want none." in report.notes
