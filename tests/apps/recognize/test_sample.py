"""The committed sample is what the project's code renders, and small."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pippin.apps.recognize.data import SAMPLE, load
from pippin.apps.recognize.rendering.scenes import SCENES
from pippin.apps.recognize.sample import render, write_sample


@pytest.mark.parametrize("label", SCENES)
def test_rendering_again_gives_the_same_pixels(label: str) -> None:
    for number in range(1, len(SCENES[label]) + 1):
        with Image.open(SAMPLE / label / f"rendered_{number}.png") as committed:
            difference = np.abs(np.asarray(committed, dtype=int) - np.asarray(render(label, number), dtype=int))
        assert (difference <= 2).mean() > 0.999


def test_the_sample_is_complete_small_and_without_copies() -> None:
    files = sorted(SAMPLE.glob("*/*.png"))
    assert sum(file.stat().st_size for file in files) < 500_000
    assert {file.parent.name for file in files} == set(SCENES)
    assert len(files) == sum(len(scenes) for scenes in SCENES.values())
    data = load(None)
    assert len({example.group for example in data.examples}) == len(files)


def test_the_command_writes_folders_of_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pippin.apps.recognize.sample.SCENES", {"apple": SCENES["apple"][:1]})
    (file,) = write_sample(tmp_path)
    assert re.fullmatch(r"apple/rendered_\d\.png", file.relative_to(tmp_path).as_posix())
    with Image.open(file) as image:
        assert image.size == (96, 96)
