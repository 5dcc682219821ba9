"""Commands of `recognize` beside the verbs: the labels it knows, and groups of images that look alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.core.run_record import RunRecord

if TYPE_CHECKING:
    from pippin.apps.recognize.explain.clustering import Group
    from pippin.core.inputs import Input

SAMPLE = Path(__file__).with_name("sample")
SHOWN = 4  # images of a group's middle, and of its border
LEARNED_WITHOUT_LABELS = "Found in what a network sees that learned from images alone, without any label."
LEARNED_WITH_LABELS = (
    "Found in what the pretrained network sees: no label of these images took part, but 1.28 million of others did. "
    "A model of `train FOLDER --self-supervised` finds groups without labels."
)


def labels(context: Context) -> Report:
    """List the labels of the model with their example counts."""
    learner = context.learner()
    counts = learner.counts
    return Report(
        title=f"{context.name} knows {len(counts)} labels",
        tables=(Table(("label", "examples"), tuple(sorted(counts.items()))),),
        payload={"application": context.name, "labels": dict(sorted(counts.items()))},
        next=f"pippin {context.name} teach IMAGE LABEL adds to them",
    )


def discover(
    context: Context,
    folder: Annotated[
        Any, "images; nothing means those the model learned from without labels, else the built-in sample"
    ] = None,
    *,
    groups: Annotated[int | None, "how many groups (default: what fits best)"] = None,
    name: Annotated[str | None, "name a group found last, which teaches it: 2=plum"] = None,
) -> Report:
    """Group unlabelled images by their features.

    Naming a group teaches it.
    """
    notes = context.workspace.store(context.name) / "groups.json"
    if name is not None:
        return _teach_group(context, name, read_json(notes) if notes.exists() else {})
    from pippin.apps.recognize.explain.clustering import find_groups
    from pippin.apps.recognize.selfsupervised.learner import SelfSupervised
    from pippin.learn.vision.image_files import images

    learner = context.learner()
    alone = isinstance(learner, SelfSupervised)
    folder = (_images_learned_from(context) if alone else str(SAMPLE)) if folder is None else folder
    found = find_groups(images(folder), groups, learner.look if alone else None)
    write_json(
        notes,
        {
            str(number): [str(item.path.absolute()) for item in group.images if item.path]
            for number, group in enumerate(found, 1)
        },
    )
    return Report(
        title=f"{context.name}: {pluralize(len(found), 'group')} among {sum(len(g.images) for g in found)} images",
        summary=LEARNED_WITHOUT_LABELS if alone else LEARNED_WITH_LABELS,
        tables=(_table(found),),
        payload={
            "application": context.name,
            "without_labels": alone,
            "groups": [[item.name for item in group.images] for group in found],
            "middle": [[item.name for item in group.images[:SHOWN]] for group in found],
            "border": [[item.name for item in group.border[:SHOWN]] for group in found],
        },
        next=f"pippin {context.name} discover --name 1=WHAT teaches group 1 (--html FILE shows the images)",
    )


def _images_learned_from(context: Context) -> str:
    """Return the folder that the model in use learned from, by the run that made it; the sample where that is gone."""
    made = context.artifact().id
    for folder in context.workspace.runs.glob("*/"):
        if made in RunRecord(folder).read().get("artifacts", ()) and (folder / "job.json").exists():
            data = read_json(folder / "job.json")["data"]
            if data is not None and Path(data).is_dir():
                return str(data)
    return str(SAMPLE)


def _table(found: Sequence[Group]) -> Table:
    """Return a row for each group: its number, size, images of its middle and of its border."""
    from pippin.learn.vision.thumbnails import thumbnail

    def cells(items: Sequence[Input]) -> list[ImageCell]:
        shown = (list(items) * SHOWN)[:SHOWN]
        return [ImageCell(partial(thumbnail, item), "image/png", alt=Path(item.name).name) for item in shown]

    rows = tuple(
        (number, len(group.images), *cells(group.images), *cells(group.border)) for number, group in enumerate(found, 1)
    )
    return Table(("group", "images", "middle", *[""] * (SHOWN - 1), "border", *[""] * (SHOWN - 1)), rows)


def _teach_group(context: Context, name: str, found: dict[str, list[str]]) -> Report:
    match = re.fullmatch(r"\s*(\d+)\s*=\s*(.+?)\s*", name)
    if not match:
        raise PippinError(f"{name!r} does not name a group; write its number and a name, as in 2=plum.", input=name)
    number, label = match.groups()
    if number not in found:
        advice = f"the last search found {len(found)}" if found else "search with discover FOLDER first"
        raise PippinError(f"There is no group {number}; {advice}.", input=name)
    report = context.run("teach", found[number], label)
    return report
