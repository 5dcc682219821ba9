"""Flappy Bird from pixels: the built-in agent and two others, the real game, the speed, and Stable-Baselines3 beside.

Parts that take long are kept below --home (default: the cache) and not measured twice. `pip install stable-baselines3`
brings what --stable compares with; nothing else needs it.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", SDL_VIDEODRIVER="dummy")

import argparse
import itertools
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from _results import Row, write

from pippin.apps.flappy import application
from pippin.apps.flappy.classical import TabularQ
from pippin.apps.flappy.data import load
from pippin.apps.flappy.gymnasium_game import real_game
from pippin.apps.flappy.learner import LOGITS, SEEN, Agent
from pippin.apps.flappy.rules import Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.apps.flappy.training_games import TrainingEnv
from pippin.core.artifact import read_artifact
from pippin.core.files import read_json, write_json
from pippin.core.run import Run
from pippin.core.workspace import Workspace, cache
from pippin.learn.metrics import bootstrap
from pippin.learn.nn.onnx_session import session
from pippin.verbs.opening import open_context

SEEDS = (1, 2)  # beside the built-in agent, whose seed is 0
EXPERIENCE = 28_000_000  # frames: as many as the built-in agent played
EASY, GOOD = 82, 900  # mean pipes: the best published from pixels that we found, and what is aimed at
CHANGED = 5_000_000  # frames for the game with other rules
MARKS = (400_000, 500_000, 600_000, 800_000, 1_000_000, 1_250_000, 1_500_000, 2_000_000, 3_000_000)


def agent_of(seed: int, home: Path, name: str = "", *, experience: int = EXPERIENCE, **given: Any) -> dict[str, Any]:
    """Train with a seed, or take what was trained: the pipes of 100 games by frames and CPU seconds."""
    kept = home / f"agent-{name}{seed}.json"
    if not kept.exists():
        import torch  # loading and compiling happen once, and are not measured

        torch.set_num_threads(1)
        TrainingEnv(1, Rules(), 3, seed)
        settings = application.configure({**given, "total_frames": experience})
        data, learner = load(None, settings), Agent(settings)
        shutil.rmtree(
            home / f"run-{name}{seed}", ignore_errors=True
        )  # an interrupted run is measured again from its start
        run = Run(home / f"run-{name}{seed}", seed=seed, threads=1, marks=MARKS)
        scored: list[dict[str, Any]] = []

        def mark(frames: int) -> None:
            scored.append({"frames": frames, "cpu": run.cpu, "pipes": _pipes(learner, data.test)})

        run.on_eval_point = mark
        learner.fit(data, run)
        scored.append({"frames": data.amount, "cpu": run.cpu, "pipes": _pipes(learner, data.test)})
        write_json(kept, {"seed": seed, "scored": scored})
    return dict(read_json(kept))


def changed(home: Path) -> None:
    """The same command on a game with other rules."""
    rules = {"gravity": 0.7, "gap": 90, "total_frames": CHANGED}
    agent = agent_of(1, home, "changed-", **rules)
    table, data = TabularQ(application.configure(rules)), load(None, application.configure({}))
    table.fit(data, Run(home / "run-changed-table"))
    beside = float(np.mean(_pipes(table, data.test)))
    pipes = np.array(agent["scored"][-1]["pipes"])
    mean = bootstrap(lambda values: float(values.mean()), pipes)
    cpu = agent["scored"][-1]["cpu"] / 60
    note = f"median {np.median(pipes):.0f}; {CHANGED / 1e6:.0f} million frames, {cpu:.1f} CPU minutes"
    what = "gravity 0.7, gap 90, learned by the same command: mean pipes over 100 unseen games"
    write(
        "flappy_changed",
        "Flappy Bird: another game",
        [Row(what, mean.value, "", mean.low, mean.high, "", beside, note)],
    )


def _pipes(learner: Any, examples: Sequence[Any]) -> list[float]:
    return [float(answer.answer) for answer in learner.predict([example.input for example in examples])]


def agents(home: Path) -> None:
    """The built-in agent and two others: what each reaches, and what the first 82 cost."""
    rows, found = _built_in(), [agent_of(seed, home) for seed in SEEDS]
    for agent in found:
        pipes = np.array(agent["scored"][-1]["pipes"])
        mean = bootstrap(lambda values: float(values.mean()), pipes)
        note = f"median {np.median(pipes):.0f}, minimum {pipes.min():.0f}, {(pipes >= 1000).mean():.0%} at the cap"
        note += f"; {agent['scored'][-1]['cpu'] / 60:.1f} CPU minutes"
        what = f"seed {agent['seed']}, {EXPERIENCE / 1e6:.0f} million frames: mean pipes, as above"
        rows.append(Row(what, mean.value, "", mean.low, mean.high, f"at least {GOOD}, median 1000", note=note))
    first = [mark for agent in found if (mark := _first(agent, EASY))]
    if len(first) == len(found):
        frames, cpu = (max(mark[key] for mark in first) for key in ("frames", "cpu"))
        note = f"{frames / 1e6:.1f} million frames (aim: at most 1.5)"
        rows.append(
            Row(f"until a mean of {EASY}, the slower of these", cpu / 60, "CPU minutes", aim="at most 2", note=note)
        )
    write("flappy_agents", "Flappy Bird from pixels and score", rows, agents=found)


def _built_in() -> list[Row]:
    """The built-in agent as its training measured it, beside tabular Q-learning on hand-made features."""
    facts = read_artifact(application.builtin).facts
    scores, beside = facts["scores"], facts["baseline"]["scores"]["mean_pipes"]["value"]
    mean, frames = scores["mean_pipes"], facts["data"]["examples"] / 1e6
    note = f"median {scores['median_pipes']['value']:.0f}, minimum {scores['min_pipes']['value']:.0f}, "
    note += f"{scores['share_at_cap']['value']:.0%} at the cap"
    what = f"built-in agent, {frames:.0f} million frames: mean pipes over 100 unseen games, cap 1,000"
    aim = f"at least {GOOD}, median 1000"
    minutes, cores = facts["history"][-1]["seconds"] / 60, facts["threads"]
    return [
        Row(what, mean["value"], "", mean["low"], mean["high"], aim, beside, note),
        Row(f"the built-in agent's training by the clock, {cores} cores", minutes, "minutes", aim="at most 12"),
    ]


def _first(agent: dict[str, Any], pipes: float) -> dict[str, Any] | None:
    return next((mark for mark in agent["scored"] if np.mean(mark["pipes"]) >= pipes), None)


def _when(agent: dict[str, Any], pipes: float) -> float | None:
    """CPU seconds until a mean of `pipes`, on the straight line between the marks around it."""
    marks = [(0.0, 0.0), *((mark["cpu"], float(np.mean(mark["pipes"]))) for mark in agent["scored"])]
    for (early, low), (late, high) in itertools.pairwise(marks):
        if high >= pipes:
            return early + (late - early) * (pipes - low) / (high - low)
    return None


def speed(home: Path) -> None:
    """Observations a second, simulated and real, and one decision."""
    rng = np.random.default_rng(0)
    games = TrainingEnv(64, Rules(), 1, seed=0)
    turns = 3000

    def simulated() -> float:
        start = time.process_time()
        for _ in range(turns):
            games.step((rng.random(64) < 0.08).astype(np.int64))
        return 64 * turns / (time.process_time() - start)

    def real() -> float:
        game = real_game(0, 100, 1, 1000)
        game.reset(0)
        start, count = time.process_time(), 400
        for seed in range(count):
            if game.step(int(rng.random() < 0.08))[1]:
                game.reset(seed)
        return count / (time.process_time() - start)

    simulated()
    fast = [simulated() for _ in range(7)]
    slow = [real() for _ in range(5)]
    graph = session((application.builtin / "policy.onnx").read_bytes())
    simulator = Simulator(1, Rules())
    simulator.begin([0], [0])
    times = []
    for _ in range(5000):
        start = time.perf_counter()
        graph.run([LOGITS], {SEEN: simulator.observations})
        times.append(1e6 * (time.perf_counter() - start))
    low, high = np.percentile(times, [2.5, 97.5])
    what = "observations a second, drawn, played at random, one core"
    rows = [
        Row(f"simulator: {what}", statistics.median(fast), "", min(fast), max(fast), "at least 250000"),
        Row(
            "the real game with its screen shrunk: observations a second",
            statistics.median(slow),
            "",
            min(slow),
            max(slow),
        ),
        Row("one decision, ONNX Runtime", statistics.median(times), "µs", float(low), float(high), "at most 60"),
    ]
    write("flappy_speed", "Flappy Bird: speed", rows)


def real(home: Path, games: int, cap: int) -> None:
    """The built-in agent in the real game, in all its looks, beside the simulator; the same seeds and cap."""
    kept = home / f"real-{games}-{cap}.json"
    if not kept.exists():
        context = open_context(application, Workspace(home / "workspace"))
        loads = [
            context.load(read_artifact(application.builtin), {"env": env, "max_pipes": cap}).learner
            for env in ("simulator", "FlappyBird-v0")
        ]
        examples = load(f"0-{games - 1}", application.configure({})).test
        write_json(kept, [_pipes(learner, examples) for learner in loads])
    simulated, played = (np.array(pipes) for pipes in read_json(kept))
    ratio = bootstrap(lambda a, b: float(a.mean() / b.mean()), played, simulated)
    rows = [
        Row(f"the real game's own screen, {games} games in 12 looks, cap {cap}: share of the simulator's score",
            ratio.value, "", ratio.low, ratio.high, "at least 0.9",
            note=f"mean {played.mean():.0f} against {simulated.mean():.0f} pipes"),
    ]  # fmt: skip
    write("flappy_real", "Flappy Bird: the real game", rows, simulated=simulated.tolist(), real=played.tolist())


def stable(home: Path, seconds: int) -> None:
    """Stable-Baselines3's PPO on the same observations, rewards and decisions, for as long as ours takes."""
    kept = home / f"stable-{seconds}.json"
    if not kept.exists():
        write_json(kept, [_stable(seed, seconds) for seed in SEEDS])
    found = read_json(kept)
    final = [float(np.mean(one["pipes"])) for one in found]
    ours = [agent_of(seed, home) for seed in SEEDS]
    reached = [_when(agent, score) for agent, score in zip(ours, final, strict=True)]
    share = [cpu / one["cpu"] for cpu, one in zip(reached, found, strict=True) if cpu]
    frames = statistics.fmean(one["frames"] for one in found) / 1e6
    rows = [
        Row(f"Stable-Baselines3 PPO, its own network, same games, {seconds / 60:.0f} CPU minutes: mean pipes",
            statistics.fmean(final), "", min(final), max(final), note=f"{frames:.1f} million frames, 2 seeds"),
    ]  # fmt: skip
    if len(share) == len(found):
        rows.append(
            Row(
                "ours reaches that in this share of the time",
                max(share),
                "",
                aim="at most 0.2",
                note="the slower seed, between measured points",
            )
        )
    write("flappy_stable", "Flappy Bird: beside Stable-Baselines3", rows, stable=found)


def _stable(seed: int, seconds: int) -> dict[str, Any]:
    import gymnasium
    import torch
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.vec_env import VecEnv

    torch.set_num_threads(1)
    games = TrainingEnv(64, Rules(), 3, seed)

    class Games(VecEnv):
        """Our games in their form: channels first."""

        def __init__(self) -> None:
            box = gymnasium.spaces.Box(0, 255, (6, 64, 36), np.uint8)
            super().__init__(64, box, gymnasium.spaces.Discrete(2))

        def _observe(self) -> np.ndarray:
            return np.ascontiguousarray(games.observations.transpose(0, 3, 1, 2))

        def reset(self) -> np.ndarray:
            return self._observe()

        def step_async(self, actions: np.ndarray) -> None:
            self.step_taken = games.step(actions)

        def step_wait(self) -> Any:
            step = self.step_taken
            infos: list[dict[str, Any]] = [{} for _ in range(64)]
            for n, last in step.last.items():
                infos[n] = {"TimeLimit.truncated": True, "terminal_observation": last.transpose(2, 0, 1)}
            for n in np.flatnonzero(step.ended):
                infos[n] = {"TimeLimit.truncated": False, "terminal_observation": self._observe()[n]}
            return self._observe(), step.rewards, step.ended | step.cut, infos

        def close(self) -> None: ...

        def get_attr(self, name: str, indices: Any = None) -> list[Any]:
            return [None] * 64

        def set_attr(self, name: str, value: Any, indices: Any = None) -> None: ...

        def env_method(self, name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
            return []

        def env_is_wrapped(self, wrapper: Any, indices: Any = None) -> list[bool]:
            return [False] * 64

    class Until(BaseCallback):
        """Ends when the time is spent; the rates fall with it, as ours do."""

        def _on_step(self) -> bool:
            return time.process_time() - began < seconds

    began = time.process_time()
    spent: Callable[[float], float] = lambda left: max(0.0, 1 - (time.process_time() - began) / seconds)  # noqa: E731
    model = PPO(
        "CnnPolicy", Games(), learning_rate=lambda left: 2e-3 * spent(left), n_steps=64, batch_size=512, n_epochs=3,
        gamma=0.97, gae_lambda=0.95, ent_coef=0.01, seed=seed, device="cpu", verbose=0,
    )  # fmt: skip
    model.learn(10**9, callback=Until())
    cpu, frames = time.process_time() - began, 3 * model.num_timesteps

    def player(side: Any) -> np.ndarray:
        return model.predict(np.ascontiguousarray(side.observations.transpose(0, 3, 1, 2)), deterministic=True)[0]

    from pippin.apps.flappy.rollout import play

    pipes = [game.score for game in play(player, application.configure({}), range(100))]
    return {"seed": seed, "cpu": cpu, "frames": frames, "pipes": pipes}


def main() -> None:
    """Measure all, or the parts named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["agents", "speed", "real", "stable", "changed"])
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS, help="agents to train now")
    parser.add_argument("--home", type=Path, default=cache("bench-flappy"))
    parser.add_argument("--games", type=int, default=24, help="real games")
    parser.add_argument("--max-pipes", type=int, default=300, help="pipes after which a real game ends")
    parser.add_argument("--seconds", type=int, default=240, help="CPU seconds for Stable-Baselines3")
    chosen = parser.parse_args()
    for seed in chosen.seeds if "agents" in chosen.parts else ():
        agent_of(seed, chosen.home)
    todo = {
        "agents": lambda: agents(chosen.home) if set(chosen.seeds) == set(SEEDS) else None,
        "speed": lambda: speed(chosen.home),
        "real": lambda: real(chosen.home, chosen.games, chosen.cap),
        "stable": lambda: stable(chosen.home, chosen.seconds),
        "changed": lambda: changed(chosen.home),
    }
    for part in chosen.parts:
        todo[part]()


if __name__ == "__main__":
    main()
