"""Getting ready for a verb: which application, which workspace, and the model in use with what it was taught."""

from __future__ import annotations

import os
import shlex
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError, unforeseen
from pippin.core.feedback import FeedbackRow
from pippin.core.inputs import KINDS, LONGEST_NAME, Input, row_name
from pippin.core.learner import Learner
from pippin.core.paths import home
from pippin.core.progress_bar import track
from pippin.core.references import Ref
from pippin.core.report.formatting import pluralize, sanitize
from pippin.core.values import Correction, Prediction, Score
from pippin.core.workspace import Workspace
from pippin.verbs import VERBS
from pippin.verbs.sources import Source, find_sources

MAX_SKIPPED = 5
KEPT = 256  # models in memory at most: of a class of 64, each with four applications (3 MB a model of `recognize`)
_loaded: OrderedDict[tuple[str, ...], LoadedModel] = OrderedDict()
_lock = threading.Lock()  # around changes of `_loaded` in several steps


@dataclass
class LoadedModel:
    """A learner with the artifact it came from and the rows it has taken in so far (`lost` of them in vain)."""

    artifact: Artifact
    learner: Learner
    rows: list[FeedbackRow] = field(default_factory=list)
    lost: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of this model beside its answers."""
        return _lost(self.lost)


def resolve_application(application: str | Application) -> Application:
    """Return the application for a name, or itself."""
    return registry.get(application) if isinstance(application, str) else application


def open_workspace(workspace: Workspace | None, application: str = "") -> Workspace:
    """Return the workspace given, or the user's.

    It can call verbs, and load the model in use of `application`.
    """
    functions = {name: Ref(reference) for name, reference in VERBS.items()}
    return workspace or Workspace(application=application, verbs={**functions, "learner": learner})


def learner(application: str | Application, workspace: Workspace, **config: Any) -> Learner:
    """Load the learner in use for these settings, with its corrections."""
    app = resolve_application(application)
    return load(app, workspace, artifact(app, workspace, None, config), config).learner


def artifact(application: Application, workspace: Workspace, model: str | None, config: Mapping[str, Any]) -> Artifact:
    """Return the model named, or the one in use for the variant of `config`."""
    variant = application.variant(application.fill_settings(config))
    found = workspace.find(application, model, variant) if model else workspace.in_use(application, variant)
    made = found.facts["config"]
    asked = {name: value for name, value in config.items() if name not in application.inference_settings}
    if made.keys() >= asked.keys() and application.variant({**made, **config}) != application.variant(made):
        given = ", ".join(option(name, value) for name, value in config.items())
        raise PippinError(f"{found.id} is a model for {found.variant}, not for {given}.", input=found.id)
    _refuse_training_settings(application, found, asked)
    return found


def _refuse_training_settings(application: Application, found: Artifact, asked: Mapping[str, Any]) -> None:
    """Raise PippinError for a setting that only a training takes, if the model was trained with another value."""
    variant = application.variant(application.fill_settings(asked))
    for name, value in asked.items():
        others = {key: other for key, other in asked.items() if key != name}
        names_variant = application.variant(application.fill_settings(others)) != variant
        made = found.facts["config"].get(name, value)
        if names_variant or value in (made, application.defaults[name]):
            continue
        raise PippinError(
            f"--{name.replace('_', '-')} is a setting of training, and {found.id} was trained with "
            f"`{option(name, made)}`; leave it out, or train with it: "
            f"pippin {application.name} train DATA {option(name, value)}",
            input=name,
        )


def option(name: str, value: Any) -> str:
    """Write a setting as it is typed: `--side 32`, or `--mirror` and `--no-mirror`."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    return f"--{flag} {shlex.quote(str(value))}"


def rows_of(application: Application, workspace: Workspace, found: Artifact) -> list[FeedbackRow]:
    """Return the live corrections of this model as rows."""
    if not may_have_rows(workspace):
        return []
    return workspace.feedback.rows(application.name, found.id)


def may_have_rows(workspace: Workspace) -> bool:
    """Return whether anything may have been taught here: there is a database."""
    return "PIPPIN_DATABASE" in os.environ or (workspace.home / "feedback.sqlite").exists()


def corrections(
    application: Application, workspace: Workspace, found: Artifact
) -> tuple[tuple[Correction, ...], tuple[str, ...]]:
    """Return corrections of this model as items for a learner.

    A note says how many of them can no longer be read.
    """
    rows = rows_of(application, workspace, found)
    items = workspace.feedback.taught(rows, KINDS[application.input]) if rows else []
    return tuple(items), _lost(len(rows) - len(items))


def _lost(count: int) -> tuple[str, ...]:
    """Return a note on corrections whose inputs cannot be read: they must not keep the others from being used."""
    advice = "the copy that was kept in PIPPIN_HOME/inputs is gone or damaged; teach it again, or undo it"
    return (f"{pluralize(count, 'correction')} left out: {advice}.",) if count else ()


def load(
    application: Application,
    workspace: Workspace,
    found: Artifact,
    config: Mapping[str, Any] | None = None,
    *,
    alone: bool = False,
) -> LoadedModel:
    """Load the artifact's learner with all its corrections.

    It stays in memory, so that a further correction costs only itself.
    Of `config` those settings count that say how a model is used. With `alone` it hands no input on to other models.
    """
    model = _loaded_with(application, workspace, found, config)
    if hasattr(model.learner, "find_learner"):
        given = dict(config or {})
        model.learner.find_learner = (
            None if alone else lambda **changed: learner(application, workspace, **{**given, **changed})
        )
    return model


def _loaded_with(
    application: Application, workspace: Workspace, found: Artifact, config: Mapping[str, Any] | None
) -> LoadedModel:
    settings = application.override_settings(found.facts["config"], config or {})
    key = (application.name, found.id, str(workspace.home), repr(sorted(settings.items())))
    model = _loaded.get(key)
    if model is not None and model.rows:
        # Where nothing was taught or undone since, thousands of rows need not be read again.
        known = (len(model.rows), model.rows[-1].id)
        if workspace.feedback.version(application.name, found.id) == known:
            _remember(key, model)
            return model
    rows = rows_of(application, workspace, found)
    model = _loaded.pop(key, None)
    if model is None or model.rows != rows[: len(model.rows)]:
        learner = application.make_learner(settings)
        learner.load(found.part("model"))
        model = LoadedModel(found, learner)
    fresh = rows[len(model.rows) :]
    if fresh:
        # Not in memory while it changes: a failure here must not leave half a model behind.
        items = workspace.feedback.taught(fresh, KINDS[application.input])
        if items:
            model.learner.update(items)  # type: ignore[attr-defined]  # what was taught was taught to a Teachable
        model.rows, model.lost = rows, model.lost + len(fresh) - len(items)
    _remember(key, model)
    return model


def _remember(key: tuple[str, ...], model: LoadedModel) -> None:
    """Keep a model in memory as the one used last; other threads may do so for theirs at the same time."""
    with _lock:
        _loaded[key] = model
        _loaded.move_to_end(key)
        while len(_loaded) > KEPT:
            _loaded.popitem(last=False)


def restore(application: Application, workspace: Workspace, model: LoadedModel) -> None:
    """Make a model in memory what it was before a correction failed, for all who hold it."""
    keys = [key for key, kept in _loaded.copy().items() if kept is model]
    forget(model)  # first, so that nothing half learned stays where reading it afresh fails, too
    fresh = load(application, workspace, model.artifact)
    model.learner, model.rows, model.lost = fresh.learner, fresh.rows, fresh.lost
    _loaded.update(dict.fromkeys(keys, model))


def predict_with_bar(application: Application, loaded: LoadedModel, items: Sequence[Input]) -> Iterator[Prediction]:
    """Predict all inputs in order, with a progress bar where there are many."""
    return track(_each_answered(loaded.learner, items), len(items), f"{application.name} answers")


def _each_answered(learner: Learner, items: Sequence[Input]) -> Iterator[Prediction]:
    """Yield a prediction for each input; an exception at one input becomes its error, and the others are predicted.

    A learner may look at several at once, so those after the last answer are asked one by one until that one is found.
    """
    place, alone = 0, False
    while place < len(items):
        asked = items[place : place + 1] if alone else items[place:]
        try:
            for answer in learner.predict(asked):
                place += 1
                yield answer
        except PippinError:
            raise
        except Exception as problem:
            if os.environ.get("PIPPIN_DEBUG"):
                raise
            if len(asked) == 1:
                yield Prediction(None, known=False, error=unforeseen(asked[0].name, problem))
                place, alone = place + 1, False
            else:
                alone = True


def forget(model: LoadedModel) -> None:
    """Read this model afresh next time, for what is in memory is not what is on disk."""
    for key in [key for key, kept in _loaded.copy().items() if kept is model]:
        _loaded.pop(key, None)


def forget_workspace(workspace: Workspace) -> None:
    """Read all models of this workspace afresh next time."""
    for key in [key for key in _loaded.copy() if key[2] == str(workspace.home)]:
        _loaded.pop(key, None)


def inputs(application: Application, arguments: Sequence[Any]) -> list[Input]:
    """Return handles for the inputs named, at least one.

    The application may turn a folder into many inputs.
    """
    return [source.item for source in sources(application, arguments, home())[0]]


def sources(
    application: Application, arguments: Sequence[Any], home: Path, out: Path | None = None
) -> tuple[list[Source], tuple[str, ...]]:
    """Return the inputs named, at least one, with the path of each.

    Notes say what was left out of folders.
    """
    found, notes = find_sources(application, arguments, home, out)
    if not found:
        named = ", ".join(map(str, arguments)) or "what you gave"
        message = f"There is nothing to use in {named}; name files or a folder that holds some."
        raise PippinError(" ".join((message, *notes)), input=named)
    return found, notes


def shell_word(name: str) -> str:
    """Quote an input's name as one word of a shell command.

    It is INPUT where the name has no such form.
    """
    if name != sanitize(name) or "`" in name:
        return "INPUT"
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def typed(item: Input) -> str:
    """Return an input as one word of a shell command.

    A row given as a value becomes its JSON, if that is short.
    """
    if item.kind == "record":
        text = item.read().decode()
        if item.name == row_name(text):
            return shell_word(text) if len(text) <= LONGEST_NAME else "INPUT"
    return shell_word(item.name)


def command(application: Application, verb: str, data: str | None, settings: Mapping[str, Any]) -> str:
    """Return the shell command of a verb on `data`.

    It names the settings that differ from the application's defaults.
    """
    given = [option(name, value) for name, value in settings.items() if value != application.defaults.get(name, value)]
    return " ".join(["pippin", application.name, verb, *([shell_word(data)] if data else []), *given])


def skipped_notes(reasons: Mapping[str, str]) -> tuple[str, ...]:
    """Return notes on the first inputs that could not be used, with the count."""
    notes = [
        f"Skipped: {reason}" if name in reason else f"Skipped {name}: {reason}"
        for name, reason in list(reasons.items())[:MAX_SKIPPED]
    ]
    return (*notes, *((f"{len(reasons)} inputs were skipped in all.",) if len(reasons) > MAX_SKIPPED else ()))


def thread_count(given: int | None) -> int:
    """Return the number of threads asked for, or one per processor."""
    require_positive(threads=given)
    return given or os.cpu_count() or 1


def require_positive(**numbers: int | None) -> None:
    """Refuse a number, where given, that is below one; its name is that of the option."""
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise PippinError(f"--{name} must be 1 or more, not {number}.", input=number)


def scores(values: Mapping[str, Score]) -> dict[str, dict[str, float]]:
    """Return scores as values for JSON."""
    return {name: {"value": score.value, "low": score.low, "high": score.high} for name, score in values.items()}
