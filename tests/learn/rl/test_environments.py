"""Environments of Gymnasium as games to learn from, and those that cannot be."""

from itertools import islice

import numpy as np
import pytest

from pippin.core.errors import PippinError
from pippin.learn.rl.environments import FIRST_TRAINING_SEED, GymEnv, SyncVectorEnv, downscale, make, training_seeds

gymnasium = pytest.importorskip("gymnasium")


class Counting(gymnasium.Env):
    """Counts its frames; ends after `length`, pays 1 a frame, fails at frame `broken`."""

    metadata = {"render_modes": ["rgb_array"]}  # noqa: RUF012 - as Gymnasium has it

    def __init__(self, length=7, broken=None, render_mode=None):
        self.observation_space = gymnasium.spaces.Box(0, 100, (2,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(3)
        self.render_mode, self._length, self._broken = render_mode, length, broken
        self.taken = []

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self._frame, self.seed = 0, seed
        return self._state(), {}

    def step(self, action):
        self._frame += 1
        self.taken.append(int(action))
        if self._frame == self._broken:
            raise ZeroDivisionError("its physics failed")
        return self._state(), 1.0, self._frame >= self._length, False, {}

    def render(self):
        return np.full((128, 96, 3), self._frame, np.uint8)

    def _state(self):
        return np.array([self._frame, 5], np.float32)


def test_screens_are_shrunk_by_means_of_blocks():
    screen = np.random.default_rng(0).integers(0, 256, (512, 288, 3), np.uint8)
    expected = screen.reshape(64, 8, 36, 8, 3).astype(float).mean((1, 3))
    assert np.abs(downscale(screen) - expected).max() <= 0.5
    assert downscale(np.zeros((210, 160, 3), np.uint8)).shape == (52, 40, 3)
    assert downscale(np.full((1024, 1024, 3), 255, np.uint8)).max() == 255


def test_a_decision_lasts_some_frames_and_rests_in_all_but_the_first():
    env = Counting()
    game = GymEnv(env, pixels=True, skip=3, rest=0)
    first = game.reset(5)
    assert (first.shape, first.dtype, env.seed) == ((64, 48, 6), np.uint8, 5)
    assert game.step(2) == (3.0, False, False)
    assert env.taken == [2, 0, 0]
    assert (game.observation[0, 0].tolist(), game.score) == ([3, 3, 3, 0, 0, 0], 3.0)
    game = GymEnv(Counting(), pixels=False, skip=2)
    game.reset(0)
    game.step(1)
    assert (game.env.taken, game.observation.tolist()) == ([1, 1], [2, 5])
    assert [game.step(1)[1] for _ in range(3)] == [False, False, True]


def test_games_begin_anew_with_seeds_of_their_own():
    games = SyncVectorEnv([GymEnv(Counting(4), pixels=False) for _ in range(3)], seed=0)
    begun = {game.env.seed for game in games.games}
    for turn in range(1, 9):
        step = games.step(np.zeros(3, np.int64))
        begun |= {game.env.seed for game in games.games}
        assert step.ended.all() == (turn % 4 == 0)
        assert step.scores == ([4.0] * 3 if turn % 4 == 0 else [])
        assert games.observations[:, 0].tolist() == [turn % 4] * 3
    assert len(begun) == 9
    assert min(begun) >= FIRST_TRAINING_SEED


def test_seeds_to_learn_from_are_others_for_every_training():
    assert set(islice(training_seeds(0), 1000)).isdisjoint(islice(training_seeds(1), 1000))
    assert next(training_seeds(0, 3)) == list(islice(training_seeds(0), 4))[3]


def test_a_game_that_is_cut_off_tells_what_it_showed():
    env = gymnasium.wrappers.TimeLimit(Counting(100), 2)
    games = SyncVectorEnv([GymEnv(env, pixels=False)], seed=0)
    games.step(np.zeros(1, np.int64))
    step = games.step(np.zeros(1, np.int64))
    assert (step.cut[0], step.ended[0], step.last[0].tolist()) == (True, False, [2, 5])
    assert games.observations[0].tolist() == [0, 5]


def test_an_environment_that_breaks_down_ends_in_a_sentence():
    games = SyncVectorEnv([GymEnv(Counting(broken=2), pixels=False)], seed=0)
    games.step(np.zeros(1, np.int64))
    with pytest.raises(PippinError, match=r"broke down \(ZeroDivisionError: its physics failed\).*--resume"):
        games.step(np.zeros(1, np.int64))


@pytest.mark.parametrize(
    ("name", "pixels", "said"),
    [
        ("CartPool-v1", None, "did you mean CartPole-v1"),
        ("nowhere:Thing-v0", None, "There is no environment"),
        ("", None, "There is no environment"),
        ("ALE/NoSuchGame-v5", None, "pippin.atari.|There is no environment"),
    ],
)
def test_an_environment_that_cannot_be_had_is_one_sentence(name, pixels, said):
    with pytest.raises(PippinError, match=said):
        GymEnv(make(name, pixels), pixels)


def test_pixels_are_asked_of_those_that_have_some():
    gymnasium.register("Blind-v0", lambda render_mode=None: _Blind())
    with pytest.raises(PippinError, match="no pixels to show"):
        make("Blind-v0", pixels=True)
    game = GymEnv(make("Blind-v0"), None)
    assert not game.pixels
    assert game.reset(0).shape == (2,)


class _Blind(Counting):
    metadata = {"render_modes": []}  # noqa: RUF012


def test_states_that_are_numbers_in_disguise_are_laid_out_flat():
    game = GymEnv(make("FrozenLake-v1"), None)
    assert (game.reset(0).shape, game.pixels) == ((16,), False)
