"""Learning without labels: no label is read, names come afterwards, and what was learned is kept whole."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

import pippin
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.data import load
from pippin.apps.recognize.explain.explain import explain
from pippin.apps.recognize.export import export, load_exported
from pippin.apps.recognize.selfsupervised.learner import NO_NAMES, SelfSupervised
from pippin.core.artifact import read_artifact
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.run import Budget, Run
from pippin.core.values import Correction

from ..conftest import draw

Folder = Callable[..., Path]
SMALL: dict[str, Any] = {"self_supervised": True, "width": 2, "image_size": 16}
CONFIG = RecognizeConfig(**SMALL)


def fitted(data: Dataset, folder: Path, epochs: float = 4, seed: int = 0) -> SelfSupervised:
    learner = SelfSupervised(CONFIG)
    learner.fit(data.for_learning(), Run(folder, budget=Budget(epochs=epochs), seed=seed))
    return learner


def assert_equal_weights(one: SelfSupervised, other: SelfSupervised) -> None:
    assert one.weights.keys() == other.weights.keys()
    for name, array in one.weights.items():
        np.testing.assert_array_equal(array, other.weights[name])
    assert one.onnx == other.onnx


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[SelfSupervised, Path]:
    """A learner, and the 24 images it learned from in folders by label."""
    folder = tmp_path_factory.mktemp("images")
    for label in ("sun", "brick", "leaf"):
        (folder / label).mkdir()
        for number in range(8):
            draw(label, number).save(folder / label / f"{number}.png")
    data = load(str(folder), CONFIG)
    return fitted(data, tmp_path_factory.mktemp("run"), epochs=40), folder


def test_shuffled_labels_and_none_at_all_give_the_same_weights_bit_for_bit(folder: Folder, tmp_path: Path) -> None:
    labelled = folder(sun=8, leaf=8, brick=4)
    files = sorted(labelled.rglob("*.png"))
    shuffled, loose = tmp_path / "shuffled", tmp_path / "loose"
    loose.mkdir()
    labels = [path.parent.name for path in files]
    random.Random(1).shuffle(labels)
    for number, (path, label) in enumerate(zip(files, labels, strict=True)):
        (shuffled / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, shuffled / label / f"{number}.png")
        shutil.copy(path, loose / f"{100 - number}.png")
    models = [
        pippin.train("recognize", str(where), epochs=2, threads=1, **SMALL) for where in (labelled, shuffled, loose)
    ]
    saved = [read_artifact(_folder(report)).part("model") for report in models]
    for other in saved[1:]:
        assert other.files == saved[0].files
        assert {name: array.tobytes() for name, array in other.tensors.items()} == {
            name: array.tobytes() for name, array in saved[0].tensors.items()
        }
    assert [report.payload["data"]["fingerprint"] for report in models].count(
        models[0].payload["data"]["fingerprint"]
    ) == 3


def _folder(report: Any) -> Path:
    (path,) = (Path(report.payload["run"]).parents[1] / "artifacts").glob(report.payload["artifact"])
    return path


def test_no_answer_reaches_the_learner(folder: Folder) -> None:
    data = load(str(folder(sun=9, leaf=9)), CONFIG)
    assert {example.answer for example in data.examples} == {"sun", "leaf"}
    assert {example.answer for example in data.for_learning().examples} == {None}


def test_labels_of_the_folders_are_ignored_and_said(folder: Folder) -> None:
    report = pippin.train("recognize", str(folder(sun=9, leaf=9)), epochs=1, threads=1, **SMALL)
    assert any("2 labels of the data (leaf, sun) ignored" in note for note in report.notes)
    assert report.payload["labels"] == []
    assert report.payload["scores"] == {}
    assert report.payload["in_use"]
    assert report.payload["baseline"]["name"] is None


def test_until_something_has_a_name_nothing_is_known(trained: tuple[SelfSupervised, Path]) -> None:
    learner, folder = trained
    (found,) = learner.predict([Image.of(folder / "sun" / "0.png")])
    assert (found.answer, found.known, found.evidence) == (None, False, (NO_NAMES,))


def test_a_bad_image_is_an_error_and_the_good_are_answered(
    trained: tuple[SelfSupervised, Path], tmp_path: Path
) -> None:
    learner, folder = trained
    (tmp_path / "text.png").write_text("no image")
    bad, good = learner.predict([Image.of(tmp_path / "text.png"), Image.of(folder / "sun" / "0.png")])
    assert "text.png" in str(bad.error)
    assert good.error is None


def renewed(learner: SelfSupervised) -> SelfSupervised:
    other = SelfSupervised(CONFIG)
    other.load(learner.save())
    return other


def taught(learner: SelfSupervised, folder: Path, shots: int) -> SelfSupervised:
    other = renewed(learner)
    for label in ("sun", "brick", "leaf"):
        other.update([Correction(Image.of(folder / label / f"{number}.png"), label) for number in range(shots)])
    return other


@pytest.mark.parametrize("shots", [1, 5])
def test_a_few_names_name_the_rest(trained: tuple[SelfSupervised, Path], shots: int) -> None:
    learner, folder = trained
    child = taught(learner, folder, shots)
    rest = [(Image.of(folder / label / "7.png"), label) for label in ("sun", "brick", "leaf")]
    assert [found.answer for found in child.predict([item for item, _ in rest])] == [label for _, label in rest]
    (same,) = child.predict([Image.of(folder / "sun" / "0.png")])
    assert (same.answer, same.confidence) == ("sun", 1.0)
    assert child.counts == {"sun": shots, "brick": shots, "leaf": shots}


def test_the_last_name_of_an_image_counts(trained: tuple[SelfSupervised, Path]) -> None:
    learner, folder = trained
    child, item = renewed(learner), Image.of(folder / "sun" / "0.png")
    child.update([Correction(item, "apple")])
    child.update([Correction(item, "ball")])
    assert child.labels == ["ball"]


def test_saved_and_loaded_it_answers_the_same(trained: tuple[SelfSupervised, Path]) -> None:
    learner, folder = trained
    child = taught(learner, folder, 3)
    items = [Image.of(path) for path in sorted(folder.rglob("*.png"))]
    for one, other in zip(child.predict(items), renewed(child).predict(items), strict=True):
        assert (one.answer, one.known) == (other.answer, other.known)
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)


def test_an_interrupted_training_resumed_ends_with_the_same_weights(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = load(str(folder(sun=10, leaf=10)), CONFIG)
    whole = fitted(data, tmp_path / "whole", 6)
    stopped = tmp_path / "stopped"
    run = Run(stopped, budget=Budget(epochs=6), interval=0.0)
    original = run.save

    def save_then_stop(*arguments: Any) -> None:
        original(*arguments)
        (stopped / "stop").touch()
        run._last_look = 0.0

    monkeypatch.setattr(run, "save", save_then_stop)
    first = SelfSupervised(CONFIG)
    first.fit(data.for_learning(), run)
    assert run.interrupted
    assert first.onnx != whole.onnx
    (stopped / "stop").unlink()
    assert_equal_weights(fitted(data, stopped, 6), whole)


def test_other_seeds_give_other_weights(folder: Folder, tmp_path: Path) -> None:
    data = load(str(folder(sun=9, leaf=9)), CONFIG)
    one, other = (fitted(data, tmp_path / str(seed), 1, seed) for seed in (0, 1))
    assert one.onnx != other.onnx


def test_the_exported_files_answer_the_same(trained: tuple[SelfSupervised, Path], tmp_path: Path) -> None:
    learner, folder = trained
    items = [Image.of(path) for path in sorted(folder.rglob("*.png"))]
    export(learner, tmp_path / "plain")
    with pytest.raises(PippinError, match="no names"):
        load_exported(tmp_path / "plain")(items)
    child = taught(learner, folder, 2)
    export(child, tmp_path / "named")
    assert load_exported(tmp_path / "named")(items) == [found.answer for found in child.predict(items)]
    facts = json.loads((tmp_path / "named" / "recognize.json").read_text())
    assert facts["limit"] == pytest.approx(-learner.alike)


def test_explained_as_a_whole_it_tells_agreement_by_depth(trained: tuple[SelfSupervised, Path]) -> None:
    learner, folder = trained
    report = explain(learner, None, lambda: load(str(folder), CONFIG))
    assert list(report.payload["agreement"]) == ["pixels", "stage 1", "stage 2", "stage 3", "points"]
    assert all(-0.5 <= value <= 1 for value in report.payload["agreement"].values())
    assert report.figures[0].title == "The first filters, from noise to edges and colours"
    assert len(report.figures) == 5


def test_explained_without_labels_it_claims_no_agreement(trained: tuple[SelfSupervised, Path], tmp_path: Path) -> None:
    learner, folder = trained
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        shutil.copy(path, tmp_path / f"{number}.png")
    report = explain(learner, None, lambda: load(str(tmp_path), CONFIG))
    assert report.payload["agreement"] == {}
    assert any("no labels" in note for note in report.notes)
    alone = explain(learner, None, None)
    assert len(alone.figures) == 2
    assert "--data" in alone.notes[0]


def test_one_image_is_explained_by_those_like_it(trained: tuple[SelfSupervised, Path]) -> None:
    learner, folder = trained
    item = Image.of(folder / "leaf" / "0.png")
    report = explain(learner, item, lambda: load(str(folder), CONFIG))
    assert report.payload["nearest"][0]["name"] == item.name
    assert report.payload["nearest"][0]["likeness"] == pytest.approx(1, abs=1e-4)
    assert np.shape(report.payload["occlusion"]) == (8, 8)


def test_labels_of_the_data_fit_the_head_where_the_learner_may_have_them(folder: Folder, tmp_path: Path) -> None:
    data = load(str(folder(sun=9, leaf=9)))
    learner = SelfSupervised(CONFIG)
    learner.fit(Dataset("labelled", data.examples), Run(tmp_path / "run", budget=Budget(epochs=1)))
    assert set(learner.counts) == {"sun", "leaf"}
    unlabelled = SelfSupervised(CONFIG)
    plain = tuple(Example(one.input, None, one.key) for one in data.examples)
    unlabelled.fit(Dataset("plain", plain), Run(tmp_path / "other", budget=Budget(epochs=1)))
    assert_equal_weights(learner, unlabelled)


def test_a_network_that_learned_is_not_trained_further(folder: Folder) -> None:
    images = folder(sun=9, leaf=9)
    made = pippin.train("recognize", str(images), epochs=1, threads=1, **SMALL).payload["artifact"]
    with pytest.raises(PippinError, match="not trained further"):
        pippin.train("recognize", str(images), epochs=1, threads=1, from_=made)
    pippin.teach("recognize", images / "sun" / "0.png", "sun")
    folded = pippin.train("recognize", from_=made)
    assert folded.payload["artifact"] != made
    assert pippin.predict("recognize", images / "sun" / "0.png").payload["results"][0]["answer"] == "sun"
