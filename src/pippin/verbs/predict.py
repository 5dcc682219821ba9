"""`predict`: answer inputs with the model in use; a bad input is named and skipped, the good ones are answered."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.loaded_models import predict_with_bar
from pippin.core.progress_bar import track
from pippin.core.provenance import settings_text
from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.formatting import duration, pluralize
from pippin.core.report.report import Report
from pippin.core.shell_words import write_input
from pippin.core.values import Prediction
from pippin.core.workspace import Workspace
from pippin.engines import Engine, engine_name
from pippin.engines import engine as choose_engine
from pippin.verbs.arguments import note_skipped, require_sources
from pippin.verbs.batch_predictions import Answerer, ChunkStore, answer_all
from pippin.verbs.measuring import Address, EngineName, Workers
from pippin.verbs.opening import open_context
from pippin.verbs.output_files import OutputWriter
from pippin.verbs.prediction_table import is_table, require_new, write_predictions

SHOWN = 40
RUNTIMES = {"onnx": "ONNX Runtime", "tensorflow": "TensorFlow"}
REASONS_SHOWN = 12  # answers up to which each comes with its evidence
MIN_SHARED, MAX_SHARED = 0.05, 6  # share of answers a remark must come with; remarks told
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)")
MIN_SHOWN = 0.005  # of a share: less would read 0.00


def predict(
    application: str | Application,
    *inputs: Annotated[Any, "what to answer: files, folders or values"],
    out: Annotated[
        Path | None, "a table of answers (.csv, .jsonl, .parquet), or a folder for answers that are files"
    ] = None,
    skip_existing: Annotated[bool, "leave results alone that are up to date, to go on with a batch"] = False,
    overwrite: Annotated[bool, "replace files in the way, also those Pippin did not write (never an input)"] = False,
    model: Annotated[str | None, "a model by its id, `builtin` or folder, instead of the one in use"] = None,
    runtime: Annotated[str, "what runs its networks: onnx or tensorflow"] = "onnx",
    workers: Workers = None,
    engine: EngineName = None,
    address: Address = None,
    ship: Annotated[bool, "send model and inputs along, to machines that do not see their paths"] = False,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Run the model on one or more inputs.

    Each result has the answer, the confidence and, where the application has it, the evidence. A table of answers is
    made in chunks: the same command goes on with one that was interrupted.
    """
    if runtime != "onnx":
        given: dict[str, Any] = {"out": out, "skip_existing": skip_existing, "overwrite": overwrite, "model": model}
        return _predict_by(runtime, application, inputs, {**given, "workspace": workspace, **config})
    context = open_context(application, workspace)
    app, space = context.application, context.workspace
    app.require_verb("predict")
    if not inputs:
        raise PippinError(f"Name at least one input: pippin {app.name} INPUT ...")
    start = time.perf_counter()
    table = Path(out) if out is not None and is_table(app, Path(out)) else None
    if table is not None:
        require_new(table, overwrite=overwrite)
    out = None if out is None else Path(out)
    run = _choose_engine(app, out, table, workers, engine, address)
    sources, left_out = require_sources(app, inputs, space.home, out)
    items = [source.item for source in sources]
    writer = None
    if app.output.kind or (out and not table):
        writer = OutputWriter(app, out, sources, space.home, skip_existing=skip_existing, overwrite=overwrite)
    loaded = context.load(context.artifact(model, config), config, alone=model is not None)
    if writer:
        taught = loaded.rows[-1].id if loaded.rows else ""
        writer.settings = settings_text({"model": loaded.artifact.id, "taught": taught, **app.read_settings(config)})
    ready_after = time.perf_counter() - start
    pairs: Iterable[tuple[Input, Prediction]]
    with ChunkStore(table).opened() if table is not None else nullcontext() as store:
        if run is None:
            pairs = zip(items, predict_with_bar(app, loaded, items), strict=True)
        else:
            answerer = Answerer.of(context, loaded, config, alone=model is not None)
            answerer = answerer.with_parcel(context, run) if ship else answerer
            pairs = zip(items, answer_all(run, answerer, items, f"{app.name} answers", store), strict=True)
        if writer and app.output.kind:  # the answers cost nothing, their files do
            pairs = list(pairs)
            writer.announce(loaded.learner, pairs)
            pairs = track(pairs, len(pairs), f"{app.name} writes")
        answers, results = [], []
        for item, prediction in pairs:
            made, written = writer.write(item, prediction) if writer else (prediction, [])
            answers.append((item, made))
            results.append(_result(item, made, written))
        failed = [result for result in results if result["error"]]
        if table is not None and len(failed) < len(results):
            write_predictions(table, items, [prediction for _, prediction in answers])
    seconds = {"load": ready_after, "predict": time.perf_counter() - start - ready_after}
    if len(failed) == len(results):
        more = f" ({pluralize(len(failed) - 1, 'more input')} failed)" if len(failed) > 1 else ""
        raise PippinError(failed[0]["error"] + more, input=failed[0]["input"])
    payload = {
        "application": app.name,
        "artifact": loaded.artifact.id,
        **({"out": str(table)} if table is not None else {}),
        "results": results,
        "skipped": len(failed),
        "seconds": seconds,
    }
    return Report(
        title=f"{app.name}: {len(results) - len(failed)} answered" + (f", {len(failed)} skipped" if failed else ""),
        tables=(_files(app, answers, results) if app.output.kind else _table(app, answers[:SHOWN]),),
        notes=(*loaded.notes, *left_out, *dict.fromkeys(_notes(answers)), *(_written(app, out, results))),
        payload=payload,
        summary=f"Model {loaded.artifact.id}, {pluralize(len(loaded.rows), 'correction')}; "
        f"{duration(sum(seconds.values()))}.",
        next=_next(app, answers),
    )


def _choose_engine(
    app: Application, out: Path | None, table: Path | None, workers: int | None, name: str | None, address: str | None
) -> Engine | None:
    """Return the engine that answers in chunks; None where answers come one after the other, with their files."""
    if table is None and workers is None and not name and not address:
        return None
    run = choose_engine(workers, name, address)
    if table is not None:
        return run
    if engine_name(workers, name, address) == "local":
        return None
    if app.output.kind or out is not None:
        raise PippinError(
            "--workers, --engine and --address are for answers without files; name a table with --out answers.parquet, "
            "or leave them out.",
            input=out,
        )
    return run


def _predict_by(runtime: str, application: str | Application, inputs: Sequence[Any], given: dict[str, Any]) -> Report:
    """Predict with another runtime than ONNX Runtime, and tell what it ran."""
    from pippin.learn.nn.runtimes import use_runtime

    with use_runtime(runtime) as use:
        report = predict(application, *inputs, **given)
    note = (
        f"Its networks ran in {RUNTIMES[runtime]}." if use.runs else f"No network ran, so {RUNTIMES[runtime]} did not."
    )
    payload = {**report.payload, "runtime": runtime, "network_runs": use.runs}
    return replace(report, notes=(note, *report.notes), payload=payload)


def _written(app: Application, out: Path | None, results: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return where the answers went that were to be written, in words."""
    if out is None or any(result["files"] for result in results):
        return ()
    if is_table(app, Path(out)):
        return (f"Written to {out}.",)
    return (f"These answers are no files, so nothing was written to {out}; name a .csv, .jsonl or .parquet file.",)


def _result(item: Input, prediction: Prediction, files: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {
        "input": item.name,
        "answer": prediction.answer,
        "confidence": prediction.confidence,
        "interval": list(prediction.interval) if prediction.interval else None,
        "known": prediction.known,
        "alternatives": [
            {"answer": answer, "confidence": confidence} for answer, confidence in prediction.alternatives
        ],
        "evidence": list(prediction.evidence),
        "files": list(files),
        "error": prediction.error,
    }


def answer_text(prediction: Prediction) -> str:
    """Return the answer as text for people."""
    answer = written(prediction.answer) if isinstance(prediction.answer, float) else str(prediction.answer)
    return answer if prediction.known else "I don't know yet"


def written(number: float) -> str:
    """Write a number to six digits, and all before the point: 1027130, not 1.02713e+06."""
    return f"{number:.0f}" if 1e6 <= abs(number) < 1e15 else f"{number:.6g}"


def displayed_confidence(prediction: Prediction) -> float | None:
    """Return the confidence to show.

    It is None for an unknown input, where confidence only compares the labels taught.
    """
    return prediction.confidence if prediction.known else None


def input_cell(app: Application, item: Input) -> object:
    """Return a table cell for an input: its thumbnail, else its name."""
    if app.data.thumbnail is None:
        return item.name
    return ImageCell(partial(app.data.thumbnail, item), "image/png", alt=item.name)


def _table(app: Application, answers: list[tuple[Input, Prediction]]) -> Table:
    """Return the answers; with a column for other possible ones where there are any."""
    if any(prediction.interval for _, prediction in answers):
        return _numbers(app, answers)
    columns = ("input", "answer", "confidence", "also possible")
    rows = [_row(app, item, answer) for item, answer in answers]
    width = 4 if any(row[3] for row in rows) else 3
    return Table(columns[:width], tuple(row[:width] for row in rows))


def _numbers(app: Application, answers: list[tuple[Input, Prediction]]) -> Table:
    """Return a table of predicted numbers, each with its interval."""
    rows = []
    for item, prediction in answers:
        low, high = prediction.interval or (None, None)
        between = None if low is None or high is None else f"{written(low)} to {written(high)}"
        rows.append((input_cell(app, item), "skipped" if prediction.error else answer_text(prediction), between))
    return Table(("input", "answer", "90 % prediction interval"), tuple(rows))


def _files(
    app: Application, answers: Sequence[tuple[Input, Prediction]], results: Sequence[Mapping[str, Any]]
) -> Table:
    """Return a table of answers that are files, with each path."""
    rows = []
    for (item, prediction), result in list(zip(answers, results, strict=True))[:SHOWN]:
        where = [file["path"] + (" (was there)" if "kept" in file else "") for file in result["files"]]
        rows.append(
            (
                input_cell(app, item),
                "skipped" if prediction.error else answer_text(prediction),
                ", ".join(where) or None,
            )
        )
    return Table(("input", "answer", "file"), tuple(rows))


def _row(app: Application, item: Input, prediction: Prediction) -> tuple[object, ...]:
    if prediction.error:
        return item.name, "skipped", None, None
    best = () if prediction.known or prediction.confidence is None else ((prediction.answer, prediction.confidence),)
    possible = [pair for pair in (*best, *prediction.alternatives)[:2] if pair[1] >= MIN_SHOWN]
    others = ", ".join(f"{answer} {confidence:.2f}" for answer, confidence in possible)
    return input_cell(app, item), answer_text(prediction), displayed_confidence(prediction), others or None


def _notes(answers: list[tuple[Input, Prediction]]) -> list[str]:
    notes = [*note_skipped({item.name: prediction.error for item, prediction in answers if prediction.error})]
    if len(answers) <= REASONS_SHOWN:
        notes += [
            f"{item.name}: {evidence}"
            for item, prediction in answers
            for evidence in prediction.evidence
            if isinstance(evidence, str)
        ]
    else:
        notes += _shared_evidence([prediction for _, prediction in answers])
    if len(answers) > SHOWN:
        notes.append(f"The first {SHOWN} of {len(answers)} are shown; --json has all.")
    return notes


def _shared_evidence(answers: Sequence[Prediction]) -> list[str]:
    """Return remarks that come with many answers, such as a column that is missing: each once.

    Values in quotes or parentheses may differ.
    """
    counts: Counter[str] = Counter()
    said: dict[str, dict[str, None]] = {}
    for answer in answers:
        own = {_VARYING.sub("''", one): one for one in answer.evidence if isinstance(one, str)}
        counts.update(own.keys())
        for kind, one in own.items():
            said.setdefault(kind, {})[one] = None
    often = [kind for kind, count in counts.most_common() if count >= max(2, MIN_SHARED * len(answers))]
    notes = [
        f"{counts[kind]} of {len(answers)}: {next(iter(said[kind]))}"
        + (" (and the like)" if len(said[kind]) > 1 else "")
        for kind in often[:MAX_SHARED]
    ]
    return notes + (
        [f"{pluralize(len(often) - MAX_SHARED, 'more remark')}: --json has all."] if often[MAX_SHARED:] else []
    )


def _next(app: Application, answers: list[tuple[Input, Prediction]]) -> str:
    if "teach" in app.unsupported or app.output.kind:
        return f"pippin {app.name} explain {write_input(answers[0][0])}"
    doubtful = min(
        (pair for pair in answers if not pair[1].error),
        key=lambda pair: (pair[1].known, pair[1].confidence or 0.0),
    )
    if not doubtful[1].known and app.data.sensitive == "health":  # what is no case of it should not be taught
        return f"pippin {app.name} explain {write_input(doubtful[0])}"
    lead = "If that is wrong" if doubtful[1].known else "Tell it what that is"
    return f"{lead}: pippin {app.name} teach {write_input(doubtful[0])} ANSWER"
