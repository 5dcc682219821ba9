"""Models in memory: each with the corrections it has taken in, so that a further one costs only itself."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pippin.core.application import Application
from pippin.core.artifact import Artifact
from pippin.core.errors import PippinError, unforeseen
from pippin.core.feedback_database import DatabaseAway
from pippin.core.feedback_rows import FeedbackRow
from pippin.core.inputs import KINDS, Input
from pippin.core.learner import Learner, load_learner
from pippin.core.progress_bar import track
from pippin.core.report.formatting import pluralize
from pippin.core.values import Correction, Prediction
from pippin.core.workspace import Workspace

CUT_OFF = "The database of corrections does not answer; what was taught elsewhere since then does not count here."
MAX_MODELS = 256  # in memory: of a class of 64, each with four applications (3 MB a model of `recognize`)
_loaded: OrderedDict[tuple[str, ...], ModelInMemory] = OrderedDict()
_lock = threading.Lock()  # around changes of `_loaded` in several steps


@dataclass
class ModelInMemory:
    """A learner with the artifact it came from and the rows it has taken in so far (`lost` of them in vain)."""

    artifact: Artifact
    learner: Learner
    rows: list[FeedbackRow] = field(default_factory=list)
    lost: int = 0
    is_cut_off: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know of this model beside its answers."""
        return (*note_lost(self.lost), *((CUT_OFF,) if self.is_cut_off else ()))


def read_rows(application: Application, workspace: Workspace, found: Artifact) -> list[FeedbackRow]:
    """Return the live corrections of this model as rows."""
    if not may_have_rows(workspace):
        return []
    return workspace.feedback.rows(application.name, found.id)


def may_have_rows(workspace: Workspace) -> bool:
    """Return whether anything may have been taught here: there is a database."""
    return "PIPPIN_DATABASE" in os.environ or (workspace.home / "feedback.sqlite").exists()


def read_corrections(
    application: Application, workspace: Workspace, found: Artifact
) -> tuple[tuple[Correction, ...], tuple[str, ...]]:
    """Return corrections of this model as items for a learner.

    A note says how many of them can no longer be read.
    """
    rows = read_rows(application, workspace, found)
    items = workspace.feedback.taught(rows, KINDS[application.input]) if rows else []
    return tuple(items), note_lost(len(rows) - len(items))


def note_lost(count: int) -> tuple[str, ...]:
    """Return a note on corrections whose inputs cannot be read: they must not keep the others from being used."""
    advice = "the copy that was kept in PIPPIN_HOME/inputs is gone or damaged; teach it again, or undo it"
    return (f"{pluralize(count, 'correction')} left out: {advice}.",) if count else ()


def load(
    application: Application, workspace: Workspace, found: Artifact, config: Mapping[str, Any] | None = None
) -> ModelInMemory:
    """Load an artifact with all its corrections; of `config` those settings count that say how it is used."""
    settings = application.override_settings(found.facts["config"], config or {})
    key = (application.name, found.id, str(workspace.home), repr(sorted(settings.items())))
    try:
        return _load(application, workspace, found, settings, key)
    except DatabaseAway:
        if (model := _loaded.get(key)) is None:
            raise
        model.is_cut_off = True
        return model


def _load(
    application: Application, workspace: Workspace, found: Artifact, settings: Mapping[str, Any], key: tuple[str, ...]
) -> ModelInMemory:
    """Return a model with all its corrections; DatabaseAway leaves the one in memory as it is."""
    model = _loaded.get(key)
    if model is not None and model.rows:
        # Where nothing was taught or undone since, thousands of rows need not be read again.
        known = (len(model.rows), model.rows[-1].id)
        if workspace.feedback.version(application.name, found.id) == known:
            model.is_cut_off = False
            _remember(key, model)
            return model
    rows = read_rows(application, workspace, found)
    fresh = _fresh(model, rows)
    # Not in memory while it changes: a failure here must not leave half a model behind.
    items = workspace.feedback.taught(fresh, KINDS[application.input]) if fresh else []
    live = {row.id for row in rows}
    if model is not None and (gone := [row for row in model.rows if row.id not in live]):
        workspace.feedback.forget_elsewhere(gone)
    model = _loaded.pop(key, None)
    if model is None or model.rows != rows[: len(model.rows)]:
        learner = application.make_learner(settings)
        load_learner(learner, found.part("model"))
        model = ModelInMemory(found, learner)
    if fresh:
        if items:
            model.learner.update(items)  # type: ignore[attr-defined]  # what was taught was taught to a Teachable
        model.rows, model.lost = rows, model.lost + len(fresh) - len(items)
    model.is_cut_off = False
    _remember(key, model)
    return model


def _fresh(model: ModelInMemory | None, rows: list[FeedbackRow]) -> list[FeedbackRow]:
    """Return the rows that a model in memory has not taken in, which are all where some it has were taken back."""
    if model is None or model.rows != rows[: len(model.rows)]:
        return rows
    return rows[len(model.rows) :]


def _remember(key: tuple[str, ...], model: ModelInMemory) -> None:
    """Keep a model in memory as the one used last; other threads may do so for theirs at the same time."""
    with _lock:
        _loaded[key] = model
        _loaded.move_to_end(key)
        while len(_loaded) > MAX_MODELS:
            _loaded.popitem(last=False)


def restore(application: Application, workspace: Workspace, model: ModelInMemory) -> None:
    """Restore a model in memory as it was before a correction failed, for all who hold it."""
    keys = [key for key, kept in _loaded.copy().items() if kept is model]
    forget(model)  # first, so that nothing half learned stays where reading it afresh fails, too
    fresh = load(application, workspace, model.artifact)
    model.learner, model.rows, model.lost = fresh.learner, fresh.rows, fresh.lost
    _loaded.update(dict.fromkeys(keys, model))


def predict_with_bar(application: Application, loaded: ModelInMemory, items: Sequence[Input]) -> Iterator[Prediction]:
    """Predict all inputs in order, with a progress bar where there are many."""
    return track(predict_each(loaded.learner, items), len(items), f"{application.name} answers")


def predict_each(learner: Learner, items: Sequence[Input]) -> Iterator[Prediction]:
    """Yield a prediction for each input; an exception at one input becomes its error, and the others are predicted.

    A learner may look at several at once, so those after the last answer are asked one by one until that one is found.
    """
    index, alone = 0, False
    while index < len(items):
        asked = items[index : index + 1] if alone else items[index:]
        try:
            for answer in learner.predict(asked):
                index += 1
                yield answer
        except PippinError:
            raise
        except Exception as problem:
            if os.environ.get("PIPPIN_DEBUG"):
                raise
            if len(asked) == 1:
                yield Prediction(None, known=False, error=unforeseen(asked[0].name, problem))
                index, alone = index + 1, False
            else:
                alone = True


def forget(model: ModelInMemory) -> None:
    """Read this model afresh next time, for what is in memory is not what is on disk."""
    for key in [key for key, kept in _loaded.copy().items() if kept is model]:
        _loaded.pop(key, None)


def forget_workspace(workspace: Workspace) -> None:
    """Read all models of this workspace afresh next time."""
    for key in [key for key in _loaded.copy() if key[2] == str(workspace.home)]:
        _loaded.pop(key, None)
