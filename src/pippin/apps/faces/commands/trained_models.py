"""Models and runs of the workspace that know a person: forgetting the person removes them whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from pippin.core import loaded_models
from pippin.core.context import Context
from pippin.core.errors import writing

TEXTS = {".json", ".jsonl", ".md", ".log", ".html"}


def find_models(context: Context, names: Sequence[str]) -> list[Path]:
    """Return the folders of this application's models and runs in whose files one of these names stands."""
    space = context.workspace
    artifacts = [
        artifact.folder for artifact in space.models(context.application) if artifact.folder.parent == space.artifacts
    ]
    runs = space.runs.glob(f"{context.name}-*")
    marks = [mark for name in names for mark in (name.encode(), json.dumps(name)[1:-1].encode())]
    return [folder for folder in sorted([*artifacts, *runs]) if folder.is_dir() and _mentions(folder, marks)]


def _mentions(folder: Path, marks: Iterable[bytes]) -> bool:
    texts = [path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix in TEXTS]
    return any(mark in text for text in texts for mark in marks)


def remove_models(context: Context, folders: Sequence[Path]) -> None:
    """Remove models and runs; where one was in use, the built-in model is again."""
    space = context.workspace
    for folder in folders:
        if folder.parent == space.artifacts:
            space.stop_using(context.name)
        with writing(folder):
            shutil.rmtree(folder)
    loaded_models.forget_workspace(space)
