"""Requests made up from the description of the service: none may break it, each answer is as described."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

# What takes minutes, or begins what does, is left to tests of its own.
LONG = (
    "/train",
    "/inspect",
    "/compare",
    "/frameworks",
    "/curve",
    "/tune",
    "/evaluate",
    "/eras",
    "/discover",
    "/watch",
    "/winnable",
    "/explain",
    "/sample",
)

# The same for all applications, settings and inputs included: each is tried on one of them, in turn.
SHARED = (
    *("api", "card", "delete-run", "erase", "export", "history", "models", "pull", "rm", "runs", "save-as"),
    *("stop", "undo", "use"),
)


@pytest.mark.filterwarnings("ignore")
def test_no_request_that_fits_the_description_breaks_the_service(studio: Callable[..., TestClient]) -> None:
    schemathesis = pytest.importorskip("schemathesis")  # here, for it takes as long to import as all else together
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        negative_data_rejection,
        response_schema_conformance,
        status_code_conformance,
    )

    service = studio(rate=1e6, burst=1e6, names=frozenset({"localhost", "testserver"})).app
    described = schemathesis.openapi.from_asgi("/v1/openapi.json", service)
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
        negative_data_rejection,
    ]
    tried = 0
    for operation in _chosen([result.ok() for result in described.get_all_operations()]):
        for mode in schemathesis.GenerationMode:
            tried += _tried(operation, mode, checks)
    assert tried > 150, tried


def _chosen(operations: list[Any]) -> Iterator[Any]:
    """Those to try: all but long ones, and of each shared one a single application's."""
    turn = itertools.cycle(sorted({operation.path.split("/")[2] for operation in operations if _shared(operation)}))
    ours = {name: next(turn) for name in SHARED}
    for operation in operations:
        if operation.path.endswith(LONG):
            continue
        if not _shared(operation) or operation.path.split("/")[2] == ours[_shared(operation)]:
            yield operation


def _shared(operation: Any) -> str:
    """The name of a command or page that all applications have; empty for any other."""
    last = operation.path.rsplit("/", 1)[1]
    return last if operation.path.count("/") == 3 and last in SHARED else ""


def _tried(operation: Any, mode: Any, checks: list[Any]) -> int:
    count = 0

    @given(st.data())
    @settings(
        max_examples=3,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(data: st.DataObject) -> None:
        nonlocal count
        case = data.draw(operation.as_strategy(generation_mode=mode))
        count += 1
        case.call_and_validate(checks=checks, timeout=600)

    try:
        ask()
    except Exception as problem:
        if "Unsatisfiable" in type(problem).__name__:  # nothing that does not fit can be made of it
            return count
        raise
    return count
