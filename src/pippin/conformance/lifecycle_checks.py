"""Checks of what becomes of models and corrections: they move to other workspaces, and go when they are erased."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from pippin.conformance.fixture import ApplicationUnderTest, refused, require, require_reason
from pippin.core.inputs import Input
from pippin.core.paths import cache_folder
from pippin.core.workspace import Workspace

SHORTEST = 8  # bytes that are searched for: shorter ones are found by accident


def a_model_moves_to_another_workspace(s: ApplicationUnderTest) -> str:
    """Require that a model exported as a zip file and imported elsewhere answers the same; a changed one is refused."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        exported = s.call("export", folder / "out", archive=True, model=s.model)
        archive = Path(exported.payload["files"][0]["path"])
        other = replace(s, context=replace(s.context, workspace=Workspace(folder / "home")))
        taken = other.call("pull", archive).payload
        ours, theirs = (_answers(one, s.model) for one in (s, other))
        require(taken["artifact"] == s.model and taken["new"], "the model got another name")
        require(not other.call("pull", archive).payload["new"], "a model that was there already counts as new")
        require(ours == theirs, "imported, it answers otherwise")
        archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
        with refused("half a zip file"):
            other.call("pull", archive)
    return f"{len(ours)} answers"


def _answers(s: ApplicationUnderTest, model: str) -> list[Any]:
    return [result["answer"] for result in s.call("predict", *s.unseen()[:3], model=model).payload["results"]]


def what_is_taken_back_is_gone(s: ApplicationUnderTest) -> str:
    """Require that after `undo` and `erase` no file, database or cache holds the input, its digest or its answer."""
    if "teach" in s.app.unsupported:
        return require_reason(s, "teach", s.unseen()[0], "x")
    example = s.data.test[0]
    item, label = example.input, example.answer if s.app.output.kind else _rare(s)
    before = _traces(s, item, label)
    for verb, options in (("undo", {}), ("erase", {"yes": True})):
        s.call("teach", item, label)
        require(_traces(s, item, label) - before, "what is taught is not kept")
        s.call(verb, **options)
        left = sorted(_traces(s, item, label) - before)
        require(not left, f"after {verb} it is still in {', '.join(left)}")
    require(not list(s.space.artifacts.glob("*")), "its models are not erased")
    return f"{len(item.read()):,} bytes"


def _rare(s: ApplicationUnderTest) -> Any:
    """Return a label that the input has not."""
    return next(example.answer for example in s.data.train if example.answer != s.data.test[0].answer)


def _traces(s: ApplicationUnderTest, item: Input, answer: Any) -> set[str]:
    """Return the files of the workspace that hold an input, its name or its answer, and caches with its digest."""
    digest = item.digest()[:32].encode()
    marks = [digest, item.name.encode(), *_pieces(item), *(_pieces(answer) if isinstance(answer, Input) else ())]
    marks = [mark for mark in marks if len(mark) >= SHORTEST]
    found = {path for path in s.space.home.rglob("*") if path.is_file() and _holds(path, marks)}
    for path in cache_folder().rglob("*"):
        if digest in path.name.encode() or (".sqlite" in path.name and _holds(path, [digest])):
            found.add(path)
    return {str(path) for path in found}


def _pieces(item: Input) -> list[bytes]:
    """Return a few runs of an input's bytes; of a short one, the whole."""
    content = item.read()
    return [content[at : at + 32] for at in range(0, max(1, len(content) - 32), max(32, len(content) // 4))]


def _holds(path: Path, marks: list[bytes]) -> bool:
    content = path.read_bytes()
    return any(mark in content or mark in path.name.encode() for mark in marks)
