"""Inputs of every kind: image files, DICOM files, MedMNIST archives, and folders of them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image as PilImage

from pippin.apps.pathology.images.dicom import DicomImage, decode, is_dicom
from pippin.core.errors import PippinError
from pippin.core.files import refuse_endless
from pippin.core.inputs import Image, Input
from pippin.learn.hidden_files import is_hidden
from pippin.learn.vision.image_decoding import open_image
from pippin.learn.vision.image_files import handle, images, is_image, shown
from pippin.learn.vision.thumbnails import SIDE
from pippin.learn.zip_files import is_zip

ARCHIVE = ".npz"


def expand(argument: Any) -> list[Input]:
    """Return the images an argument stands for: files, folders, DICOM, MedMNIST archives, images in memory."""
    if isinstance(argument, list | tuple):
        return [image for one in argument for image in expand(one)]
    path = argument.path if isinstance(argument, Image) else _path(argument)
    if path is not None and path.suffix.lower() == ARCHIVE and path.is_file():
        from pippin.apps.pathology.images.medmnist import read_archive

        return [labelled.image for labelled in read_archive(path).images]
    if path is not None and path.is_dir() and (found := list(walk(path))):
        return list(found)
    if path is not None and (archive := _zip_of(path)) is not None:
        return _in_zip(archive, path.relative_to(archive))
    return [as_dicom(image) for image in images(argument)]


def _path(argument: Any) -> Path | None:
    return Path(argument) if isinstance(argument, str | Path) and str(argument) else None


def _zip_of(path: Path) -> Path | None:
    """Return the zip file that `path` is or leads into (scans.zip/a), None where there is none."""
    places = (path, *(place for place in path.parents if place.suffix.lower() == ".zip"))
    return next((place for place in places if place.is_file() and is_zip(place)), None)


def _in_zip(path: Path, within: Path) -> list[Input]:
    from pippin.apps.pathology.images.zips import list_zip

    found: list[Input] = [image for name, image in list_zip(path) if name.is_relative_to(within.as_posix())]
    if not found:
        message = f"{path / within} holds no images and no DICOM files"
        raise PippinError(f"{message}; give a zip file that does, or one within it.", input=path)
    return found


def walk(folder: Path) -> Iterator[Image]:
    """Yield handles on all images and DICOM files in a folder and below it, by name."""
    for path in sorted(folder.rglob("*")):
        if any(is_hidden(part) for part in path.relative_to(folder).parts) or not path.is_file():
            continue
        if is_image(path):
            yield handle(path)
        elif begins_as_dicom(path):
            yield DicomImage(path=path, name=shown(str(path)), media_type="image/png")


def as_dicom(image: Input) -> Input:
    """Return a handle that reads pixels alone, where the image is a DICOM file."""
    if isinstance(image, DicomImage):
        return image
    if image.path is not None and begins_as_dicom(image.path):
        return DicomImage(path=image.path, name=image.name, media_type="image/png")
    if image.content is not None and is_dicom(image.content[:132]):
        return DicomImage(content=image.content, name=image.name, media_type="image/png")
    return image


def begins_as_dicom(path: Path) -> bool:
    """Return whether a file begins as a DICOM file does; False where it cannot be read."""
    try:
        refuse_endless(path)
        with path.open("rb") as file:
            return is_dicom(file.read(132))
    except (OSError, ValueError, PippinError):
        return False


def open_rgb(item: Input, *, least: int = 8) -> PilImage.Image:
    """Decode an image of any kind as 8-bit RGB; PippinError names one that cannot be used."""
    if isinstance(item, DicomImage):
        return item.decode().image
    content = item.read()
    if is_dicom(content[:132]):
        return decode(content, item.name).image
    return open_image(replace(Image(), content=content, name=item.name), least=least)


def notes_on(item: Input) -> tuple[str, ...]:
    """Return what a user should know of an input beside its pixels."""
    from pippin.apps.pathology.images.dicom import BURNED_IN

    return (BURNED_IN,) if isinstance(item, DicomImage) and item.decode().is_burned_in else ()


def thumbnail(item: Input) -> bytes:
    """Scale an image to fit 128 x 128 pixels; return PNG bytes."""
    image = open_rgb(item, least=1)
    image.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
