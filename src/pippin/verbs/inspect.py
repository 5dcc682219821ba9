"""`inspect`: what is wrong with data before anything is learned from it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pippin.core.application import Application
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.shell_words import write_command
from pippin.core.workspace import Workspace
from pippin.verbs.inspect_findings import (
    ADVICE,
    Finding,
    count_labels,
    find_copies,
    find_doubtful_labels,
    find_groups,
    find_imbalance,
    find_left_out,
)
from pippin.verbs.opening import open_context
from pippin.verbs.python_data import find_source

MAX_SHOWN = 40  # findings of one kind in the report; the CSV and JSON have all
TRUSTED = 0.8  # share of labels a learner must agree with, before its doubts are counted as errors
NO_LABELS = "The answers are no labels, so none was judged: only copies and what was left out are told."
COLUMNS = ("kind", "input", "part", "label", "suggested", "other", "confidence", "likely", "detail")


def inspect(
    application: str | Application,
    data: Annotated[str | None, "your data (a folder or file); nothing means the built-in sample"] = None,
    *,
    out: Annotated[Path | None, "a CSV file for all findings"] = None,
    overwrite: Annotated[bool, "replace that file if it is there"] = False,
    check_labels: Annotated[bool, "judge each label by a learner of the others"] = True,
    workspace: Workspace | None = None,
    **config: Any,
) -> Report:
    """Find copies, leaks, wrong labels and imbalance in DATA.

    Findings are never removed or corrected; `--out` lists them all.
    """
    context = open_context(application, workspace)
    app = context.application
    app.require_verb("inspect")
    _refuse_to_replace(out, overwrite)
    source = find_source(app, context.workspace, data)
    settings = app.fill_settings(config)
    whole = app.load_data(source, settings)
    findings = _find(app, whole, source, settings, check_labels)
    if out is not None:
        write_bytes(out, _csv(findings))
    report = _report(app, whole, source, findings, out, check_labels)
    return replace(report, next=write_command(app, "train", source, settings))


def _find(
    app: Application, data: Dataset, source: str | None, settings: Mapping[str, Any], check: bool
) -> list[Finding]:
    """Return all findings, by kind in the order of ADVICE; near-copies are looked for without the groups asked for."""
    plain = app.load_data(source, {**settings, "group": ""}) if settings.get("group") else data
    found = [*find_copies(plain), *find_left_out(data)]
    found += find_groups(data, plain) if plain is not data else ()
    if data.labels:
        found += find_imbalance(data)
        found += find_doubtful_labels(app, data, settings) if check else ()
    order = list(ADVICE)
    return sorted(found, key=lambda finding: order.index(finding.kind))


def _refuse_to_replace(out: Path | None, overwrite: bool) -> None:
    if out is not None and Path(out).exists() and not overwrite:
        raise PippinError(f"{out} is there already; give another name, or --overwrite.", input=out)


def _csv(findings: Sequence[Finding]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(finding.row() for finding in findings)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _report(
    app: Application, data: Dataset, source: str | None, findings: Sequence[Finding], out: Path | None, check: bool
) -> Report:
    counts = Counter(finding.kind for finding in findings)
    likely = sum(finding.likely is True for finding in findings)
    agreement = 1 - counts["doubtful label"] / len(data.examples) if check and data.labels else None
    total = len(data.examples) + len(data.repeats)
    labels = count_labels(data) if data.labels else {}
    size = pluralize(total, "example") + (f", {pluralize(len(labels), 'label')}" if labels else "")
    summary = f"{size}: {_summary(counts, likely, agreement)}"
    notes = [
        *data.notes,
        *_note_agreement(agreement),
        *(() if labels else (NO_LABELS,)),
        *((f"All findings are in {out}.",) if out else ()),
    ]
    rows = tuple((kind, counts[kind], ADVICE[kind]) for kind in ADVICE if counts[kind])
    tables = [Table(("finding", "times", "what to do"), rows)] if rows else []
    tables += [table for kind in ADVICE if (table := _table(app, [f for f in findings if f.kind == kind]))]
    return Report(
        title=f"{app.name}: {data.name}, before training",
        summary=summary,
        tables=(*tables, *((_label_table(labels),) if labels else ())),
        notes=tuple(notes),
        payload={
            "application": app.name,
            "data": {"name": data.name, "examples": total, "fingerprint": data.fingerprint(), "layout": data.layout},
            "labels": labels,
            "counts": {kind: counts[kind] for kind in ADVICE},
            "likely_wrong_labels": likely,
            "agreement": agreement,
            "findings": [finding.row() for finding in findings],
            "notes": list(data.notes),
            "out": str(out) if out else None,
        },
    )


def _note_agreement(agreement: float | None) -> list[str]:
    """Return how far to trust the doubts: a learner that is often wrong doubts many right labels."""
    if agreement is None:
        return []
    text = f"A quick learner that never saw them agrees with {agreement:.0%} of the labels"
    return [f"{text}; so many doubts are mostly its own errors." if agreement < TRUSTED else f"{text}."]


def _summary(counts: Mapping[str, int], likely: int, agreement: float | None) -> str:
    if not counts:
        return "nothing suspicious was found."
    text = [f"{counts[kind]} x {kind}" for kind in ADVICE if counts.get(kind)]
    doubt = f"; check {pluralize(likely, 'label')} first" if likely and (agreement or 0) >= TRUSTED else ""
    return ", ".join(text) + doubt + "."


def _table(app: Application, findings: Sequence[Finding]) -> Table | None:
    """Return the first findings of one kind, with the examples themselves where they can be drawn."""
    if not findings:
        return None
    first = findings[0]
    title = first.kind + (f" (the first {MAX_SHOWN} of {len(findings)})" if len(findings) > MAX_SHOWN else "")
    chosen = findings[:MAX_SHOWN]
    if first.example is None:
        rows = [(f.input or f.label, f.detail) for f in chosen]
        return Table(("input" if first.input else "label", "what"), tuple(rows), title)
    if first.kind == "doubtful label":
        named, parted = app.data.thumbnail is not None, any(f.part for f in chosen)
        columns = ("input", *(("name",) * named), *(("part",) * parted), "label", "looks like", "confidence")
        doubtful = [
            (*_example_cells(app, f), *((f.part,) if parted else ()), f.label, f.suggested, f.confidence)
            for f in chosen
        ]
        return Table(columns, tuple(doubtful), title)
    copies = [
        (*_example_cells(app, f), f.label, *_resembled_cells(app, f), f.suggested or f.label, f.detail) for f in chosen
    ]
    name = ("name",) if app.data.thumbnail else ()
    return Table(("input", *name, "label", "copy of", *name, "its label", "what"), tuple(copies), title)


def _example_cells(app: Application, finding: Finding) -> tuple[object, ...]:
    assert finding.example is not None
    return _cells(app, finding.example)


def _resembled_cells(app: Application, finding: Finding) -> tuple[object, ...]:
    assert finding.resembles is not None
    return _cells(app, finding.resembles)


def _cells(app: Application, example: Example) -> tuple[object, ...]:
    """Return an example's name, after its thumbnail (on a page alone) where the application draws one."""
    if app.data.thumbnail is None:
        return (example.input.name,)
    return ImageCell(partial(app.data.thumbnail, example.input), "image/png"), example.input.name


def _label_table(labels: Mapping[str, Mapping[str, int]]) -> Table:
    parts = list(dict.fromkeys(part for counts in labels.values() for part in counts))
    rows = [(label, *(counts.get(part, 0) for part in parts)) for label, counts in labels.items()]
    return Table(
        ("label", *(part if part != "all" else "examples" for part in parts)), tuple(rows), "examples by label"
    )
