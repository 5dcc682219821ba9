"""The learner: sets and abstention of the built-in models, heat maps that add up, folds that are left out, scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as PilImage

import pippin
from pippin.apps.pathology import application
from pippin.apps.pathology.classical import HogRegression, HogSupportVectors
from pippin.apps.pathology.config import PathologyConfig
from pippin.apps.pathology.data import load
from pippin.apps.pathology.fitting import assign, choose
from pippin.apps.pathology.learner import PathologyLearner
from pippin.apps.pathology.predictions import PathologyPrediction, validate_label
from pippin.apps.pathology.scoring import details, details_report, score
from pippin.core.artifact import read_artifact
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.files import read_json
from pippin.core.inputs import Image
from pippin.core.run import Run
from pippin.core.values import Correction
from pippin.core.workspace import Workspace

ROOT = Path(pippin.__file__).parent
FRUIT = sorted((ROOT / "apps" / "recognize" / "sample").rglob("*.png"))


def built_in(organ: str, **settings: Any) -> PathologyLearner:
    """Return a built-in model under other settings."""
    learner = PathologyLearner(PathologyConfig(organ=organ, **settings))
    learner.load(read_artifact(ROOT / "apps" / "pathology" / "model" / organ).part("model"))
    return learner


@pytest.fixture(scope="module")
def learner() -> PathologyLearner:
    return built_in("breast")


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return [example.input for example in load(None).test]  # type: ignore[misc]


def test_more_coverage_means_larger_sets(images: list[Image]) -> None:
    sizes = []
    for coverage in (0.6, 0.9, 0.99):
        answers = list(built_in("breast", coverage=coverage).predict(images))
        own = [p for p in answers if isinstance(p, PathologyPrediction) and p.is_own_kind]
        assert len(own) > 20
        assert all(p.label_set[0] == p.answer for p in own)
        sizes.append(np.mean([len(p.label_set) for p in own]))
    assert sizes[0] <= sizes[1] < sizes[2]


@pytest.mark.parametrize("organ", ["breast", "chest"])
def test_fruit_and_another_organ_get_no_answer(organ: str) -> None:
    other = load(None, PathologyConfig(organ="chest" if organ == "breast" else "breast")).test
    model = built_in(organ)
    fruit = list(model.predict(Image.of(path) for path in FRUIT[::4]))
    assert np.mean([p.known for p in fruit]) <= 0.05
    assert all("does not answer" in p.evidence[0] for p in fruit if not p.known)
    assert np.mean([p.known for p in model.predict(example.input for example in other)]) <= 0.05


def test_a_heat_map_adds_up_to_what_it_explains(learner: PathologyLearner, images: list[Image]) -> None:
    for seen in learner.look(images[:3]):
        assert not isinstance(seen, PippinError)
        logits = seen.logits * learner.head.temperature - learner.head.biases
        for label in range(2):
            evidence = learner.head.evidence(seen.maps, label)
            assert evidence.shape == (7, 7)
            assert evidence.mean() == pytest.approx(logits[label] - logits.mean(), abs=1e-3)


def test_what_is_taught_counts_for_it_and_little_elsewhere(images: list[Image]) -> None:
    model = built_in("breast")
    before = list(model.predict(images))
    model.update([Correction(images[0], "cyst")])
    after = list(model.predict(images))
    assert after[0].answer == "cyst"
    assert "which you called cyst" in after[0].evidence[0]
    assert "cyst was taught by single images" in " ".join(one for one in after[0].evidence if isinstance(one, str))
    changed = sum(one.answer != other.answer for one, other in zip(before[1:], after[1:], strict=True))
    assert changed <= 3


def test_an_input_that_cannot_be_used_ends_no_batch(learner: PathologyLearner, images: list[Image]) -> None:
    broken = Image(content=b"no image", name="broken.png")
    answers = list(learner.predict([images[0], broken, images[1]]))
    assert [p.error is None for p in answers] == [True, False, True]
    assert "broken.png" in str(answers[1].error)


def test_each_network_leaves_out_its_fold() -> None:
    torch = pytest.importorskip("torch", reason="training needs the extra train")
    from pippin.apps.pathology.networks.ensemble import Ensemble, bodies_to_onnx
    from pippin.apps.pathology.networks.training import loss
    from pippin.learn.nn.onnx_session import session

    torch.manual_seed(0)
    ensemble = Ensemble(3, 2, 16, torch.zeros(3), torch.ones(3))
    images = torch.rand(12, 3, 16, 16, requires_grad=True)
    folds = torch.arange(12) % 3
    for number, (keep, _) in enumerate(ensemble.logits(images, folds)):
        assert keep.tolist() == (folds != number).tolist()
    only = torch.zeros(12, dtype=torch.long)
    value = loss(ensemble, images, torch.arange(12) % 2, only)
    first = [parameter.grad for parameter in ensemble.members()[0].parameters()]
    value.backward()
    assert all(grad is None for grad in first)
    assert all(parameter.grad is None for parameter in ensemble.members()[0].parameters())
    opened = session(bodies_to_onnx(ensemble.eval().members(), 16))
    maps, pooled = opened.run(["maps", "pooled"], {"pixels": images.detach().numpy()})
    np.testing.assert_allclose(maps.mean((2, 3)), pooled, atol=1e-5)
    member = ensemble.members()[1]
    theirs = member.body(member.standardise(images)).mean((2, 3)).detach().numpy()
    np.testing.assert_allclose(pooled[:, 64:128], theirs, atol=1e-4)


def test_folds_tear_no_group() -> None:
    examples = [Example(Image(content=b"x"), "ab"[n // 2 % 2], str(n), str(n // 4)) for n in range(40)]
    classes = np.array(["ab".index(str(e.answer)) for e in examples])
    folds = assign(examples, classes, ["a", "b"], 5)
    assert sorted(set(folds)) == [0, 1, 2, 3, 4]
    assert all(len({folds[n] for n in range(start, start + 4)}) == 1 for start in range(0, 40, 4))
    with pytest.raises(PippinError, match="one patient"):
        assign([replace(e, group="same") for e in examples], classes, ["a", "b"], 5)


def test_size_and_network_follow_the_images(tmp_path: Path) -> None:
    def example(side: int) -> Example:
        path = tmp_path / f"{side}.png"
        PilImage.new("RGB", (side, side + 40)).save(path)
        return Example(Image.of(path), "a", "k")

    assert choose(PathologyConfig(), [example(28)]) == (True, 28)
    assert choose(PathologyConfig(), [example(250)]) == (False, 256)
    assert choose(PathologyConfig(), [example(2000)]) == (False, 512)
    assert choose(PathologyConfig(network="imagenet"), [example(28)]) == (False, 224)
    assert choose(PathologyConfig(network="small", side=48), [example(250)]) == (True, 48)


def answers(rng: np.random.Generator, count: int) -> tuple[list[PathologyPrediction], list[Example]]:
    shares = rng.uniform(0.05, 0.95, count)
    truth = rng.uniform(0, 1, count) < shares
    predictions, examples = [], []
    for share, is_a in zip(shares.tolist(), truth.tolist(), strict=True):
        rows = sorted([("a", share), ("b", 1 - share)], key=lambda row: -row[1])
        found = tuple(label for label, one in rows if one >= 0.3)
        predictions.append(PathologyPrediction(*rows[0], alternatives=(rows[1],), label_set=found))
        examples.append(Example(Image(content=b""), "a" if is_a else "b", ""))
    return predictions, examples


def test_scores_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    predictions, examples = answers(np.random.default_rng(0), 300)
    found = score(predictions, examples)
    shares = [dict([(p.answer, p.confidence), *p.alternatives])["a"] for p in predictions]
    truth = [e.answer == "a" for e in examples]
    assert found["auc"].value == pytest.approx(metrics.roc_auc_score(truth, shares))
    assert found["accuracy"].value == pytest.approx(
        np.mean([(s > 0.5) == t for s, t in zip(shares, truth, strict=True)])
    )
    held = [e.answer in p.label_set for p, e in zip(predictions, examples, strict=True)]
    assert found["coverage"].value == pytest.approx(np.mean(held))
    assert found["set_size"].value == pytest.approx(np.mean([len(p.label_set) for p in predictions]))
    decided = [p.answer == e.answer for p, e in zip(predictions, examples, strict=True) if len(p.label_set) == 1]
    assert found["abstained_accuracy"].value == pytest.approx(np.mean(decided))
    assert found["abstained_accuracy"].value > found["accuracy"].value
    measured = details(predictions, examples)
    report = details_report(measured)
    assert [figure.title for _, figure in report.all_figures()][-1] == "Abstention curve"
    assert measured["answers"]["decided"] == len(decided)


def test_what_is_unlike_counts_for_no_set() -> None:
    predictions, examples = answers(np.random.default_rng(1), 50)
    unlike = [replace(p, known=False, label_set=(), is_own_kind=False) for p in predictions]
    assert {"coverage", "set_size", "abstained_accuracy"} & set(score(unlike, examples)) == set()
    assert (
        score(unlike[:10] + predictions[10:], examples)["coverage"]
        == score(predictions[10:], examples[10:])["coverage"]
    )


@pytest.mark.parametrize("kind", [HogRegression, HogSupportVectors])
def test_a_baseline_loaded_again_answers_the_same(kind: Any, tmp_path: Path, images: list[Image]) -> None:
    pytest.importorskip("sklearn")
    data = load(None)
    first, second = kind(PathologyConfig()), kind(PathologyConfig())
    first.fit(Dataset("few", data.train[:40]), Run(tmp_path))
    second.load(first.save())
    ours, theirs = (list(one.predict(images[:5])) for one in (first, second))
    assert [p.answer for p in ours] == [p.answer for p in theirs]
    assert [p.confidence for p in ours] == pytest.approx([p.confidence for p in theirs])


@pytest.mark.parametrize("label", ["", "  ", "x" * 61, "a\x00b"])
def test_what_is_no_label_is_refused(label: str) -> None:
    with pytest.raises(PippinError, match="A label is"):
        validate_label(label)


@pytest.mark.parametrize(
    "settings",
    [
        {"coverage": 1.0},
        {"networks": 1},
        {"side": 8},
        {"side": 600},
        {"microns": 0.0},
        {"network_epochs": -1.0},
        {"organ": "../x"},
    ],
)
def test_settings_out_of_range_are_told(settings: dict[str, Any]) -> None:
    with pytest.raises(PippinError, match="must be"):
        application.read_settings(settings)


@pytest.mark.data
def test_the_floors_are_kept_on_real_images() -> None:
    data = Path(__file__).parents[4] / "shared" / "data" / "pathology"
    for organ, file, floor in (("breast", "breastmnist.npz", 0.86), ("chest", "pneumoniamnist.npz", 0.99)):
        test = load(str(data / file), PathologyConfig(organ=organ)).test
        found = score(list(built_in(organ).predict(e.input for e in test)), test)
        assert found["auc"].value >= floor
        assert found["coverage"].high >= 0.9


def test_a_label_with_one_image_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for label in ("one", "two"):
        (tmp_path / "tiles" / label).mkdir(parents=True)
        PilImage.new("RGB", (32, 32), "red" if label == "one" else "blue").save(tmp_path / "tiles" / label / "a.png")
    with pytest.raises(PippinError, match="has one image only; give two of each label or more"):
        pippin.train("pathology", str(tmp_path / "tiles"), workspace=Workspace(tmp_path / "home"), threads=1)


@pytest.mark.parametrize("organ", ["breast", "chest"])
def test_card_page_and_export_say_on_what_it_learned(organ: str, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="exporting needs the extra train")
    from pippin.apps.pathology.export import FACTS, export

    model = built_in(organ)
    count = f"{len(model.left_out.truth):,}"
    page = (ROOT.parents[1] / "studio" / "src" / "apps" / "pathology" / "Page.svelte").read_text()
    readme = (ROOT.parents[1] / "README.md").read_text()
    card = (ROOT / "apps" / "pathology" / "model" / organ / "README.md").read_text()
    export(model, tmp_path)
    facts = read_json(tmp_path / FACTS)
    assert count in facts["learned_from"]
    assert "real images" in facts["learned_from"]
    for text in (page, readme, card, facts["notice"]):
        assert "ot a medical device, not for diagnosis or treatment" in text
    assert all(count in text for text in (page, readme, card))
