"""How the game goes on: one frame, and one decision of a few frames; the same arithmetic as flappy-bird-gymnasium."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.flappy.numba_jit import compiled
from pippin.apps.flappy.rules import (
    BIRD_HEIGHT,
    BIRD_WIDTH,
    BIRD_X,
    FALL_VELOCITY,
    FLAP_ROTATION,
    FLAP_VELOCITY,
    GAP_TOPS,
    GROUND_PERIOD,
    GROUND_STEP,
    GROUND_Y,
    HIGHEST_FLAP,
    MIN_ROTATION,
    NEW_PIPE_X,
    PIPE_HEIGHT,
    PIPE_WIDTH,
    PIPES,
    ROTATION_STEP,
    START_Y,
    WIDTH,
)

# One game. `y`, `pipe_x` in pixels, `velocity` in pixels a frame, downwards; `pipe_gap` indexes GAP_TOPS; `drawn`
# counts the pipes that have appeared; `tick`, `turn`, `wing` and `ground` are phases of the animation; the colours
# index the images of the background (day, night), the bird and the pipes. Each game has rules of its own: `gravity` in
# pixels a frame², `gap` and `speed` in pixels.
GAME = np.dtype(
    [
        ("y", "f8"),
        ("velocity", "f8"),
        ("pipe_x", "f8", (PIPES,)),
        ("pipe_gap", "i8", (PIPES,)),
        ("drawn", "i8"),
        ("rotation", "i8"),
        ("tick", "i8"),
        ("turn", "i8"),
        ("wing", "i8"),
        ("ground", "i8"),
        ("background", "i8"),
        ("bird", "i8"),
        ("pipe", "i8"),
        ("score", "i8"),
        ("frames", "i8"),
        ("gravity", "f8"),
        ("gap", "f8"),
        ("speed", "f8"),
    ],
    align=True,
)
WINGS = np.array([0, 1, 2, 1])  # which image of the bird comes when
# How many values each of these has: tick, turn, wing, ground (in steps), background, bird, pipe.
PHASES = np.array([30, len(WINGS), 3, GROUND_PERIOD // GROUND_STEP, 2, 3, 2])


@compiled
def start(games: Any, index: int, gaps: Any, phases: Any, rules: Any) -> None:
    """Start a game at `index`: pipes as `gaps[index]` says, animation and colours as `phases` (see PHASES).

    `rules` are (gravity, gap, speed).
    """
    game = games[index]
    game.gravity, game.gap, game.speed = rules
    game.y, game.velocity, game.rotation = START_Y, FLAP_VELOCITY, FLAP_ROTATION
    for i in range(PIPES):
        game.pipe_x[i] = WIDTH + i * WIDTH / 2
        game.pipe_gap[i] = gaps[index, i]
    game.drawn, game.score, game.frames = PIPES, 0, 0
    game.tick, game.turn, game.wing, game.ground = phases[0], phases[1], phases[2], phases[3] * GROUND_STEP
    game.background, game.bird, game.pipe = phases[4], phases[5], phases[6]


@compiled
def crashed(game: Any, gap: float) -> bool:
    """Return whether the bird touches the ground or a pipe; whole pixels count, as they do on the screen."""
    if game.y + BIRD_HEIGHT >= GROUND_Y - 1:
        return True
    y = int(game.y)
    for i in range(PIPES):
        x = int(game.pipe_x[i])
        if x < BIRD_X + BIRD_WIDTH and x + PIPE_WIDTH > BIRD_X:
            top = GAP_TOPS[0] + 10 * game.pipe_gap[i]
            if top - PIPE_HEIGHT < y + BIRD_HEIGHT and y < top:
                return True
            if top + gap < y + BIRD_HEIGHT and y < top + gap + PIPE_HEIGHT:
                return True
    return False


@compiled
def advance(game: Any, gaps: Any, flap: bool, gravity: float, gap: float, speed: float) -> bool:
    """Play one frame; `gaps` (indices into GAP_TOPS) places the next pipes. Returns whether the bird still flies."""
    flapped = flap and game.y > HIGHEST_FLAP
    if flapped:
        game.velocity = FLAP_VELOCITY
    for i in range(PIPES):
        ahead = BIRD_X + BIRD_WIDTH / 2 - (game.pipe_x[i] + PIPE_WIDTH / 2)
        if 0 <= ahead < speed:
            game.score += 1
    if (game.tick + 1) % 3 == 0:
        game.wing = WINGS[game.turn]
        game.turn = (game.turn + 1) % 4
    game.tick = (game.tick + 1) % 30
    game.ground = (game.ground + GROUND_STEP) % GROUND_PERIOD
    if game.rotation > MIN_ROTATION:
        game.rotation -= ROTATION_STEP
    if flapped:
        game.rotation = FLAP_ROTATION
    elif game.velocity < FALL_VELOCITY:
        game.velocity += gravity
    game.y += min(game.velocity, GROUND_Y - game.y - BIRD_HEIGHT)
    for i in range(PIPES):
        game.pipe_x[i] -= speed
        if game.pipe_x[i] < -PIPE_WIDTH:
            game.pipe_x[i] = NEW_PIPE_X
            game.pipe_gap[i] = gaps[game.drawn % len(gaps)]
            game.drawn += 1
    game.frames += 1
    return not crashed(game, gap)


@compiled
def decide(games: Any, gaps: Any, actions: Any, skip: int, held: int, ended: Any) -> None:
    """Play one decision of `skip` frames in each game: where the action is 1, flap in the first `held` of them.

    `ended` [games] tells afterwards who crashed.
    """
    for n in range(len(games)):
        game = games[n]
        ended[n] = False
        for frame in range(skip):
            flap = actions[n] == 1 and frame < held
            if not advance(game, gaps[n], flap, game.gravity, game.gap, game.speed):
                ended[n] = True
                break
