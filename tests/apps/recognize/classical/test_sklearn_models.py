"""Hand-made features measure what they say; tuned classical learners and the expert's own learn from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import pippin
from pippin.apps.recognize.classical.descriptors import describe, describe_richly
from pippin.apps.recognize.classical.sklearn_models import Boosting, Classical, Forest, SupportVectors
from pippin.apps.recognize.classical.user_features import Expert, function
from pippin.apps.recognize.config import RecognizeConfig
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Image as Handle
from pippin.core.run import Run

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "roundness.py"


def test_textures_are_told_apart_and_do_not_change_with_light() -> None:
    rng = np.random.default_rng(0)
    stripes = np.tile(((np.arange(64) // 2) % 2 * 100 + 60)[:, None], (1, 64)).astype(np.uint8)
    noise = rng.integers(60, 160, (64, 64)).astype(np.uint8)
    images = [Image.fromarray(grey).convert("RGB") for grey in (stripes, stripes + 40, noise)]
    rows = describe_richly(images)
    assert rows.shape == (3, 3012)
    assert np.array_equal(rows[:, :2692], describe(images))
    textures = rows[:, 2692:]
    assert np.allclose(textures[0], textures[1], atol=1e-6)
    assert np.abs(textures[0] - textures[2]).sum() > 5
    assert np.allclose((textures.reshape(3, 2 * 16, 10) ** 2).sum(2), 1, atol=1e-5), "shares of each field"


@pytest.mark.parametrize("make", [SupportVectors, Forest, Boosting])
def test_tuned_learners_learn_and_are_the_same_again(make: type[Classical], shapes: Dataset, tmp_path: Path) -> None:
    learner = make(RecognizeConfig())
    learner.fit(shapes, Run(tmp_path))
    assert learner.chosen in [dict(candidate) for candidate in make.candidates]
    predictions = list(learner.predict(example.input for example in shapes.test))
    right = [p.answer == e.answer for p, e in zip(predictions, shapes.test, strict=True)]
    assert np.mean(right) > 0.8
    assert all(
        p.confidence == pytest.approx(1 - sum(share for _, share in p.alternatives), abs=1e-5) for p in predictions
    )
    again = make(RecognizeConfig())
    again.load(learner.save())
    assert list(again.predict(example.input for example in shapes.test)) == predictions


def test_the_example_of_an_expert_measures_roundness_redness_and_stem() -> None:
    features = function(str(EXAMPLE))

    def describe(shape: str, colour: str) -> dict[str, float]:
        image = Image.new("RGB", (120, 120), "white")
        getattr(ImageDraw.Draw(image), shape)((25, 25, 95, 95), colour)
        return dict(features(image))

    disc, square, green = (
        describe("ellipse", "#d01818"),
        describe("rectangle", "#d01818"),
        describe("ellipse", "#18a018"),
    )
    assert disc["roundness"] > square["roundness"]
    assert disc["red"] > green["red"]
    assert "stem" in disc


def test_the_expert_takes_part_where_a_file_is_named(folder: Callable[..., Path]) -> None:
    images = folder(sun=8, leaf=8)
    compared = pippin.compare("recognize", str(images), features=str(EXAMPLE), methods="pretrained features, expert")
    assert set(compared.payload["methods"]) == {"pretrained features", "expert"}
    assert compared.payload["methods"]["expert"]["scores"]["accuracy"]["value"] >= 0.5
    with pytest.raises(PippinError, match="no method 'expert'"):
        pippin.compare("recognize", str(images), methods="expert")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (None, "There is no file"),
        ("features = 3", "has no function features"),
        ("def features(picture): return [1 / 0]", "ZeroDivisionError"),
        ("def features(picture): return ['red']", "must be numbers"),
        ("def features(picture): return []", "they are none"),
        ("def features(picture): return [float('nan')]", "not all finite"),
        ("def features(picture): return [1] * picture.width", "it must always give as many"),
        ("this is no Python", "cannot be run (SyntaxError"),
    ],
)
def test_an_expert_who_errs_is_told_in_a_sentence(
    code: str | None, sentence: str, shapes: Dataset, tmp_path: Path
) -> None:
    file = tmp_path / "mine.py"
    if code is not None:
        file.write_text(code)
    odd = Image.new("RGB", (50, 40))
    odd.save(tmp_path / "odd.png")
    first = replace(shapes.train[0], input=Handle.of(tmp_path / "odd.png"))
    with pytest.raises(PippinError) as refused:
        Expert(RecognizeConfig(features=str(file))).fit(
            replace(shapes, train=(first, *shapes.train[1:])), Run(tmp_path / "run")
        )
    assert sentence in refused.value.message
    assert "\n" not in refused.value.message
