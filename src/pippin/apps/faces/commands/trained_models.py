"""Models and runs of the workspace that know a person: forgetting the person removes them whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pippin.core import loaded_models
from pippin.core.context import Context
from pippin.core.errors import writing
from pippin.core.files import read_json

PACKAGE = "pippin.apps.faces"


def find_models(context: Context, names: Collection[str]) -> list[Path]:
    """Return the folders of this application's models, runs and saved applications that hold one of these names."""
    space = context.workspace
    artifacts = [artifact.folder for artifact in space.models(context.application)]
    own = [folder for folder in artifacts if folder.parent == space.artifacts]
    saved = [folder for folder in (space.home / "applications").glob("*") if _package(folder) == PACKAGE]
    runs = space.runs.glob(f"{context.name}-*")
    wanted = {name.casefold() for name in names}
    return [folder for folder in sorted([*own, *saved, *runs]) if folder.is_dir() and wanted & set(_texts(folder))]


def _package(folder: Path) -> str:
    """Return the package of a saved application."""
    for path in folder.rglob("artifact.json"):
        return str(read_json(path).get("package", ""))
    return ""


def _texts(folder: Path) -> Iterator[str]:
    """Yield all texts in the JSON files of a folder, in lower case."""
    for path in folder.rglob("*.json*"):
        for line in [path.read_text("utf-8", "replace")] if path.suffix == ".json" else path.open(errors="replace"):
            with suppress(ValueError):
                yield from _strings(json.loads(line))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.casefold()
    elif isinstance(value, list | dict):
        for one in (*value.keys(), *value.values()) if isinstance(value, dict) else value:
            yield from _strings(one)


def remove_models(context: Context, folders: Sequence[Path]) -> None:
    """Remove models and runs; where one was in use, the built-in model is again."""
    space = context.workspace
    for folder in folders:
        if folder.parent == space.artifacts:
            space.stop_using(context.name)
        with writing(folder):
            shutil.rmtree(folder)
    loaded_models.forget_workspace(space)
