"""Inputs: a photograph, or one face of it as PHOTO#NUMBER."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pippin.apps.faces.album.album_files import kind_of
from pippin.apps.faces.album.decoding import decode_input
from pippin.apps.faces.networks.faces import Face, shared_reader
from pippin.core.errors import PippinError
from pippin.core.inputs import Image

MAX_SIDE = 2048
_NUMBER = re.compile(r"(.+)#(\d{1,4})")


def split_face_number(name: str) -> tuple[str, int | None]:
    """Return a photograph's name and the number of a face in it, None where it names the whole photograph."""
    match = _NUMBER.fullmatch(name)
    if match is None or _exists(name):
        return name, None
    return match[1], int(match[2])


def _exists(name: str) -> bool:
    try:
        return Path(name).exists()
    except (OSError, ValueError):
        return False


@dataclass(frozen=True)
class _Content:
    """A photograph, equal to any other of the same content."""

    digest: str
    image: Image = field(compare=False)


def read_faces(image: Image) -> Sequence[Face]:
    """Return the faces of a photograph, the largest first; PippinError where it cannot be decoded."""
    return _read(_Content(image.digest(), image))


@lru_cache(maxsize=64)
def _read(content: _Content) -> Sequence[Face]:
    return tuple(shared_reader().read(decode_input(content.image, MAX_SIDE).pixels))


def choose_faces(image: Image) -> list[tuple[int, Face]]:
    """Return the faces an input names, each with its number from 1; PippinError for a number that is not there."""
    name, number = split_face_number(image.name)
    if kind_of(name) == "video":
        raise PippinError(f"{name} is a video; `pippin faces scan` reads videos.", input=image.name)
    faces = list(enumerate(read_faces(image), 1))
    if number is None:
        return faces
    if not 1 <= number <= len(faces):
        has = f"faces 1 to {len(faces)}" if faces else "no face"
        raise PippinError(f"{name} has {has}, not face {number}.", input=image.name)
    return [faces[number - 1]]


def only_face(image: Image) -> Face:
    """Return the one face of an input; PippinError where there are several to choose from, or none."""
    faces = choose_faces(image)
    if len(faces) == 1:
        return faces[0][1]
    if not faces:
        raise PippinError(f"No face was found in {image.name}; give a photograph that shows one.", input=image.name)
    places = "; ".join(f"{image.name}#{number} ({_place(face)})" for number, face in faces[:4])
    raise PippinError(f"{image.name} shows {len(faces)} faces; say which: {places}.", input=image.name)


def _place(face: Face) -> str:
    """Return where a face is in its photograph, in words."""
    x, y = face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2
    across = "left" if x < 1 / 3 else "right" if x > 2 / 3 else "middle"
    down = "upper " if y < 1 / 3 else "lower " if y > 2 / 3 else ""
    return f"{down}{across}"
