"""The sample: rendered scenes, and photographs where a package carries some; each with what it should become."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.apps.upscale import application, photographs
from pippin.apps.upscale.photographs import SOURCES
from pippin.apps.upscale.resampling import resized, rounded
from pippin.apps.upscale.sample import COUNT, SIDE, rendered
from pippin.core.paths import use_home
from pippin.core.report.report import Report
from pippin.verbs.commands import command

from .conftest import Array


def sample(home: Path, folder: Path, **options: object) -> Report:
    with use_home(home):
        return command(application, "sample")({"folder": folder, **options})


def levels(path: Path) -> Array:
    return np.asarray(Image.open(path).convert("RGB"))


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide scikit-image, as where only what `make demo` needs is installed."""
    monkeypatch.setattr(photographs, "find_spec", lambda name: None)


@pytest.mark.usefixtures("no_package")
@pytest.mark.parametrize("scale", [2, 3])
def test_each_small_image_lies_beside_what_it_should_become(tmp_path: Path, scale: int) -> None:
    report = sample(tmp_path / "home", tmp_path / "sample", scale=scale)
    small = sorted((tmp_path / "sample").glob("*.png"))
    large = sorted((tmp_path / "sample" / "large").iterdir())
    assert (
        [path.name for path in small]
        == [path.name for path in large]
        == [f"rendered-{n:02d}.png" for n in range(COUNT)]
    )
    for one, other in zip(small, large, strict=True):
        whole, side = levels(other), SIDE // scale
        assert whole.shape == (SIDE, SIDE, 3)
        assert np.array_equal(levels(one), rounded(resized(whole, side, side)))
    assert report.payload == {"folder": str(tmp_path / "sample"), "pictures": COUNT, "photographs": 0}
    assert any("they are no photographs" in note for note in report.notes)


def test_photographs_of_an_installed_package_come_with_author_and_licence(tmp_path: Path) -> None:
    pytest.importorskip("skimage")
    report = sample(tmp_path / "home", tmp_path / "sample")
    assert report.payload["photographs"] == len(SOURCES) == 3
    for name, source in SOURCES.items():
        assert f"{name}: {source}, from scikit-image." in report.notes
        assert (tmp_path / "sample" / "large" / name).is_file()
        height, width = levels(tmp_path / "sample" / "large" / name).shape[:2]
        assert levels(tmp_path / "sample" / f"{Path(name).stem}.png").shape == (height // 2, width // 2, 3)
    assert report.next == f"pippin upscale {tmp_path / 'sample' / 'chelsea.png'}"


@pytest.mark.usefixtures("no_package")
def test_the_command_it_names_next_runs(tmp_path: Path) -> None:
    report = sample(tmp_path / "home", tmp_path / "sample")
    *_, path = report.next.split()
    (answer,) = pippin.predict("upscale", path, out=tmp_path / "out").payload["results"]
    assert answer["answer"] == f"{SIDE} x {SIDE}"


def test_scenes_are_always_the_same_and_no_two_are_alike() -> None:
    first, again = rendered(8), rendered(8)
    assert [one.content for one in first] == [one.content for one in again]
    assert len({one.content for one in first}) == 8
