"""What explanations show is so: fields, purity, preferred inputs, evidence, and the map of what was taught."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Images

import pippin
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.decision_boundary import _plane, label_map
from pippin.apps.recognize.explain.explain import explain
from pippin.apps.recognize.explain.feature_hierarchy import Depth, _purities, _telling
from pippin.apps.recognize.explain.feature_visualization import colours_of, preferred, upto
from pippin.apps.recognize.explain.gradcam import gradcam
from pippin.apps.recognize.explain.receptive_field import Field, fields
from pippin.apps.recognize.pretrained.embedding import l2_normalized
from pippin.apps.recognize.pretrained.exemplars import Exemplar
from pippin.apps.recognize.pretrained.learner import FewShotLearner
from pippin.apps.recognize.pretrained.ridge_head import Head
from pippin.apps.recognize.scratch.learner import FromScratch
from pippin.apps.recognize.scratch.networks import RECIPES, build
from pippin.core.data import Dataset
from pippin.core.report.cells import Figure


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("side", [40, 64])
def test_a_unit_sees_just_the_pixels_its_gradient_reaches(recipe: str, side: int) -> None:
    torch.manual_seed(0)
    network = build(recipe, 3, side).eval()
    for name, field in fields(network).items():
        images = torch.rand(8, 3, side, side, requires_grad=True)
        maps = upto(network, name, images)
        place = maps.shape[2] // 2
        (slope,) = torch.autograd.grad(maps[:, :, place, place].sum(), images)
        rows = slope.abs().sum((0, 1, 3)).nonzero().flatten()
        _, top, _, bottom = field.box(place, place)
        assert max(top, 0) <= int(rows.min()), name
        assert int(rows.max()) < min(bottom, side), name
        # Nor much more: a pooled unit may leave a row of its field unused.
        assert int(rows.min()) - max(top, 0) <= field.step, name


def test_purity_is_the_share_of_the_commonest_label_at_the_top() -> None:
    labels = ["a"] * 20 + ["b"] * 20
    rng = np.random.default_rng(0)
    strongest = np.stack([np.arange(40.0), -np.arange(40.0), rng.random(40), np.zeros(40)], axis=1)
    depth = Depth("stage", Field(5, 1, 0.5), 8, strongest.astype(np.float32), np.zeros((40, 4), np.int64))
    purity = _purities(depth, labels)
    assert purity[:2].tolist() == [1.0, 1.0]
    assert purity[2] < 1
    assert set(_telling(depth, purity)) == {0, 1, 2}, "a channel that never answers tells nothing"


def test_preferred_inputs_excite_their_unit_more_than_any_image_of_the_data(
    learner: FromScratch, shapes: Dataset
) -> None:
    network, units = learner.network(), [0, 1, 2]
    pixels = np.stack([learner.pixels(example.input) for example in shapes.train])
    for stage in ("stage 1", "stage 2"):
        made = preferred(network, stage, units, learner.side, colours_of(pixels))
        assert 0 <= float(made.min()) <= float(made.max()) <= 1
        with torch.no_grad():
            own = upto(network, stage, made)
            place = own.shape[2] // 2
            reached = own[range(3), units, place, place]
            data = upto(network, stage, torch.from_numpy(pixels))[:, units, place, place]
        assert bool((reached > data.mean(0) + 2 * data.std(0)).all()), stage


def test_gradcam_of_the_last_maps_is_the_share_each_place_has_in_the_logit(shapes: Dataset) -> None:
    """Where pooling and one linear layer follow, it is the class activation map (Zhou et al. 2016)."""
    torch.manual_seed(0)
    learner = FromScratch(RecognizeConfig(image_size=44))
    network = build("resnet", 2, 44).eval()
    learner.learned, learner.side = {"disc": 1, "square": 1}, 44
    learner.weights = {name: value.numpy() for name, value in network.state_dict().items()}
    item = shapes.test[0].input
    evidence, stage = gradcam(learner, item, 1)
    assert stage == list(network.stages)[-1]
    with torch.no_grad():
        maps = upto(network, stage, torch.from_numpy(learner.pixels(item))[None])[0]
        share = torch.einsum("c,chw->hw", network.head.weight[1], maps).numpy()
    assert np.allclose(evidence, share / np.abs(share).max(), atol=1e-5)


def test_the_network_explains_itself_and_a_image(learner: FromScratch, shapes: Dataset) -> None:
    report = explain(learner, None, lambda: shapes)
    kinds = [figure.media_type for figure in report.figures]
    assert kinds == ["image/gif", "image/png", *["image/png"] * 4]
    assert list(report.payload["purity"]) == ["stage 1", "stage 2", "stage 3", "stage 4"]
    assert report.payload["chance"] < report.payload["purity"]["stage 4"]["mean"] <= 1
    with Images.open(io.BytesIO(report.figures[0].content)) as animation:
        assert getattr(animation, "n_frames", 1) == len(learner.filters_steps)
    assert not explain(learner, None, None).payload["purity"], "without data there are no patches"
    why = explain(learner, shapes.test[0].input, lambda: shapes)
    assert why.payload["answer"] in learner.labels
    near = why.payload["nearest"]
    assert len(near) == 5
    assert near == sorted(near, key=lambda one: -one["likeness"])
    assert np.abs(why.payload["gradcam"]).max() == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("labels", [2, 3])
def test_on_the_map_every_dot_has_the_scores_it_has_in_truth(labels: int) -> None:
    """With up to three labels all that tells them apart lies in the plane."""
    rng = np.random.default_rng(labels)
    points = l2_normalized(rng.random((30, 40), np.float32) + np.eye(40, dtype=np.float32)[np.arange(30) % labels])
    names = [f"label {number % labels}" for number in range(30)]
    head = Head.fit(points, names)
    plane = _plane([head], list(head.labels), points)
    middle = points.mean(axis=0)
    flat = middle + (points - middle) @ plane @ plane.T
    true, drawn = (where @ head.coefficients_DL + head.intercepts_L for where in (points, flat))
    assert np.allclose(plane.T @ plane, np.eye(2), atol=1e-5)
    assert np.allclose(true - true.mean(1, keepdims=True), drawn - drawn.mean(1, keepdims=True), atol=1e-4)


def test_the_map_shows_before_and_after_a_correction(folder: Callable[..., Path], tmp_path: Path) -> None:
    images = folder(sun=4, brick=4)
    pippin.train("recognize", str(images), threads=1)

    def draw_map(*items: Path) -> tuple[tuple[int, int], str]:
        report = pippin.explain("recognize", *items)
        figure = next(one for one in report.figures if "borders" in one.title)
        with Images.open(io.BytesIO(figure.content)) as image:
            return image.size, figure.caption

    (alone, _), (beside, caption) = draw_map(), draw_map(images / "sun" / "0.png")
    assert alone == beside
    assert "star" in caption
    pippin.teach("recognize", images / "sun" / "0.png", "brick")
    (both, _), (_, caption) = draw_map(), draw_map(images / "brick" / "0.png")
    assert both[0] > 1.9 * alone[0], "two panels"
    assert "dark ring" in caption


def test_one_label_has_no_border() -> None:
    learner = FewShotLearner(RecognizeConfig())
    assert label_map(learner) is None
    learner.add([Exemplar("sun", np.ones(1280, np.float32) / 36, "a", "a")])
    assert label_map(learner) is None
    learner.add([Exemplar("leaf", np.eye(1280, dtype=np.float32)[0], "b", "b")])
    assert isinstance(label_map(learner), Figure)
