"""`teach`: show the model in use one example, confirm its answer, or correct it; it counts at once and is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.feedback import told
from pippin.core.kinds import KINDS, Input
from pippin.core.learner import Prediction, Taught
from pippin.core.report import Report, Table, counted
from pippin.core.workspace import Workspace
from pippin.verbs import ready
from pippin.verbs.predict import said, shown, sure

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
    """Teach that INPUT is ANSWER; the model in use answers by it from now on (`undo` takes it back)."""
    app, space = ready.get(application), ready.opened(workspace)
    app.refuse_without("teach")
    if (answer is None) != right:
        raise PippinError(
            f"Say what it is (pippin {app.name} teach INPUT ANSWER) or that its answer is right (--right)."
        )
    items = ready.inputs(app, input if isinstance(input, list) else [input])
    loaded = ready.load(app, space, ready.artifact(app, space, model, config))
    app = app.with_metric(loaded.artifact.metric)
    before = list(ready.answered(app, loaded, items))
    usable = [(item, prediction) for item, prediction in zip(items, before, strict=True) if not prediction.error]
    failed = {item.name: prediction.error for item, prediction in zip(items, before, strict=True) if prediction.error}
    if not usable:
        raise PippinError(before[0].error or "nothing to teach", input=items[0].name)
    if right and app.output:
        raise PippinError(f"Give the {app.output} it should have become: pippin {app.name} teach INPUT FILE.")
    if right and not all(prediction.known for _, prediction in usable):
        doubtful = next(item for item, prediction in usable if not prediction.known)
        raise PippinError(
            f"It does not know {doubtful.name} yet, so nothing is right; say what it is.", input=doubtful.name
        )
    lessons = [Taught(item, _answer(app, prediction.answer if right else answer)) for item, prediction in usable]
    start = time.perf_counter()
    try:
        # Learned first: a lesson that cannot be learned must not be kept, or no later command could load it.
        loaded.learner.update(lessons)  # type: ignore[attr-defined]  # with `teach`, its learner is Teachable
        learned = time.perf_counter()
        loaded.rows = [*loaded.rows, *space.feedback.add(app.name, loaded.artifact.id, lessons)]
    except BaseException:
        ready.forget(loaded)
        raise
    seconds = {"learn": learned - start, "store": time.perf_counter() - learned}
    after = list(loaded.learner.predict([item for item, _ in usable]))
    changes = [(lesson, old, new) for lesson, (_, old), new in zip(lessons, usable, after, strict=True)]
    rows = tuple(
        (shown(app, lesson.input), told(lesson.answer), *_both(app, lesson, old, new), sure(new))
        for lesson, old, new in changes[:40]
    )
    return Report(
        title=f"{app.name}: taught {counted(len(lessons), 'example')}",
        summary=_reply(*changes[0]) if len(changes) == 1 else f"{counted(len(loaded.rows), 'taught row')} in all.",
        tables=(Table(("input", "taught", "before", "now", "confidence"), rows),),
        notes=(*loaded.notes, *ready.skipped(failed), *_new_labels(changes)),
        payload={
            "application": app.name,
            "artifact": loaded.artifact.id,
            "taught": [
                {
                    "input": lesson.input.name,
                    "answer": told(lesson.answer),
                    "before": _plain(old),
                    "now": _plain(new),
                }
                for lesson, old, new in changes
            ],
            "skipped": len(items) - len(usable),
            "rows": len(loaded.rows),
            "seconds": seconds,
        },
        next=f"pippin {app.name} INPUT, or pippin {app.name} undo",
    )


def _answer(app: Application, answer: Any) -> Any:
    if isinstance(answer, str) and not answer.strip():
        raise PippinError("The answer is empty; say what it is.", input=answer)
    if app.output:
        return KINDS[app.output].of(answer)
    return app.checked(answer) if app.checked else answer


def _new_labels(changes: Sequence[tuple[Taught, Prediction, Prediction]]) -> list[str]:
    """Tell labels that were taught and were none before, where answers name the probabilities of all labels."""
    new: dict[str, None] = {}
    for lesson, old, now in changes:
        shares = {old.answer: old.confidence or 0.0, **dict(old.alternatives)}
        if isinstance(lesson.answer, str) and now.answer not in shares and sum(shares.values()) > ALL_LABELS:
            new[str(now.answer)] = None
    return [f"{label!r} is a new label." for label in new]


def _both(app: Application, lesson: Taught, *answers: Prediction) -> list[str]:
    """What it said before and says now; of files, how near they are to the one that was taught."""
    if not isinstance(lesson.answer, Input):
        return [said(answer) for answer in answers]
    pair = (Example(lesson.input, lesson.answer, ""),)
    try:
        return [f"{app.metric} {app.score([answer], pair)[app.metric].value:.2f}" for answer in answers]
    except PippinError:  # too large or too small to score; it is taught all the same
        return ["not scored"] * len(answers)


def _plain(prediction: Prediction) -> dict[str, Any]:
    return {"answer": prediction.answer, "known": prediction.known, "confidence": prediction.confidence}


def _reply(lesson: Taught, old: Prediction, new: Prediction) -> str:
    if isinstance(lesson.answer, Input):
        return f"{lesson.answer.name} is what {lesson.input.name} should have become; from now on it comes nearer."
    if not old.known:
        return f"I did not know that; now I say {said(new)}."
    if old.answer == lesson.answer:
        return f"Right: {lesson.answer}."
    return f"I said {old.answer}; you say no, that's {lesson.answer}. Now I say {said(new)}."
