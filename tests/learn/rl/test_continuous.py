"""Continuous actions, scaled rewards and stacked observations."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pippin.core.errors import PippinError
from pippin.core.run import Run
from pippin.learn.rl.environments import GymEnv, SyncVectorEnv, make
from pippin.learn.rl.reward_scaling import RewardScaler
from pippin.learn.rl.spaces import read_actions

gymnasium = pytest.importorskip("gymnasium")
torch = pytest.importorskip("torch")
spaces = gymnasium.spaces


class Aim(gymnasium.Env):
    """Shows a number and pays for an action near it; ten decisions a game."""

    def __init__(self) -> None:
        self.observation_space = spaces.Box(-1, 1, (1,), np.float32)
        self.action_space = spaces.Box(np.float32(10), np.float32(20), (1,))

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self._left = 10
        return self._show(), {}

    def step(self, action: np.ndarray) -> Any:
        assert self.action_space.contains(action)
        reward = -abs(float(action[0]) - (15 + 4 * float(self._shown[0])))
        self._left -= 1
        return self._show(), reward, self._left == 0, False, {}

    def _show(self) -> np.ndarray:
        self._shown = self.np_random.uniform(-1, 1, 1).astype(np.float32)
        return self._shown


def test_actions_from_minus_one_to_one_are_stretched_to_the_bounds() -> None:
    found = read_actions("Box", spaces.Box(np.array([0, -4], np.float32), np.array([10, 4], np.float32)))
    assert (found.count, found.continuous) == (2, True)
    assert found.read(np.array([-1, 0])).tolist() == [0, 0]
    assert found.read(np.array([9, -9])).tolist() == [10, -4]
    free = read_actions("Free", spaces.Box(-np.inf, np.inf, (2, 2)))
    assert free.read(np.array([0.5, 0, 3, -3])).tolist() == [[0.5, 0], [1, -1]]


@pytest.mark.parametrize("space", [spaces.Box(0, 9, (2,), np.int32), spaces.Box(-1, 1, (1000,)), spaces.Text(4)])
def test_actions_of_no_kind_that_is_known_are_one_sentence(space: Any) -> None:
    with pytest.raises(PippinError, match="can be learned here") as raised:
        read_actions("Odd", space)
    assert raised.value.message.count(". ") == 0


def test_log_probabilities_are_those_of_a_gaussian() -> None:
    from pippin.learn.rl.distributions import log_probs_and_entropy, sample_actions
    from pippin.learn.rl.policies import policy

    made = policy([3], 2, continuous=True)
    with torch.no_grad():
        made.log_std.copy_(torch.tensor([0.3, -1.0]))
    means = torch.randn(50, 2)
    with torch.no_grad():
        actions, log_probs = sample_actions(made, means, np.random.default_rng(0))
    theirs = torch.distributions.Normal(means, made.log_std.exp())
    assert np.allclose(log_probs, theirs.log_prob(torch.from_numpy(actions)).sum(1).detach(), atol=1e-5)
    again, entropy, tried = log_probs_and_entropy(made, means, torch.from_numpy(actions))
    assert np.allclose(again.detach(), log_probs, atol=1e-5)
    assert float(entropy.detach()) == pytest.approx(float(theirs.entropy().detach().sum(1)[0]), abs=1e-5)
    assert 0 < float(tried) <= 1


def test_rewards_are_divided_by_the_deviation_of_returns() -> None:
    rng, scaler = np.random.default_rng(0), RewardScaler(3, 0.9, normalize=True)
    returns, seen = np.zeros(3), []
    for _ in range(300):
        rewards, over = rng.normal(5, 40, 3), rng.random(3) < 0.1
        scaled = scaler.scale(rewards, over)
        returns = returns * 0.9 + rewards
        seen.extend(returns)
        returns[over] = 0
    assert np.allclose(scaled, rewards / np.std(seen), rtol=1e-3)
    other = RewardScaler(3, 0.9, normalize=True)
    other.go_on(scaler.keep())
    assert np.allclose(other.keep()["reward_stats"], scaler.keep()["reward_stats"])
    assert RewardScaler(2, 0.9, clip=True).scale(np.array([-7.0, 0.2]), np.zeros(2, bool)).tolist() == [-1, 1]


def test_scores_are_those_of_the_game_whatever_is_learned_from() -> None:
    games = SyncVectorEnv([GymEnv(Aim(), None)], 0, RewardScaler(1, 0.9, clip=True))
    total, scores = 0.0, []
    for _ in range(10):
        step = games.step(np.zeros((1, 1), np.float32))
        total += float(step.rewards[0])
        scores += step.scores
    assert total == -10
    assert scores[0] != total


@pytest.mark.parametrize("stack", [1, 4])
def test_observations_are_stacked_newest_first(stack: int) -> None:
    game = GymEnv(make("CartPole-v1"), None, stack=stack)
    first = game.reset(0).copy()
    game.step(0)
    assert game.observation.shape == (4 * stack,)
    assert (game.observation[4:] == np.tile(first[:4], stack - 1)).all()
    assert not (game.observation[:4] == first[:4]).all()


def test_a_gaussian_policy_learns_to_aim(tmp_path: Path) -> None:
    from pippin.learn.rl.policies import policy
    from pippin.learn.rl.ppo import PPOConfig, train

    torch.manual_seed(0)
    games = SyncVectorEnv([GymEnv(Aim(), None) for _ in range(8)], 0, RewardScaler(8, 0.5, normalize=True))
    made = policy([1], games.actions, continuous=True)
    how = PPOConfig(games=8, steps=64, batch=128, epochs=6, others=1.0, rate=3e-3, discount=0.5, entropy=0.0)
    averaged, life = train(made, [games], Run(tmp_path, seed=0), how, 30)
    shown = torch.linspace(-0.9, 0.9, 7)[:, None]
    aimed = 15 + 5 * averaged(shown)[0].detach().clamp(-1, 1)
    assert torch.allclose(aimed, 15 + 4 * shown, atol=1)
    assert life.scores[-1] is not None
    assert life.scores[-1] > -15  # at random about -30
