"""A model for degraded images that keeps one for clean ones: train, decide by the image, teach, export."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import pippin
from pippin.apps.upscale import application, presets
from pippin.apps.upscale.degradation import CONDITIONS
from pippin.apps.upscale.export import export, load_exported
from pippin.apps.upscale.learner import UpscaleLearner
from pippin.apps.upscale.onnx_model import Model
from pippin.apps.upscale.presets import Preset
from pippin.core.inputs import Image as ImageInput
from pippin.core.workspace import Workspace

from .conftest import draw

pytest.importorskip("torch")
SMALL = {"clean": Preset(1, 8, 1, 0.05, batch=4, side=24), "photo": Preset(3, 8, 1, 0.05, 4, 5e-3, 24, True, 8)}
WAYS = {"threads": 1, "seed": 0, "progress": False}


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace with a small `photo` model in use that began with a small `clean` one."""
    with pytest.MonkeyPatch.context() as patch:
        for name, preset in SMALL.items():
            patch.setitem(presets.PRESETS, name, preset)
        found = Workspace(tmp_path_factory.mktemp("home"))
        folder = tmp_path_factory.mktemp("photographs")
        for number in range(12):
            Image.fromarray(np.roll(draw(96, 130), 11 * number, 1)).save(folder / f"{number}.png")
        clean = pippin.train(application, folder, workspace=found, preset="clean", **WAYS).payload["artifact"]
        pippin.train(application, folder, workspace=found, preset="photo", from_=clean, use=True, **WAYS)
        yield found


def learner(space: Workspace, condition: float, **settings: object) -> UpscaleLearner:
    """The model in use, whose estimator is made to answer `condition` for all it is asked."""
    config = application.configure({"preset": "auto", **settings})
    artifact = space.in_use(application, application.model.variant(config))
    found = UpscaleLearner(config)
    found.load(artifact.part("model"))
    assert found.model is not None
    found.model.estimate = lambda tiles: np.full(len(CONDITIONS), condition, np.float32)  # type: ignore[method-assign]
    return found


def image(tmp_path: Path, suffix: str = "png", **options: object) -> ImageInput:
    path = tmp_path / f"image.{suffix}"
    Image.fromarray(draw(60, 84)).save(path, **options)
    return ImageInput.of(path)


def test_a_clean_image_is_given_to_the_network_for_clean_ones(space: Workspace, tmp_path: Path) -> None:
    item = image(tmp_path)
    assert learner(space, 0.0).enlarger(item).facts["network"] == "clean"
    assert learner(space, 0.0, denoise=0.5).enlarger(item).facts["network"] == "photo"
    unsure = learner(space, 0.05).enlarger(item)
    assert unsure.facts["network"] == "both"
    planes = np.random.default_rng(0).random((1, 3, 20 + 2 * unsure.radius, 22 + 2 * unsure.radius), np.float32)
    bicubic, added = unsure.network(planes)
    assert bicubic.shape == added.shape == (1, 3, 40, 44)
    degraded = learner(space, 0.4).enlarger(item)
    assert degraded.facts["network"] == "photo"
    assert degraded.facts["noise"] == pytest.approx(10)


def test_a_jpeg_files_own_quality_counts(space: Workspace, tmp_path: Path) -> None:
    facts = learner(space, 0.0).enlarger(image(tmp_path, "jpg", quality=40)).facts
    assert facts["network"] == "photo"
    assert abs(facts["quality"] - 40) <= 1


def test_noise_is_taken_away_as_far_as_is_asked_for(space: Workspace, tmp_path: Path) -> None:
    item = image(tmp_path)
    facts = learner(space, 0.4, denoise=0.2).enlarger(item).facts
    assert facts["noise"] == pytest.approx(5)
    strong, none = (learner(space, 0.4, denoise=share).enlarger(item) for share in (1.0, 0.0))
    assert strong.facts["network"] == "photo"
    planes = np.random.default_rng(0).random((1, 3, 30, 30), np.float32)
    assert np.abs(strong.network(planes)[1] - none.network(planes)[1]).max() > 0


def test_the_answer_tells_which_network_and_why(space: Workspace, tmp_path: Path) -> None:
    (answer,) = learner(space, 0.4).predict([image(tmp_path)])
    facts = answer.evidence[0]
    assert {"network", "blur", "noise", "quality"} <= set(facts)
    assert answer.evidence[1].startswith("Taken as degraded (blur in one direction, blur 0.6 pixels, noise 10, JPEG 72")
    with Image.open(io.BytesIO(answer.files[0].read())) as made:
        assert made.size == (168, 120)


@pytest.mark.parametrize(
    ("condition", "settings", "told"),
    [
        (0.0, {}, "Taken as clean (hardly any noise, blur or compression)."),
        (0.08, {}, "Taken as between clean and degraded (blur 0.12 pixels, noise 2, JPEG 94, JPEG 94 before)."),
        (0.0, {"denoise": 0.2}, "Taken as degraded (noise 5, JPEG 86; noise and compression as --denoise 0.2 says)."),
    ],
)
def test_the_terminal_tells_which_kind_of_image_it_was_taken_for(
    space: Workspace, tmp_path: Path, condition: float, settings: dict[str, float], told: str
) -> None:
    (answer,) = learner(space, condition, **settings).predict([image(tmp_path)])
    assert told in answer.evidence


def test_of_a_jpeg_file_the_quality_is_its_own(space: Workspace, tmp_path: Path) -> None:
    (answer,) = learner(space, 0.0).predict([image(tmp_path, "jpg", quality=55)])
    assert "Taken as degraded (JPEG 55)." in answer.evidence


def test_the_notes_of_one_and_of_many_tell_it(space: Workspace, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.jpg" for number in range(13)]
    for number, path in enumerate(paths):
        Image.fromarray(draw(60, 84)).save(path, quality=30 + number)
    one = pippin.predict(application, paths[0], out=tmp_path / "one", workspace=space)
    assert any("0.jpg: Taken as degraded (" in note and "JPEG 30" in note for note in one.notes), one.notes
    many = pippin.predict(application, *paths, out=tmp_path / "many", workspace=space)
    assert any(note.startswith("13 of 13: Taken as degraded (") for note in many.notes)


@pytest.mark.parametrize("condition", [0.0, 0.05, 0.4], ids=["clean", "unsure", "degraded"])
def test_what_is_taught_changes_every_kind_of_image(space: Workspace, tmp_path: Path, condition: float) -> None:
    small = image(tmp_path)
    Image.fromarray(draw(60, 84).repeat(2, 0).repeat(2, 1)).save(tmp_path / "large.png")
    found = learner(space, condition)
    planes = np.random.default_rng(0).random((1, 3, 30, 30), np.float32)
    before = found.enlarger(small).network(planes)[1]
    from pippin.core.values import Correction

    found.update([Correction(small, ImageInput.of(tmp_path / "large.png"))])
    assert np.abs(found.enlarger(small).network(planes)[1] - before).max() > 0


def test_an_exported_model_decides_as_the_model_does(space: Workspace, tmp_path: Path) -> None:
    item = image(tmp_path, "jpg", quality=60)
    config = application.configure({"preset": "photo"})
    found = UpscaleLearner(config)
    found.load(space.in_use(application, application.model.variant(config)).part("model"))
    export(found, tmp_path)
    (made,) = load_exported(tmp_path)([item])
    (answer,) = found.predict([item])
    ours, theirs = (np.asarray(Image.open(io.BytesIO(one)), float) for one in (answer.files[0].read(), made))
    assert np.abs(ours - theirs).max() <= 3  # JPEG of nearly the same numbers


def test_the_clean_network_is_kept_when_training_goes_on(space: Workspace) -> None:
    kept = learner(space, 0.0)
    assert isinstance(kept.clean, Model)
    again = UpscaleLearner(kept.config)
    again.load(kept.save())
    assert again.clean is not None
    assert all(np.array_equal(array, again.clean.weights[name]) for name, array in kept.clean.weights.items())
