"""The main job end to end: show pictures, ask, correct, take back, save under a name; without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import pippin
from pippin.apps.recognize import application, export
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.clustering import find_groups
from pippin.apps.recognize.pretrained.feature_cache import Features, see
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.inputs import Image
from pippin.core.values import Correction
from pippin.learn.nn.onnx_session import session

Folder = Callable[..., Path]


def answer(image: Path) -> dict[str, object]:
    result: dict[str, object] = pippin.predict("recognize", image).payload["results"][0]
    return result


def test_trained_on_a_folder_it_names_new_images(folder: Folder) -> None:
    images = folder(sun=8, brick=8, leaf=8)
    report = pippin.train("recognize", str(images / "."), threads=1)
    assert report.payload["scores"]["accuracy"]["value"] == 1.0
    assert report.payload["data"]["skipped"] == []
    assert answer(images / "sun" / "0.png")["answer"] == "sun"
    evaluated = pippin.evaluate("recognize", str(images)).payload
    assert evaluated["scores"] == report.payload["scores"]
    assert evaluated["baseline"]["name"] == "hand-made"


def test_the_lessons_child(folder: Folder) -> None:
    """First it calls everything it was shown alike; corrected once it knows better; undone it knows no more."""
    child = FewShotLearner(RecognizeConfig())
    images = folder(sun=6, leaf=6)
    suns, leaves = (sorted((images / label).iterdir()) for label in ("sun", "leaf"))
    child.update([Correction(Image.of(path), "apple") for path in suns[:4]])
    (before,) = child.predict([Image.of(leaves[0])])
    assert before.answer == "apple"
    assert not before.known
    assert "never taught" in before.evidence[0]
    child.update([Correction(Image.of(leaves[0]), "ball")])
    same, alike, first = child.predict([Image.of(leaves[0]), Image.of(leaves[1]), Image.of(suns[5])])
    assert (same.answer, same.confidence) == ("ball", 1.0)
    assert alike.answer == "ball"
    assert first.answer == "apple"


def test_the_last_word_on_a_image_counts(folder: Folder) -> None:
    sun = Image.of(folder(sun=1) / "sun" / "0.png")
    child = FewShotLearner(RecognizeConfig())
    child.update([Correction(sun, "apple")])
    child.update([Correction(sun, "ball")])
    assert child.labels == ["ball"]


def test_a_bad_image_is_one_sentence_and_the_good_are_answered(folder: Folder, tmp_path: Path) -> None:
    images = folder(sun=3, brick=3)
    pippin.train("recognize", str(images), threads=1)
    (tmp_path / "text.jpg").write_text("not a picture at all")
    payload = pippin.predict("recognize", images / "sun" / "0.png", tmp_path / "text.jpg").payload
    assert payload["skipped"] == 1
    assert [bool(result["error"]) for result in payload["results"]] == [False, True]
    with pytest.raises(PippinError, match=r"text.jpg .* text"):
        pippin.predict("recognize", tmp_path / "text.jpg")
    with pytest.raises(PippinError, match=r"text.jpg"):
        pippin.teach("recognize", tmp_path / "text.jpg", "sun")


@pytest.mark.parametrize("label", ["", "   ", "a" * 101, "line\x00break"])
def test_labels_that_cannot_be_are_refused(folder: Folder, label: str) -> None:
    with pytest.raises(PippinError):
        pippin.teach("recognize", folder(sun=1) / "sun" / "0.png", label)


@pytest.mark.parametrize("label", ["naïve 🍎", "../etc", ".hidden", "a/b", "<script>x</script>"])
def test_any_printable_label_works_and_is_harmless(folder: Folder, label: str) -> None:
    report = pippin.teach("recognize", folder(sun=1) / "sun" / "0.png", label)
    assert report.payload["taught"][0]["now"]["answer"] == label
    assert "<script" not in report.to_html()
    pippin.undo("recognize")


def test_features_come_from_the_cache_and_are_the_same(folder: Folder) -> None:
    images = [Image.of(path) for path in sorted(folder(sun=3).rglob("*.png"))]
    first, again = list(see(images, 2)), list(see(images, 1))
    for one, other in zip(first, again, strict=True):
        assert isinstance(one, Features)
        assert isinstance(other, Features)
        np.testing.assert_array_equal(one.features, other.features)
        assert one.guesses == other.guesses
        assert 0 < one.guesses[0][1] <= 1


def test_groups_are_found_without_labels_and_named(folder: Folder) -> None:
    images = folder(sun=6, brick=6, leaf=6)
    groups = find_groups([Image.of(path) for path in sorted(images.rglob("*.png"))])
    assert sorted(len(group.images) for group in groups) == [6, 6, 6]
    assert all(len({item.path.parent.name for item in group.images if item.path}) == 1 for group in groups)
    assert all({item.name for item in group.border} == {item.name for item in group.images} for group in groups)


def test_discover_and_name_a_group_on_the_command_line(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pippin.cli import main

    images = folder(sun=4, leaf=4)

    def run(*words: str) -> dict[str, object]:
        monkeypatch.setattr(sys, "argv", ["pippin", "recognize", *words, "--json"])
        main()
        result: dict[str, object] = json.loads(capsys.readouterr().out)
        return result

    found = run("discover", str(images), "--groups", "2")
    assert sorted(len(group) for group in found["groups"]) == [4, 4]  # type: ignore[attr-defined, arg-type]
    taught = run("discover", "--name", "1=sky thing")
    assert len(taught["taught"]) == 4  # type: ignore[arg-type]
    assert run("labels")["labels"]["sky thing"] == 4  # type: ignore[index]
    assert len(run("undo")["undone"]) == 4  # type: ignore[arg-type]


def test_a_taught_model_saved_under_a_name_is_an_application(folder: Folder) -> None:
    images = folder(sun=4, brick=4)
    pippin.train("recognize", str(images), threads=1)
    leaf = folder(leaf=2) / "leaf"
    pippin.teach("recognize", leaf / "0.png", "leaf")
    pippin.save_as("recognize", "weather")
    result = pippin.predict("weather", leaf / "1.png").payload
    assert result["application"] == "weather"
    assert result["results"][0]["answer"] == "leaf"
    pippin.teach("weather", leaf / "1.png", "grass")
    assert answer(leaf / "1.png")["answer"] == "leaf", "teaching the saved one must not change the first"


def test_what_was_taught_folds_into_a_child(folder: Folder) -> None:
    images = folder(sun=4, brick=4)
    parent = pippin.train("recognize", str(images), threads=1).payload["artifact"]
    leaf = folder(leaf=3) / "leaf"
    pippin.teach("recognize", leaf / "0.png", "leaf")
    before = answer(leaf / "2.png")
    child = pippin.train("recognize", from_=parent, threads=1).payload["artifact"]
    assert child != parent
    after = answer(leaf / "2.png")
    assert (after["answer"], after["confidence"]) == (before["answer"], before["confidence"])
    assert pippin.history("recognize").payload["taught"] == [], "the rows are in the child now"


@pytest.mark.parametrize("argument", [True, False])
def test_explanations_show_figures(folder: Folder, argument: bool, tmp_path: Path) -> None:
    images = folder(sun=4, brick=4)
    pippin.train("recognize", str(images), threads=1)
    report = pippin.explain("recognize", *([images / "sun" / "0.png"] if argument else []), out=tmp_path / "out")
    files = report.payload["files"]
    assert files
    assert all(Path(file).read_bytes().startswith(b"\x89PNG") for file in files)
    if argument:
        evidence = np.array(report.payload["occlusion"])
        assert evidence.shape == (9, 9)
        assert np.isfinite(evidence).all()


def test_predict_and_teach_need_no_torch(folder: Folder) -> None:
    """In a fresh interpreter where torch, scikit-learn, scikit-image and onnx cannot be imported."""
    images = folder(sun=2, leaf=2)
    code = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "sklearn", "skimage", "onnx", "scipy", "matplotlib"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import pippin
taught = pippin.teach("recognize", {str(images / "sun" / "0.png")!r}, "sun").payload["taught"][0]["now"]["answer"]
seen = pippin.predict("recognize", {str(images / "sun" / "1.png")!r}).payload["results"][0]
pippin.undo("recognize")
print(taught, seen["error"], pippin.evaluate("recognize").payload["baseline"]["name"])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("sun None")
    assert done.stdout.endswith("hand-made\n"), "the classical method needs no more than numpy either"


def test_a_model_made_before_there_were_views_answers_as_it_did(folder: Folder) -> None:
    """It says no recipe: its pictures are seen as they are, also those it is taught from now on."""
    images = [Image.of(path) for path in sorted(folder(sun=3, leaf=3).rglob("*.png"))]
    before = FewShotLearner(RecognizeConfig())
    before.recipe = "plain"
    before.update([Correction(item, item.name.split("/")[-2]) for item in images[::2]])
    saved = before.save()
    assert saved.tensors["points"].shape[1] == 1280
    loaded = FewShotLearner(RecognizeConfig())
    loaded.load(replace(saved, config={name: value for name, value in saved.config.items() if name != "recipe"}))
    assert list(loaded.predict(images)) == list(before.predict(images))
    loaded.update([Correction(images[1], "sky")])
    assert next(loaded.predict([images[1]])).answer == "sky"
    with pytest.raises(PippinError, match="'later', which this Pippin does not have"):
        loaded.load(replace(saved, config={**saved.config, "recipe": "later"}))


def test_of_few_images_all_are_learned_from() -> None:
    """Their scores come from five folds, unless parts came with them or a network begins from nothing."""
    examples = tuple(Example(Image(content=b"x"), "sun", str(number)) for number in range(1000))
    few, many = Dataset("few", examples[:900], examples[900:950], examples[950:999]), Dataset("many", examples)
    assert application.refit_folds(few, {}) == 5
    assert application.refit_folds(few, {"from_scratch": True}) == 0
    assert application.refit_folds(replace(few, predefined_split=True), {}) == 0
    assert application.refit_folds(many, {}) == 0


@pytest.mark.parametrize("recipe", ["plain", "views"])
def test_exported_it_gives_the_same_probabilities(recipe: str, folder: Folder, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    images = [Image.of(path) for path in sorted(folder(sun=4, leaf=4, brick=4).rglob("*.png"))]
    learner = FewShotLearner(RecognizeConfig())
    learner.recipe = recipe
    learner.update([Correction(item, item.name.split("/")[-2]) for item in images if "0.png" not in item.name])
    export.export(learner, tmp_path)
    opened = session(tmp_path / export.MODEL)
    pixels = np.stack([export._as_the_backbone_sees(item) for item in images])
    shares, novelty = opened.run(["probabilities", "novelty"], {"pixels": pixels})
    features = np.stack([seen.features for seen in learner.see(images) if isinstance(seen, Features)])
    expected, _, expected_novelty = learner.shares(learner.embed(features), None)
    np.testing.assert_allclose(shares, expected, atol=0.02)
    np.testing.assert_allclose(novelty, expected_novelty, atol=0.1)


def test_settings_without_effect_are_told(folder: Folder) -> None:
    report = pippin.train("recognize", str(folder(sun=3, leaf=3)), threads=1, image_size=32, recipe="resnet-plain")
    assert "Without --from-scratch, --recipe, --image-size had no effect." in report.notes
