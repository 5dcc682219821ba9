"""Load labelled images from folders, parquet or IDX files; the parts share no near-duplicates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.formats import idx, label_tables, layouts, parquet
from pippin.apps.recognize.formats.folders import Found
from pippin.apps.recognize.formats.zip_folder import find_in_zip
from pippin.apps.recognize.selfsupervised.images import find_unlabelled, load_unlabelled
from pippin.apps.recognize.splits import user_groups
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError, reason
from pippin.core.files import refuse_endless
from pippin.core.inputs import Image
from pippin.learn.vision import near_duplicates
from pippin.learn.vision.image_datasets import grouped, official
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import shown
from pippin.learn.vision.parquet_images import MAGIC
from pippin.learn.zip_files import is_zip

DEFAULTS = RecognizeConfig()
SAMPLE = Path(__file__).with_name("sample")  # rendered images that come with Pippin
RENDERED = "These images were rendered by this project; how well it does on photographs they cannot tell."

PLAIN = "one folder for each label"
DOMINANT = 0.9  # share of one label from which on accuracy says little


def load(source: str | None, config: RecognizeConfig = DEFAULTS) -> Dataset:
    """Return the labelled images in `source`, or the built-in rendered sample for None.

    `source` is a folder in any of the usual layouts (see `layouts`), a zip of one, a table of file names and labels, a
    parquet file or a folder of them in the Hugging Face layout, or IDX files. `config.group` says what must not be
    torn apart (see `splits`). Every image is opened once: bad ones are listed in `skipped`, and near-duplicates share
    a `group`, so that they never lie in two parts. Raises PippinError where there is nothing to learn from.
    """
    path = SAMPLE if source is None else Path(source)
    if config.self_supervised:
        return load_unlabelled(find_unlabelled(path, _find), path)
    found = _find(path)
    groups = user_groups(config.group, found)
    examples, parts, skipped = _open_all(found, groups)
    if not examples:
        first = skipped[0].reason
        raise PippinError(f"None of the {len(skipped)} images in {path} can be used; the first: {first}", input=path)
    notes = [found.layout] if found.layout else []
    notes += [*found.notes, *_notes_on_labels(examples)]
    if source is None:
        notes.append(RENDERED)
    name = "rendered sample" if source is None else shown(path.resolve().name)
    data = official(examples, parts) if any(parts) else _split(examples)
    if not data.train:
        message = f"Nothing is left to learn from in {path}: its train images are all in its test part, too"
        raise PippinError(f"{message}; give other images to learn from.", input=path)
    layout = found.layout or PLAIN
    return replace(data, name=name, skipped=tuple(skipped), notes=(*notes, *data.notes), layout=layout)


def _find(path: Path) -> Found:
    """Find the images in `path` by its format; decided here only."""
    try:
        if path.is_dir():
            return _find_in_folder(path)
        refuse_endless(path)
        with path.open("rb") as file:
            start = file.read(4)
    except (OSError, ValueError) as problem:
        why = reason(problem) if isinstance(problem, OSError) else "its name is not a valid path"
        raise PippinError(f"Cannot read {path}: {why}; give a folder of images.", input=path) from problem
    if start == MAGIC:
        return parquet.find(path)
    if is_zip(path):
        zipped = find_in_zip(path, _find_in_folder)
        zipped.layout = f"{zipped.layout or PLAIN}, read from the zip file"
        return zipped
    if idx.is_images(path):
        return idx.find(path)
    advice = "give a folder with one folder of images per label, a zip of it, a parquet file or an IDX file"
    if path.suffix.lower() in label_tables.SUFFIXES:
        if found := layouts.find_by_table(path):
            return found
        advice = "none of its columns names images beside it; tables are learned by the application `tables`"
    raise PippinError(f"{path} is no set of labelled images; {advice}.", input=path)


def _find_in_folder(folder: Path) -> Found:
    if parquet.files_in(folder):
        return parquet.find(folder)
    return idx.find(folder) if any(map(idx.is_images, folder.iterdir())) else layouts.find_in_folder(folder)


def _open_all(found: Found, groups: Sequence[str]) -> tuple[list[Example], list[str], list[Skipped]]:
    """Return examples of the images that open, grouped; their parts; what was skipped."""
    examples, parts, kept, skipped = [], [], list[str](), list(found.skipped)
    thumbnails: list[NDArray[np.uint8]] = []
    for labelled, group in zip(found.images, groups, strict=True):
        image = labelled.image
        try:
            # Read once, for both the key and the pixels.
            content = Image(content=image.read(), name=image.name)
            thumbnails.append(near_duplicates.thumbnail(open_image(content, about=(64, 64))))
        except PippinError as problem:
            skipped.append(Skipped(image.name, problem.message))
            continue
        examples.append(Example(image, " ".join(labelled.label.split()), content.digest()))
        parts.append(labelled.part)
        kept.append(group)
    return grouped(examples, thumbnails, kept), parts, skipped


def _split(examples: Sequence[Example]) -> Dataset:
    train, val, test = split_by_group(examples)
    return Dataset("", train, val, test)


def _notes_on_labels(examples: Sequence[Example]) -> list[str]:
    """Return notes on the labels: only one, or one image under several."""
    notes = []
    labels = Counter(example.answer for example in examples)
    label, most = labels.most_common(1)[0]
    share = most / len(examples)
    if len(labels) == 1:
        notes.append(f"All images have the label {label!r}: others can only be told apart as unknown.")
    elif share >= DOMINANT:
        notes.append(
            f"{share:.1%} of the images are {label!r}: always saying so scores an accuracy of {share:.3f}, "
            "so look at balanced_accuracy."
        )
    notes += [_note_alike(alike) for alike in _group_alike(labels)]
    by_group: dict[str, dict[str, Example]] = defaultdict(dict)
    for example in examples:
        by_group[example.group].setdefault(example.answer, example)
    torn = [list(members.values()) for members in by_group.values() if len(members) > 1]
    if torn:
        first, second, *_ = torn[0]
        pair = f"{first.input.name} ({first.answer}) and {second.input.name} ({second.answer})"
        notes.append(f"Different labels on (nearly) the same image, {len(torn)} times, such as {pair}: check them.")
    return notes


def _group_alike(labels: Iterable[str]) -> list[list[str]]:
    """Return labels that differ in case, spaces or underscores only."""
    forms: dict[str, list[str]] = defaultdict(list)
    for label in sorted(labels):
        forms["".join(character for character in label.casefold() if character not in " _-")].append(label)
    return [found for found in forms.values() if len(found) > 1]


def _note_alike(labels: Sequence[str]) -> str:
    named = " and ".join(map(repr, labels))
    return (
        f"The labels {named} differ in case or spacing only: they are learned as {len(labels)}; rename to merge them."
    )
