"""What a command works on: an application in a workspace, its active model and its learner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pippin.core import loaded_models
from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError
from pippin.core.feedback_rows import FeedbackRow
from pippin.core.loaded_models import ModelInMemory
from pippin.core.shell_words import write_option
from pippin.core.values import Correction
from pippin.core.workspace import Workspace

if TYPE_CHECKING:
    from pippin.core.report.report import Report


@dataclass(frozen=True)
class Context:
    """An application in a workspace; `verbs` are those it can run there."""

    application: Application
    workspace: Workspace
    verbs: Mapping[str, Callable[..., Report]] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """Name of the application."""
        return self.application.name

    def run(self, verb: str, *arguments: Any, **options: Any) -> Report:
        """Run a verb of this application in this workspace."""
        return self.verbs[verb](self.application, *arguments, workspace=self.workspace, **options)

    def artifact(self, model: str | None = None, settings: Mapping[str, Any] | None = None) -> Artifact:
        """Return the model named, or the active one for the variant of `settings`."""
        app = self.application
        given = app.read_settings(settings or {})
        variant = app.variant(app.fill_settings(given))
        found = self.workspace.find(app, model, variant) if model else self.workspace.in_use(app, variant)
        trained = app.config.rename(found.facts["config"])
        asked = {name: value for name, value in given.items() if name not in app.inference_settings}
        other = app.variant({**trained, **given}) != app.variant(trained)
        if other and trained.keys() >= asked.keys() and not app.serves(found.variant, variant):
            options = ", ".join(write_option(name, value) for name, value in given.items())
            raise PippinError(f"{found.id} is a model for {found.variant}, not for {options}.", input=found.id)
        _refuse_training_settings(app, found, asked)
        return found

    def rows(self, artifact: Artifact) -> list[FeedbackRow]:
        """Return the live corrections of a model as rows."""
        return loaded_models.read_rows(self.application, self.workspace, artifact)

    def corrections(self, artifact: Artifact) -> tuple[tuple[Correction, ...], tuple[str, ...]]:
        """Return the live corrections of a model, and a note on those that can no longer be read."""
        return loaded_models.read_corrections(self.application, self.workspace, artifact)

    def load(
        self, artifact: Artifact, settings: Mapping[str, Any] | None = None, *, alone: bool = False
    ) -> ModelInMemory:
        """Load a model with all its corrections; it stays in memory.

        Of `settings` those count that say how a model is used. With `alone` it hands no input on to other models.
        """
        model = loaded_models.load(self.application, self.workspace, artifact, settings)
        if hasattr(model.learner, "find_learner"):
            given = dict(settings or {})
            model.learner.find_learner = None if alone else lambda **changed: self.learner(**{**given, **changed})
        if hasattr(model.learner, "use_workspace"):
            model.learner.use_workspace(None if alone else self.workspace)
        return model

    def restore(self, model: ModelInMemory) -> None:
        """Restore a model in memory as it was before a correction failed, for all who hold it."""
        loaded_models.restore(self.application, self.workspace, model)

    def learner(self, **settings: Any) -> Any:
        """Return the learner of the active model for these settings, with its corrections."""
        return self.load(self.artifact(None, settings), settings).learner


def _refuse_training_settings(application: Application, found: Artifact, asked: Mapping[str, Any]) -> None:
    """Raise PippinError for a setting that only a training takes, if the model was trained with another value."""
    variant = application.variant(application.fill_settings(asked))
    trained = application.config.rename(found.facts["config"])
    for name, value in asked.items():
        others = {key: other for key, other in asked.items() if key != name}
        names_variant = application.variant(application.fill_settings(others)) != variant
        made = trained.get(name, value)
        if names_variant or value in (made, application.defaults[name]):
            continue
        raise PippinError(
            f"--{name.replace('_', '-')} is a setting of training, and {found.id} was trained with "
            f"`{write_option(name, made)}`; leave it out, or train with it: "
            f"pippin {application.name} train DATA {write_option(name, value)}",
            input=name,
        )
