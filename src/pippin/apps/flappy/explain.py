"""What the agent learned: what its filters look for, how it values what it sees, and which parts of it decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from PIL import Image

from pippin.apps.flappy.rollout import SIMULATOR, score_trace, seed_of
from pippin.core.data import Dataset
from pippin.core.inputs import Input
from pippin.core.report.cells import Figure, Table
from pippin.core.report.report import Report
from pippin.learn.plots.bar_chart import Bar, bars
from pippin.learn.plots.image_grids import Cell, captioned_grid, overlay_heatmap, png
from pippin.learn.plots.line_chart import Line, lines
from pippin.learn.rl.actions import preferred_actions

if TYPE_CHECKING:
    from pippin.apps.flappy.learner import Agent

MAX_FRAMES = 240  # decisions that are looked at
SHOWN = 6  # moments of a game, among them its last
PATCH = 4  # small pixels a side of what the first layer sees as one
AROUND = 12  # and of what the second sees
ALIKE = 4  # positions a filter is shown by
LARGE = 6  # screen pixels a small one is shown with


class Watched(NamedTuple):
    """A game as the agent saw it: [T, ...] of every decision, and how it ended."""

    seen: np.ndarray
    logits: np.ndarray
    values: np.ndarray
    scores: Sequence[float]


def explain(agent: Agent, input: Input | None, data: Callable[[], Dataset] | None = None) -> Report:
    """Explain the agent as a whole (by a game of seed 0), or how it played one game."""
    seed = 0 if input is None else seed_of(input)
    game = watch(agent, seed)
    if input is None:
        return _whole(agent, game)
    return Report(
        title=f"How it played the game of seed {seed}",
        summary=f"The first {len(game.seen)} decisions; it scored {game.scores[-1]:g} in them.",
        figures=(*_looks(agent, game), _worth(game)),
        payload={
            "seed": seed,
            "values": np.round(game.values, 3).tolist(),
            "actions": _actions(agent, game.logits).tolist(),
            "scores": list(game.scores),
        },
    )


def watch(agent: Agent, seed: int) -> Watched:
    """Play the game of a seed and keep what was seen and thought."""
    player = agent.player()
    kept: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def noting(games: Any) -> np.ndarray:
        actions = player(games)
        logits, values = agent.thoughts(games.observations)
        kept.append((games.observations[0].copy(), logits[0], values[0]))
        return actions

    scores = list(score_trace(noting, agent.config, seed, MAX_FRAMES))
    seen, logits, values = (np.stack(part) for part in zip(*kept, strict=True))
    return Watched(seen, logits, values, scores)


def _whole(agent: Agent, game: Watched) -> Report:
    life, frames = agent.facts["life"], agent.facts["round"]
    known = [(n, score) for n, score in enumerate(life["scores"], 2) if score is not None]
    figures = [_worth(game)]
    if known:
        line = Line("score", [n * frames for n, _ in known], [score for _, score in known])
        caption = "The mean score of its last 100 games while it tried things out; games are cut off early to practise."
        figures.insert(0, Figure("its life", lines([line], "frames played", "score"), "image/svg+xml", caption))
    if agent.pixels:
        figures += [_first_filters(agent), _second_filters(agent, game)]
    return Report(
        title="What the agent learned by playing",
        summary=agent.told_of_its_life()[0],
        figures=tuple(figures),
        tables=(_entropies(life),) if life["scores"] else (),
        payload={"life": {"scores": life["scores"], "entropies": life["entropies"]}, "frames": frames},
        next="pippin flappy explain SEED",
    )


def _entropies(life: dict[str, Any]) -> Table:
    count = len(life["scores"])
    rows = sorted({0, count // 4, count // 2, 3 * count // 4, count - 1})
    return Table(
        ("of its life", "recent score", "entropy"),
        tuple((f"{round(100 * (n + 1) / count)} %", life["scores"][n], life["entropies"][n]) for n in rows),
        "how much it still tries: entropy of its decisions, 1 for a coin, 0 for none left open",
    )


def _worth(game: Watched) -> Figure:
    turns = list(range(len(game.values)))
    passed = [turn for turn in turns[1:] if game.scores[turn] > game.scores[turn - 1]]
    drawn = lines([Line("value", turns, game.values.tolist())], "decisions", "value", passed)
    caption = "What it expects to score from there on, later points counting less; upright lines: a point was scored."
    return Figure("value over time", drawn, "image/svg+xml", caption)


def _looks(agent: Agent, game: Watched) -> list[Figure]:
    if not agent.pixels:
        return [_numbers(agent, game)]
    moments = np.linspace(0, len(game.seen) - 1, SHOWN).astype(int)
    cells = []
    for turn in moments:
        action = int(np.abs(game.logits[turn]).argmax() if game.logits.shape[1] < 2 else game.logits[turn].argmax())
        heat = evidence(agent, game.seen[turn], action)
        base = _large(game.seen[turn, :, :, :3])
        wide = Image.fromarray(heat / (np.abs(heat).max() + 1e-9), "F").resize(base.size, Image.Resampling.BICUBIC)
        words = f"{turn}: {_called(agent, action)}"
        cells.append(Cell(words, [base, overlay_heatmap(base, np.asarray(wide))]))
    caption = "Orange parts speak for what it did, blue ones against it: the change when a part turns to its mean."
    return [Figure("what it looks at", png(captioned_grid(cells, SHOWN // 2)), "image/png", caption)]


def _actions(agent: Agent, outputs: np.ndarray) -> np.ndarray:
    return preferred_actions(outputs, agent.facts.get("continuous", False))


def _called(agent: Agent, action: int) -> str:
    if agent.config.env in (SIMULATOR, "FlappyBird-v0"):
        return ("idles", "flaps")[action]
    return f"action {action}"


def evidence(agent: Agent, seen: np.ndarray, action: int) -> np.ndarray:
    """Return how much each patch [rows, columns] of what is seen supports an action, by occlusion: log-odds float32."""
    mean = agent.weights["mean_HWC"].round().astype(np.uint8)
    rows, columns = seen.shape[0] // PATCH, seen.shape[1] // PATCH
    hidden = np.repeat(seen[None], rows * columns + 1, 0)
    for index in range(rows * columns):
        top, left = index // columns * PATCH, index % columns * PATCH
        part = np.s_[top : top + PATCH, left : left + PATCH]
        hidden[index][part] = mean[part]
    logits = agent.thoughts(hidden)[0]
    alone = agent.facts.get("continuous", False)  # means of numbers do not compete
    odds = logits[:, action] - (0 if alone else np.delete(logits, action, 1).max(1))
    return (odds[-1] - odds[:-1]).reshape(rows, columns).astype(np.float32)


def _numbers(agent: Agent, game: Watched) -> Figure:
    """Plot how often another value at each index of a state of numbers would have changed the decision.

    Of continuous actions: by how much, on average.
    """
    rng = np.random.default_rng(0)
    chosen = _actions(agent, game.logits)
    continuous = chosen.ndim == 2
    rows = []
    for index in range(game.seen.shape[1]):
        mixed = game.seen.copy()
        mixed[:, index] = rng.permutation(mixed[:, index])
        other = _actions(agent, agent.thoughts(mixed)[0])
        changed = float(np.abs(other - chosen).mean() if continuous else (other != chosen).mean())
        rows.append(Bar(f"number {index + 1}", changed))
    what = "By how much actions (from -1 to 1)" if continuous else "The share of decisions that"
    caption = f"{what} change when a number is taken from another moment of the game."
    return Figure("what its decisions hang on", bars(rows), "image/svg+xml", caption)


def _first_filters(agent: Agent) -> Figure:
    """Return each filter as the colours it wants, now and a decision ago: its weights on pixels, whitening included."""
    weights = np.einsum("ocij,cd->oijd", agent.weights["patches.weight"], agent.weights["whiten_CC"])
    cells = []
    for number, kernel in enumerate(weights, 1):
        shown = 128 + 127 * kernel / np.abs(kernel).max()
        parts = [Image.fromarray(shown[:, :, c : c + 3].astype(np.uint8)) for c in range(0, shown.shape[2], 3)]
        cells.append(Cell(f"{number}", [part.resize((64, 64), Image.Resampling.NEAREST) for part in parts]))
    caption = "Left what a filter wants to see now, right what it wants to have been there one decision ago."
    return Figure("the first filters", png(captioned_grid(cells, 8)), "image/png", caption)


def _second_filters(agent: Agent, game: Watched) -> Figure:
    """Show for each filter of the second layer the positions in a game that activate it most."""
    found = second_layer(agent, game.seen)
    rows, columns = game.seen.shape[1:3]
    cells = []
    for number in range(found.shape[3]):
        best = np.argsort(-found[:, :, :, number].max((1, 2)), kind="stable")[: ALIKE * 4 : 4]
        parts = []
        for turn in best:
            row, column = divmod(int(found[turn, :, :, number].argmax()), found.shape[2])
            top = min(max(0, (2 * row - 1) * PATCH), rows - AROUND)
            left = min(max(0, (2 * column - 1) * PATCH), columns - AROUND)
            part = Image.fromarray(game.seen[turn, top : top + AROUND, left : left + AROUND, :3])
            parts.append(part.resize((56, 56), Image.Resampling.NEAREST))
        if found[:, :, :, number].max() > 0:
            cells.append(Cell(f"{number + 1}", parts))
    caption = "The positions in one game at which each filter of the second layer answers most."
    return Figure("what the second layer looks for", png(captioned_grid(cells, 4)), "image/png", caption)


def second_layer(agent: Agent, seen: np.ndarray) -> np.ndarray:
    """Return the answers of the second layer's filters, [T, rows / 8, columns / 8, filters], in plain numpy."""
    w = agent.weights
    pixels = seen.astype(np.float32) - w["mean_HWC"]
    rows, columns = seen.shape[1] // PATCH, seen.shape[2] // PATCH
    patches = pixels[:, : rows * PATCH, : columns * PATCH].reshape(len(seen), rows, PATCH, columns, PATCH, -1)
    kernel = np.einsum("ocij,cd->odij", w["patches.weight"], w["whiten_CC"])
    first = np.einsum("trickd,odik->trco", patches, kernel, optimize=True) + w["patches.bias"]
    padded = np.pad(np.maximum(first, 0), ((0, 0), (1, 1), (1, 1), (0, 0)))
    high, wide = -(-rows // 2), -(-columns // 2)
    total = np.zeros((len(seen), high, wide, len(w["parts.weight"])), np.float32) + w["parts.bias"]
    for i in range(3):
        for j in range(3):
            part = padded[:, i : i + 2 * high - 1 : 2, j : j + 2 * wide - 1 : 2]
            total += part @ w["parts.weight"][:, :, i, j].T
    return np.maximum(total, 0)


def _large(small: np.ndarray) -> Image.Image:
    return Image.fromarray(small).resize((small.shape[1] * LARGE, small.shape[0] * LARGE), Image.Resampling.NEAREST)
