"""Render the built-in sample: six photographs each of six people who do not exist, and two of several.

python -m pippin.apps.faces.rendering.sample FOLDER

writes FOLDER/PERSON/rendered_N.jpg and FOLDER/groups/rendered_N.jpg with a sidecar of names, the same on every
machine (but for rounding).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from pippin.apps.faces.metadata import Region, write_sidecar
from pippin.apps.faces.rendering.face import Face, Shot
from pippin.apps.faces.rendering.people import GROUPS, PEOPLE, group_shot, shots
from pippin.apps.faces.rendering.scene import group, group_boxes, portrait
from pippin.core.errors import writing

QUALITY = 88
GROUP_SIDE = 200  # pixels of each person in a group


def render_portraits(name: str) -> list[Image.Image]:
    """Return the photographs of a person, 256 x 256 pixels each."""
    return [portrait(PEOPLE[name], shot) for shot in shots(name)]


def render_group(number: int) -> Image.Image:
    """Return a photograph of several people."""
    return group(_members(number), GROUP_SIDE)


def group_regions(number: int) -> list[Region]:
    """Return the faces of a group with their names."""
    boxes = group_boxes(_members(number), GROUP_SIDE)
    return [Region(name, *box) for name, box in zip(GROUPS[number], boxes, strict=True)]


def _members(number: int) -> list[tuple[Face, Shot]]:
    return [(PEOPLE[name], group_shot(name, number)) for name in GROUPS[number]]


def write_sample(folder: Path) -> list[Path]:
    """Render everything into `folder`, names of groups as sidecars; returns the images."""
    images = {f"{name}/rendered_{n}.jpg": image for name in PEOPLE for n, image in enumerate(render_portraits(name), 1)}
    images |= {_group_file(number): render_group(number) for number in range(len(GROUPS))}
    for name, image in images.items():
        with writing(folder / name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            image.save(folder / name, quality=QUALITY, optimize=True)
    for number in range(len(GROUPS)):
        write_sidecar(folder / _group_file(number), group_regions(number))
    return [folder / name for name in images]


def _group_file(number: int) -> str:
    return f"groups/rendered_{number + 1}.jpg"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Name the folder to write to: python -m pippin.apps.faces.rendering.sample FOLDER")
    print(f"{len(write_sample(Path(sys.argv[1])))} images rendered into {sys.argv[1]}.")
