"""The simulated game beside the real one, frame by frame; and what makes many games of it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pippin.apps.flappy import sprites
from pippin.apps.flappy.classical import Rule
from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.frame_rendering import LEFT, MARGIN, WIDE, draw_plainly
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.apps.flappy.sprite_tables import COLUMNS, ROWS
from pippin.apps.flappy.training_games import TrainingEnv
from pippin.core.errors import PippinError
from pippin.learn.rl.environments import FIRST_TRAINING_SEED, downscale

FRAMES = 10_500  # at least 10,000 are promised
LOOKED_AT = 17  # every so many frames the pictures are compared, too


def real(**facts):
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    gymnasium = pytest.importorskip("gymnasium")
    pytest.importorskip("flappy_bird_gymnasium")
    made = gymnasium.make("FlappyBird-v0", render_mode="rgb_array", use_lidar=False, disable_env_checker=True, **facts)
    return made, made.unwrapped


def careful(simulator, rng):
    """Mostly what a rule would do, so that games last; at times anything."""
    if rng.random() < 0.03:
        return int(rng.integers(2))
    return int(Rule(FlappyConfig(gap=100, gravity=1.0)).with_number(4)(simulator)[0])


def test_ten_thousand_frames_are_those_of_the_real_game():
    rng, frames, seed, off, compared = np.random.default_rng(0), 0, 0, [], 0
    looks = [(sky, bird, pipe) for sky in range(2) for bird in range(3) for pipe in range(2)]
    played = {}
    while frames < FRAMES:
        look = looks[seed % len(looks)]
        if look not in played:
            names = sprites.BACKGROUNDS[look[0]], sprites.BIRDS[look[1]], sprites.COLOURS[look[2]]
            env, inner = real(background=names[0], bird_color=names[1], pipe_color=names[2])
            played[look] = [env, inner, 0, 0]
        env, inner, turn, ground = played[look]
        env.reset(seed=seed)
        simulator = Simulator(1, Rules(), skip=1)
        simulator.begin([0], [seed])
        game = simulator.games[0]
        # The real game restarts its animation only in part; the simulator begins at any phase.
        game.tick = game.wing = 0
        game.turn, game.ground = turn, ground
        game.background, game.bird, game.pipe = look
        over = False
        while not over and frames < FRAMES:
            action = careful(simulator, rng)
            _, _, ended, _, info = env.step(action)
            outcome = simulator.step(np.array([action]))
            game, over, frames = simulator.games[0], bool(ended), frames + 1
            assert outcome.crashed[0] == ended
            assert (game.score, game.y) == (info["score"], inner._player_y)
            assert (game.rotation, game.wing) == (inner._player_rot, inner._player_idx)
            assert list(game.pipe_x) == [pipe["x"] for pipe in inner._upper_pipes]
            assert game.ground == -inner._ground["x"]
            if not over:
                assert game.velocity == inner._player_vel_y
            if frames % LOOKED_AT == 0 or over:
                screen = env.render()
                assert np.array_equal(sprites.frame(game, 100), screen)
                small = simulator.observations[0, :, :, :3].astype(int)
                off.append(np.abs(small - downscale(screen)).mean())
                compared += 1
        played[look][2:] = [int(game.turn), int(game.ground)]
        seed += 1
    assert frames >= 10_000
    assert compared > 500
    assert np.mean(off) < 1 / 2
    assert max(off) < 1


@pytest.mark.parametrize(("gravity", "gap"), [(0.7, 90), (1.3, 120)])
def test_changed_rules_are_the_real_games_with_its_constants_changed(monkeypatch, gravity, gap):
    env, inner = real(pipe_gap=gap)
    module = sys.modules[type(inner).__module__]
    monkeypatch.setattr(module, "PLAYER_ACC_Y", gravity)
    rng, simulator = np.random.default_rng(1), Simulator(1, Rules(gravity, gap), skip=1)
    for seed in range(20):
        env.reset(seed=seed)
        simulator.begin([0], [seed])
        ended = False
        while not ended:
            action = int(rng.random() < 0.1)
            _, _, ended, _, info = env.step(action)
            outcome = simulator.step(np.array([action]))
            game = simulator.games[0]
            assert outcome.crashed[0] == ended
            assert (game.score, game.y) == (info["score"], pytest.approx(inner._player_y, abs=1e-9))


def test_birds_are_turned_as_pygame_turns_them():
    pygame = pytest.importorskip("pygame")
    image = sprites.sprites().bird[0, 0]
    surface = pygame.image.frombytes(image.tobytes(), image.shape[1::-1], "RGBA")
    for degrees in [20, *range(18, -91, -3)]:
        theirs = pygame.transform.rotate(surface, degrees)
        alpha = pygame.surfarray.array_alpha(theirs).T
        ours = sprites.rotated(image, degrees)
        assert np.array_equal(ours[..., 3] > 0, alpha > 0)
        assert np.array_equal(ours[alpha > 0, :3], pygame.surfarray.array3d(theirs).swapaxes(0, 1)[alpha > 0])


def test_every_seed_begins_at_phases_and_colours_of_its_own():
    simulator = Simulator(400, Rules())
    simulator.begin(range(400), range(400))
    for name, values in {"background": 2, "bird": 3, "pipe": 2, "wing": 3, "turn": 4, "ground": 12}.items():
        assert len(set(simulator.games[name].tolist())) == values
    again = Simulator(1, Rules())
    again.begin([0], [7])
    assert np.array_equal(again.observations[0], simulator.observations[7])


def test_a_decision_flaps_once_and_then_idles():
    three, one = Simulator(1, Rules(), skip=3), Simulator(1, Rules(), skip=1)
    for simulator in (three, one):
        simulator.begin([0], [3])
    three.step(np.array([1]))
    for action in (1, 0, 0):
        one.step(np.array([action]))
    assert three.games[0] == one.games[0]
    assert np.array_equal(three.observations[0, :, :, :3], one.observations[0, :, :, :3])


def test_without_numba_the_same_is_drawn():
    simulator = Simulator(32, Rules())
    simulator.begin(range(32), range(32))
    for turn in range(30):
        over = simulator.step(np.arange(32) % (2 + turn % 5) == 0).crashed
        plain = np.zeros_like(simulator.canvas)
        draw_plainly(plain, simulator.games, simulator._tables, range(32))
        shown = np.s_[:, MARGIN : MARGIN + ROWS, LEFT : LEFT + WIDE]
        assert np.array_equal(plain[shown], simulator.canvas[shown])
        simulator.begin(np.flatnonzero(over), 1000 + turn * 32 + np.flatnonzero(over))


def test_without_numba_the_same_game_is_played(capsys):
    code = """
import numpy as np
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
simulator = Simulator(2, Rules())
simulator.begin([0, 1], [5, 6])
for turn in range(12):
    simulator.step(np.array([turn % 4 == 0, turn % 5 == 0]).astype(int))
print(simulator.games.y.tolist(), simulator.games.pipe_x.tolist(), int(simulator.observations.sum()))
"""
    exec(code, {})
    without = f"import sys\nsys.modules['numba'] = None\n{code}"
    plain = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=True).stdout
    assert capsys.readouterr().out == plain != ""


def test_a_practice_game_that_is_cut_off_shows_its_end_and_begins_anew(monkeypatch):
    monkeypatch.setattr("pippin.apps.flappy.training_games.MAX_FRAMES", 1)
    games = TrainingEnv(8, Rules(), 3, seed=0)
    rule = Rule(FlappyConfig(gap=100, gravity=1.0)).with_number(4)
    while True:
        before = games.observations.copy()
        step = games.step(rule(games.simulator))
        assert not (step.ended & step.cut).any()
        if step.cut.any():
            break
    for n in np.flatnonzero(step.cut):
        assert step.rewards[n] == 1
        assert np.array_equal(step.last[n][:, :, 3:], before[n, :, :, :3])
        assert not np.array_equal(step.last[n], games.observations[n])


def test_practice_goes_on_where_it_was_kept():
    first, second = TrainingEnv(4, Rules(), 3, seed=1), TrainingEnv(4, Rules(), 3, seed=1)
    for _ in range(25):
        first.step(np.zeros(4, np.int64))
    second.step(np.ones(4, np.int64))
    second.go_on({name: array.copy() for name, array in first.keep().items()})
    for turn in range(60):
        actions = np.full(4, turn % 6 == 0).astype(np.int64)
        steps = [games.step(actions) for games in (first, second)]
        assert np.array_equal(steps[0].rewards, steps[1].rewards)
        assert np.array_equal(first.observations, second.observations)


def test_lost_games_are_played_again_from_a_moment_before(monkeypatch):
    monkeypatch.setattr("pippin.apps.flappy.training_games.MAX_FRAMES", 2)
    games, rng = TrainingEnv(16, Rules(), 3, seed=3), np.random.default_rng(0)
    games._again._skill = 1.0
    seen, states, begun, again = [], [], 0, 0
    for _ in range(400):
        seen.append(games.observations.copy())
        states.append(games.simulator.games.copy())
        fresh = ~games._again.goes_on
        step = games.step((rng.random(16) < 0.15).astype(np.int64))
        assert len(step.scores) == ((step.ended | step.cut) & fresh).sum()  # no score tells of those put back
        games._again._skill = 1.0
        for n in np.flatnonzero(step.ended | step.cut):
            begun += 1
            if games._again.goes_on[n]:
                again += 1
                state = games.simulator.games[n]
                moments = [(t, m) for t, then in enumerate(states) for m in np.flatnonzero(then == state)]
                assert any(np.array_equal(seen[t][m], games.observations[n]) for t, m in moments)
            else:
                assert games.simulator.games.frames[n] == 0
    assert begun > 100
    assert 0.3 < again / begun < 0.6


def test_who_plays_badly_begins_with_new_games():
    games, rng = TrainingEnv(16, Rules(), 3, seed=3), np.random.default_rng(0)
    for _ in range(300):
        games.step((rng.random(16) < 0.9).astype(np.int64))
        assert not games._again.goes_on.any()


def test_nothing_that_is_measured_by_is_ever_practised():
    games = TrainingEnv(4, Rules(), 3, seed=5)
    seen = []
    begin = games.simulator.begin
    games.simulator.begin = lambda which, seeds, rules: (seen.extend(seeds), begin(which, seeds, rules))
    for _ in range(200):
        games.step(np.ones(4, np.int64))
    assert len(seen) > 20
    assert min(seen) >= FIRST_TRAINING_SEED


def test_no_group_plays_the_games_of_another():
    first, second = (TrainingEnv(4, Rules(), 3, seed=5, group=group) for group in range(2))
    assert not {gaps.tobytes() for gaps in first.simulator.gaps} & {gaps.tobytes() for gaps in second.simulator.gaps}
    again = TrainingEnv(4, Rules(), 3, seed=5, group=1)
    assert np.array_equal(second.simulator.gaps, again.simulator.gaps)


@pytest.mark.parametrize("rules", [{"gravity": 0}, {"gap": 5}, {"speed": 100}, {"skip": 31}])
def test_rules_that_make_no_game_are_refused(rules):
    with pytest.raises(PippinError, match="is no game"):
        Rules.of(FlappyConfig(**rules))


def test_missing_images_name_the_command(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    sprites.sprites.cache_clear()
    with pytest.raises(PippinError, match="pip install"):
        sprites.sprites()


def test_the_small_frame_is_64_by_36():
    assert (ROWS, COLUMNS) == (64, 36)
