"""Small frames of the game, drawn directly: what the real screen would be, shrunk eight times."""

from __future__ import annotations

from typing import Any

import numpy as np

from pippin.apps.flappy.numba_jit import COMPILED, compiled
from pippin.apps.flappy.rules import BIRD_X, FLAP_ROTATION, GROUND_STEP, PIPES, ROTATION_STEP, WIDTH
from pippin.apps.flappy.sprite_tables import BIRD_BLOCK, COLUMNS, FULL, HORIZON, PIPE_COLUMNS, ROWS, SHRINK

MARGIN = 8  # small pixels around the frame, so that nothing drawn at its edge has to be cut off
CANVAS = (MARGIN + ROWS + MARGIN, (MARGIN + COLUMNS + MARGIN) * 3)
LEFT, WIDE = MARGIN * 3, COLUMNS * 3  # in bytes
PIPE_WIDE, BIRD_WIDE = PIPE_COLUMNS * 3, BIRD_BLOCK * 3
INNER = PIPE_WIDE - 6  # where the columns end that a pipe hides wholly at any phase; they begin at byte 3
HIGHEST = -MARGIN * SHRINK  # a bird above this is not seen anyway
BIRD_LEFT = LEFT + BIRD_X // SHRINK * 3
HALF, SHIFT = FULL // 2, FULL.bit_length() - 1


@compiled
def over(under: Any, colour: Any, cover: Any) -> Any:
    """Return a byte with `cover` of 64 pixels hidden by `colour`, which is weighted already."""
    # In 32 bits, of which a processor's registers hold eight side by side.
    left = np.uint32(under) * np.uint32(FULL - cover) + np.uint32(HALF)
    return np.uint8(np.uint32(colour) + (left >> np.uint32(SHIFT)))


@compiled
def draw_quickly(canvas: Any, games: Any, tables: Any, which: Any) -> None:
    """Run `draw` byte by byte, fast as machine code: no array is allocated, no field is read in an inner loop."""
    background, ground, pipe_colours, pipe_covers, bird_colour, bird_cover, place_of_gap = tables
    for n in which:
        game = games[n]
        scene, shift = game.background, game.ground // GROUND_STEP
        for row in range(HORIZON + 1):
            for j in range(WIDE):
                canvas[n, MARGIN + row, LEFT + j] = background[scene, row, j]
        kind, place = game.pipe, place_of_gap[int(game.gap)]
        pipe_colour, pipe_cover = pipe_colours[place], pipe_covers[place]
        for i in range(PIPES):
            x, top = int(game.pipe_x[i]), game.pipe_gap[i]
            if x >= WIDTH:
                continue
            left, phase = LEFT + x // SHRINK * 3, x % SHRINK
            for row in range(HORIZON + 1):
                if pipe_cover[kind, top, phase, row, PIPE_WIDE // 2] == 0:  # the gap
                    continue
                # Between its edges a pipe hides all, and bytes are copied faster than mixed.
                solid = (
                    pipe_cover[kind, top, phase, row, 3] == FULL
                    and pipe_cover[kind, top, phase, row, INNER - 1] == FULL
                )
                if solid:
                    for j in range(3, INNER):
                        canvas[n, MARGIN + row, left + j] = pipe_colour[kind, top, phase, row, j]
                for first, last in ((0, 3), (INNER if solid else 3, PIPE_WIDE)):
                    for j in range(first, last):
                        canvas[n, MARGIN + row, left + j] = over(
                            canvas[n, MARGIN + row, left + j],
                            pipe_colour[kind, top, phase, row, j],
                            pipe_cover[kind, top, phase, row, j],
                        )
        for j in range(WIDE):
            above = canvas[n, MARGIN + HORIZON, LEFT + j]
            canvas[n, MARGIN + HORIZON, LEFT + j] = ground[shift, 0, j] + ((above + 1) >> 1)
        for row in range(1, ROWS - HORIZON):
            for j in range(WIDE):
                canvas[n, MARGIN + HORIZON + row, LEFT + j] = ground[shift, row, j]
        y, bird, wing = max(HIGHEST, int(game.y)), game.bird, game.wing
        up, phase, turned = MARGIN + y // SHRINK, y % SHRINK, (FLAP_ROTATION - game.rotation) // ROTATION_STEP
        for row in range(BIRD_BLOCK):
            for j in range(BIRD_WIDE):
                canvas[n, up + row, BIRD_LEFT + j] = over(
                    canvas[n, up + row, BIRD_LEFT + j],
                    bird_colour[bird, wing, turned, phase, row, j],
                    bird_cover[bird, wing, turned, phase, row, j],
                )


def draw_plainly(canvas: Any, games: Any, tables: Any, which: Any) -> None:
    """Run `draw` on whole rows with numpy: for few games, where numba is not installed."""

    def lay(under: Any, colour: Any, cover: Any) -> None:
        under[:] = colour + ((under.astype(np.uint16) * (FULL - cover) + HALF) >> SHIFT)

    for n in which:
        game = games[n]
        screen = canvas[n, MARGIN : MARGIN + ROWS, LEFT : LEFT + WIDE]
        screen[: HORIZON + 1] = tables.background[game.background, : HORIZON + 1]
        place = tables.place_of_gap[int(game.gap)]
        for i in range(PIPES):
            x = int(game.pipe_x[i])
            if x < WIDTH:
                left, at = LEFT + x // SHRINK * 3, (place, game.pipe, game.pipe_gap[i], x % SHRINK)
                under = canvas[n, MARGIN : MARGIN + HORIZON + 1, left : left + PIPE_WIDE]
                lay(under, tables.pipe_colour[at], tables.pipe_cover[at])
        ground = tables.ground_colour[game.ground // GROUND_STEP]
        screen[HORIZON] = ground[0] + ((screen[HORIZON].astype(np.uint16) + 1) >> 1)
        screen[HORIZON + 1 :] = ground[1:]
        y = max(HIGHEST, int(game.y))
        turned = (game.bird, game.wing, (FLAP_ROTATION - game.rotation) // ROTATION_STEP, y % SHRINK)
        under = canvas[n, MARGIN + y // SHRINK :, BIRD_LEFT : BIRD_LEFT + BIRD_WIDE][:BIRD_BLOCK]
        lay(under, tables.bird_colour[turned], tables.bird_cover[turned])


# Draws the games at the indices `which` on their canvases, uint8 (games, *CANVAS), from `tables`
# (`sprite_tables.Tables`).
draw = draw_quickly if COMPILED else draw_plainly


@compiled
def remember_quickly(observations: Any, canvas: Any, which: Any, fresh: bool) -> None:
    """Run `remember` pixel by pixel."""
    for n in which:
        for row in range(ROWS):
            for column in range(COLUMNS):
                new, seen = LEFT + column * 3, column * 6
                for channel in range(3):
                    before = canvas[n, MARGIN + row, new + channel] if fresh else observations[n, row, seen + channel]
                    observations[n, row, seen + 3 + channel] = before
                for channel in range(3):
                    observations[n, row, seen + channel] = canvas[n, MARGIN + row, new + channel]


def remember_plainly(observations: Any, canvas: Any, which: Any, fresh: bool) -> None:
    """Run `remember` with numpy."""
    for n in which:
        seen = observations[n].reshape(ROWS, COLUMNS, 6)
        new = canvas[n, MARGIN : MARGIN + ROWS, LEFT : LEFT + WIDE].reshape(ROWS, COLUMNS, 3)
        seen[:, :, 3:] = new if fresh else seen[:, :, :3]
        seen[:, :, :3] = new


# Puts the frames on the canvases in front of observations, uint8 (games, ROWS, COLUMNS * 6), at the indices `which`;
# behind them stand those that stood in front, or, where the games are `fresh`, the same again.
remember = remember_quickly if COMPILED else remember_plainly
