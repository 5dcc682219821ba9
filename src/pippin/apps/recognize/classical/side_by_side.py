"""`hand-made`: the same images by hand-made features, which learned from the very same corrections."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from pippin.apps.recognize.classical.hog_logistic import HandMade
from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.inputs import KINDS, Input
from pippin.core.learner import load_learner
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.core.values import Prediction
from pippin.learn.vision.image_files import images

KEPT = 64  # models in memory at most, one for each workspace and model
MAX_SHOWN = 7  # other labels of an answer
_fitted: OrderedDict[tuple[str, str], tuple[tuple[int, ...], HandMade, dict[str, str]]] = OrderedDict()


def hand_made(
    context: Context,
    image: Annotated[Any, "an image, or a folder of them"],
) -> Report:
    """Name images by the network and by hand-made features.

    Both were taught by the same corrections.
    """
    items: list[Input] = [image] if isinstance(image, Input) else [*images(image)]
    learner = context.learner()
    way, told = _way(context)
    answers = list(zip(items, learner.predict(items), _answers(way, told, items), strict=True))
    results = [
        {"input": item.name, "deep": _plain(deep), "hand_made": _plain(made), "error": deep.error}
        for item, deep, made in answers
    ]
    if all(result["error"] for result in results):
        raise PippinError(results[0]["error"], input=results[0]["input"])
    rows = tuple(
        (Path(item.name).name, *_answer_and_confidence(deep), *_answer_and_confidence(made))
        for item, deep, made in answers
    )
    return Report(
        title=f"{context.name}: the network beside hand-made features",
        tables=(Table(("image", "the network", "sure", "hand-made features", "sure"), rows),),
        payload={"application": context.name, "results": results, "labels": way.labels},
        notes=("Hand-made: edges (HOG) and colours counted by fixed rules, then logistic regression.",),
    )


def _way(context: Context) -> tuple[HandMade, dict[str, str]]:
    """Return the method beside the model in use, with all its corrections, and these by key; fitted if they change."""
    app = context.application
    found = context.workspace.in_use(app, app.variant({}))
    rows = context.workspace.feedback.rows(app.name, found.id)
    name, numbers = (str(context.workspace.home), found.id), tuple(row.id for row in rows)
    kept = _fitted.pop(name, None)
    if kept is None or kept[0] != numbers:
        way = HandMade(RecognizeConfig())
        if found.facts["parts"].get("baseline") and (found.facts.get("baseline") or {}).get("name") == "hand-made":
            load_learner(way, found.part("baseline"))
        last = {row.key: row for row in rows}  # the last correction of an image counts
        way.update(context.workspace.feedback.taught(list(last.values()), KINDS[app.input]))
        kept = numbers, way, {key: str(row.answer) for key, row in last.items()}
    _fitted[name] = kept
    while len(_fitted) > KEPT:
        _fitted.popitem(last=False)
    if not kept[1].labels:
        raise PippinError("Hand-made features know nothing yet; teach a first image.")
    return kept[1], kept[2]


def _answers(way: HandMade, told: dict[str, str], items: list[Input]) -> list[Prediction]:
    """Answer as the model in use does: a correction of this very image outweighs all."""
    answers = []
    for item, answer in zip(items, way.predict(items), strict=True):
        label = None if answer.error else told.get(item.digest())
        rest = tuple((name, 0.0) for name in way.labels if name != label)
        answers.append(answer if label is None else Prediction(label, 1.0, alternatives=rest))
    return answers


def _plain(answer: Prediction) -> dict[str, Any]:
    facts = asdict(answer)
    rest = [{"answer": label, "confidence": share} for label, share in answer.alternatives[:MAX_SHOWN]]
    return {**{name: facts[name] for name in ("answer", "confidence", "known")}, "alternatives": rest}


def _answer_and_confidence(answer: Prediction) -> tuple[str, float | None]:
    if answer.error:
        return "skipped", None
    return (str(answer.answer), answer.confidence) if answer.known else ("I don't know yet", None)
