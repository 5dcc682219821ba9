"""Labelled medical images in three parts that share no patient and no twins."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pippin.apps.pathology.config import BREAST, CHEST, PathologyConfig
from pippin.apps.pathology.images.folders import read_folder, read_zip
from pippin.apps.pathology.images.medmnist import FoundImages, read_archive
from pippin.apps.pathology.images.mixtures import Kind, describe_mixtures, kind_of
from pippin.apps.pathology.images.opening import ARCHIVE, open_rgb
from pippin.apps.pathology.images.twins import Signatures, describe_twins, group_examples
from pippin.core.data import Dataset, Example, Skipped, split_by_group
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.learn.vision.image_datasets import official
from pippin.learn.vision.image_files import shown
from pippin.learn.zip_files import is_zip

DEFAULTS = PathologyConfig()
SAMPLE = Path(__file__).with_name("sample")
RENDERED = "These images were rendered by this project; none shows a patient, and scores on them say nothing of any."
NO_PATIENTS = (
    "Nothing tells which images are of one patient, so a patient may lie in two parts and scores may flatter; "
    "--group names them by file name."
)


def load(source: str | None, config: PathologyConfig = DEFAULTS) -> Dataset:
    """Return the labelled images in `source`, or the rendered sample for None.

    `source` is a MedMNIST archive (.npz), a folder with one folder of images or DICOM files for each label, a zip file
    of one, or a folder of slides with GeoJSON annotations. Images of one patient and twins never lie in two parts. A
    test part alone is only scored on. PippinError where there is nothing to learn from.
    """
    path = sample_for(config) if source is None else Path(source)
    found = _find(path, config)
    examples, parts, skipped, notes = _open_all(found)
    if not examples:
        raise PippinError(f"None of the {len(skipped)} images in {path} can be used: {skipped[0].reason}", input=path)
    notes = [*found.notes, *notes, *_notes_on_labels(examples)]
    if source is None:
        notes.append(RENDERED)
    elif not found.has_patients:
        notes.append(NO_PATIENTS)
    data = _split(examples, parts)
    name = "rendered sample" if source is None else shown(path.resolve().name)
    settings = {} if config.organ else {"organ": found.organ}
    return replace(
        data,
        name=name,
        skipped=tuple(skipped),
        notes=(*notes, *data.notes),
        layout=found.layout,
        settings=settings,
    )


def sample_for(config: PathologyConfig) -> Path:
    """Return the archive of rendered images for an organ."""
    return SAMPLE / f"rendered-{config.organ if config.organ == CHEST else BREAST}.npz"


def _find(path: Path, config: PathologyConfig) -> FoundImages:
    """Find the images in `path` by what it is; the one place where that is decided."""
    if not path.exists():
        raise PippinError(f"There is no file or folder {path}; check the path.", input=path)
    if path.parent == SAMPLE:
        return read_archive(path, path.stem.removeprefix("rendered-"))
    if path.suffix.lower() == ARCHIVE:
        return read_archive(path, config.organ)
    if path.is_dir() and len(archives := sorted(path.glob(f"*{ARCHIVE}"))) == 1:
        return read_archive(archives[0], config.organ)
    if path.is_file() and is_zip(path):
        return read_zip(path, config.group)
    if path.is_dir():
        return _find_in_folder(path, config)
    raise PippinError(f"{path} is no set of labelled images; give a folder, a zip file or a MedMNIST archive (.npz).")


def _find_in_folder(folder: Path, config: PathologyConfig) -> FoundImages:
    from pippin.apps.pathology.slides.training_tiles import annotated_slides, read_slides

    slides = annotated_slides(folder)
    return read_slides(folder, slides, config) if slides else read_folder(folder, config.group)


def _open_all(found: FoundImages) -> tuple[tuple[Example, ...], list[str], list[Skipped], list[str]]:
    """Return examples of the images that open, grouped; their parts; what was skipped; notes on twins and mixtures."""
    examples, parts, patients, skipped = list[Example](), list[str](), list[str](), list[Skipped]()
    signatures, kinds = Signatures(), list[Kind]()
    for image, label, part, patient in found.images:
        try:
            content = Image(content=image.read(), name=image.name)
            opened = open_rgb(content)
        except PippinError as problem:
            skipped.append(Skipped(image.name, problem.message))
            continue
        signatures.add(opened)
        kinds.append(kind_of(image, opened))
        examples.append(Example(image, label, content.digest()))
        parts.append(part)
        patients.append(patient)
    pairs = signatures.pairs()
    notes = [*describe_twins(examples, pairs), *describe_mixtures([str(e.answer) for e in examples], kinds)]
    return group_examples(examples, pairs, patients), parts, skipped, notes


def _split(examples: Sequence[Example], parts: Sequence[str]) -> Dataset:
    """Return the parts as they came, or parts made here."""
    if set(parts) == {"test"}:
        return Dataset("", (), (), tuple(examples), predefined_split=True)
    if any(parts):
        data = official(examples, parts)
        if not data.train:
            raise PippinError("Nothing is left to learn from: all images of the train part are twins of test images.")
        return data
    return Dataset("", *split_by_group(examples))


def _notes_on_labels(examples: Sequence[Example]) -> list[str]:
    counts = Counter(str(example.answer) for example in examples)
    (label, most), share = counts.most_common(1)[0], 0.9
    if len(counts) == 1:
        return [f"All images have the label {label!r}: there is no difference to learn."]
    if most / len(examples) >= share:
        return [f"{most / len(examples):.1%} of the images are {label!r}: look at auc rather than accuracy."]
    return []
