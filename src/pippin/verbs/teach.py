"""`teach`: show the model in use one example, confirm its answer, or correct it; it counts at once and is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, Any, NamedTuple

from pippin.core.application import Application
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.feedback_rows import display_answer
from pippin.core.inputs import KINDS, Input
from pippin.core.loaded_models import ModelInMemory, predict_with_bar
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.values import Correction, Prediction
from pippin.core.workspace import Workspace
from pippin.verbs.arguments import find_inputs, note_skipped
from pippin.verbs.opening import open_context
from pippin.verbs.predict import answer_text, displayed_confidence, input_cell

MAX_ROWS = 40  # corrections shown
ALL_LABELS = 0.999  # sum of probabilities from which an answer names those of all labels


def teach(
    application: str | Application,
    input: Annotated[Any, "the example: a file, a folder of them, or a value"],
    answer: Annotated[Any, "what it is"] = None,
    *,
    right: Annotated[bool, "its present answer is right"] = False,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Correct the model: the right answer to INPUT is ANSWER.

    The model in use applies the correction from now on; `undo` takes it back.
    """
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    app.require_verb("teach")
    if (answer is None) != right:
        raise PippinError(
            f"Say what it is (pippin {app.name} teach INPUT ANSWER) or that its answer is right (--right)."
        )
    items = find_inputs(app, input if isinstance(input, list) else [input])
    loaded = context.load(context.artifact(model, config))
    app = app.with_metric(loaded.artifact.metric)
    before = list(predict_with_bar(app, loaded, items))
    usable = [(item, prediction) for item, prediction in zip(items, before, strict=True) if not prediction.error]
    failed = {item.name: prediction.error for item, prediction in zip(items, before, strict=True) if prediction.error}
    if not usable:
        raise PippinError(before[0].error or "nothing to teach", input=items[0].name)
    if right and app.output.kind:
        raise PippinError(f"Give the {app.output.kind} it should have become: pippin {app.name} teach INPUT FILE.")
    if right and not all(prediction.known for _, prediction in usable):
        doubtful = next(item for item, prediction in usable if not prediction.known)
        raise PippinError(
            f"It does not know {doubtful.name} yet, so nothing is right; say what it is.", input=doubtful.name
        )
    corrections = [
        Correction(item, _answer(app, prediction.answer if right else answer)) for item, prediction in usable
    ]
    if check := getattr(loaded.learner, "check_corrections", None):
        check(corrections)
    start = time.perf_counter()
    try:
        loaded.learner.update(corrections)  # type: ignore[attr-defined]  # with `teach`, its learner is Teachable
        learned = time.perf_counter() - start
        after = list(loaded.learner.predict([item for item, _ in usable]))
        changes = [_change(*change) for change in zip(corrections, (old for _, old in usable), after, strict=True)]
        report = _report(app, loaded, changes, (*note_skipped(failed), *_new_labels(changes)), len(items))
        # Stored last: what cannot be learned, answered or scored must not be kept, or every later command would fail.
        start = time.perf_counter()
        added = space.feedback.add(app.name, loaded.artifact.id, corrections)
        loaded.rows = [*loaded.rows, *added]
    except BaseException:
        with suppress(Exception):  # the first problem is the one to tell
            context.restore(loaded)
        raise
    seconds = {"learn": learned, "store": time.perf_counter() - start}
    return replace(report, payload={**report.payload, "batch": added[0].batch, "seconds": seconds})


class Change(NamedTuple):
    """A correction with what was answered before and after it."""

    correction: Correction
    old: Prediction
    new: Prediction


def _change(correction: Correction, old: Prediction, new: Prediction) -> Change:
    if new.error:
        raise PippinError(f"{new.error} This came of the correction, which was not kept.", input=correction.input.name)
    return Change(correction, old, new)


def _report(
    app: Application, loaded: ModelInMemory, changes: Sequence[Change], notes: Sequence[str], given: int
) -> Report:
    scores = [_scores(app, change) for change in changes[:MAX_ROWS]]
    rows = tuple(
        (
            input_cell(app, change.correction.input),
            display_answer(change.correction.answer),
            *_both(app, change, score),
            displayed_confidence(change.new),
        )
        for change, score in zip(changes, scores, strict=False)
    )
    count = len(loaded.rows) + len(changes)
    return Report(
        title=f"{app.name}: taught {pluralize(len(changes), 'example')}",
        summary=_reply(app, changes[0], scores[0])
        if len(changes) == 1
        else f"{pluralize(count, 'correction')} in all.",
        tables=(Table(("input", "taught", "before", "now", "confidence"), rows),),
        notes=(*loaded.notes, *notes),
        payload={
            "application": app.name,
            "artifact": loaded.artifact.id,
            "taught": [
                {
                    "input": change.correction.input.name,
                    "answer": display_answer(change.correction.answer),
                    "before": _plain(change.old),
                    "now": _plain(change.new),
                }
                for change in changes
            ],
            "skipped": given - len(changes),
            "rows": count,
        },
        next=f"pippin {app.name} INPUT, or pippin {app.name} undo",
    )


def _answer(app: Application, answer: Any) -> Any:
    if isinstance(answer, str) and not answer.strip():
        raise PippinError("The answer is empty; say what it is.", input=answer)
    if app.output.kind:
        return KINDS[app.output.kind].of(answer)
    return app.output.validate(answer) if app.output.validate else answer


def _new_labels(changes: Sequence[Change]) -> list[str]:
    """Return notes on new labels, where answers name the probabilities of all labels."""
    new: dict[str, None] = {}
    for correction, old, now in changes:
        if not isinstance(old.answer, str):
            continue
        shares = {old.answer: old.confidence or 0.0, **dict(old.alternatives)}
        if isinstance(correction.answer, str) and now.answer not in shares and sum(shares.values()) > ALL_LABELS:
            new[str(now.answer)] = None
    return [f"{label!r} is a new label." for label in new]


def _scores(app: Application, change: Change) -> list[float]:
    """Score the old and the new file against the one taught; none where answers are no files, or not scored."""
    correction = change.correction
    if not isinstance(correction.answer, Input):
        return []
    pair = (Example(correction.input, correction.answer, ""),)
    try:
        return [app.scoring.score([answer], pair)[app.scoring.metric].value for answer in (change.old, change.new)]
    except PippinError:  # too large or too small to score; it is taught all the same
        return []


def _both(app: Application, change: Change, scores: Sequence[float]) -> list[str]:
    """Return the answers before and after; of files, how near they are to the one that was taught."""
    if not isinstance(change.correction.answer, Input):
        return [answer_text(answer) for answer in (change.old, change.new)]
    return [f"{app.scoring.metric} {score:.2f}" for score in scores] or ["not scored"] * 2


def _plain(prediction: Prediction) -> dict[str, Any]:
    return {"answer": prediction.answer, "known": prediction.known, "confidence": prediction.confidence}


def _reply(app: Application, change: Change, scores: Sequence[float]) -> str:
    correction, old, new = change
    if isinstance(correction.answer, Input):
        return _nearer(app, correction, scores)
    if not old.known:
        return f"I did not know that; now I say {answer_text(new)}."
    if app.output.is_right(old.answer, correction.answer):
        return f"Right: {correction.answer}."
    return f"I said {old.answer}; you say no, that's {correction.answer}. Now I say {answer_text(new)}."


def _nearer(app: Application, correction: Correction, scores: Sequence[float]) -> str:
    """Return notes on whether, by the scores, the new file is nearer to the one taught than the old file."""
    names = f"{correction.answer.name} is what {correction.input.name} should have become"
    if not scores:
        return f"{names}; whether it comes nearer now was not measured."
    before, after = scores
    measured = f"{app.scoring.metric} {before:.2f} before, {after:.2f} now"
    if round(after, 2) == round(before, 2):
        return f"{names}; it comes no nearer ({measured})."
    nearer = after < before if app.scoring.lower_is_better else after > before
    return f"{names}; from now on it {'comes nearer' if nearer else 'is farther off'} ({measured})."
