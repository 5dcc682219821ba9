"""Which applications there are: those in this package, those of plug-ins, and those you saved under a name."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.paths import home

NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
# First parts of addresses in the browser that are no application's, today's and those kept free for later ones.
ADDRESSES = frozenset(
    (
        *("v1", "v2", "api", "openapi", "assets", "static", "files", "licences", "docs"),
        *("teacher", "class", "visitors", "queue", "token", "learn", "runs", "models"),
        *("home", "about", "help", "settings", "pippin"),
    )
)


def names() -> list[str]:
    """Return the names of all applications, without importing any."""
    return sorted({*_scanned(), *_plugins(), *_saved()})


def get(name: str) -> Application:
    """Return the application called `name`; PippinError suggests near ones."""
    if name in _scanned():
        return resolve(f"pippin.apps.{name}:application")
    if NAME.fullmatch(name) and name in _saved():
        from pippin.core.artifact import read_artifact

        facts = read_artifact(saved_folder(name)).facts
        base = resolve(f"{facts['package']}:application")
        return replace(
            base,
            name=name,
            summary=f"{base.summary} (saved by you as {name})",
            model=replace(base.model, folder=saved_folder(name)),
        )
    if name in (plugins := _plugins()):
        return resolve(plugins[name])
    import difflib

    near = difflib.get_close_matches(name, names(), 1)
    hint = f"did you mean {near[0]}?" if near else "`pippin list` shows them."
    raise PippinError(f"There is no application {name!r}; {hint}", input=name)


def all_applications() -> Iterator[Application]:
    """Yield all applications that can be imported.

    `import_errors` has the others.
    """
    return (app for _, app in _try_import_all() if isinstance(app, Application))


def import_errors() -> dict[str, str]:
    """Return import errors by application; one broken application does not hide the others."""
    return {name: why for name, why in _try_import_all() if isinstance(why, str)}


def _try_import_all() -> Iterator[tuple[str, Application | str]]:
    for name in names():
        try:
            yield name, get(name)
        except PippinError as problem:
            yield name, problem.message
        except Exception as problem:
            yield name, f"`{name}` cannot be imported ({type(problem).__name__}: {problem})."


def resolve(reference: str) -> Application:
    """Import the application of a reference "package:attribute"."""
    module, _, attribute = reference.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as problem:
        raise PippinError(f"{reference} cannot be imported: {problem}.", input=reference) from problem
    if not isinstance(found, Application):
        raise PippinError(f"{reference} is not an application; see docs/add-an-application.md.", input=reference)
    return found


def saved_folder(name: str) -> Path:
    """Return the model folder of an application saved under `name`."""
    return home() / "applications" / name


def _scanned() -> list[str]:
    spec = find_spec("pippin.apps")
    assert spec is not None
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    return [path.parent.name for folder in folders for path in folder.glob("*/__init__.py")]


@cache  # reading what 200 packages declare takes 7 ms; a studio asks at each request
def _plugins() -> dict[str, str]:
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group="pippin.applications")}


def _saved() -> list[str]:
    return [
        path.parent.name
        for path in (home() / "applications").glob("*/artifact.json")
        if NAME.fullmatch(path.parent.name)
    ]
