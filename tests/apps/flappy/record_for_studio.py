"""Record what the studio's own game is tested by: python tests/apps/flappy/record_for_studio.py

Random numbers, whole games frame by frame, frames as an agent sees them and what the built-in agent thinks of them. The
pictures in those frames are made by a formula, which the studio's tests repeat: the game's own are not ours to keep.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pippin.apps.flappy import simulator
from pippin.apps.flappy import sprite_tables as drawn
from pippin.apps.flappy.physics import PHASES, advance
from pippin.apps.flappy.rules import GAP_TOPS, Rules
from pippin.apps.flappy.simulator import Simulator
from pippin.learn.nn.onnx_session import session

ROOT = Path(__file__).parents[3]
OUT = ROOT / "studio/src/apps/flappy/recorded.json"
POLICY = ROOT / "src/pippin/apps/flappy/model/policy.onnx"
GAMES = ((0, Rules()), (7, Rules()), (4_294_967_295, Rules(0.7, 130, 4.0)), (3, Rules(1.3, 85, 5.5)))
LONGEST, DECISIONS = 330, 120
SKIES, PIPES = ((80, 186, 192), (0, 128, 140)), ((143, 170, 84), (182, 116, 87))
BIRDS, GROUND = ((200, 150, 60), (90, 120, 170), (200, 90, 50)), (103, 105, 66)


def noisy(colours: np.ndarray) -> np.ndarray:
    """Colours a little uneven, the same here and in the studio."""
    at = np.arange(colours.size)
    return (colours.reshape(-1) + (at * 131 + (at >> 5) * 17) % 23).astype(np.uint8).reshape(colours.shape)


def plain(colours: Sequence[Sequence[int]], shape: tuple[int, ...]) -> np.ndarray:
    """Pictures each of one colour, [colours, *shape, 3]."""
    return noisy(np.stack([np.broadcast_to(np.array(colour), (*shape, 3)) for colour in colours]))


def opaque(images: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """Pictures [..., rows, columns, 3] with what is not covered left open."""
    alpha = np.broadcast_to(np.where(cover, 255, 0)[..., None], (*images.shape[:-1], 1))
    return np.concatenate([images, alpha], -1).astype(np.uint8)


def bird() -> np.ndarray:
    """An egg with a beak."""
    y, x = np.mgrid[:24, :34]
    return ((x - 15) ** 2 + 2 * (y - 12) ** 2 < 240) | ((abs(y - 14) < 4) & (x > 15))


def tables(gaps: list[int]) -> Any:
    """Small pictures as `tables.tables` makes them, of the pictures of the formula."""
    pipes = opaque(plain(PIPES, (320, 52)), np.ones((320, 52), bool))
    birds = opaque(plain(BIRDS, (3, 24, 34)), bird())
    clear = np.zeros((2, 512, 288, 3), np.uint8), np.zeros((112, 336, 3), np.uint8)
    drawn.bird_image = lambda colour, wing, turn: rotated(birds[colour, wing], min(turn, 20))
    made = drawn._build_tables(drawn.Sprites(*clear, pipes, birds, ()), gaps)
    sky = plain(SKIES, (*made.background.shape[1:2], 36)).reshape(made.background.shape)
    ground = plain([GROUND] * 12, (14, 36)).reshape(made.ground_colour.shape)
    return made._replace(background=sky, ground_colour=ground)


def rotated(image: np.ndarray, degrees: int) -> np.ndarray:
    """The simulator's own way to turn a picture."""
    from pippin.apps.flappy.sprites import rotated as turned

    return turned(image, degrees)


def steered(game: Any, gap: int, rng: np.random.Generator) -> bool:
    """Whether to flap: towards the next gap, a little carelessly."""
    ahead = [i for i in range(3) if game.pipe_x[i] > 20]
    nearest = min(ahead, key=lambda i: game.pipe_x[i])
    bottom = GAP_TOPS[game.pipe_gap[nearest]] + gap
    return bool(game.y + 24 > bottom - 14 + rng.integers(-4, 5))


def game(seed: int, rules: Rules) -> dict[str, Any]:
    """A game, frame by frame."""
    made, rng = Simulator(1, rules, skip=1, cap=100), np.random.default_rng(1)
    made.begin([0], [seed])
    one, frames, flaps = made.games[0], [], ""
    for _ in range(LONGEST):
        flap = steered(one, rules.gap, rng)
        alive = advance(one, made.gaps[0], flap, rules.gravity, rules.gap, rules.speed)
        flaps += str(int(flap))
        phases = [int(one[name]) for name in ("score", "rotation", "wing", "ground")]
        frames.append([float(one.y), float(one.velocity), *one.pipe_x.tolist(), *one.pipe_gap.tolist(), *phases])
        if not alive:
            break
    rest = {"gravity": rules.gravity, "gap": rules.gap, "speed": rules.speed}
    return {"seed": seed, "rules": rest, "flaps": flaps, "frames": frames, "alive": bool(alive)}


def thoughts(seed: int, rules: Rules) -> dict[str, Any]:
    """Decisions of the built-in agent, what it saw (by its SHA-256) and thought before each."""
    agent = session(POLICY.read_bytes())
    made = Simulator(1, rules, skip=3, cap=100)
    made.begin([0], [seed])
    seen, logits, values, actions = [], [], [], ""
    for _ in range(DECISIONS):
        seen.append(hashlib.sha256(made.observations[0].tobytes()).hexdigest())
        thought, value = agent.run(["logits", "value"], {"seen": made.observations})
        logits.append([round(float(one), 4) for one in thought[0]])
        values.append(round(float(value[0]), 4))
        actions += str(int(thought[0].argmax()))
        if made.step(thought.argmax(1)).crashed[0]:
            break
    rest = {"gravity": rules.gravity, "gap": rules.gap, "speed": rules.speed}
    return {"seed": seed, "rules": rest, "seen": seen, "logits": logits, "values": values, "actions": actions}


def numbers(seed: int) -> dict[str, Any]:
    """What a seed stands for."""
    phases = np.random.default_rng([seed, 1]).integers(0, PHASES)
    return {
        "seed": seed,
        "gaps": np.random.default_rng(seed).integers(0, len(GAP_TOPS), 40).tolist(),
        "phases": phases.tolist(),
    }


def main() -> None:
    simulator.tables = tables
    recorded = {
        "random": [numbers(seed) for seed in (0, 1, 7, 2**31, 2**32 - 1)],
        "games": [game(seed, rules) for seed, rules in GAMES],
        "thoughts": [thoughts(seed, rules) for seed, rules in GAMES[:3]],
    }
    OUT.write_text(json.dumps(recorded, separators=(",", ":")).replace('{"seed"', '\n{"seed"') + "\n")
    for one in recorded["games"]:
        print(one["seed"], len(one["frames"]), "frames,", one["frames"][-1][8], "pipes,", one["alive"])
    for one in recorded["thoughts"]:
        print(one["seed"], len(one["actions"]), "decisions", one["actions"])


if __name__ == "__main__":
    main()
