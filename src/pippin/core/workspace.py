"""The one folder in which Pippin keeps what is yours: models, runs, what you taught, and which model is in use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pippin.core.application import Application
from pippin.core.artifact import Artifact, read_artifact
from pippin.core.errors import PippinError, writing
from pippin.core.files import read_json, write_json
from pippin.core.locks import lock
from pippin.core.paths import cache_folder, default_home, home

if TYPE_CHECKING:
    from pippin.core.activity_log import ActivityLog
    from pippin.core.feedback import FeedbackStore


def cache(name: str) -> Path:
    """Return a folder for files that can be made again.

    It lies below PIPPIN_CACHE or the home, one for all who share this process.
    """
    path = cache_folder() / name
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


@dataclass(frozen=True)
class Workspace:
    """Everything below one home folder."""

    home: Path = field(default_factory=home)

    @property
    def artifacts(self) -> Path:
        """Where trained models lie."""
        return self.home / "artifacts"

    @property
    def runs(self) -> Path:
        """Where trainings keep their logs and checkpoints."""
        return self.home / "runs"

    def store(self, application: str) -> Path:
        """Return a folder for the application's own state."""
        path = self.home / "store" / application
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
        return path

    @property
    def feedback(self) -> FeedbackStore:
        """What was taught, in PIPPIN_DATABASE (an SQLAlchemy URL) or a SQLite file here."""
        from pippin.core.feedback import opened

        if url := os.environ.get("PIPPIN_DATABASE"):
            return opened(url, self.inputs, self._name, True)
        with writing(self.home):
            self.home.mkdir(parents=True, exist_ok=True)
        file = self.home / "feedback.sqlite"
        if not file.exists():
            opened.cache_clear()  # a cached connection may belong to a deleted file
        return opened(f"sqlite:///{file}", self.inputs)

    @property
    def inputs(self) -> Path:
        """Where copies of taught inputs lie; PIPPIN_INPUTS names a folder that several machines read."""
        shared = os.environ.get("PIPPIN_INPUTS") if os.environ.get("PIPPIN_DATABASE") else None
        return Path(shared) / self._name if shared else self.home / "inputs"

    @property
    def _name(self) -> str:
        """The name by which rows of a shared database know this workspace: empty for the user's own."""
        home, own = self.home.absolute(), default_home()
        return "" if home == own else home.relative_to(own).as_posix() if home.is_relative_to(own) else str(home)

    @property
    def activity(self) -> ActivityLog:
        """What was done here."""
        from pippin.core.activity_log import FILE, ActivityLog

        return ActivityLog(self.home / FILE)

    def models(self, application: Application) -> list[Artifact]:
        """Return the application's models: the built-in first, then by age.

        Damaged ones are left out.
        """
        builtins = application.builtins
        mine = [path for path in self.artifacts.glob("*/artifact.json") if not path.parent.name.startswith(".")]
        own = [path.parent for path in sorted(mine, key=lambda path: path.stat().st_mtime)]
        artifacts = []
        for folder in (*builtins, *own):
            try:
                artifact = read_artifact(folder)
            except PippinError:
                continue
            if artifact.facts["application"] == application.name or folder in builtins:
                artifacts.append(artifact)
        return artifacts

    def find(self, application: Application, name: str, variant: str | None = None) -> Artifact:
        """Return a model by id, "builtin" or the path of its folder.

        "builtin" is the one of the variant, or the default one.
        """
        if name == "builtin":
            return read_artifact(application.builtin_for(variant) if variant else application.builtin)
        for folder in (self.artifacts / name, Path(name)):
            if (folder / "artifact.json").exists():
                artifact = read_artifact(folder)
                if artifact.facts["package"] != application.package:
                    raise PippinError(
                        f"{name} is a model of `{artifact.facts['application']}`, not of `{application.name}`.",
                        input=name,
                    )
                return artifact
        for builtin in map(read_artifact, application.builtins):
            if builtin.id == name:
                return builtin
        raise PippinError(
            f"There is no model {name!r}; `pippin {application.name} models` lists them.",
            input=name,
            code="missing_model",
        )

    def in_use(self, application: Application, variant: str) -> Artifact:
        """Return the model in use for this variant: the last chosen, or built in."""
        name = self._uses().get(application.name, {}).get(variant)
        if name:
            try:
                return self.find(application, name)
            except PippinError as problem:
                advice = f"it is the one in use, so `pippin {application.name} use MODEL` must name another"
                raise PippinError(f"{problem.message.rstrip('.')}; {advice}.", input=name) from problem
        builtin = application.builtin_for(variant)
        if (builtin / "artifact.json").exists():
            artifact = read_artifact(builtin)
            if artifact.variant == variant or application.model:
                return artifact
        raise PippinError(
            f"`{application.name}` has no model for {variant} yet; `pippin {application.name} train DATA` makes one.",
            code="missing_model",
        )

    def use(self, application: Application, artifact: Artifact) -> None:
        """Put a model into use for its variant; other variants stay as they are."""
        with self.lock("use"):
            uses = self._uses()
            uses.setdefault(application.name, {})[artifact.variant] = (
                artifact.id if artifact.folder.parent == self.artifacts else str(artifact.folder.absolute())
            )
            if artifact.folder in application.builtins:
                del uses[application.name][artifact.variant]
            write_json(self.home / "use.json", uses)

    def used_applications(self) -> list[str]:
        """Return the names of the applications for which a model was chosen."""
        return sorted(self._uses())

    def stop_using(self, application: str) -> None:
        """Switch back to the built-in models of the application with this name."""
        with self.lock("use"):
            uses = self._uses()
            if uses.pop(application, None) is not None:
                write_json(self.home / "use.json", uses)

    def _uses(self) -> dict[str, dict[str, str]]:
        path = self.home / "use.json"
        uses = read_json(path) if path.exists() else {}
        if not isinstance(uses, dict) or not all(
            isinstance(by_variant, dict) and all(isinstance(name, str) for name in by_variant.values())
            for by_variant in uses.values()
        ):
            raise PippinError(
                f"{path} does not tell which models are in use; remove it, then choose models with `use`.", input=path
            )
        return uses

    @contextmanager
    def lock(self, name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the lock `name` across processes (a killed holder frees it); `waiting` is called while another holds it.

        PIPPIN_LOCKS names a folder of locks that several workspaces share: then one training runs on the machine.
        """
        folder = Path(os.environ.get("PIPPIN_LOCKS") or self.home / "locks")
        with lock(folder / f"{name}.lock", waiting):
            yield
