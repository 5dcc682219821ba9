"""Albums for tests: squares of colour stand for faces, and a reader that knows people by colour for the networks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pippin.apps.faces import application
from pippin.apps.faces.album import scan as scan_module
from pippin.apps.faces.networks.faces import Face
from pippin.core.context import Context
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context

SLOT = 100  # pixels that a face takes up
POINTS, CROP = np.zeros((5, 2)), np.zeros((112, 112, 3), np.uint8)
SMALL = 200  # green from which on a face is too weak to learn from


class ColourReader:
    """Finds a face in each coloured slot; red tells the person, green which of their faces."""

    def read(self, image: np.ndarray) -> list[Face]:
        height, width = image.shape[:2]
        found = []
        for left in range(0, width - SLOT + 1, SLOT):
            red, green, _ = (int(value) for value in image[height // 2, left + SLOT // 2])
            if red:
                box = (left / width, 0.1, SLOT / width, 0.8)
                quality = 0.1 if green >= SMALL else 0.9
                found.append(
                    Face(
                        box,
                        np.zeros((5, 2)),
                        0.9,
                        quality,
                        vector_of(red // 20, green),
                        np.zeros((112, 112, 3), np.uint8),
                    )
                )
        return found

    def read_box(self, image: np.ndarray, box: tuple[float, float, float, float]) -> Face:
        return Face(box, POINTS, 0.0, 0.9, vector_of(99, 1), CROP)


def vector_of(person: int, look: int) -> np.ndarray:
    """Return a person's vector with the variation of one look; cosine of two looks about 0.7."""
    base = np.random.default_rng(person).normal(size=128)
    noise = np.random.default_rng(1000 * person + look).normal(size=128)
    vector = base / np.linalg.norm(base) + 0.6 * noise / np.linalg.norm(noise)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def draw_photograph(path: Path, people: Sequence[int], look: int = 1) -> Path:
    """Write a photograph with a face of each of these people (1 to 12)."""
    pixels = np.zeros((120, max(1, len(people)) * SLOT, 3), np.uint8)
    for place, person in enumerate(people):
        pixels[20:100, place * SLOT : (place + 1) * SLOT] = (person * 20 + 5, look, 80)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """An empty album, read by colour."""
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "home"))
    reader = ColourReader()
    monkeypatch.setattr(scan_module, "shared_reader", lambda: reader)
    return open_context(application, Workspace(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten people, five looks each alone, and two photographs of three together."""
    for person in range(1, 11):
        for look in range(1, 6):
            draw_photograph(tmp_path / "album" / f"{person:02d}-{look}.png", [person], look)
    draw_photograph(tmp_path / "album" / "together-1.png", [1, 2, 3], 6)
    draw_photograph(tmp_path / "album" / "together-2.png", [1, 2, 4], 7)
    return tmp_path / "album"
