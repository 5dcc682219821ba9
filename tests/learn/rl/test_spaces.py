"""What of an environment's observations and actions can be learned from, and what is told of the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pippin.core.errors import PippinError
from pippin.learn.rl.spaces import read_actions, read_observations

gymnasium = pytest.importorskip("gymnasium")
from gymnasium import spaces  # noqa: E402


class Mission(spaces.Space):
    """A space of an environment's own: a sentence, as MiniGrid has it."""

    def __init__(self) -> None:
        super().__init__(dtype=str)


def image(rows: int, columns: int, kind: Any = np.uint8, *, first: bool = False, channels: int = 3) -> Any:
    shape = (channels, rows, columns) if first else (rows, columns, channels)
    return spaces.Box(0, 1 if kind == np.float32 else 255, shape, kind)


def test_screens_of_any_layout_become_rgb_bytes() -> None:
    rng = np.random.default_rng(0)
    expected = rng.integers(0, 256, (20, 30, 3), np.uint8)
    shown = {
        "last": (image(20, 30), expected),
        "first": (image(20, 30, first=True), np.moveaxis(expected, -1, 0)),
        "opacity": (image(20, 30, channels=4), np.dstack([expected, expected[..., :1]])),
        "floats": (image(20, 30, np.float32), (expected / 255 + 1e-4).astype(np.float32).clip(0, 1)),
    }
    for name, (space, state) in shown.items():
        found = read_observations(name, space, None)
        assert found is not None
        assert found.pixels, name
        np.testing.assert_array_equal(found.read(state), expected, name)
    grey = read_observations("grey", spaces.Box(0, 255, (20, 30), np.uint8), None)
    assert grey is not None
    np.testing.assert_array_equal(grey.read(expected[..., 0]), np.repeat(expected[..., :1], 3, 2))


def test_a_sentence_beside_an_image_is_left_out_with_a_word() -> None:
    space = spaces.Dict(image=image(7, 7), mission=Mission(), direction=spaces.Discrete(4))
    found = read_observations("MiniGrid", space, None)
    assert found is not None
    assert not found.pixels
    assert found.notes == ("Of what the environment shows, mission is not seen: it is left out.",)
    seen = found.read({"image": np.full((7, 7, 3), 2, np.uint8), "mission": "go", "direction": 1})
    assert (seen.dtype, len(seen), seen.sum()) == (np.float32, 151, 2 * 147 + 1)


def test_a_screen_in_a_dictionary_is_seen_and_the_rest_told() -> None:
    space = spaces.Dict(screen=image(64, 64), lives=spaces.Discrete(3))
    found = read_observations("Arcade", space, None)
    assert found is not None
    assert (found.pixels, "lives" in found.notes[0]) == (True, True)


def test_counts_pairs_and_switches_become_numbers() -> None:
    space = spaces.Tuple((spaces.Discrete(3), spaces.MultiBinary(2), spaces.Box(-1, 1, (2,))))
    found = read_observations("Mixed", space, None)
    assert found is not None
    assert found.read((2, np.array([1, 0]), np.array([0.5, -0.5]))).tolist() == [0, 0, 1, 1, 0, 0.5, -0.5]


@pytest.mark.parametrize(
    ("space", "pixels", "sentence"),
    [
        (image(3, 3), None, "images of 3 x 3; those smaller than 4 x 4"),
        (image(210, 160), False, "nothing but its screen"),
        (Mission(), None, "nothing that can be turned into numbers"),
    ],
)
def test_what_cannot_be_seen_is_one_sentence(space: Any, pixels: bool | None, sentence: str) -> None:
    with pytest.raises(PippinError, match=sentence):
        read_observations("Odd", space, pixels)


def test_small_images_are_learned_from_by_their_numbers() -> None:
    for asked, side in ((None, 8), (False, 3)):
        found = read_observations("Small", image(side, side), asked)
        assert found is not None
        assert found.read(np.ones((side, side, 3), np.uint8)).shape == (side * side * 3,)
    seen = read_observations("Small", image(8, 8), True)
    assert seen is not None
    assert seen.pixels


def test_several_choices_become_their_combinations() -> None:
    found = read_actions("Two", spaces.MultiDiscrete([2, 3]))
    assert {tuple(found.read(index)) for index in range(found.count)} == {(a, b) for a in range(2) for b in range(3)}
    shifted = read_actions("Shifted", spaces.Discrete(3, start=-1))
    assert [shifted.read(index) for index in range(3)] == [-1, 0, 1]
    assert read_actions("Switches", spaces.MultiBinary(3)).count == 8


@pytest.mark.parametrize(
    ("space", "sentence"),
    [
        (spaces.Discrete(1), "one action only"),
        (spaces.MultiDiscrete([100, 100]), "10,000 combinations"),
        (spaces.MultiBinary(200), "combinations"),
    ],
)
def test_actions_that_cannot_be_learned_are_one_sentence(space: Any, sentence: str) -> None:
    with pytest.raises(PippinError, match=sentence):
        read_actions("Odd", space)
