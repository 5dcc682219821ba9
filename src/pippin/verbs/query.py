"""`query`: which of many unlabelled inputs the model is least sure of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.loaded_models import predict_with_bar
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.shell_words import write_input
from pippin.core.values import Prediction
from pippin.core.workspace import Workspace
from pippin.verbs.arguments import find_inputs, note_skipped, require_positive
from pippin.verbs.opening import open_context
from pippin.verbs.predict import answer_text, displayed_confidence, input_cell


def query(
    application: str | Application,
    *inputs: Annotated[Any, "unlabelled inputs, or a folder of them"],
    count: Annotated[int, "how many to name"] = 3,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """List the inputs the model is least sure of, to teach next."""
    context = open_context(application, workspace)
    app = context.application
    app.require_verb("teach")
    require_positive(count=count)
    if not inputs:
        raise PippinError(f"Name inputs to choose from: pippin {app.name} query FOLDER")
    items = find_inputs(app, inputs)
    loaded = context.load(context.artifact(model, config))
    predictions = list(zip(items, predict_with_bar(app, loaded, items), strict=True))
    answers = [(item, prediction) for item, prediction in predictions if not prediction.error]
    failed = {item.name: prediction.error for item, prediction in predictions if prediction.error}
    if not answers:
        raise PippinError("None of these inputs can be used; check them with predict.", input=items[0].name)
    chosen = _different(sorted(answers, key=lambda pair: certainty(pair[1])), count)
    rows = tuple(
        (input_cell(app, item), answer_text(prediction), displayed_confidence(prediction))
        for item, prediction in chosen
    )
    return Report(
        title=f"{app.name}: what is this?",
        summary=f"Of {pluralize(len(answers), 'input')}, it is least sure of the first.",
        tables=(Table(("input", "present answer", "confidence"), rows),),
        payload={
            "application": app.name,
            "artifact": loaded.artifact.id,
            "questions": [
                {"input": item.name, "answer": p.answer, "known": p.known, "confidence": p.confidence}
                for item, p in chosen
            ],
            "skipped": len(items) - len(answers),
        },
        notes=(*loaded.notes, *note_skipped(failed)),
        next=f"pippin {app.name} teach {write_input(chosen[0][0])} ANSWER",
    )


def _different(answers: Iterable[tuple[Input, Prediction]], count: int) -> list[tuple[Input, Prediction]]:
    """Return the first `count` of different content: of copies, one answer teaches all."""
    chosen: dict[str, tuple[Input, Prediction]] = {}
    for item, prediction in answers:
        if len(chosen) == count:
            break
        chosen.setdefault(item.digest(), (item, prediction))
    return list(chosen.values())


def certainty(prediction: Prediction) -> float:
    """Return the margin between the two best answers.

    A label is most useful where it is small.
    """
    best = sorted((confidence for _, confidence in prediction.alternatives), reverse=True)
    rest = 1.0 - (prediction.confidence or 0.0) if not best else best[0]
    return (prediction.confidence or 0.0) - rest
