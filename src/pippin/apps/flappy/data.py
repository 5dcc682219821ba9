"""Games by their seeds: fixed ones for evaluation, and training games whose seeds no user can request."""

from __future__ import annotations

import re
from itertools import islice

from pippin.apps.flappy.config import FlappyConfig
from pippin.apps.flappy.gymnasium_game import NAME
from pippin.apps.flappy.presets import recipe
from pippin.apps.flappy.rollout import MAX_PIPES, SIMULATOR, make_game, observed, seed_of
from pippin.apps.flappy.rules import Rules
from pippin.core.data import Dataset, Example, Metric
from pippin.core.errors import PippinError
from pippin.core.inputs import Episode
from pippin.learn.rl.environments import FIRST_TRAINING_SEED, training_seeds

FIRST = 64  # games of a training that are named in its data; those that follow have the seeds that follow


def load(source: str | None, config: FlappyConfig) -> Dataset:
    """Return `episodes` test games from seed 0 on, or those of `source` ("1000-1099"), and the amount of play."""
    if not (1 <= config.episodes <= MAX_PIPES and 1 <= config.max_pipes <= MAX_PIPES):
        raise PippinError(f"--episodes and --max-pipes must be 1 or more, and at most {MAX_PIPES:,}.")
    first, last = _range(source) if source else (0, config.episodes - 1)
    observed(config)
    seeds = [Episode.of(seed) for seed in range(first, last + 1)]
    seed_of(seeds[-1])
    learned = [Episode.of(seed) for seed in islice(training_seeds(0), FIRST)]
    game = None if config.is_bird else make_game(config, 0)
    return Dataset(
        name=_name(config),
        train=tuple(_example(item, config) for item in learned),
        test=tuple(_example(item, config) for item in seeds),
        predefined_split=True,
        experience=recipe(config, game)[0],
        notes=game.notes if game else (),
        metric=None if config.is_bird else Metric("mean_return"),
    )


def validation(config: FlappyConfig) -> tuple[Example, ...]:
    """Return `episodes` games to tune on: the last seeds that can be played, which no training uses."""
    last = FIRST_TRAINING_SEED - 1
    return tuple(_example(Episode.of(last - number), config) for number in range(config.episodes))


def variant(config: FlappyConfig) -> str:
    """Return the variant a model serves: an environment, by its rules where they were changed."""
    if config.env not in (SIMULATOR, NAME):
        return config.env.replace("/", "-")
    rules, usual = Rules.of(config), Rules()
    changed = [
        f"{name}-{getattr(rules, name):g}"
        for name in ("gravity", "gap", "speed")
        if getattr(rules, name) != getattr(usual, name)
    ]
    return "-".join([NAME, *changed])


def serves(variant: str, asked: str) -> bool:
    """Return whether a model of a variant plays another one too: Flappy Bird by other rules, without training."""
    return all(one == NAME or one.startswith(f"{NAME}-") for one in (variant, asked))


def _example(item: Episode, config: FlappyConfig) -> Example:
    return Example(item, config.max_pipes if config.is_bird else None, item.digest())


def _name(config: FlappyConfig) -> str:
    if config.env == SIMULATOR:
        return f"{variant(config)} (simulated)"
    return f"{config.env} (played for real)"


def _range(source: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,10})-(\d{1,10})", str(source))
    if not found or int(found[1]) > int(found[2]):
        raise PippinError(f"{source!r} is not a range of seeds; write for example 1000-1099.", input=source)
    first, last = int(found[1]), int(found[2])
    if last - first >= 100_000:
        raise PippinError(f"{source} are more games than can be played here; name at most 100,000.", input=source)
    return first, last
