"""A talk on the bundled household at a fixed moment, with the skills' own sentences understood."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pippin.apps.assistant.rehearsal import Stage, set_up
from pippin.apps.assistant.skills.active import load_active, skills_of

HERE = Path(__file__).parent
NOW = "2026-03-03T08:10:00+00:00"
HOUSEHOLD: dict[str, Any] = {
    "zone": "Europe/London",
    "now": NOW,
    "home": "Orchard Road",
    "work": "University",
    "sources": [{"file": "household"}],
}


@pytest.fixture(scope="session")
def interpreter() -> Any:
    """An interpreter fitted once to the skills' own sentences."""
    pytest.importorskip("onnxruntime")
    from pippin.apps.assistant.data import out_of_scope
    from pippin.apps.assistant.understanding.interpreter import Interpreter, examples_of

    return Interpreter.from_examples(examples_of(skills_of(load_active())), outside=out_of_scope())


@pytest.fixture
def stage(tmp_path: Path, interpreter: Any) -> Iterator[Callable[..., Stage]]:
    """A function that sets a fixture up: (sources, now) -> Stage."""
    stages: list[Stage] = []

    def make(sources: list[dict[str, str]] | None = None, now: str = NOW, **more: Any) -> Stage:
        fixture = {**HOUSEHOLD, **({"sources": sources} if sources is not None else {}), **more}
        stages.append(set_up(fixture, now, HERE, tmp_path / str(len(stages)), lambda skills: interpreter))
        return stages[-1]

    yield make
    for one in stages:
        one.session.index.database.close()
