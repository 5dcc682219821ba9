"""Other rules: played without training, drawn again for each game, and games that are lost already."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pippin.apps.flappy import application
from pippin.apps.flappy.commands import watch, winnable
from pippin.apps.flappy.data import serves
from pippin.apps.flappy.dead_ends import DeadEnds
from pippin.apps.flappy.physics import decide
from pippin.apps.flappy.planner import Planner
from pippin.apps.flappy.presets import recipe
from pippin.apps.flappy.rule_ranges import HELD_OUT, RANGES, RuleRanges, flap_height
from pippin.apps.flappy.rules import BIRD_X, GAP_TOPS, Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.apps.flappy.training_games import TrainingEnv
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace
from pippin.verbs.evaluate import evaluate
from pippin.verbs.opening import open_context
from pippin.verbs.predict import predict

TRIED = 160


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def test_the_built_in_agent_is_scored_under_other_rules_without_training(space: Workspace) -> None:
    report = evaluate("flappy", workspace=space, model="builtin", gravity=1.2, episodes=3, max_pipes=5)
    assert report.payload["data"]["name"] == "FlappyBird-v0-gravity-1.2 (simulated)"
    assert report.payload["artifact"] == open_context("flappy", space).artifact("builtin").id
    usual = predict("flappy", 7, workspace=space, max_pipes=3).payload["results"][0]
    other = predict("flappy", 7, workspace=space, max_pipes=3, gap=130, speed=3.5).payload["results"][0]
    assert usual["answer"] == other["answer"] == 3
    assert other["evidence"][0]["frames"] > usual["evidence"][0]["frames"]  # slower pipes take longer


def test_a_game_of_other_rules_is_filmed(space: Workspace, tmp_path: Path) -> None:
    report = watch(open_context("flappy", space), 3, gap=120, pipe_speed=3.5, max_pipes=1, out=tmp_path / "g.gif")
    assert report.payload["pipes"] == 1
    assert (tmp_path / "g.gif").read_bytes()[:3] == b"GIF"


def test_winnable_looks_at_speed_too(space: Workspace) -> None:
    context = open_context("flappy", space)
    assert winnable(context, gravity=0.7, gap=85, speed=5.0, pipes=3, games=1).payload["won"] == 1
    assert winnable(context, gravity=0.7, gap=85, speed=3.0, pipes=3, games=1).payload["won"] == 0


@pytest.mark.parametrize("settings", [{"gravity": 12}, {"gap": 500}, {"speed": 0}])
def test_rules_of_no_game_are_one_sentence(space: Workspace, settings: dict[str, Any]) -> None:
    for verb in (evaluate, predict):
        with pytest.raises(PippinError, match="is no game; choose"):
            verb("flappy", *([7] if verb is predict else []), workspace=space, **settings)


def test_only_birds_play_by_the_rules_of_birds() -> None:
    assert serves("FlappyBird-v0", "FlappyBird-v0-gravity-1.2")
    assert serves("FlappyBird-v0-gap-90", "FlappyBird-v0")
    assert not serves("FlappyBird-v0", "CartPole-v1")
    assert not serves("CartPole-v1", "FlappyBird-v0-gap-90")


def test_no_rule_of_a_held_out_band_is_ever_drawn() -> None:
    drawn = [RuleRanges().draw(2**32 + seed) for seed in range(3000)]
    other = [rules for rules in drawn if rules != Rules()]
    assert 0.7 < len(other) / len(drawn) < 0.8
    for name, bands in HELD_OUT.items():
        values = np.array([getattr(rules, name) for rules in other])
        assert not any(((low <= values) & (values <= high)).any() for low, high in bands)
        low, high = RANGES[name]
        assert low <= values.min() < low + 0.1 * (high - low)
        assert high - 0.1 * (high - low) < values.max() <= high
    assert {rules.gap for rules in other} <= set(RuleRanges().gaps)
    assert RuleRanges().draw(2**32 + 5) == drawn[5]


def test_a_flap_lifts_as_high_as_the_simulator_says() -> None:
    for gravity in (0.7, 1.0, 1.25):
        simulator = Simulator(1, Rules(gravity, 200), skip=1)
        simulator.begin([0], [0])
        heights = [float(simulator.games.y[0])]
        for turn in range(25):
            simulator.step(np.array([int(turn == 0)]))
            heights.append(float(simulator.games.y[0]))
        assert heights[0] - min(heights) == pytest.approx(flap_height(gravity))


def test_each_training_game_has_rules_of_its_own_and_goes_on_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RANGES, "gap", (98, 100))  # few, since the frames of each are drawn from tables of their own
    first, second = (TrainingEnv(16, RuleRanges(), 3, seed=1) for _ in range(2))
    rules = {(game.gravity, game.gap, game.speed) for game in first.simulator.games}
    assert len(rules) > 8
    for turn in range(30):
        first.step(np.full(16, turn % 6 == 0).astype(np.int64))
    second.go_on({name: array.copy() for name, array in first.keep().items()})
    for turn in range(30):
        actions = np.full(16, turn % 5 == 0).astype(np.int64)
        assert np.array_equal(first.step(actions).rewards, second.step(actions).rewards)
        assert np.array_equal(first.observations, second.observations)


def test_games_of_several_rules_are_drawn_as_each_alone() -> None:
    rules = [Rules(0.8, 90, 3.0), Rules(1.2, 120, 5.0)]
    both = Simulator(2, Rules(), gaps=[90, 120])
    both.begin([0, 1], [5, 6], rules)
    alone = [Simulator(1, one) for one in rules]
    for simulator, seed in zip(alone, (5, 6), strict=True):
        simulator.begin([0], [seed])
    for turn in range(12):
        both.step(np.array([turn % 4 == 0] * 2).astype(np.int64))
        for n, simulator in enumerate(alone):
            simulator.step(np.array([int(turn % 4 == 0)]))
            assert np.array_equal(both.observations[n], simulator.observations[0])


@pytest.mark.parametrize("rules", [Rules(), Rules(0.7, 90), Rules(1.25, 95, 4.7)])
def test_a_game_is_lost_where_no_sequence_of_decisions_saves_it(rules: Rules) -> None:
    simulator, chance, search = Simulator(16, rules), np.random.default_rng(0), DeadEnds(3)
    simulator.begin(range(16), range(16))
    found = []
    for turn in range(TRIED):
        crashed = simulator.step((chance.random(16) < 0.13).astype(np.int64)).crashed
        lost = search.find(simulator.games)
        for n in np.flatnonzero(~crashed)[:3]:
            assert lost[n] == all_crash(simulator, n)
            found.append(lost[n])
        if crashed.any():
            which = np.flatnonzero(crashed)
            simulator.begin(which, 100 * (turn + 1) + which)
    assert {True, False} == set(found)


def all_crash(simulator: Simulator, index: int) -> bool:
    """Return whether every sequence of decisions crashes: all states that can be reached, followed one by one."""
    games: Any = simulator.games[index : index + 1].copy().view(np.recarray)
    for _ in range(32):
        games = np.concatenate([games, games]).view(np.recarray)
        actions, ended = np.repeat([0, 1], len(games) // 2), np.zeros(len(games), np.bool_)
        decide(games, np.repeat(simulator.gaps[index : index + 1], len(games), 0), actions, 3, 1, ended)
        games = games[~ended]
        states = np.rint(np.stack([games.y, games.velocity], 1) / 1e-6).astype(np.int64)
        games = games[np.unique(states, axis=0, return_index=True)[1]]
        if not len(games):
            return True
    return False


def test_who_follows_the_advice_passes_pipes_under_any_rules() -> None:
    rules = [Rules(), Rules(0.75, 95, 4.5), Rules(1.25, 90, 3.3), Rules(0.9, 110, 5.0)]
    simulator = Simulator(len(rules), Rules(), 3, 12, [one.gap for one in rules])
    simulator.begin(range(len(rules)), range(len(rules)), rules)
    planner, alive = Planner(3), np.ones(len(rules), bool)
    for _ in range(170):
        outcome = simulator.step((planner.advantages_of_flapping(simulator.games) > 0).astype(np.int64))
        assert not (outcome.crashed & alive).any()
        alive &= ~outcome.capped
    assert (simulator.games.score >= 10).all()


def test_a_lost_game_has_no_advice() -> None:
    simulator = Simulator(1, Rules())
    simulator.begin([0], [0])
    simulator.games.pipe_x[0, 0], simulator.games.pipe_gap[0, 0] = 95.0, 0  # it comes to the bird in a frame or two
    simulator.games.y[0], simulator.games.velocity[0] = 320.0, 10.0  # far below its gap
    assert Planner(3).advantages_of_flapping(simulator.games).tolist() == [0]
    assert DeadEnds(3).find(simulator.games).tolist() == [True]


def test_a_planner_knows_what_a_flap_costs() -> None:
    simulator = Simulator(2, Rules())
    simulator.begin([0, 1], [0, 0])
    simulator.games.pipe_x[:, 0], simulator.games.pipe_gap[:, 0] = BIRD_X, 3
    top, bottom = GAP_TOPS[0] + 30.0, GAP_TOPS[0] + 130.0
    simulator.games.y[:] = top + 5, bottom - 30  # just below the upper pipe, just above the lower
    simulator.games.velocity[:] = 5.0
    found = Planner(3).advantages_of_flapping(simulator.games)
    assert found[0] < -0.5 < 0.5 < found[1]
    one = Planner(3).advantages_of_flapping(simulator.games[1:])
    assert one[0] == found[1]  # independent of the plan before it


def test_a_lost_training_game_ends_at_once_with_its_point() -> None:
    games = TrainingEnv(8, Rules(), 3, seed=0)
    decisions = np.zeros(8)
    ended_at = []
    for _ in range(40):
        decisions += 1
        step = games.step(np.ones(8, np.int64))
        assert (step.rewards[step.ended] == -1).all()
        ended_at += decisions[step.ended].tolist()
        decisions[step.ended] = 0
    assert max(ended_at) < 30


def test_the_preset_for_any_rules_is_for_the_bird_alone() -> None:
    config = application.configure({"preset": "any-rules"})
    assert recipe(config)[1]["imitation"] > 0 == recipe(config)[1]["policy_weight"]
    assert application.variant({"preset": "any-rules"}) == "FlappyBird-v0"
