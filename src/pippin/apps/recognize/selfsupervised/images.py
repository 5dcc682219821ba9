"""Images without labels as data: all files of a source; labels of folders or tables take no part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from pippin.apps.recognize.formats import idx, layouts, parquet
from pippin.apps.recognize.formats.folders import Found, Labelled
from pippin.apps.recognize.formats.zip_folder import find_in_zip
from pippin.core.data import Dataset, Example, Skipped
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.report.formatting import pluralize
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import handle, list_files, note_unread, shown, walk
from pippin.learn.vision.parquet_images import MAGIC
from pippin.learn.zip_files import is_zip

LABELS_SHOWN = 5


def find_images(folder: Path) -> Found:
    """Return all images below a folder of files, with the labels it gives them, "" where it gives none."""
    found = Found()
    paths = list(walk(folder, found.skipped, links=True))
    if not paths:
        advice = note_unread(list_files(folder)) or ["Give a folder with JPEG or PNG files."]
        raise PippinError(f"{folder} holds no images. {advice[0]}", input=folder)
    labels = _labels(folder)
    found.images = [Labelled(image := handle(path), labels.get(image.name, "")) for path in paths]
    found.notes = note_unread(list_files(folder))
    return found


def _labels(folder: Path) -> dict[str, str]:
    """Return labels by the name of the image: what folders or tables say, where they say anything."""
    try:
        return {one.image.name: one.label for one in layouts.find_in_folder(folder).images}
    except PippinError:
        return {}


def find_unlabelled(path: Path, find: Callable[[Path], Found]) -> Found:
    """Return all images of a folder or a zip of one, or those of a parquet or IDX file by `find`."""
    if path.is_file() and is_zip(path):
        return find_in_zip(path, find_images)
    if path.is_dir() and not parquet.files_in(path) and not any(map(idx.is_images, path.iterdir())):
        return find_images(path)
    if path.is_file() and not (idx.is_images(path) or _starts_as_parquet(path)):
        advice = "give a folder with JPEG or PNG files, a zip of it, a parquet file or an IDX file"
        raise PippinError(f"{path} is no set of images; {advice}.", input=path)
    return find(path)


def _starts_as_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == MAGIC


def load_unlabelled(found: Found, path: Path) -> Dataset:
    """Return the images that open, each once and in an order that no name or label decides, all to learn from.

    Labels stand beside the images for `evaluate` and `explain`; `answers_hidden` keeps them from the learner.
    """
    examples: dict[str, Example] = {}
    skipped = list(found.skipped)
    for one in found.images:
        try:
            content = Image(content=one.image.read(), name=one.image.name)
            open_image(content, about=(64, 64))
        except PippinError as problem:
            skipped.append(Skipped(one.image.name, problem.message))
            continue
        key = content.digest()
        examples.setdefault(key, Example(one.image, " ".join(one.label.split()) or None, key, key))
    if not examples:
        first = skipped[0].reason
        raise PippinError(f"None of the {len(skipped)} images in {path} can be used; the first: {first}", input=path)
    ordered = tuple(examples[key] for key in sorted(examples))
    notes = (*found.notes, *_note_labels(ordered), *_note_copies(found, skipped, ordered))
    name = shown(path.resolve().name)
    return Dataset(name, ordered, skipped=tuple(skipped), notes=notes, layout="images alone", answers_hidden=True)


def _note_labels(examples: Sequence[Example]) -> list[str]:
    """Return a note that labels are not read, where there are any."""
    labels = sorted({str(example.answer) for example in examples if example.answer is not None})
    if not labels:
        return []
    listed = ", ".join(labels[:LABELS_SHOWN]) + (", ..." if len(labels) > LABELS_SHOWN else "")
    return [f"{pluralize(len(labels), 'label')} of the data ({listed}) ignored: --self-supervised reads images alone."]


def _note_copies(found: Found, skipped: Sequence[Skipped], examples: Sequence[Example]) -> list[str]:
    copies = len(found.images) - (len(skipped) - len(found.skipped)) - len(examples)
    return [f"{pluralize(copies, 'image')} that repeat others left out."] if copies > 0 else []
