"""`ask`: which of many unlabelled inputs would teach the model most."""

from __future__ import annotations

from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.learner import Prediction
from pippin.core.report import Report, Table
from pippin.core.workspace import Workspace
from pippin.verbs import ready
from pippin.verbs.predict import said, shown, sure


def ask(
    application: str | Application,
    *inputs: Annotated[Any, "unlabelled inputs, or a folder of them"],
    count: Annotated[int, "how many to name"] = 3,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Name the inputs whose answer would teach most: those the model is least sure of."""
    app, space = ready.get(application), ready.opened(workspace)
    app.refuse_without("teach")
    ready.at_least_one(count=count)
    if not inputs:
        raise PippinError(f"Name inputs to choose from: pippin {app.name} ask FOLDER")
    items = ready.inputs(app, inputs)
    loaded = ready.load(app, space, ready.artifact(app, space, model, config))
    answers = [
        (item, prediction)
        for item, prediction in zip(items, loaded.learner.predict(items), strict=True)
        if not prediction.error
    ]
    if not answers:
        raise PippinError("None of these inputs can be used; check them with predict.", input=items[0].name)
    chosen = sorted(answers, key=lambda pair: certainty(pair[1]))[:count]
    rows = tuple((shown(app, item), item.name, said(prediction), sure(prediction)) for item, prediction in chosen)
    return Report(
        title=f"{app.name}: what is this?",
        summary=f"Of {len(answers)} inputs, the answer to the first would teach most.",
        tables=(Table(("", "input", "present answer", "confidence"), rows),),
        payload={
            "application": app.name,
            "artifact": loaded.artifact.id,
            "questions": [
                {"input": item.name, "answer": p.answer, "known": p.known, "confidence": p.confidence}
                for item, p in chosen
            ],
            "skipped": len(items) - len(answers),
        },
        next=f"pippin {app.name} teach {chosen[0][0].name} ANSWER",
    )


def certainty(prediction: Prediction) -> float:
    """The margin between the two best answers: small where a label would decide most."""
    best = sorted((confidence for _, confidence in prediction.alternatives), reverse=True)
    rest = 1.0 - (prediction.confidence or 0.0) if not best else best[0]
    return (prediction.confidence or 0.0) - rest
