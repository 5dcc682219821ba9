"""What images of one data set differ in beside what they show, and what a network may go by: file, colour, size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image as PilImage

from pippin.core.inputs import Image

LARGEST_RATIO = 4.0  # of the longest to the shortest side among images that go unmentioned
LABEL_RATIO = 1.5  # of the usual sides of two labels that goes unmentioned
MOSTLY, RARELY = 0.9, 0.1  # shares of two labels of which one is called so and the other is not
MIN_IMAGES = 5  # of a label of which shares are told


class Kind(NamedTuple):
    """How an image came: in a DICOM file, in grey, its shorter side in pixels."""

    is_dicom: bool
    is_grey: bool
    side: int


def kind_of(item: Image, image: PilImage.Image) -> Kind:
    """Return how an RGB image came that was read from `item`."""
    from pippin.apps.pathology.images.dicom import DicomImage

    small = np.asarray(image.resize((16, 16), PilImage.Resampling.BILINEAR, reducing_gap=3.0)).astype(int)
    return Kind(isinstance(item, DicomImage), int(np.ptp(small, axis=2).max()) <= 4, min(image.size))


def describe_mixtures(labels: Sequence[str], kinds: Sequence[Kind]) -> list[str]:
    """Return what a user should know of images of several sizes and kinds."""
    by_label = defaultdict[str, list[Kind]](list)
    for label, kind in zip(labels, kinds, strict=True):
        by_label[label].append(kind)
    enough = {label: own for label, own in by_label.items() if len(own) >= MIN_IMAGES}
    notes = _describe_sizes(kinds)
    notes += _differ(enough, lambda kind: kind.is_dicom, "DICOM files")
    notes += _differ(enough, lambda kind: kind.is_grey, "grey")
    return notes + _differ_in_size(enough)


def _describe_sizes(kinds: Sequence[Kind]) -> list[str]:
    sides = [kind.side for kind in kinds]
    if not sides or max(sides) < LARGEST_RATIO * min(sides):
        return []
    return [
        f"The shorter sides of these images are {min(sides)} to {max(sides)} pixels (half of them up to "
        f"{int(np.median(sides))}); all are squeezed to one size, so fine structure is lost or was never there."
    ]


def _differ(by_label: dict[str, list[Kind]], has: Callable[[Kind], bool], what: str) -> list[str]:
    """Return a note where nearly all images of one label have a property that nearly none of another has."""
    shares = {label: sum(map(has, own)) / len(own) for label, own in by_label.items()}
    high, low = (choose(shares, key=shares.__getitem__, default="") for choose in (max, min))
    if not shares or shares[high] < MOSTLY or shares[low] > RARELY:
        return []
    return [
        f"Images of {high!r} are {what}, those of {low!r} are not: a model may tell them by that alone; bring both "
        "labels from the same source."
    ]


def _differ_in_size(by_label: dict[str, list[Kind]]) -> list[str]:
    usual = {label: float(np.median([kind.side for kind in own])) for label, own in by_label.items()}
    if not usual or max(usual.values()) < LABEL_RATIO * min(usual.values()):
        return []
    large, small = max(usual, key=usual.__getitem__), min(usual, key=usual.__getitem__)
    return [
        f"Images of {large!r} are usually {usual[large]:.0f} pixels a side, those of {small!r} {usual[small]:.0f}: a "
        "model may tell them by how sharp they are; bring both labels at one size."
    ]
