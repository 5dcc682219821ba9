"""`demo`: each application's built-in model on its sample, as a table and a page with images."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import read_artifact
from pippin.core.context import Context
from pippin.core.data import Example
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.formatting import duration
from pippin.core.report.report import Report
from pippin.core.values import Prediction
from pippin.core.workspace import Workspace
from pippin.verbs.evaluate import evaluate
from pippin.verbs.predict import answer_text, displayed_confidence, input_cell

SHOWN = 9
BEFORE_REFIT = "Scored before the last fit: this model was fitted on the whole sample afterwards."
LARGE = 192  # CSS pixels of an image that is an answer


def demo(
    *,
    out: Annotated[Path, "where to write the page"] = Path("demo/report.html"),
    workspace: Workspace | None = None,
) -> Report:
    """Run every built-in model on its own sample.

    The results are written as one page with images.
    """
    space = workspace or Workspace()
    parts, payload = [], []
    rows: list[tuple[object, ...]] = []
    for app in registry.all_applications():
        if app.model.folder is not None:
            continue
        if not (app.builtin / "artifact.json").exists():
            rows.append((app.name, "no built-in model", None, None))
            continue
        app = app.with_metric(read_artifact(app.builtin).metric)
        start = time.perf_counter()
        section, score, answers = _shown(app, space)
        seconds = time.perf_counter() - start
        parts.append(section)
        rows.append(
            (
                app.name,
                f"{len(answers)} made"
                if app.output.kind
                else f"{sum(truth == answer for truth, answer in answers)} of {len(answers)} right",
                f"{app.scoring.metric} {score['value']:.3f}" if score else None,
                duration(seconds),
            )
        )
        payload.append(
            {
                "application": app.name,
                "answers": answers,
                "metric": app.scoring.metric,
                "score": score,
                "seconds": seconds,
            }
        )
    report = Report(
        title="Pippin at work: every built-in model on its own sample",
        tables=(Table(("application", "answers shown", "whole sample", "time"), tuple(rows)),),
        payload={"applications": payload, "report": str(out)},
        sections=tuple(parts),
        next=f"open {out}, then try your own: pippin {rows[0][0] if rows else 'APPLICATION'} INPUT",
    )
    write_bytes(Path(out), report.to_html().encode())
    return report


def _shown(app: Application, space: Workspace) -> tuple[Report, dict[str, float] | None, list[tuple[str, str]]]:
    data = app.load_data(None, app.preset("demo"))
    chosen = (data.test or data.train)[:: max(1, len(data.test or data.train) // SHOWN)][:SHOWN]
    context, given = Context(app, space), app.config.PRESETS.get("demo", {})
    loaded = context.load(context.artifact("builtin", given), given)
    answers = list(loaded.learner.predict([example.input for example in chosen]))
    columns, rows = _images(app, chosen, answers) if app.output.kind else _words(app, chosen, answers)
    try:
        evaluated = evaluate(app, model="builtin", workspace=space, **app.config.PRESETS.get("demo", {})).payload
        score, before = evaluated["scores"].get(app.scoring.metric), evaluated["before_refit"]
    except PippinError:
        score, before = None, False
    table = Table(columns, rows, f"Sample: {data.name}")
    section = Report(
        title=app.name, summary=app.summary, tables=(table,), notes=(*data.notes, *((BEFORE_REFIT,) if before else ()))
    )
    return section, score, [(str(e.answer), answer_text(p)) for e, p in zip(chosen, answers, strict=True)]


Rows = tuple[tuple[str, ...], tuple[tuple[object, ...], ...]]


def _words(app: Application, chosen: Sequence[Example], answers: Sequence[Prediction]) -> Rows:
    """Return columns and rows of answers in words."""
    pairs = zip(chosen, answers, strict=True)
    rows = tuple((input_cell(app, e.input), str(e.answer), answer_text(p), displayed_confidence(p)) for e, p in pairs)
    return ("input", "truth", "answer", "confidence"), rows


def _images(app: Application, chosen: Sequence[Example], answers: Sequence[Prediction]) -> Rows:
    """Return columns and rows of answers that are images."""
    rows = []
    for example, answer in zip(chosen, answers, strict=True):
        (file,) = answer.files
        made = ImageCell(file.read(), file.media_type, answer_text(answer), LARGE)
        truth = ImageCell(example.answer.read(), example.answer.media_type, "truth", LARGE)
        given = ImageCell(example.input.read(), example.input.media_type, example.input.name, LARGE)
        rows.append((given, answer_text(answer), made, truth))
    return ("input", "answer", "made of it", "truth"), tuple(rows)
