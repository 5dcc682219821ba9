"""Commands of `recognize` beside the verbs: the labels it knows, and groups it finds without being told."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import read_json, write_json
from pippin.core.report.cells import ImageCell, Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report


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
    folder: Annotated[Any, "unlabelled images"] = None,
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
    if folder is None:
        raise PippinError(f"Name a folder of images: pippin {context.name} discover FOLDER")
    from pippin.apps.recognize.explain.clustering import find_groups
    from pippin.learn.vision.image_files import images
    from pippin.learn.vision.thumbnails import thumbnail

    found = find_groups(images(folder), groups)
    write_json(
        notes,
        {
            str(number): [str(item.path.absolute()) for item in group if item.path]
            for number, group in enumerate(found, 1)
        },
    )
    rows = tuple(
        (
            number,
            len(group),
            *(ImageCell(partial(thumbnail, item), "image/png", alt=Path(item.name).name) for item in (group * 4)[:4]),
        )
        for number, group in enumerate(found, 1)
    )
    return Report(
        title=f"{context.name}: {pluralize(len(found), 'group')} among {sum(map(len, found))} images",
        summary="Found in what the network sees, without any label.",
        tables=(Table(("group", "images", "most typical", "", "", ""), rows),),
        payload={
            "application": context.name,
            "groups": [[item.name for item in group] for group in found],
        },
        next=f"pippin {context.name} discover --name 1=WHAT teaches group 1 (--html FILE shows the images)",
    )


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
