"""Commands of `flappy` beside the verbs: watch a game, whether one can be won at all, what frames are drawn from."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np

from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes
from pippin.core.inputs import Episode
from pippin.core.report.cells import Table
from pippin.core.report.formatting import pluralize
from pippin.core.report.report import Report
from pippin.learn.plots.terminal_images import play_ansi


def watch(
    context: Context,
    seed: Annotated[int, "which game"] = 0,
    *,
    out: Annotated[Path | None, "a file to write the game to (.gif or .mp4) instead of showing it here"] = None,
    max_pipes: Annotated[int, "pipes after which it ends"] = 20,
    speed: Annotated[float, "1 is the real game's 30 frames a second"] = 1.0,
    gravity: Annotated[float, "pixels a frame²"] = 1.0,
    gap: Annotated[int, "pixels between the pipes"] = 100,
    pipe_speed: Annotated[float, "pixels the pipes move each frame"] = 4.0,
) -> Report:
    """Show the model in use play, in the terminal, GIF or MP4."""
    from pippin.apps.flappy.config import FlappyConfig
    from pippin.apps.flappy.rollout import SIMULATOR, play, seed_of
    from pippin.apps.flappy.video import RATE, gif, mp4, screens

    learner = context.learner(gravity=gravity, gap=gap, speed=pipe_speed)
    config: FlappyConfig = replace(learner.config, max_pipes=max_pipes)
    if config.env != SIMULATOR:
        raise PippinError(f"Only Flappy Bird can be watched here, and the model in use plays {config.env}.")
    if speed <= 0 or max_pipes < 1:
        raise PippinError("--speed must be above zero, and --max-pipes 1 or more.")
    (game,) = play(learner.player(), config, [seed_of(Episode.of(seed))])
    images = screens(config, seed, game.actions)
    if out is not None:
        if out.suffix.lower() not in (".gif", ".mp4"):
            raise PippinError(f"{out} is neither .gif nor .mp4; name one of them.", input=out)
        content = gif(config, seed, game.actions) if out.suffix.lower() == ".gif" else mp4(images)
        write_bytes(out, content)
    elif sys.stdout.isatty():
        play_ansi(images, RATE * speed)
    return Report(
        title=f"{context.name}: {pluralize(int(game.score), 'pipe')} in the game of seed {seed}",
        summary=f"{game.frames} frames, {len(game.actions)} decisions, {int(game.actions.sum())} flaps."
        + (f" Written to {out}." if out else ""),
        payload={"seed": seed, "pipes": game.score, "frames": game.frames, "file": str(out) if out else None},
        next=f"pippin {context.name} explain {seed} --html game.html",
    )


def winnable(
    context: Context,
    *,
    skip: Annotated[int, "frames a decision lasts"] = 3,
    held: Annotated[int, "in how many of them a flap is repeated: 1 is what the agent does"] = 1,
    gravity: Annotated[float, "pixels a frame²"] = 1.0,
    gap: Annotated[int, "pixels between the pipes"] = 100,
    speed: Annotated[float, "pixels the pipes move each frame"] = 4.0,
    pipes: Annotated[int, "how far to look"] = 30,
    games: Annotated[int, "games to look at"] = 10,
) -> Report:
    """Measure how far a perfect player could get.

    The search is exact: it follows all reachable states, with all pipes known in advance.
    """
    from pippin.apps.flappy.config import FlappyConfig
    from pippin.apps.flappy.reachability import reachable_pipes
    from pippin.apps.flappy.rules import Rules

    if not (1 <= held <= skip <= 30 and pipes >= 1 and games >= 1):
        raise PippinError("--held lies between 1 and --skip, that is at most 30; --pipes and --games are 1 or more.")
    rules = Rules.of(FlappyConfig(gravity=gravity, gap=gap, speed=speed, skip=skip))
    reached = [reachable_pipes(rules, skip, held, pipes, seed) for seed in range(games)]
    won = sum(count >= pipes for count in reached)
    mean = float(np.mean(reached))
    verdict = "can be won" if won == games else f"can be won in {won} of {games} games"
    if not won:
        verdict = f"cannot be won: in these {games} games no policy passes more than {mean:.1f} pipes on average"
    return Report(
        title=f"With decisions of {skip} frames, flapping in {held}, the game {verdict}",
        summary=f"Looked at: {games} games, up to {pipes} pipes each.",
        tables=(Table(("seed", "pipes that can be reached"), tuple(enumerate(reached))),),
        payload={"skip": skip, "held": held, "pipes": reached, "won": won, "games": games},
        next=f"pippin {context.name} train --help",
    )


def sight(
    context: Context,
    *,
    out: Annotated[Path, "a file to write, or the folder for sight.safetensors"] = Path("."),
) -> Report:
    """Write the sprites of the small frames to a file.

    A program that plays elsewhere (a browser) draws the agent's observations from them.
    """
    from safetensors.numpy import save

    from pippin.apps.flappy.sprite_tables import backdrop
    from pippin.apps.flappy.sprites import PACKAGE, sprites

    if out.is_dir():
        out /= "sight.safetensors"
    sprite_set = sprites()
    background, ground = backdrop(sprite_set)
    images = {"background": background, "ground": ground, "pipe": sprite_set.pipe, "bird": sprite_set.bird}
    write_bytes(out, save(images))
    return Report(
        title=f"{context.name}: the images its small frames are drawn from",
        summary=f"Written to {out}: background and ground shrunk eight times, pipes and birds as they are.",
        notes=(f"They come from {PACKAGE.name} {PACKAGE.version} (MIT), read where it is installed.",),
        payload={"file": str(out), "shapes": {name: list(image.shape) for name, image in images.items()}},
        next=f"pippin {context.name} export",
    )
