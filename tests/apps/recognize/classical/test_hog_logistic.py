"""The classical baseline learns shapes and colours, and answers the same after saving and loading."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pippin.apps.recognize.classical.descriptors import describe
from pippin.apps.recognize.classical.hog_logistic import HandMade
from pippin.apps.recognize.config import RecognizeConfig
from pippin.core import inputs as core_inputs
from pippin.core.data import Dataset, Example
from pippin.core.errors import PippinError
from pippin.core.run import Run


def draw(label: str, seed: int) -> Example:
    """A noisy picture of upright ("bars") or level ("steps") stripes, or a red one ("red"), as PPM bytes."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 60, (32, 32, 3))
    stripes = 150 * ((np.arange(32) + seed) // 4 % 2)
    if label == "red":
        pixels[..., 0] += 150
    else:
        pixels += stripes[None, :, None] if label == "bars" else stripes[:, None, None]
    content = b"P6 32 32 255\n" + pixels.astype(np.uint8).tobytes()
    return Example(core_inputs.Image(content=content, name=f"{label} {seed}"), label, f"{label}{seed}")


def drawings(first: int, last: int) -> tuple[Example, ...]:
    return tuple(draw(label, seed) for seed in range(first, last) for label in ("bars", "steps", "red"))


@pytest.fixture
def taught(tmp_path: Path) -> HandMade:
    learner = HandMade(RecognizeConfig())
    learner.fit(Dataset("drawings", drawings(0, 8)), Run(tmp_path))
    return learner


def test_learns_and_answers_the_same_after_loading(taught: HandMade) -> None:
    unseen = drawings(50, 60)
    answers = list(taught.predict(example.input for example in unseen))
    assert [answer.answer for answer in answers] == [example.answer for example in unseen]
    for answer in answers:
        labels, shares = zip((answer.answer, answer.confidence), *answer.alternatives, strict=True)
        assert set(labels) == {"bars", "steps", "red"}
        assert sum(shares) == pytest.approx(1, abs=1e-5)
        assert max(shares) == shares[0]
    again = HandMade(RecognizeConfig())
    again.load(taught.save())
    assert list(again.predict(example.input for example in unseen)) == answers


def test_an_unusable_image_is_an_error_among_answers(taught: HandMade) -> None:
    inputs = [draw("red", 9).input, core_inputs.Image(content=b"", name="empty.png"), draw("bars", 9).input]
    first, second, third = taught.predict(inputs)
    assert (first.answer, second.answer, third.answer) == ("red", None, "bars")
    assert second.error is not None
    assert "empty.png" in second.error
    assert list(taught.predict([])) == []


def test_one_example_of_one_label_is_enough(tmp_path: Path) -> None:
    learner = HandMade(RecognizeConfig())
    learner.fit(Dataset("one", (draw("red", 0),)), Run(tmp_path))
    (answer,) = learner.predict([draw("bars", 1).input])
    assert (answer.answer, answer.confidence) == ("red", pytest.approx(1))


def test_no_usable_image_is_said(tmp_path: Path) -> None:
    bad = Example(core_inputs.Image(content=b"no", name="bad.png"), "x", "0")
    with pytest.raises(PippinError, match="None of the images"):
        HandMade(RecognizeConfig()).fit(Dataset("bad", (bad,)), Run(tmp_path))


def test_colours_are_shares_of_each_field() -> None:
    left_red = Image.new("RGB", (64, 64), "blue")
    left_red.paste("red", (0, 0, 32, 64))
    row = describe([left_red])[0]
    hog, whole = row[: 36 * 49], row[36 * 49 : 36 * 49 + 128] ** 2
    assert row.shape == (2692,)
    assert 0 < hog.max() < 1
    assert sorted(whole[whole > 0]) == pytest.approx([0.5, 0.5])
    assert sum(row[36 * 49 :] ** 2) == pytest.approx(1 + 4 + 16)
