"""Labelled images as they are found in any source, before one of them is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from pippin.core.data import Skipped
from pippin.core.inputs import Image


class Labelled(NamedTuple):
    """An image, its label and its official part ("train", "val", "test", or "" where there are none).

    `columns` are further columns of the table that names it (a patient, a camera).
    """

    image: Image
    label: str
    part: str = ""
    columns: Mapping[str, str] = {}


@dataclass
class Found:
    """What was found in a source; `layout` says in one clause how labels and parts were found ("": as usual)."""

    images: list[Labelled] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    layout: str = ""
