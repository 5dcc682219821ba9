"""`pull`: import a model from a folder, a zip file or a hub, after checking it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact, read_artifact, write_artifact
from pippin.core.errors import PippinError
from pippin.core.files import new_folder, write_bytes
from pippin.core.learner import load_learner
from pippin.core.model_card import card
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.hub import fetched, is_repository
from pippin.verbs.model_archive import MANIFEST, named_as, opened
from pippin.verbs.opening import open_context

# The key under which an ONNX file names other files that hold its numbers (StringStringEntryProto, field 1).
EXTERNAL = b"\x0a\x08location"  # in ONNX, what comes before the name of a file that holds a tensor's numbers
PLACEHOLDER = b"\x12\x07weights"  # no file: the numbers lie among the model's tensors and are given by the program
REWRITTEN = ("format", "parts", "files", "checksum", "application")


def pull(
    application: str | Application,
    path: Annotated[Any, "a model's folder or zip file, such as `export --archive` writes, or NAMESPACE/NAME of a hub"],
    *,
    revision: Annotated[str | None, "of a hub: a branch, tag or commit (default: main)"] = None,
    trust: Annotated[bool, "take it even if its settings name files or code of this machine"] = False,
    workspace: Workspace | None = None,
) -> Report:
    """Import a model from a folder, a zip file or a hub.

    The hub is huggingface.co or HF_ENDPOINT. A model is checked first: checksums, format, application, sizes, and that
    it can be loaded. Nothing of it is run as code. It is not put into use.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    with _opened(path, revision) as (found, ignored):
        _check(app, found, path, trust)
        taken, is_new = _copied(app, space, found)
    return Report(
        title=f"{app.name}: imported {taken.id}" if is_new else f"{app.name}: {taken.id} was there already",
        notes=(f"{pluralize(ignored, 'other file')} beside the model {'was' if ignored == 1 else 'were'} ignored.",)
        if ignored
        else (),
        payload={
            "application": app.name,
            "artifact": taken.id,
            "variant": taken.variant,
            "new": is_new,
            "ignored": ignored,
        },
        next=f"pippin {app.name} use {taken.id}",
    )


@contextmanager
def _opened(path: Any, revision: str | None) -> Iterator[tuple[Artifact, int]]:
    """Yield the model at a path or in a repository, and how many files beside it were ignored."""
    if is_repository(path):
        with fetched(path, revision) as (folder, others), named_as(str(folder), path), opened(folder) as (found, _):
            yield found, others
        return
    if revision is not None:
        raise PippinError(f"--revision is of a hub, and {path} is no NAMESPACE/NAME of one; leave it out.", input=path)
    with opened(Path(path)) as found_here:
        yield found_here


def _reads_files(content: bytes) -> bool:
    """Return whether an ONNX graph takes numbers from other files than the placeholder of our own graphs."""
    return any(not part.startswith(PLACEHOLDER) for part in content.split(EXTERNAL)[1:])


def _check(app: Application, found: Artifact, path: Any, trust: bool) -> None:
    """Raise PippinError unless this model belongs to the application, is whole, and can be loaded."""
    made_by = found.facts["package"]
    if made_by != app.package:
        raise PippinError(
            f"{path} is a model of {found.facts['application'][:60]!r} ({made_by[:60]!r}), not of {app.name!r}.",
            input=path,
        )
    found.verify()
    config = app.config.rename(found.facts["config"])
    _refuse_local(app, config, path, trust)
    for name in found.facts["files"]:
        if _reads_files((found.folder / name).read_bytes()):
            raise PippinError(f"{path} cannot be taken: {name} reads other files of this machine.", input=path)
    if not _is_described(found.facts):
        raise PippinError(f"{path} does not describe itself as a model must; get it again.", input=path)
    try:
        variant = app.variant(app.fill_settings(config))
        learner = app.make_learner(config)
        load_learner(learner, found.part("model"))
    except PippinError:
        raise
    except Exception as problem:  # an application's own loading may raise any error
        raise PippinError(f"{path} cannot be loaded as a model of `{app.name}` ({problem}).", input=path) from problem
    if variant != found.variant or Path(found.id).name != found.id or "\\" in found.id:
        raise PippinError(f"{path} says it is for {found.variant!r}, which its settings are not.", input=path)


def _refuse_local(app: Application, config: Mapping[str, Any], path: Any, trust: bool) -> None:
    """Refuse settings that name files or code of this machine: loading the model would open or run them."""
    named = [name for name in app.local_settings if config.get(name, app.defaults[name]) != app.defaults[name]]
    if named and not trust:
        raise PippinError(
            f"{path} was made with {named[0]}={config[named[0]]!r}, which names a file or code of the machine; "
            f"if you know where it comes from: pippin {app.name} pull {path} --trust",
            input=path,
        )


def _is_described(facts: Mapping[str, Any]) -> bool:
    """Return whether lists, cards and histories can show what a manifest says."""
    try:
        card(facts)
        numbers = [score[key] for score in facts["scores"].values() for key in ("value", "low", "high")]
        numbers += [did["seconds"] for did in facts["history"]]
        words = [facts["created"], *(did[key] for did in facts["history"] for key in ("what", "data"))]
        words += [facts["metric"]["name"]] if facts.get("metric") else []
        words += [facts["parent"]] if facts["parent"] is not None else []
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
    return all(isinstance(one, int | float) for one in numbers) and all(isinstance(one, str) for one in words)


def _copied(app: Application, space: Workspace, found: Artifact) -> tuple[Artifact, bool]:
    """Write the model into the workspace, under the name of this application; returns it and whether it is new."""
    facts = {key: value for key, value in found.facts.items() if key not in REWRITTEN}
    before = {folder.name for folder in space.artifacts.glob("*/")}
    if found.facts["application"] == app.name:
        target = space.artifacts / found.id
        if not target.exists():
            _copy(found, target)
        taken = read_artifact(target)
    else:
        parts = {name: found.part(name) for name in found.facts["parts"]}
        taken = write_artifact(space.artifacts, {**facts, "application": app.name}, parts, found.learned)
    if any(taken.facts.get(key) != value for key, value in facts.items()):
        raise PippinError(f"Another model is called {taken.id} already; remove it first.", input=taken.id)
    return taken, taken.id not in before


def _copy(found: Artifact, target: Path) -> None:
    with new_folder(target) as folder:
        for name in (MANIFEST, *found.facts["files"]):
            shutil.copyfile(found.folder / name, folder / name)
        write_bytes(folder / "README.md", card(found.facts).encode("utf-8", "backslashreplace"))
