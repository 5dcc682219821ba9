"""Photographs of people to learn from: one folder for each person, a single face or the largest in each photograph."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.faces.config import FacesConfig
from pippin.apps.faces.photograph_inputs import split_face_number
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.learn.vision import near_duplicates
from pippin.learn.vision.image_datasets import grouped, official, part_of
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import folders_in, handle, images, shown, walk

DEFAULTS = FacesConfig()
SAMPLE = Path(__file__).with_name("sample")
SAMPLE_GROUPS = SAMPLE / "groups"  # several people in an image
RENDERED = (
    "These heads were rendered by this project, of people who do not exist; how well it does on photographs they "
    "cannot tell."
)


def load(source: str | None, config: FacesConfig = DEFAULTS) -> Dataset:
    """Return the photographs below a folder with one folder for each person, or the rendered sample for None.

    Folders named train and test are parts. Near-copies share a `group`. PippinError where nothing can be used.
    """
    folder = SAMPLE if source is None else Path(source)
    if not folder.is_dir():
        raise PippinError(
            f"{source} is no folder; give one with a folder of photographs for each person.", input=source
        )
    skipped = list[Skipped]()
    found = list(_find(folder, skipped))
    examples, thumbnails, parts = [], list[np.ndarray](), []
    for path, name, part in found:
        try:
            content = Image(content=path.read_bytes(), name=shown(str(path)))
            thumbnails.append(near_duplicates.thumbnail(open_image(content, about=(64, 64))))
        except (PippinError, OSError) as problem:
            skipped.append(Skipped(shown(str(path)), getattr(problem, "message", None) or f"{path}: {problem}."))
            continue
        examples.append(Example(handle(path), name, content.digest()))
        parts.append(part)
    if not examples:
        raise PippinError(
            f"{folder} holds no folder of photographs that can be used; make one for each person.", input=folder
        )
    together = grouped(examples, thumbnails)
    data = official(together, parts) if any(parts) else Dataset("", *split_by_group(together))
    name = "rendered heads" if source is None else shown(folder.resolve().name)
    notes = (*data.notes, *((RENDERED,) if source is None else ()))
    return replace(data, name=name, skipped=tuple(skipped), notes=notes, layout="one folder for each person")


def _find(folder: Path, skipped: list[Skipped]) -> Iterator[tuple[Path, str, str]]:
    """Yield photographs with the person's name and the official part."""
    for below in folders_in(folder):
        if below == SAMPLE_GROUPS:
            continue
        part = part_of(below.name)
        people = folders_in(below) if part else [below]
        for person in people:
            for path in walk(person, skipped):
                yield path, " ".join(person.name.split()), part


def expand(argument: Any) -> list[Image]:
    """Return the photographs that an argument names; PHOTO#NUMBER is one face of a photograph."""
    if isinstance(argument, str | Path):
        path, number = split_face_number(str(argument))
        if number is not None:
            return [replace(image, name=f"{image.name}#{number}") for image in images(path)]
    return images(argument)
