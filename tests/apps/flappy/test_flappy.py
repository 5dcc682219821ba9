"""Learning to play, by the commands a user has: small agents, their answers and what is refused."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from pippin.apps.flappy import application
from pippin.apps.flappy.classical import FixedPeriod, RandomPolicy, Rule, TabularQ
from pippin.apps.flappy.commands import sight, watch, winnable
from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.data import load, variant
from pippin.apps.flappy.learner import Agent
from pippin.apps.flappy.reachability import reachable_pipes
from pippin.apps.flappy.rollout import Episode, play
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.scoring import score
from pippin.apps.flappy.simulator import Simulator
from pippin.apps.flappy.sprite_tables import tables
from pippin.apps.flappy.training_games import practice
from pippin.apps.flappy.video import gif, mp4, screens
from pippin.core.artifact import read_artifact
from pippin.core.errors import PippinError
from pippin.core.job import Job
from pippin.core.run import Run
from pippin.core.run_record import RunRecord
from pippin.core.values import Prediction
from pippin.core.workspace import Workspace
from pippin.curves.curve import curve
from pippin.curves.measurements import Point, by_mark
from pippin.learn.nn.onnx_session import session
from pippin.learn.plots.terminal_images import render_ansi
from pippin.verbs.compare import compare
from pippin.verbs.evaluate import evaluate
from pippin.verbs.explain import explain
from pippin.verbs.export import export
from pippin.verbs.opening import open_context
from pippin.verbs.predict import predict
from pippin.verbs.train import train

TINY = {"preset": "tiny", "episodes": 4, "max_pipes": 3}


@pytest.fixture(scope="module")
def space(tmp_path_factory):

    return Workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def tiny(space):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pippin.apps.flappy.snapshots.FRAMES", (6_000, 12_000, 10**9))
        return _tiny(space)


def _tiny(space):
    return train("flappy", workspace=space, threads=1, progress=False, **TINY).payload


@pytest.fixture(scope="module")
def cartpole(space):
    report = train(
        "flappy",
        workspace=space,
        threads=1,
        progress=False,
        env="CartPole-v1",
        episodes=10,
        total_frames=60_000,
    )
    return report.payload


def test_a_game_is_told_by_its_decisions(space, tiny):
    report = predict("flappy", 3, 4, workspace=space, model=tiny["artifact"])
    for result, seed in zip(report.payload["results"], (3, 4), strict=True):
        evidence = result["evidence"][0]
        assert (evidence["seed"], len(evidence["actions"]) * 3) == (seed, evidence["frames"])
        shown = list(screens(application.configure({"max_pipes": 3}), seed, map(int, evidence["actions"])))
        assert 1 < len(shown) <= evidence["frames"] + 1  # the last decision may be cut short by the crash
    assert (
        predict("flappy", 3, 4, workspace=space, model=tiny["artifact"]).payload["results"] == report.payload["results"]
    )


def test_a_game_is_written_as_a_film(space, tiny, tmp_path):
    report = predict("flappy", 5, workspace=space, model=tiny["artifact"], out=tmp_path)
    (file,) = report.payload["results"][0]["files"]
    assert (tmp_path / "game-5.gif").read_bytes().startswith(b"GIF89a")
    assert file["media_type"] == "image/gif"


def test_what_a_perfect_player_reaches_is_measured(space):
    context = open_context("flappy", space)
    assert winnable(context, pipes=1, games=1).payload["won"] == 1
    assert winnable(context, gap=30, pipes=2, games=1).payload["won"] == 0
    with pytest.raises(PippinError, match="--gravity 9 is no game"):
        winnable(context, gravity=9.0)


def test_what_frames_are_drawn_from_is_written_for_programs_that_play_elsewhere(space, tmp_path):
    report = sight(open_context("flappy", space), out=tmp_path)
    images = load_file(tmp_path / "sight.safetensors")
    assert {name: list(image.shape) for name, image in images.items()} == report.payload["shapes"]
    small = tables([100])
    assert (images["background"].reshape(small.background.shape) == small.background).all()
    assert (images["ground"].reshape(small.ground_colour.shape) == small.ground_colour).all()


def test_cap_and_episodes_are_given_anew_when_it_is_measured(space, tiny):
    report = evaluate("flappy", workspace=space, model=tiny["artifact"], episodes=6, max_pipes=2)
    assert report.payload["data"]["examples"] == 6
    assert report.payload["baseline"]["name"] == "tabular Q-learning"
    ranged = evaluate("flappy", "1000-1002", workspace=space, model=tiny["artifact"])
    assert ranged.payload["data"]["examples"] == 3


def test_the_real_game_is_played_by_its_screen(space, tiny, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pytest.importorskip("flappy_bird_gymnasium")
    report = evaluate("flappy", workspace=space, model=tiny["artifact"], env="FlappyBird-v0", episodes=2, max_pipes=2)
    assert set(report.payload["scores"]) == {"mean_pipes", "median_pipes", "min_pipes", "share_at_cap"}
    assert "played for real" in report.payload["data"]["name"]
    assert "simulated game" in report.payload["baseline_reason"]


def test_a_careful_player_scores_the_same_in_the_real_game_and_the_simulated_one(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pytest.importorskip("flappy_bird_gymnasium")
    beat = [1, 0, 0, 0, 0, 0]

    def player(games):
        player.turn += 1
        return np.array([beat[player.turn % 6]] * len(games.observations))

    scores = []
    for env in ("simulator", "FlappyBird-v0"):
        for seed in range(8):
            player.turn = -1
            (game,) = play(player, application.configure({"env": env}), [seed])
            scores.append((game.score, len(game.actions)))
    assert scores[:8] == scores[8:]
    assert any(score for score, _ in scores)


def test_any_gymnasium_environment_is_learned_by_its_state(space, cartpole):
    assert cartpole["scores"]["mean_return"]["value"] > 150  # at random it is 22
    assert cartpole["artifact"].startswith("flappy-CartPole-v1-")
    assert "simulated game" in cartpole["baseline"]["reason"]
    report = explain("flappy", 0, workspace=space, model=cartpole["artifact"])
    assert [figure.title for figure in report.figures] == ["what its decisions hang on", "value over time"]


def test_another_environment_takes_one_step_a_decision_and_its_return_is_not_cut():
    gymnasium = pytest.importorskip("gymnasium")

    class Rich(gymnasium.Env):
        observation_space, action_space = (
            gymnasium.spaces.Box(0, 255, (16, 16, 3), np.uint8),
            gymnasium.spaces.Discrete(2),
        )

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            self.steps = 0
            return np.zeros((16, 16, 3), np.uint8), {}

        def step(self, action):
            self.steps += 1
            return np.zeros((16, 16, 3), np.uint8), 100.0, self.steps == 20, False, {}

    gymnasium.register("Rich-v0", Rich)
    config = application.configure({"env": "Rich-v0", "max_pipes": 5})
    (game,) = play(lambda games: np.zeros(1, np.int64), config, [0])
    assert (len(game.actions), game.score, game.skip) == (20, 2000, 1)


def test_pixels_of_any_environment_are_seen_through_one_adapter(space):
    pytest.importorskip("pygame")
    report = train(
        "flappy", workspace=space, threads=1, progress=False, env="CartPole-v1", observation="pixels", use=False,
        preset="tiny", total_frames=600, episodes=1,
    )  # fmt: skip
    assert report.payload["scores"]["mean_return"]["value"] > 0


def test_an_agent_that_learned_from_other_observations_is_refused_in_a_sentence(space, tiny, cartpole):
    with pytest.raises(PippinError, match="is a model for FlappyBird-v0, not for --env CartPole-v1"):
        evaluate("flappy", workspace=space, model=tiny["artifact"], env="CartPole-v1", episodes=1)
    with pytest.raises(PippinError, match="is a model for CartPole-v1, not for --env simulator"):
        evaluate("flappy", workspace=space, model=cartpole["artifact"], env="simulator", episodes=1)


def test_a_training_goes_on_after_its_environment_broke_down(space):
    gymnasium = pytest.importorskip("gymnasium")
    from gymnasium.envs.classic_control import CartPoleEnv

    class Breaking(CartPoleEnv):
        left = 3700  # some 2,200 are played before the training, to see whether rewards are sparse

        def step(self, action):
            type(self).left -= 1
            if type(self).left == 0:
                raise FloatingPointError("the pole is gone")
            return super().step(action)

    gymnasium.register("Breaking-v0", Breaking, max_episode_steps=200)
    settings = {"env": "Breaking-v0", "preset": "tiny", "total_frames": 4000, "episodes": 3}
    with pytest.raises(PippinError, match=r"broke down \(FloatingPointError: the pole is gone\).*--resume"):
        train("flappy", workspace=space, threads=1, progress=False, **settings)
    (run,) = (path for path in space.runs.glob("flappy-*") if RunRecord(path).read()["state"] == "failed")
    assert (run / "checkpoint" / "state.safetensors").exists()
    report = train("flappy", workspace=space, threads=1, progress=False, resume=True)
    assert report.payload["run"] == str(run)
    assert report.payload["scores"]["mean_return"]["value"] > 5


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"env": "NoSuchGame-v0"}, "no environment"),
        ({"env": "CartPole-v1", "frame_stack": 99}, "--frame-stack 99 is out of range"),
        ({"env": "CartPole-v1", "preset": "any-rules"}, "has no gravity, gap and speed to draw"),
        ({"preset": "huge"}, "must be one of laptop"),
        ({"observation": "smell"}, "must be one of auto"),
        ({"observation": "state"}, "learned from pixels"),
        ({"episodes": 0}, "must be 1 or more"),
        ({"gap": 3}, "is no game"),
        ({"total_frames": -5}, "cannot be below zero"),
        ({"skip": 31}, "--skip 31 is no game"),
        ({"env": "FlappyBird-v0", "gravity": 0.5}, "its own gravity"),
    ],
)
def test_settings_that_make_no_training_are_one_sentence(space, settings, said):
    with pytest.raises(PippinError, match=said):
        train("flappy", workspace=space, progress=False, **{**TINY, **settings})


@pytest.mark.parametrize("source", ["/no/such/place", "5-2", "0-99999999", "9999999999-9999999999"])
def test_data_are_a_range_of_seeds(source):
    with pytest.raises(PippinError):
        load(source, application.configure({}))


def test_seeds_that_are_learned_from_are_not_played(space, tiny):
    with pytest.raises(PippinError, match="out of range"):
        predict("flappy", 2**32, workspace=space, model=tiny["artifact"])
    with pytest.raises(PippinError, match="not a seed"):
        predict("flappy", "photo.jpg", workspace=space, model=tiny["artifact"])


@pytest.mark.parametrize("settings", [{"max_pipes": 0}, {"max_pipes": -9}, {"max_pipes": 10**11}])
def test_a_cap_that_is_none_is_refused_wherever_games_are_played(space, tiny, settings):
    for verb in (predict, explain):
        with pytest.raises(PippinError, match="--max-pipes"):
            verb("flappy", 3, workspace=space, model=tiny["artifact"], **settings)
    with pytest.raises(PippinError, match="--episodes and --max-pipes"):
        evaluate("flappy", workspace=space, model=tiny["artifact"], **settings)


def test_odd_seeds_are_refused(space, tiny):
    with pytest.raises(PippinError, match="below zero"):
        train("flappy", workspace=space, progress=False, seed=-1, **TINY)
    for seed in (-1, 2**32 + 3):
        with pytest.raises(PippinError, match="out of range"):
            watch(open_context("flappy", space), seed)


def test_learning_goes_on_from_an_agent_by_other_rules(space, tiny):
    told = train(
        "flappy", workspace=space, threads=1, progress=False, from_=tiny["artifact"], gravity=0.7, use=False, seed=4
    ).payload
    assert told["artifact"].startswith("flappy-FlappyBird-v0-gravity-0.7-")
    made = read_artifact(space.artifacts / told["artifact"])
    assert made.facts["config"]["gravity"] == 0.7
    assert made.facts["parent"] == tiny["artifact"]
    before, after = (
        read_artifact(space.artifacts / name).part("model").tensors for name in (tiny["artifact"], told["artifact"])
    )
    assert np.array_equal(before["whiten_CC"], after["whiten_CC"])
    assert not np.array_equal(before["actor.weight"], after["actor.weight"])


def test_a_curve_keeps_its_last_point_and_tells_of_one_that_was_cut_off():
    job = Job("app", marks=(10, 20, 30), cpu_limit=60.0)
    scores, data = {"mean_pipes": [1.0, 0.5, 1.5]}, {"name": "n", "examples": 4, "train": 30}
    marks = {"10": {"scores": scores, "cpu": 1.0}, "20": {"scores": scores, "cpu": 2.0}}
    whole = {"scores": scores, "cpu": 3.0, "limited": False, "data": data, "marks": marks}

    def split_outcome(outcome):
        points, parts = by_mark([Point(job, "file")], [outcome])
        return [(p.job.train_size, part.get("cpu"), part.get("skipped")) for p, part in zip(points, parts, strict=True)]

    assert split_outcome(whole) == [(10, 1.0, None), (20, 2.0, None), (30, 3.0, None)]
    assert split_outcome({**whole, "marks": {}}) == [(mark, 3.0, None) for mark in (10, 20, 30)]
    cut = split_outcome({**whole, "limited": True})
    assert [point[:2] for point in cut] == [(10, 1.0), (20, 2.0), (30, None)]
    assert "limit" in cut[2][2]
    assert [point[0] for point in split_outcome({**whole, "limited": True, "marks": {}})] == [30]


def test_it_begins_the_same_on_any_number_of_threads():
    torch, (games, *_) = pytest.importorskip("torch"), practice(application.configure(TINY), 0)[0]
    begun = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        begun.append(Agent(application.configure(TINY))._policy(games, 0).state_dict())
    for name, value in begun[0].items():
        assert torch.equal(value, begun[1][name])


def test_chance_takes_every_action_there_is():
    class Three:
        observations, actions, continuous = np.zeros((500, 1)), 3, False

    assert set(RandomPolicy(FlappyConfig()).player()(Three).tolist()) == {0, 1, 2}


def test_a_game_without_end_is_left(monkeypatch):
    gymnasium = pytest.importorskip("gymnasium")
    monkeypatch.setattr("pippin.apps.flappy.rollout.MAX_FRAMES", 50)
    assert gymnasium.spec("CliffWalking-v1").max_episode_steps is None
    config = application.configure({"env": "CliffWalking-v1"})
    (game,) = play(lambda games: np.zeros(1, np.int64), config, [0])
    assert len(game.actions) == 50


def test_changed_rules_are_a_variant_of_their_own():
    assert (
        variant(application.configure({}))
        == variant(application.configure({"env": "FlappyBird-v0"}))
        == "FlappyBird-v0"
    )
    assert variant(application.configure({"gravity": 0.7, "gap": 90})) == "FlappyBird-v0-gravity-0.7-gap-90"
    assert variant(application.configure({"env": "ALE/Pong-v5"})) == "ALE-Pong-v5"


def test_the_score_is_the_distribution_and_never_the_best_game():
    data = load("0-3", application.configure({"max_pipes": 10}))
    found = score([Prediction(pipes) for pipes in (1, 2, 3, 10)], data.test)
    assert found["mean_pipes"].value == 4
    assert found["median_pipes"].value == 2.5
    assert found["min_pipes"].value == 1
    assert found["share_at_cap"].value == 0.25
    assert found["mean_pipes"].low < 4 < found["mean_pipes"].high


def test_the_classical_ways_learn_something_each(tmp_path):
    config = application.configure({"total_frames": 1_500_000, "max_pipes": 100})
    data = load("0-19", config)
    means = {}
    for name, make in (("beat", FixedPeriod), ("rule", Rule), ("table", TabularQ)):
        learner = make(config)
        learner.fit(data, Run(tmp_path / name))
        answers = list(learner.predict([example.input for example in data.test]))
        again = make(config)
        again.load(learner.save())
        assert [a.answer for a in again.predict([e.input for e in data.test])] == [a.answer for a in answers]
        means[name] = score(answers, data.test)["mean_pipes"].value
    assert 0.1 < means["beat"] < 3 < means["rule"]
    assert means["table"] > 15


def test_no_policy_can_win_where_a_flap_is_repeated_for_four_frames():
    reached = [reachable_pipes(Rules(), 4, 4, 30, seed) for seed in range(8)]
    assert np.mean(reached) < 7
    assert max(reached) < 30
    assert [reachable_pipes(Rules(), 3, 1, 30, seed) for seed in range(3)] == [30] * 3


def test_what_can_be_reached_is_what_some_sequence_of_actions_reaches():
    """By brute force: all sequences of actions until the first pipe and beyond, side by side."""
    for seed in range(3):
        numbers, best, turn = np.arange(2**11), 0.0, 0
        games = Simulator(len(numbers), Rules(), 6, 1)
        games.begin(range(len(numbers)), [seed] * len(numbers))
        while len(numbers):
            outcome = games.step(numbers >> turn & 1 if turn < 11 else np.zeros_like(numbers))
            over = outcome.crashed | outcome.capped
            best = max(best, games.games.score[over].max(initial=0.0))
            games.keep(~over)
            numbers, turn = numbers[~over], turn + 1
        assert min(1, reachable_pipes(Rules(), 6, 1, 1, seed)) == best


def test_films_and_text_show_the_same_frames():
    config = application.configure({"max_pipes": 3})
    frames = list(screens(config, 2, [1, 0, 0, 0, 1, 0, 0, 0] * 10))
    assert frames[0].shape == (512, 288, 3)
    assert gif(config, 2, [0] * 20).startswith(b"GIF89a")
    text = render_ansi(frames[0], 80, 24)
    lines = text.split("\n")
    assert len(lines) <= 24
    assert max(line.count("▀") for line in lines) <= 80
    av = pytest.importorskip("av")
    import io

    with av.open(io.BytesIO(mp4(frames))) as film:
        decoded = list(film.decode(video=0))
    assert len(decoded) == len(frames)
    assert np.abs(decoded[0].to_ndarray(format="rgb24").astype(int) - frames[0]).mean() < 6


def test_one_training_scored_on_its_way_is_the_whole_curve(space, tmp_path):
    report = curve(
        "flappy", workspace=space, train_sizes="3000,6000,12000", seeds=2, methods="deep, tabular Q-learning, random",
        out=tmp_path, **TINY,
    )  # fmt: skip
    told = report.payload
    for name in ("deep", "tabular Q-learning", "random"):
        assert [point["examples"] for point in told["methods"][name]] == [3000, 6000, 12000]
    deep = told["methods"]["deep"]
    assert deep[0]["cpu_seconds"] < deep[1]["cpu_seconds"] < deep[2]["cpu_seconds"]
    assert told["over"] == "frames"
    assert "frames" in report.summary
    json.loads((tmp_path / "curve.json").read_text())


def test_compare_sets_the_agent_beside_the_classical_ways(space):
    told = compare("flappy", workspace=space, **TINY).payload
    assert set(told["methods"]) == {"deep", "tabular Q-learning", "hand-made rule", "flap every n", "random"}


def test_what_was_learned_is_explained_with_images(space, tiny):
    whole = explain("flappy", workspace=space, model=tiny["artifact"])
    titles = [figure.title for figure in whole.figures]
    assert titles[-2:] == ["the first filters", "what the second layer looks for"]
    one = explain("flappy", 7, workspace=space, model=tiny["artifact"])
    assert [figure.title for figure in one.figures] == ["what it looks at", "value over time"]


def test_the_second_layer_in_numpy_is_that_of_the_network(space, tiny):
    torch = pytest.importorskip("torch")
    from pippin.apps.flappy.explain import second_layer
    from pippin.apps.flappy.learner import Agent
    from pippin.core.artifact import read_artifact
    from pippin.learn.rl.policies import PixelPolicy

    artifact = read_artifact(space.artifacts / tiny["artifact"])
    agent = Agent(application.config.read(artifact.facts["config"]))
    agent.load(artifact.part("model"))
    network = PixelPolicy((64, 36, 6), 2)
    network.load_state_dict({name: torch.from_numpy(array) for name, array in agent.weights.items()})
    seen = np.random.default_rng(0).integers(0, 256, (3, 64, 36, 6), np.uint8)
    theirs = network.features(torch.from_numpy(seen))[1].detach().permute(0, 2, 3, 1).numpy()
    assert np.allclose(second_layer(agent, seen), theirs, atol=1e-3)
    assert np.allclose(agent.thoughts(seen)[0], network(torch.from_numpy(seen))[0].detach().numpy(), atol=1e-3)


def test_copies_of_its_early_life_are_kept_and_exported(space, tiny, tmp_path):
    export("flappy", out=str(tmp_path), workspace=space, model=tiny["artifact"])
    told = json.loads((tmp_path / "flappy.json").read_text())["early"]
    assert [(copy["file"], copy["minutes"] > 0) for copy in told] == [("early-1.onnx", True), ("early-2.onnx", True)]
    assert 6_000 <= told[0]["frames"] < 12_000 <= told[1]["frames"]
    seen = np.random.default_rng(0).integers(0, 256, (4, 64, 36, 6)).astype(np.uint8)
    late, *early = (
        session(tmp_path / name).run(["logits"], {"seen": seen})[0]
        for name in ("policy.onnx", "early-1.onnx", "early-2.onnx")
    )
    assert all(np.isfinite(logits).all() for logits in early)
    assert np.allclose(early[1], late, atol=2e-3)  # taken after the last round
    assert not np.allclose(early[0], late, atol=2e-3)
    assert (tmp_path / "early-1.onnx").stat().st_size < 0.6 * (tmp_path / "policy.onnx").stat().st_size


def test_played_games_tell_their_frames():
    assert Episode(1, 0.0, np.zeros(5, np.uint8), 3).frames == 15
