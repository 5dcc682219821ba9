"""What the model knows as a map that a lesson moves little, as a tree, and beside hand-made features taught alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.apps.recognize import application, sample
from pippin.apps.recognize.classical.hog_logistic import HandMade
from pippin.apps.recognize.config import RecognizeConfig
from pippin.apps.recognize.explain.label_tree import kinship, lines
from pippin.apps.recognize.explain.mds_layout import laid_out
from pippin.core.inputs import Image
from pippin.core.values import Correction
from pippin.learn import logistic_regression
from pippin.verbs.commands import command

Folder = Callable[..., Path]
SAMPLE = Path(sample.__file__).parent / "sample"


def ask(name: str, **values: Any) -> dict[str, Any]:
    payload: dict[str, Any] = command(application, name)(values).payload
    return payload


def clusters(labels: str, each: int = 12, width: int = 64) -> tuple[np.ndarray, list[str]]:
    """Directions around one for each letter; letters that follow each other in the alphabet lie near each other."""
    rng = np.random.default_rng(1)
    steps = np.cumsum(rng.normal(size=(26, width)), axis=0)
    names = [label for label in labels for _ in range(each)]
    points = np.array([steps["abcdefghijklmnopqrstuvwxyz".index(name)] for name in names])
    points = points + rng.normal(0, 0.7, points.shape) + 1
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32), names


def test_one_more_lesson_moves_the_map_little_and_undone_it_is_the_same() -> None:
    points, labels = clusters("aegmu")
    fresh, new = clusters("h", 1)
    base = np.ones(len(labels), bool)
    before = laid_out(points, labels, base)
    after = laid_out(np.vstack([points, fresh]), [*labels, *new], np.append(base, False))
    span = float(np.ptp(before.places, axis=0).max())
    moved = np.linalg.norm(after.places[:-1] - before.places, axis=1)
    assert 0 < moved.max() < 0.25 * span
    assert np.median(moved) < 0.1 * span
    nearest = min(before.anchors, key=lambda label: float(np.linalg.norm(after.anchors[label] - after.anchors["h"])))
    assert nearest == "g"
    again = laid_out(points, labels, base)
    assert (again.places == before.places).all()


def test_labels_lie_apart_and_a_image_lies_with_those_it_looks_like() -> None:
    points, labels = clusters("aegmu")
    laid = laid_out(points[1:], labels[1:], np.ones(len(labels) - 1, bool), points[:1])
    anchors = np.stack(list(laid.anchors.values()))
    names = list(laid.anchors)
    own = [names[int(np.linalg.norm(anchors - place, axis=1).argmin())] for place in laid.places]
    assert np.mean([one == label for one, label in zip(own, labels[1:], strict=True)]) > 0.9
    assert names[int(np.linalg.norm(anchors - laid.guests[0], axis=1).argmin())] == labels[0]


@pytest.mark.parametrize("labels", ["a", "ab", "abc"])
def test_few_labels_and_single_examples_have_a_place_too(labels: str) -> None:
    points, names = clusters(labels, 1)
    laid = laid_out(points, names, np.zeros(len(names), bool))
    assert np.isfinite(laid.places).all()
    assert len({tuple(place) for place in laid.places.round(3).tolist()}) == len(labels)


def test_the_tree_joins_what_is_most_alike_first() -> None:
    points, labels = clusters("abmz")
    tree = kinship(points, labels)
    first = next(part for part in _all(tree) if set(part.get("labels", ())) == {"a", "b"})
    assert first["likeness"] == max(part["likeness"] for part in _all(tree) if "parts" in part)
    assert [line for line, _ in lines(first)] == ["┐", "├─a", "└─b"]


def _all(tree: dict[str, Any]) -> list[dict[str, Any]]:
    return [tree, *(below for part in tree.get("parts", ()) for below in _all(part))]


def test_what_is_taught_appears_on_the_map_with_its_image_and_goes_when_undone() -> None:
    before = ask("map", images=40)
    assert (len(before["labels"]), before["pictures"]) == (9, {})
    image = SAMPLE / "orange" / "rendered_2.png"
    (guest,) = ask("map", image=Image.of(image))["guests"]
    pippin.teach("recognize", image, "tangerine")
    after = ask("map", images=40)
    (point,) = [point for point in after["points"] if point["lesson"] is not None]
    assert (point["label"], point["key"]) == ("tangerine", Image.of(image).digest())
    assert after["pictures"][point["key"]].startswith("data:image/jpeg;base64,")
    places = {label["label"]: np.array([label["x"], label["y"]]) for label in after["labels"]}
    assert np.linalg.norm(places["tangerine"] - places["orange"]) < np.linalg.norm(
        places["tangerine"] - places["football"]
    )
    assert np.linalg.norm([point["x"] - guest["x"], point["y"] - guest["y"]]) < 0.5
    pippin.undo("recognize")
    assert ask("map", images=40) == before


def test_the_same_lessons_teach_the_hand_made_features() -> None:
    suns = sorted((SAMPLE / "orange").glob("*.png"))

    def says(number: int) -> dict[str, Any]:
        found: dict[str, Any] = ask("hand-made", image=Image.of(suns[number]))["results"][0]
        return found

    before = says(2)
    assert "tangerine" not in {one["answer"] for one in before["hand_made"]["alternatives"]}
    pippin.teach("recognize", suns[0], "tangerine")
    pippin.teach("recognize", suns[1], "tangerine")
    told, like = says(0), says(2)
    assert told["hand_made"]["answer"] == told["deep"]["answer"] == "tangerine"
    assert _share(like["hand_made"], "tangerine") > 0.1
    assert like["deep"] != before["deep"]
    pippin.undo("recognize")
    pippin.undo("recognize")
    assert says(2) == before


def _share(answer: dict[str, Any], label: str) -> float:
    shares = {answer["answer"]: answer["confidence"]}
    shares |= {one["answer"]: one["confidence"] for one in answer["alternatives"]}
    return float(shares.get(label, 0))


def test_hand_made_features_that_know_nothing_learn_from_lessons_alone(folder: Folder) -> None:
    images = folder(sun=6, leaf=6)
    way = HandMade(RecognizeConfig())
    way.update(
        [Correction(Image.of(images / label / f"{n}.png"), label) for label in ("sun", "leaf") for n in range(3)]
    )
    rest = [(label, Image.of(images / label / f"{n}.png")) for label in ("sun", "leaf") for n in (3, 4, 5)]
    found = [answer.answer for answer in way.predict(item for _, item in rest)]
    assert found == [label for label, _ in rest]


def test_a_step_from_a_fit_is_where_its_loss_is_least() -> None:
    rng = np.random.default_rng(0)
    rows, classes = rng.normal(size=(9, 5)).astype(np.float32), np.arange(9) % 3
    start = logistic_regression.Softmax(
        rng.normal(size=(5, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    )

    def loss(model: logistic_regression.Softmax) -> float:
        wrong = -np.log(model.predict(rows)[np.arange(9), classes]).sum()
        far = ((model.weights_DK - start.weights_DK) ** 2).sum() + ((model.bias_K - start.bias_K) ** 2).sum()
        return float(wrong + far / (2 * 0.3))

    found = logistic_regression.fit_from_prior(start, rows, classes, 0.3)
    for _ in range(20):
        step = rng.normal(0, 0.02, (5, 3)).astype(np.float32), rng.normal(0, 0.02, 3).astype(np.float32)
        assert loss(found) < loss(logistic_regression.Softmax(found.weights_DK + step[0], found.bias_K + step[1]))
    assert loss(found) < loss(start)
