"""Thumbnails of inputs: the photograph, or the one face of it that is named."""

from __future__ import annotations

from pippin.core.inputs import Image
from pippin.learn.vision import thumbnails


def thumbnail(item: Image) -> bytes:
    """Return a PNG of a photograph, or of the face that PHOTO#NUMBER names."""
    from pippin.apps.faces.album.decoding import decode_input
    from pippin.apps.faces.album.thumbnails import make_thumbnail
    from pippin.apps.faces.photograph_inputs import choose_faces, split_face_number

    name, number = split_face_number(item.name)
    if number is None:
        return thumbnails.thumbnail(item)
    ((_, face),) = choose_faces(item)
    jpeg = make_thumbnail(decode_input(item, 1024).pixels, face.box)
    return thumbnails.thumbnail(Image(content=jpeg, name=name))
