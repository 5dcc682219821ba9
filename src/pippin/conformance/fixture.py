"""The application under test, as the conformance checks need it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.report.report import Report
from pippin.core.values import OutputFile, Prediction
from pippin.core.workspace import Workspace


class ConformanceError(Exception):
    """An application fails a conformance check; the message says how."""


def require(condition: object, message: str) -> None:
    """Raise ConformanceError with `message` unless `condition` holds, also under `python -O`."""
    if not condition:
        raise ConformanceError(message)


@dataclass
class ApplicationUnderTest:
    """One application under check: its sample, a workspace of its own, and the model trained there."""

    context: Context
    data: Dataset
    model: str = ""
    trained: dict[str, Any] = field(default_factory=dict)

    @property
    def app(self) -> Application:
        """The application."""
        return self.context.application

    @property
    def space(self) -> Workspace:
        """Its workspace."""
        return self.context.workspace

    @property
    def tiny(self) -> Mapping[str, Any]:
        """Its settings for the quickest training."""
        return self.app.config.PRESETS.get("tiny", {})

    def call(self, verb: str, *arguments: Any, **options: Any) -> Report:
        """Call a verb on the model under test, as a user's code would.

        Files are written into its workspace.
        """
        if verb == "predict" and self.app.output.kind:
            options.setdefault("out", self.space.home / "answers")
        return self.context.run(verb, *arguments, **options)

    def file(self, item: Any) -> Prediction:
        """Return a prediction that is a file, with the bytes `predict` writes."""
        with tempfile.TemporaryDirectory() as folder:
            result = self.call("predict", item, out=Path(folder)).payload["results"][0]
            content = Path(result["files"][0]["path"]).read_bytes()
        return Prediction(result["answer"], evidence=tuple(result["evidence"]), files=(OutputFile("", "", content),))

    @cached_property
    def evaluated(self) -> Report:
        """What `evaluate` says of the model that was trained, measured once for all checks."""
        return self.call("evaluate")

    def unseen(self) -> list[Any]:
        """Sample inputs the model has not learned from."""
        return [example.input for example in self.data.test]


@contextmanager
def refused(what: str) -> Iterator[None]:
    """Require that the block ends in one clear sentence."""
    try:
        yield
    except PippinError as problem:
        require(
            "\n" not in problem.message and len(problem.message) < 400, f"{what} is refused in more than a sentence"
        )
        return
    raise ConformanceError(f"{what} is not refused")


def require_reason(s: ApplicationUnderTest, verb: str, *arguments: Any) -> str:
    """Return the reason for which a verb is left out; fail if there is none."""
    try:
        s.call(verb, *arguments)
    except PippinError as problem:
        require(s.app.unsupported[verb] in problem.message, f"`{verb}` does not say why it is left out")
        return f"left out: {s.app.unsupported[verb]}"
    raise ConformanceError(f"`{verb}` is declared left out, but runs")


class Failure(Exception):
    """What a learner made to fail raises."""


@contextmanager
def failing_after_update(learner: Any, step: str) -> Iterator[None]:
    """Make a learner fail at the end of `update`, or in `predict` from then on."""
    update, predict = learner.update, learner.predict

    def fail(*arguments: Any) -> Any:
        raise Failure

    def failing_update(items: Any) -> None:
        update(items)
        if step == "update":
            fail()
        learner.predict = fail

    learner.update = failing_update
    try:
        yield
    finally:
        learner.update, learner.predict = update, predict
