"""Learning by playing: the arithmetic beside its definition, resuming, alarms, and a game that is soon mastered."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from pippin.core.errors import PippinError  # noqa: E402 - torch first
from pippin.core.run import Budget, Run  # noqa: E402
from pippin.learn.rl.environments import Step  # noqa: E402
from pippin.learn.rl.policies import PixelPolicy, StatePolicy, policy  # noqa: E402
from pippin.learn.rl.ppo import PPOConfig, TrainingHistory, learn, select_samples, train, window_weight  # noqa: E402
from pippin.learn.rl.rollouts import Rollout, advantages, allocate, rollout  # noqa: E402
from pippin.learn.rl.thread_pool import thread_pool  # noqa: E402


class Signs:
    """Shows +1 or -1 and pays for the action of the same sign; over after five turns, by its rules or cut off."""

    actions = 2
    continuous = False

    def __init__(self, count, *, cut=False, keeps=True):
        self.observations = np.ones((count, 1), np.float32)
        self._turn, self._cut, self._keeps = 0, cut, keeps
        self._show()

    def _show(self):
        rng = np.random.default_rng(self._turn)
        self.observations[:, 0] = rng.choice([-1.0, 1.0], len(self.observations))

    def step(self, actions):
        rewards = (actions == (self.observations[:, 0] > 0)).astype(np.float32)
        self._turn += 1
        over = np.full(len(actions), self._turn % 5 == 0)
        last = {n: self.observations[n].copy() for n in np.flatnonzero(over)} if self._cut else {}
        self._show()
        scores = [float(reward) for reward in rewards[over]]
        return Step(rewards, over & (not self._cut), over & self._cut, last, scores)

    def keep(self):
        return {"turn": np.array([self._turn])} if self._keeps else {}

    def go_on(self, kept):
        self._turn = int(kept["turn"][0])
        self._show()


RECIPE = PPOConfig(games=16, steps=20, epochs=3, batch=64, rate=3e-3, discount=0.9)


def build_policy(seed=0):
    torch.manual_seed(seed)
    return StatePolicy(1, 2)


@pytest.mark.parametrize("cut", [False, True])
def test_it_learns_what_pays(tmp_path, cut):
    learned, life = train(build_policy(), [Signs(16, cut=cut)], Run(tmp_path), RECIPE, 25)
    assert life.scores[-1] > 0.9 > 0.7 > life.scores[0]
    assert life.entropies[-1] < life.entropies[0]
    assert (life.random_games, len(life.scores)) == (16 * 4, 25)
    actions = learned(torch.tensor([[1.0], [-1.0]]))[0].argmax(1)
    assert actions.tolist() == [1, 0]


class Advised(Signs):
    """Pays nothing, but tells what to do; at times it knows nothing, either."""

    def step(self, actions):
        return super().step(actions)._replace(rewards=np.zeros(len(actions), np.float32))

    def advise(self):
        better = np.where(self.observations[:, 0] > 0, 0.5, -0.5)
        return np.where(self._turn % 3 == 0, 0, better).astype(np.float32)


@pytest.mark.parametrize("imitation", [0.0, 1.0])
def test_advice_is_learned_where_nothing_pays(tmp_path, imitation):
    recipe = replace(RECIPE, imitation=imitation, others=1.0)
    learned, _ = train(build_policy(), [Advised(16)], Run(tmp_path), recipe, 10)
    right = torch.softmax(learned(torch.tensor([[1.0], [-1.0]]))[0], 1)[[0, 1], [1, 0]]
    assert (right > 0.9).all() == bool(imitation)


def test_advice_on_which_much_depends_is_learned_from_each_time():
    surprise, advice = np.zeros(1000), np.where(np.arange(1000) < 300, 0.5, 0.01)
    recipe = PPOConfig(imitation=1.0, decisive=0.1, others=0.0)
    assert sorted(select_samples(surprise, recipe, np.random.default_rng(0), advice)) == list(range(300))


def test_advantages_are_the_discounted_sums_of_surprises():
    rng = np.random.default_rng(0)
    turns, count, discount, trace = 7, 3, 0.9, 0.8
    rewards, over = rng.normal(size=(turns, count)), rng.random((turns, count)) < 0.3
    values = rng.normal(size=(turns + 1, count))
    played = Rollout(*(np.zeros(0),) * 3, rewards, over.astype(float), values, np.zeros(0))
    expected = np.zeros((turns, count))
    for n in range(count):
        for turn in range(turns):
            weight = 1.0
            for later in range(turn, turns):
                follows = 0 if over[later, n] else discount * values[later + 1, n]
                expected[turn, n] += weight * (rewards[later, n] + follows - values[later, n])
                if over[later, n]:
                    break
                weight *= discount * trace
    assert np.allclose(advantages(played, discount, trace), expected)


def test_a_training_that_was_cut_off_ends_as_one_that_was_not(tmp_path):
    whole, _ = train(build_policy(), [Signs(16)], Run(tmp_path / "whole"), RECIPE, 8)
    run = Run(tmp_path / "cut", interval=0.0)

    def stop(averaged, life):
        if len(life.scores) == 4:
            (run.folder / "stop").touch()
            run._last_look = 0.0

    train(build_policy(), [Signs(16)], run, RECIPE, 8, stop)
    (run.folder / "stop").unlink()
    resumed, life = train(build_policy(seed=5), [Signs(16)], Run(tmp_path / "cut"), RECIPE, 8)
    assert len(life.scores) == 8
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name])


def test_a_budget_becomes_a_number_of_rounds(tmp_path):
    run = Run(tmp_path, budget=Budget(1.0))
    _, life = train(build_policy(), [Signs(16)], run, RECIPE, 10**6)
    assert 3 <= len(life.scores) < 2000
    assert (tmp_path / "steps.json").exists()


def test_the_alarm_tells_of_an_end_to_trying_without_success():
    assert "collapsed" in TrainingHistory(scores=[0.0, 0.1], entropies=[0.9, 0.001]).alarm()
    assert TrainingHistory(scores=[0.0, 5.0], entropies=[0.9, 0.001]).alarm() is None
    assert TrainingHistory(scores=[0.0, 0.1], entropies=[0.9, 0.5]).alarm() is None
    assert TrainingHistory().alarm() is None


def test_numbers_that_are_no_longer_finite_end_it_in_a_sentence(tmp_path):
    policy = build_policy()
    with torch.no_grad():
        policy.actor[-1].weight.fill_(float("inf"))
    with pytest.raises(PippinError, match="finite"):
        train(policy, [Signs(16)], Run(tmp_path), RECIPE, 3)


def test_what_pixels_have_in_common_is_taken_away():
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(3, 3))
    pixels = (rng.normal(size=(200, 8, 8, 3)) @ mixed * 20 + 128).clip(0, 255).astype(np.uint8)
    network = PixelPolicy((8, 8, 3), 2)
    network.learn_inputs(torch.from_numpy(pixels))
    white = (torch.from_numpy(pixels).float() - network.mean_HWC) @ network.whiten_CC
    spread = torch.cov(white.flatten(0, 2).T)
    assert torch.allclose(spread, torch.eye(3), atol=0.15)


def test_whitening_within_the_first_layer_is_whitening_before_it():
    network = PixelPolicy((16, 8, 6), 3)
    seen = torch.randint(0, 255, (32, 16, 8, 6), dtype=torch.uint8)
    network.learn_inputs(seen)
    white = ((seen.float() - network.mean_HWC) @ network.whiten_CC.T).permute(0, 3, 1, 2)
    patches = torch.relu(network.patches(white))
    assert torch.allclose(network.features(seen)[0], patches, atol=1e-4)
    logits, values = network(seen)
    assert (logits.shape, values.shape) == ((32, 3), (32,))


def test_other_observations_are_refused():
    with pytest.raises(PippinError, match="neither pixels nor"):
        policy((3, 3), 2)


@pytest.mark.parametrize("threads", [2, 5])
def test_more_threads_learn_the_same_as_one(tmp_path, monkeypatch, threads):
    monkeypatch.setattr("pippin.learn.rl.ppo.PIECE", 16)

    def groups():
        return [Signs(16), Signs(10), Signs(6)]

    alone, told = train(build_policy(), groups(), Run(tmp_path / "one", threads=1), RECIPE, 8)
    together, also = train(build_policy(), groups(), Run(tmp_path / "more", threads=threads), RECIPE, 8)
    assert told == also
    for name, value in alone.state_dict().items():
        assert torch.equal(value, together.state_dict()[name])


def test_gradients_of_pieces_are_those_of_the_whole(monkeypatch):
    rng = np.random.default_rng(0)
    groups = [Signs(16), Signs(7)]
    played = allocate(groups, 20)
    with thread_pool(1) as workers:
        rollout(build_policy(), groups, played, 0.9, rng, workers)
    assert played.seen.shape == (20, 23, 1)
    assert np.array_equal(played.rewards == 1, played.actions == (played.seen[..., 0] > 0))
    found = []
    for piece in (7, 10**6):
        monkeypatch.setattr("pippin.learn.rl.ppo.PIECE", piece)
        found.append(torch.cat([part.flatten() for part in gradients(played, TrainingHistory()).values()]))
    assert found[0].abs().max() > 1e-3
    assert torch.allclose(*found, rtol=1e-4, atol=1e-6)


def gradients(played, life):
    """Of a new policy, by the names of its weights, for one pass over a whole round."""
    network, rng = build_policy(), np.random.default_rng(0)
    plain = replace(RECIPE, epochs=1, others=1.0, batch=10**6, norm=1e9, entropy=0.0)
    with thread_pool(1) as workers:
        learn(network, build_policy(), torch.optim.SGD(network.parameters()), played, plain, life, 0.0, rng, workers)
    return {name: weights.grad for name, weights in network.named_parameters()}


def test_a_round_without_surprises_teaches_little():
    games = [Signs(16)]
    played = allocate(games, 20)
    with thread_pool(1) as workers:
        rollout(build_policy(), games, played, 0.9, np.random.default_rng(0), workers)
    first, later = TrainingHistory(), TrainingHistory(scores=[0.0] * 90)
    alone = gradients(played, first)
    later.surprise = 11 * first.surprise  # of which this round, the 91st, takes a tenth of the way to its own
    after = gradients(played, later)
    assert later.surprise == pytest.approx(10 * first.surprise)
    for name, part in alone.items():
        times = 10 if name.startswith("actor") else 1  # what situations are worth is learned as ever
        assert torch.allclose(part, times * after[name], rtol=1e-3, atol=1e-6)


def test_what_surprised_is_learned_from_and_some_of_the_rest():
    surprise = np.abs(np.random.default_rng(0).normal(size=4000))
    found = select_samples(surprise, PPOConfig(surprising=1.5, others=0.1), np.random.default_rng(1))
    assert len(set(found)) == len(found)
    assert set(np.flatnonzero(surprise > 1.5)) <= set(found)
    assert 300 < (surprise[found] <= 1.5).sum() < 400
    assert sorted(select_samples(surprise, PPOConfig(others=1.0), np.random.default_rng(1))) == list(range(4000))


def test_means_of_late_are_those_of_the_last_tenth():
    mean = 0.0
    for count in range(10_000):
        mean += window_weight(count) * (count - mean)
    assert mean == pytest.approx(10_000 * 10 / 11, rel=1e-3)  # that of weights that grow with the ninth power
