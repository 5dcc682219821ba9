"""Near-copies of what was learned from: found without any image, told in an answer, and left out of scores."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PilImage

from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.images.near_copies import encode, is_near
from pippin.apps.pathology.learner import NEAR_COPY, PathologyLearner
from pippin.apps.pathology.predictions import PathologyPrediction
from pippin.apps.pathology.scoring import details, details_report, score
from pippin.core.artifact import read_artifact
from pippin.core.data import Example
from pippin.core.inputs import Image

MODEL = Path(__file__).parents[3] / "src" / "pippin" / "apps" / "pathology" / "model"


def draw(seed: int, side: int = 60) -> PilImage.Image:
    """An image like no other."""
    coarse = np.random.default_rng(seed).integers(0, 255, (6, 6), np.uint8)
    return PilImage.fromarray(coarse).resize((side, side), PilImage.Resampling.BICUBIC).convert("RGB")


def bytes_of(image: PilImage.Image, **how: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **how)
    return buffer.getvalue()


def test_copies_are_near_and_others_are_not() -> None:
    images = [draw(seed) for seed in range(40)]
    codes = encode(np.stack([np.asarray(image) for image in images]))
    assert codes.shape == (40, 32)
    for number, image in enumerate(images):
        packed = np.asarray(PilImage.open(io.BytesIO(bytes_of(image, quality=60))))
        copies = [packed, np.asarray(image.resize((90, 90)))]
        copies += [np.asarray(image.point(lambda level: level * 0.9 + 10))]
        assert all(is_near(encode(copy[None])[0], codes[[number]]) for copy in copies)
        assert not is_near(codes[number], np.delete(codes, number, axis=0))


def test_plain_images_are_near_nothing() -> None:
    codes = encode(np.stack([np.full((20, 20, 3), level, np.uint8) for level in (0, 128, 255)]))
    assert not codes.any()
    assert not is_near(codes[0], codes)
    assert not is_near(codes[0], encode(np.zeros((0, 9, 9, 3), np.uint8)))


@pytest.fixture(scope="module")
def learner() -> PathologyLearner:
    """The built-in model, as if it had learned from two images of the sample."""
    learner = PathologyLearner(PathologyConfig())
    learner.load(read_artifact(MODEL / "breast").part("model"))
    assert len(learner.codes) == len(learner.left_out.truth)
    test = load(None).test
    learner.codes = np.stack([seen.code for seen in learner.look(e.input for e in test[:2])])  # type: ignore[union-attr]
    return learner


def test_an_answer_says_that_it_learned_from_a_near_copy(learner: PathologyLearner) -> None:
    examples = load(None).test[:12]
    answers = list(learner.predict(e.input for e in examples))
    told = [NEAR_COPY in p.evidence for p in answers]
    assert told == [True, True] + [False] * 10
    assert told == [isinstance(p, PathologyPrediction) and p.is_near_copy for p in answers]


def test_scores_count_no_near_copy(learner: PathologyLearner) -> None:
    examples = load(None).test
    answers = list(learner.predict(e.input for e in examples))
    assert score(answers, examples) == score(answers[2:], examples[2:])
    measured = details(answers, examples)
    assert measured["answers"]["near_copies"] == 2
    assert sum(map(sum, measured["confusion"]["matrix"])) == len(examples) - 2
    assert any("2 images" in note for note in details_report(measured).notes)


def test_a_model_saved_and_loaded_knows_them_still(learner: PathologyLearner) -> None:
    again = PathologyLearner(PathologyConfig())
    again.load(learner.save())
    np.testing.assert_array_equal(again.codes, learner.codes)


def test_all_near_copies_leave_nothing_to_score(learner: PathologyLearner) -> None:
    examples = [Example(Image(content=b""), "malignant", str(number)) for number in range(3)]
    answers = [PathologyPrediction("malignant", 0.9, is_near_copy=True)] * 3
    assert score(answers, examples) == {}
    assert details(answers, examples)["answers"] == {"near_copies": 3}
    assert any("3 images" in note for note in details_report(details(answers, examples)).notes)


@pytest.mark.data
def test_a_test_part_of_twins_is_not_scored_on(tmp_path: Path) -> None:
    found = np.load(Path(__file__).parents[4] / "shared" / "data" / "pathology" / "breastmnist.npz")
    train, val = found["train_images"], found["val_images"]
    rows = [images.reshape(len(images), -1).astype(float) for images in (train, val)]
    rows = [(one - one.mean(1, keepdims=True)) / one.std(1, keepdims=True) / 28 for one in rows]
    twins = (rows[1] @ rows[0].T > 0.99).any(axis=0)  # left out when the built-in model learned
    chosen = np.flatnonzero(~twins)[:40]
    noise = np.random.default_rng(0).normal(0, 2, train[chosen].shape)
    path = tmp_path / "breastmnist.npz"
    images = np.concatenate([(train[chosen] + noise).clip(0, 255).astype(np.uint8), val])
    np.savez(path, test_images=images, test_labels=np.concatenate([found["train_labels"][chosen], found["val_labels"]]))
    learner = PathologyLearner(PathologyConfig())
    learner.load(read_artifact(MODEL / "breast").part("model"))
    answers = list(learner.predict(e.input for e in load(str(path)).test))
    near = [isinstance(p, PathologyPrediction) and p.is_near_copy for p in answers]
    assert sum(near[:40]) >= 38
    assert sum(near[40:]) <= 3
