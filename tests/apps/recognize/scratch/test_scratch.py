"""The network that learns to see from nothing: it learns, is the same again, is taught, and answers elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.label_map import known, looked_at
from pippin.apps.recognize.explain.mds_layout import laid_out
from pippin.apps.recognize.export import export, load_exported
from pippin.apps.recognize.scratch.learner import Activations, FromScratch
from pippin.core.data import Dataset
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.learner import load_learner
from pippin.core.run import Budget, Run
from pippin.core.values import Correction


def fitted(data: Dataset, folder: Path, epochs: float = 25, **config: Any) -> FromScratch:
    """A learner trained in a run's folder."""
    learner = FromScratch(RecognizeConfig(**config))
    learner.fit(data, Run(folder, budget=Budget(epochs=epochs), threads=1))
    return learner


def answers(learner: FromScratch, data: Dataset) -> list[tuple[Any, float | None]]:
    """What it says about the test part."""
    return [(p.answer, p.confidence) for p in learner.predict(example.input for example in data.test)]


def test_it_learns_to_tell_shapes_apart(learner: FromScratch, shapes: Dataset) -> None:
    right = [p[0] == example.answer for p, example in zip(answers(learner, shapes), shapes.test, strict=True)]
    assert learner.side == 26
    assert np.mean(right) >= 0.85, f"{np.mean(right):.2f} right"
    assert learner.counts == {"disc": 32, "square": 32}


def test_saved_and_loaded_it_answers_the_same(learner: FromScratch, shapes: Dataset) -> None:
    again = FromScratch(RecognizeConfig())
    again.load(learner.save())
    assert answers(again, shapes) == answers(learner, shapes)
    assert again.filters_steps == learner.filters_steps
    with pytest.raises(PippinError, match="another Pippin made it"):
        load_learner(again, learner.save().__class__())


def test_pytorch_and_onnx_see_the_same(learner: FromScratch, shapes: Dataset) -> None:
    import torch

    item = shapes.test[0].input
    (look,) = learner.look([item])
    assert isinstance(look, Activations)
    pixels = torch.from_numpy(learner.pixels(item))[None]
    with torch.no_grad():
        both = learner.network()(torch.cat([pixels, pixels.flip(3)])).mean(0)
    np.testing.assert_allclose(look.logits, both, atol=1e-4)
    np.testing.assert_allclose(look.maps.mean((1, 2)), look.features, atol=1e-4)


@pytest.mark.parametrize("recipe", ["resnet-plain", "alexnet", "lenet"])
def test_every_recipe_trains_to_the_same_model_again(recipe: str, shapes: Dataset, tmp_path: Path) -> None:
    first, second = (
        fitted(shapes, tmp_path / name, 1, recipe=recipe, image_size=24 if recipe == "resnet-plain" else 32)
        for name in "ab"
    )
    assert all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert len(first.filters) == len(first.filters_steps) > 2
    assert first.filters_steps[0] == 0
    assert not np.array_equal(first.filters[0], first.filters[-1])


def test_a_resumed_training_ends_like_one_never_cut_off(shapes: Dataset, tmp_path: Path) -> None:
    class Cut(Run):
        """A run that is asked to stop after a while."""

        looks = 0

        @property
        def should_stop(self) -> bool:
            self.looks += 1
            return self.looks > 82  # the pictures are read by then

    whole = fitted(shapes, tmp_path / "whole", 4)
    run = Cut(tmp_path / "cut", budget=Budget(epochs=4), threads=1)
    halfway = FromScratch(RecognizeConfig())
    halfway.fit(shapes, run)
    assert 2 < len(halfway.filters_steps) < len(whole.filters_steps)
    resumed = fitted(shapes, tmp_path / "cut", 4)
    assert all(np.array_equal(whole.weights[name], resumed.weights[name]) for name in whole.weights)
    assert resumed.filters_steps == whole.filters_steps
    assert np.array_equal(resumed.filters, whole.filters)


def test_a_taught_image_counts_and_others_keep_their_answers(learner: FromScratch, shapes: Dataset) -> None:
    taught = FromScratch(RecognizeConfig())
    taught.load(learner.save())
    first, *others = shapes.test
    taught.update([Correction(first.input, "plum")])
    (prediction,) = taught.predict([first.input])
    assert prediction.answer == "plum"
    assert prediction.evidence
    assert taught.counts["plum"] == 1
    before = [p.answer for p in learner.predict(example.input for example in others)]
    after = [p.answer for p in taught.predict(example.input for example in others)]
    assert sum(a != b for a, b in zip(before, after, strict=True)) <= len(others) // 2
    taught.update([Correction(first.input, "disc")])
    assert [p.answer for p in taught.predict([first.input])] == ["disc"]


@pytest.mark.parametrize("corrected", [False, True])
def test_exported_it_answers_the_same(corrected: bool, learner: FromScratch, shapes: Dataset, tmp_path: Path) -> None:
    taught = FromScratch(RecognizeConfig())
    taught.load(learner.save())
    if corrected:
        taught.update([Correction(shapes.test[0].input, "plum"), Correction(shapes.test[1].input, "disc")])
    export(taught, tmp_path)
    inputs = [example.input for example in shapes.test]
    assert load_exported(tmp_path)(inputs) == [p.answer for p in taught.predict(inputs)]


def test_it_goes_on_from_the_weights_it_has(learner: FromScratch, shapes: Dataset, tmp_path: Path) -> None:
    again = FromScratch(RecognizeConfig())
    again.load(learner.save())
    again.fit(shapes, Run(tmp_path, budget=Budget(epochs=0.2), threads=1))
    assert np.array_equal(again.filters[0], learner.weights["stages.stage 1.0.weight"].astype(np.float16))


def test_what_cannot_be_learned_is_told_in_a_sentence(shapes: Dataset, tmp_path: Path) -> None:
    one = Dataset("discs", tuple(example for example in shapes.train if example.answer == "disc"))
    with pytest.raises(PippinError, match="two labels"):
        fitted(one, tmp_path / "one")
    with pytest.raises(PippinError, match="no recipe"):
        fitted(shapes, tmp_path / "recipe", recipe="2050")
    with pytest.raises(PippinError, match="--image-size must be from 16 to 512, or 0, not 100000"):
        fitted(shapes, tmp_path / "side", image_size=100_000)
    with pytest.raises(PippinError, match="--width must be from 1 to 512, not -1"):
        fitted(shapes, tmp_path / "width", width=-1)
    with pytest.raises(PippinError, match="train first"):
        list(FromScratch(RecognizeConfig(image_size=24)).predict([shapes.test[0].input]))
    (tmp_path / "bad.png").write_bytes(b"no picture")
    learner = FromScratch(RecognizeConfig(image_size=24))
    (prediction,) = learner.predict([Image.of(tmp_path / "bad.png")])
    assert prediction.error
    assert not prediction.known


def test_its_card_tells_what_it_has_seen_and_the_command_that_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path))
    for config, said in (({"from_scratch": True}, "began with random weights"), ({}, "has seen the world before")):
        report = pippin.train("recognize", budget="1s", **config)
        assert any(said in note for note in report.notes)
        card = (tmp_path / "artifacts" / report.payload["artifact"] / "README.md").read_text()
        assert said in card
        assert ("efficientnet" in card) == (not config), "what it does not need is not asked for"
        assert (" --from-scratch\n" in card) == bool(config)


def test_its_labels_and_what_it_was_taught_have_a_place_on_the_map(learner: FromScratch, shapes: Dataset) -> None:
    whole = known(learner)
    assert sorted(set(whole.labels)) == sorted(set(learner.all_labels))
    guests = looked_at(learner, [example.input for example in shapes.test[:6]])
    laid = laid_out(whole.points, whole.labels, ~whole.taught, guests)
    assert np.isfinite(laid.places).all()
    assert laid.guests.shape == (6, 2)
