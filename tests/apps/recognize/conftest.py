"""Pictures for the tests of `recognize`: drawn shapes, so that nothing depends on data that is not here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.data import load
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.core.data import Dataset
from pippin.core.run import Budget, Run


@pytest.fixture(scope="session")
def cache_of_all(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache for all these tests: making the backbone takes a second."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _shared_cache(cache_of_all: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_CACHE", str(cache_of_all))


def draw(label: str, number: int) -> Image.Image:
    """A "sun" (a yellow disc on blue), a "brick" wall or a "leaf" (green stripes), each a bit different."""
    rng = np.random.default_rng([number, *label.encode()])
    noise = rng.integers(60, 120, (96, 96, 3), dtype=np.uint8)
    image = Image.fromarray(noise).filter(ImageFilter.GaussianBlur(4))
    draw = ImageDraw.Draw(image)
    x, y = (int(value) for value in rng.integers(0, 24, 2))
    if label == "sun":
        draw.rectangle((0, 0, 96, 96), fill=(60, 120, 200 + x))
        draw.ellipse((10 + x, 8 + y, 60 + x, 58 + y), fill=(250, 210, 10 + y))
    elif label == "brick":
        for row in range(0, 96, 14):
            for column in range(-20, 96, 30):
                shift = (row // 14 % 2) * 15 + x
                draw.rectangle((column + shift, row, column + shift + 27, row + 11), fill=(150 + x, 40 + y, 30))
    else:
        for stripe in range(-96, 96, 16):
            draw.line((stripe + x, 0, stripe + 96 + x, 96), fill=(20, 140 + y, 30), width=7)
    return image


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes an image folder: `folder(sun=3, leaf=2)`."""

    def write(**counts: int) -> Path:
        for label, count in counts.items():
            (tmp_path / "pictures" / label).mkdir(parents=True, exist_ok=True)
            for number in range(count):
                draw(label, number).save(tmp_path / "pictures" / label / f"{number}.png")
        return tmp_path / "pictures"

    return write


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Discs and squares of any place, size and colour: 40 of each."""
    folder = tmp_path_factory.mktemp("shapes")
    rng = np.random.default_rng(0)
    for number in range(40):
        for label in ("disc", "square"):
            image = Image.fromarray(rng.integers(0, 60, (26, 30, 3), np.uint8))
            left, top, size = (int(x) for x in rng.integers((1, 1, 9), (12, 10, 16)))
            draw = getattr(ImageDraw.Draw(image), "ellipse" if label == "disc" else "rectangle")
            draw((left, top, left + size, top + size), tuple(map(int, rng.integers(90, 255, 3))))
            (folder / label).mkdir(exist_ok=True)
            image.save(folder / label / f"{number}.png")
    return load(str(folder))


@pytest.fixture(scope="module")
def learner(shapes: Dataset, tmp_path_factory: pytest.TempPathFactory) -> FromScratch:
    """A network from scratch that knows discs and squares."""
    learner = FromScratch(RecognizeConfig())
    learner.fit(shapes, Run(tmp_path_factory.mktemp("run"), budget=Budget(epochs=25), threads=1))
    return learner
