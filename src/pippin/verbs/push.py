"""`push`: send a model to a hub, with its card, and as ONNX beside; one about people only where that is asked for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.application_parts import SENSITIVE
from pippin.core.artifact import Artifact, write_artifact
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.verbs.folding import fold
from pippin.verbs.hub import BRANCH, REPOSITORY, hub_card, send
from pippin.verbs.model_archive import MANIFEST
from pippin.verbs.opening import open_context


def push(
    application: str | Application,
    repository: Annotated[str, "NAMESPACE/NAME on the hub"],
    *,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    private: Annotated[bool, "create the repository for you alone, where it is not there yet"] = False,
    revision: Annotated[str | None, "a branch of the repository, created where it is not there yet; else main"] = None,
    yes: Annotated[bool, "send it although it is about people"] = False,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Send the model to a hub, with its card and as ONNX.

    The hub is huggingface.co or HF_ENDPOINT, the token HF_TOKEN or that of `hf auth login`. Corrections become part of
    what is sent. `pull NAMESPACE/NAME` gets it.
    """
    context = open_context(application, workspace)
    app = context.application
    if not REPOSITORY.fullmatch(repository):
        raise PippinError(f"{repository[:80]!r} is no repository; write NAMESPACE/NAME.", input=repository[:80])
    if revision is not None and not BRANCH.fullmatch(revision):
        raise PippinError(f"--revision must be a branch, such as v1, not {revision[:80]!r}.", input=revision[:80])
    found = context.artifact(model, config)
    content = _content(app, found, len(context.rows(found)))
    if app.data.sensitive and not yes:
        raise PippinError(f"{content} If it may be published, give --yes.", input=found.id)
    with tempfile.TemporaryDirectory(prefix="pippin-push-") as place:
        sent, notes = _gather(context, found, Path(place), config)
        files = sorted(path.relative_to(Path(place) / "send") for path in (Path(place) / "send").rglob("*.*"))
        address = send(repository, Path(place) / "send", f"Pippin: {sent.id}", private=private, revision=revision)
    return Report(
        title=f"{app.name}: sent {sent.id} to {repository}",
        notes=(*((content,) if app.data.sensitive else ()), *notes),
        payload={
            "application": app.name,
            "artifact": sent.id,
            "repository": repository,
            "commit": address,
            "files": [file.as_posix() for file in files],
        },
        next=f"pippin {app.name} pull {repository}" + (f" --revision {revision}" if revision else ""),
    )


def _content(app: Application, found: Artifact, taught: int) -> str:
    """Return a sentence on what a model about people holds."""
    about = SENSITIVE.get(app.data.sensitive, "")
    data = found.facts["data"]
    more = f" and from {pluralize(taught, 'correction')}" if taught else ""
    source = f"{data['examples']:,} examples of {data['name']}{more}"
    return f"{found.id} is about {about}: it holds what it learned from {source}."


def _gather(context: Context, found: Artifact, place: Path, config: dict[str, Any]) -> tuple[Artifact, tuple[str, ...]]:
    """Write all that is sent into `place`/send; returns the model, its corrections folded in, and notes."""
    app, target = context.application, place / "send"
    notes: tuple[str, ...] = ()
    if context.rows(found):
        folded = fold(context, found, app.name, "pushed")
        found, notes = write_artifact(place / "made", folded.facts, folded.parts, folded.learned), folded.notes
    target.mkdir()
    for name in (MANIFEST, *sorted(found.facts["files"])):
        shutil.copyfile(found.folder / name, target / name)
    write_bytes(target / "README.md", hub_card(app, found.facts).encode("utf-8", "backslashreplace"))
    if "export" not in app.unsupported and app.export is not None:
        app.export.write(context.load(found, config, alone=True).learner, target / "onnx")
    return found, notes
