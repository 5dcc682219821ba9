"""On photographs of people (real data): found, told apart, grouped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from pippin.apps.faces.album.decoding import decode
from pippin.apps.faces.networks.embedder import THRESHOLD
from pippin.apps.faces.networks.faces import FaceReader
from pippin.apps.faces.scoring import bcubed, cluster, pair_cosines, true_accepts, verification

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def faces(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Vectors and people of a part of each set."""
    folder = test_data / "faces"
    paths = {
        "orl": sorted((folder / "orl").glob("datasets/att_faces/s[23]?/[1-4].pgm")),
        "bbt": sorted((folder / "bbt").glob("*/*")),
        "azure": sorted(path for path in (folder / "azure").glob("Family*.jpg")),
    }
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path_factory.mktemp("home")))
        reader = FaceReader()
        for name, files in paths.items():
            vectors = [reader.read(decode(path, 2048).pixels)[0].vector for path in files]
            people = [path.parent.name if name != "azure" else re.sub(r"\d\.jpg", "", path.name) for path in files]
            found[name] = np.stack(vectors), np.array(people)
    return found


def test_people_are_told_apart_at_the_published_threshold(faces: dict) -> None:
    assert verification(*pair_cosines(*faces["orl"]), THRESHOLD) > 0.975
    assert verification(*pair_cosines(*faces["bbt"]), THRESHOLD) > 0.95
    assert true_accepts(*pair_cosines(*faces["bbt"])) > 0.9


def test_groups_are_people(faces: dict) -> None:
    for name in ("orl", "bbt", "azure"):
        vectors, people = faces[name]
        assert bcubed(cluster(vectors, THRESHOLD), people) > 0.93, name
