"""The tuned last blocks: as published before tuning, kept only if better, the same again from disk and ONNX."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from pippin.apps.recognize import export
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.explain import explain
from pippin.apps.recognize.pretrained import finetune
from pippin.apps.recognize.pretrained import learner as learners
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.pretrained.tuned_blocks import LastBlocks
from pippin.core.data import Dataset
from pippin.core.inputs import Image as ImageInput
from pippin.core.inputs import Input
from pippin.core.run import Budget, Run
from pippin.core.values import Correction, SavedState
from pippin.core.workspace import cache
from pippin.learn.nn.onnx_session import session
from pippin.learn.vision import backbone


@pytest.fixture(scope="module")
def apart(shapes: Dataset) -> Dataset:
    """The shapes with sixteen pictures to choose by."""
    return replace(shapes, train=shapes.train[16:], val=shapes.val + shapes.train[:16])


@pytest.fixture
def enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learners, "ENOUGH", 20)
    monkeypatch.setattr(learners, "ENOUGH_APART", 10)


@pytest.fixture
def tuned(apart: Dataset, enough: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FewShotLearner:
    """Tuned for two passes, where the head alone tells nothing apart."""
    with monkeypatch.context() as patch:
        patch.setattr(Head, "predict_points", lambda head, points: np.zeros((len(points), len(head.labels))))
        learner = FewShotLearner(RecognizeConfig())
        learner.fit(apart, Run(tmp_path / "run", budget=Budget(epochs=2), threads=1))
    assert learner.blocks is not None
    return learner


def probabilities(learner: FewShotLearner, inputs: list[Input]) -> list[dict[Any, Any]]:
    return [{found.answer: found.confidence, **dict(found.alternatives)} for found in learner.predict(inputs)]


def test_before_it_is_tuned_it_is_the_published_network() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3, 224, 224)).astype(np.float32)
    late, features = session(backbone.prepare(cache("backbone"))).run(["late", "features"], {"pixels": pixels})
    with torch.inference_mode():
        ours = finetune.blocks(10).eval()[:-2](torch.from_numpy(late))
    np.testing.assert_allclose(ours.numpy(), features, atol=2e-4)


def test_it_is_kept_where_it_names_more_right_and_answers_the_same_from_disk_and_onnx(
    tuned: FewShotLearner, apart: Dataset, tmp_path: Path
) -> None:
    inputs = [example.input for example in apart.test]
    before = probabilities(tuned, inputs)
    again = FewShotLearner(RecognizeConfig())
    saved = tuned.save()
    again.load(SavedState(saved.tensors, saved.config, saved.files))
    assert probabilities(again, inputs) == before
    export.export(tuned, tmp_path)
    opened, look = session(tmp_path / export.MODEL), export._as_the_backbone_sees
    for item, expected in zip(inputs, before, strict=True):
        (shares,) = opened.run(["probabilities"], {"pixels": look(item)[None]})
        assert dict(zip(("disc", "square"), shares[0], strict=True)) == pytest.approx(expected, abs=2e-3)
    assert explain(tuned, inputs[0]).figures


@pytest.fixture
def fades(tmp_path: Path) -> list[Input]:
    """Four pictures like nothing among the shapes."""
    for number in range(4):
        pixels = np.tile(np.linspace(0, 255, 40 + number, dtype=np.uint8)[:, None, None], (1, 40, 3))
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return [ImageInput.of(tmp_path / f"{number}.png") for number in range(4)]


def test_a_label_taught_since_is_named_by_the_head(
    tuned: FewShotLearner, apart: Dataset, fades: list[Input], tmp_path: Path
) -> None:
    *taught, fresh = fades
    discs = [example.input for example in apart.test]
    before = probabilities(tuned, discs)
    tuned.update([Correction(item, "fade") for item in taught])
    assert next(tuned.predict([fresh])).answer == "fade"
    for old, new in zip(before, probabilities(tuned, discs), strict=True):
        assert sum(new.values()) == pytest.approx(1, abs=1e-4)
        scaled = {label: share / (1 - new["fade"]) for label, share in new.items() if label != "fade"}
        assert scaled == pytest.approx(old, abs=1e-3)
    export.export(tuned, tmp_path)
    assert export.load_exported(tmp_path)([fresh]) == ["fade"]


def test_what_a_tuned_label_is_taught_counts_for_what_is_like_it(
    tuned: FewShotLearner, fades: list[Input], tmp_path: Path
) -> None:
    *taught, fresh = fades
    other = {"disc": "square", "square": "disc"}[str(next(tuned.predict([fresh])).answer)]
    tuned.update([Correction(item, other) for item in taught])
    (after,) = probabilities(tuned, [fresh])
    assert max(after, key=lambda label: after[label]) == other
    again = FewShotLearner(RecognizeConfig())
    again.load(tuned.save())
    assert probabilities(again, [fresh]) == [after]
    export.export(tuned, tmp_path)
    assert export.load_exported(tmp_path)([fresh]) == [other]


def test_labels_that_are_gone_or_taught_get_no_share_of_the_tuned_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = LastBlocks(b"", ("a", "b", "gone"), 1.0)
    monkeypatch.setattr(blocks, "logits", lambda maps: np.array([[0.0, 1.0, 9.0]], np.float32))
    shares = np.array([[0.5, 0.2, 0.3]], np.float32)
    found = blocks.joined(shares, ("a", "b", "new"), set(), np.zeros(1))
    np.testing.assert_allclose(found, [[0.7 / (1 + np.e), 0.7 * np.e / (1 + np.e), 0.3]], rtol=1e-5)
    np.testing.assert_allclose(blocks.joined(shares, ("a", "b", "new"), {"b"}, np.zeros(1)), shares, rtol=1e-5)
    np.testing.assert_allclose(blocks.joined(shares, ("a", "b", "new"), {"a", "b"}, np.zeros(1)), shares, rtol=1e-5)


def test_a_child_of_a_tuned_model_keeps_its_blocks(tuned: FewShotLearner, apart: Dataset, tmp_path: Path) -> None:
    few = replace(apart, train=apart.train[:4], val=())
    blocks = tuned.blocks
    tuned.fit(few, Run(tmp_path / "child", threads=1))
    assert tuned.blocks is blocks
    assert tuned.since == {example.answer for example in few.train}


def test_one_image_under_two_labels_has_one_of_them(apart: Dataset, tmp_path: Path) -> None:
    twice = replace(apart.train[0], answer="only here")
    data = replace(apart, train=(twice, *apart.train))
    alone = FewShotLearner(RecognizeConfig(fine_tune=False))
    alone.fit(data, Run(tmp_path / "alone", threads=1))
    run = Run(tmp_path / "run", budget=Budget(epochs=0.1), threads=1)
    finetune.tune_blocks(alone.examples, alone.recipe, data, run)
    assert "val_accuracy_tuned" in (run.folder / "log.jsonl").read_text()


def test_it_is_left_out_where_it_is_no_better_or_not_wanted_or_there_is_too_little(
    apart: Dataset, enough: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finetune, "train", lambda *_, **__: None)  # untrained, it says the same of everything
    wanted, unwanted = FewShotLearner(RecognizeConfig()), FewShotLearner(RecognizeConfig(fine_tune=False))
    run = Run(tmp_path / "run", threads=1)
    wanted.fit(apart, run)
    *_, scores = map(json.loads, (run.folder / "log.jsonl").read_text().splitlines())
    assert scores["val_accuracy_tuned"] <= scores["val_accuracy_head_alone"]
    unwanted.fit(apart, run)
    monkeypatch.setattr(learners, "ENOUGH", 1000)
    few = FewShotLearner(RecognizeConfig())
    few.fit(apart, run)
    assert (wanted.blocks, unwanted.blocks, few.blocks) == (None, None, None)


def test_a_stop_or_nothing_to_choose_by_leaves_the_head(apart: Dataset, enough: None, tmp_path: Path) -> None:
    alone = FewShotLearner(RecognizeConfig(fine_tune=False))
    alone.fit(apart, Run(tmp_path / "alone", threads=1))
    stopped = Run(tmp_path / "stopped", threads=1)
    (stopped.folder / "stop").touch()
    assert finetune.tune_blocks(alone.examples, alone.recipe, apart, stopped) is None
    assert (
        finetune.tune_blocks(alone.examples, alone.recipe, replace(apart, val=()), Run(tmp_path / "run", threads=1))
        is None
    )
