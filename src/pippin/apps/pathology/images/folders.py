"""Folders of images, one folder for each label, perhaps below folders called train, val and test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from pippin.apps.pathology.images.dicom import DicomImage
from pippin.apps.pathology.images.medmnist import FoundImages, LabelledImage, organ_of
from pippin.apps.pathology.images.opening import walk
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.learn.vision.image_datasets import part_of

LAYOUT = "one folder for each label"


def read_folder(folder: Path, pattern: str) -> FoundImages:
    """Return the images below `folder`, labelled by the folder they lie in.

    `pattern` is a regular expression whose first group, else match, in a file's name or path names its patient; DICOM
    files name theirs. PippinError where there is no image, or none in a folder of its label.
    """
    found = [_label(image.path.relative_to(folder).parts, image) for image in walk(folder) if image.path is not None]
    return _gather(folder, found, pattern)


def read_zip(path: Path, pattern: str) -> FoundImages:
    """Return the images in a zip file of such a folder."""
    from pippin.apps.pathology.images.zips import list_zip

    return _gather(path, [_label(name.parts, image) for name, image in list_zip(path)], pattern)


def _gather(folder: Path, found: list[LabelledImage], pattern: str) -> FoundImages:
    if not found:
        message = f"{folder} holds no images, DICOM files or annotated slides; give one folder for each label"
        raise PippinError(f"{message}.", input=folder)
    if not any(one.label for one in found):
        raise PippinError(f"The images in {folder} have no labels; put them into one folder for each label.")
    if len({one.label for one in found} - {""}) == 1 and _all_are_parts(found):
        raise PippinError(f"The images in {folder} have no labels; put them into one folder for each label.")
    lost = sum(not one.label for one in found)
    images = [one for one in found if one.label]
    notes = [f"{lost} images beside the folders of labels were left out."] if lost else []
    if all(one.part for one in images):
        layout = f"{LAYOUT}, in parts as they came"
    else:
        images, layout = [one._replace(part="") for one in images], LAYOUT
    images, has_patients = _with_patients(images, pattern)
    return FoundImages(images, organ_of(folder), layout, notes, has_patients)


def _label(names: Sequence[str], image: Image) -> LabelledImage:
    """Return an image with the label and part that the folders it lies in name."""
    folders = names[:-1]
    parts = [part_of(name) for name in folders]
    part = next((part for part in parts if part), "")
    labels = [name for name, known in zip(folders, parts, strict=True) if not known]
    return LabelledImage(image, " ".join(labels[-1:]).strip(), part)


def _all_are_parts(found: Sequence[LabelledImage]) -> bool:
    return all(part_of(one.label) for one in found if one.label)


def _with_patients(images: list[LabelledImage], pattern: str) -> tuple[list[LabelledImage], bool]:
    """Return the images with the patient of each, and whether any is known."""
    expression = compile_group(pattern) if pattern else None
    grouped = [one._replace(group=_patient(one, expression)) for one in images]
    counts = Counter(one.group for one in grouped if one.group)
    if pattern and not counts:
        raise PippinError(f"--group {pattern!r} matches no file name, such as {images[0].image.name}.", input=pattern)
    return grouped, bool(counts)


def compile_group(pattern: str) -> re.Pattern[str]:
    """Return the expression of `--group`; PippinError where it is none."""
    try:
        return re.compile(pattern)
    except re.error as problem:
        raise PippinError(f"--group {pattern!r} is no regular expression ({problem}); try 'P\\d+'.") from problem


def match_group(expression: re.Pattern[str], name: str) -> str:
    """Return what an expression finds in a file's name, else in its path: its first group, else all it matches."""
    match = expression.search(PurePath(name).name) or expression.search(name)
    return "" if match is None else next((part for part in match.groups() if part), "") or match[0]


def _patient(one: LabelledImage, expression: re.Pattern[str] | None) -> str:
    if expression is not None:
        return match_group(expression, one.image.name)
    if not isinstance(one.image, DicomImage):
        return ""
    try:
        return one.image.decode().patient
    except PippinError:
        return ""  # told where images are opened
