"""Load labelled pictures from folders, parquet or IDX files; the parts share no near-duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize import idx, image_folders, parquet
from pippin.apps.recognize.image_folders import Found
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError, reason
from pippin.core.files import refuse_endless
from pippin.core.kinds import Image
from pippin.learn import duplicates
from pippin.learn.picture_files import shown
from pippin.learn.picture_sets import grouped, official
from pippin.learn.pictures import open_picture

SAMPLE = Path(__file__).with_name("sample")  # rendered pictures that come with Pippin
RENDERED = "These pictures were rendered by this project; how well it does on photographs they cannot tell."

DOMINANT = 0.9  # share of one label from which on accuracy says little


def load(source: str | None, config: Mapping[str, Any] | None = None) -> Dataset:
    """The labelled pictures in `source`, or the built-in rendered sample for None.

    `source` is a folder with one folder of pictures per label (perhaps within `train` and `test`), a
    parquet file or a folder of them in the Hugging Face layout, or IDX files. Every picture is opened once:
    bad ones are listed in `skipped`, and near-duplicates share a `group`, so that they never lie in two
    parts. Raises PippinError where there is nothing to learn from.
    """
    path = SAMPLE if source is None else Path(source)
    found = _find(path)
    examples, parts, skipped = _opened(found)
    if not examples:
        first = skipped[0].reason
        raise PippinError(f"None of the {len(skipped)} pictures in {path} can be used; the first: {first}", input=path)
    notes = [*found.notes, *_notes_on_labels(examples)]
    if source is None:
        notes.append(RENDERED)
    name = "rendered sample" if source is None else shown(path.resolve().name)
    data = official(examples, parts) if any(parts) else _split(examples)
    if not data.train:
        message = f"Nothing is left to learn from in {path}: its train pictures are all in its test part, too"
        raise PippinError(f"{message}; give other pictures to learn from.", input=path)
    return replace(data, name=name, skipped=tuple(skipped), notes=(*notes, *data.notes))


def _find(path: Path) -> Found:
    """The pictures in `path`, whatever the format."""
    try:
        if path.is_dir():
            if parquet.files_in(path):
                return parquet.find(path)
            return idx.find(path) if any(map(idx.is_images, path.iterdir())) else image_folders.find(path)
        refuse_endless(path)
        with path.open("rb") as file:
            start = file.read(4)
    except (OSError, ValueError) as problem:
        why = reason(problem) if isinstance(problem, OSError) else "its name is not a valid path"
        raise PippinError(f"Cannot read {path}: {why}; give a folder of pictures.", input=path) from problem
    if start == parquet.MAGIC:
        return parquet.find(path)
    if idx.is_images(path):
        return idx.find(path)
    advice = "give a folder with one folder of pictures per label, a parquet file or an IDX file"
    if path.suffix.lower() in (".csv", ".tsv"):
        advice = "tables are learned by the application `tables`"
    raise PippinError(f"{path} is no set of labelled pictures; {advice}.", input=path)


def _opened(found: Found) -> tuple[list[Example], list[str], list[Skipped]]:
    """Examples of the pictures that open, grouped by near-duplicates; their parts; what was skipped."""
    examples, parts, skipped = [], [], list(found.skipped)
    thumbnails: list[NDArray[np.uint8]] = []
    for picture, label, part in found.pictures:
        try:
            # Read once, for both the key and the pixels.
            content = Image(content=picture.read(), name=picture.name)
            thumbnails.append(duplicates.thumbnail(open_picture(content, about=(64, 64))))
        except PippinError as problem:
            skipped.append(Skipped(picture.name, problem.message))
            continue
        examples.append(Example(picture, " ".join(label.split()), content.digest()))
        parts.append(part)
    return grouped(examples, thumbnails), parts, skipped


def _split(examples: Sequence[Example]) -> Dataset:
    train, val, test = split_by_group(examples)
    return Dataset("", train, val, test)


def _notes_on_labels(examples: Sequence[Example]) -> list[str]:
    """What a user should know of the labels: only one, or one picture under several."""
    notes = []
    labels = Counter(example.answer for example in examples)
    label, most = labels.most_common(1)[0]
    share = most / len(examples)
    if len(labels) == 1:
        notes.append(f"All pictures have the label {label!r}: others can only be told apart as unknown.")
    elif share >= DOMINANT:
        notes.append(
            f"{share:.1%} of the pictures are {label!r}: always saying so scores an accuracy of {share:.3f}, "
            "so look at balanced_accuracy."
        )
    by_group: dict[str, dict[str, Example]] = defaultdict(dict)
    for example in examples:
        by_group[example.group].setdefault(example.answer, example)
    torn = [list(members.values()) for members in by_group.values() if len(members) > 1]
    if torn:
        first, second, *_ = torn[0]
        pair = f"{first.input.name} ({first.answer}) and {second.input.name} ({second.answer})"
        notes.append(f"Different labels on (nearly) the same picture, {len(torn)} times, such as {pair}: check them.")
    return notes
