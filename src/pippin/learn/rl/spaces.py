"""Observation and action spaces of Gymnasium as what policies take: an image or a list of numbers, and one integer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pippin.core.errors import PippinError

MIN_IMAGE = 4  # rows and columns that a policy on pixels needs
MIN_SCREEN = 16  # rows and columns from which an image is seen as pixels unless asked otherwise
MAX_NUMBERS = 4096  # of an observation that is an image
MAX_ACTIONS = 512  # combinations of several choices
CHANNELS = 1, 3, 4  # grey, RGB, RGB with opacity

Read = Callable[[Any], np.ndarray]


@dataclass(frozen=True)
class Observation:
    """What a policy sees: `read` turns an observation into uint8 [H,W,3] where `pixels`, else into float32 [D].

    `notes` name the parts of an observation that are left out.
    """

    pixels: bool
    read: Read
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Actions:
    """`count` actions; `read` turns an index into what the environment takes.

    `continuous` ones are `count` numbers from -1 to 1, which `read` stretches to the bounds of the environment.
    """

    count: int
    read: Callable[[Any], Any]
    continuous: bool = False


def read_actions(name: str, space: Any) -> Actions:
    """Return the actions of a space; PippinError where they are of no kind that can be learned, or leave no choice."""
    from gymnasium import spaces

    if isinstance(space, spaces.Box):
        return _numbers_of(name, space)
    if isinstance(space, spaces.Discrete):
        first = int(space.start)
        found = Actions(int(space.n), lambda index: int(index) + first)
    elif isinstance(space, spaces.MultiDiscrete | spaces.MultiBinary):
        sizes = np.ravel(space.nvec if isinstance(space, spaces.MultiDiscrete) else np.full(space.shape, 2))
        start = space.start if isinstance(space, spaces.MultiDiscrete) else 0
        found = Actions(
            int(np.prod(sizes, dtype=np.float64).clip(max=1e9)),
            lambda index: (np.reshape(np.unravel_index(index, sizes), space.shape) + start).astype(space.dtype),
        )
    else:
        kinds = "Discrete, MultiDiscrete, MultiBinary or Box"
        raise PippinError(f"The actions of {name} are {space}; those that can be learned here are {kinds}.", input=name)
    if found.count < 2:
        raise PippinError(f"{name} has one action only, so there is nothing to learn.", input=name)
    if found.count > MAX_ACTIONS:
        text = f"{name} has {found.count:,} combinations of actions; at most {MAX_ACTIONS} can be learned here."
        raise PippinError(text, input=name)
    return found


def _numbers_of(name: str, space: Any) -> Actions:
    """Return the actions of a Box; where it has no bounds, they lie between -1 and 1."""
    count = int(np.prod(space.shape))
    if not 1 <= count <= MAX_ACTIONS or space.dtype.kind != "f":
        text = f"{name} takes {count:,} numbers of type {space.dtype} as an action; 1 to {MAX_ACTIONS} real numbers "
        raise PippinError(f"{text}can be learned here.", input=name)
    bounded = np.isfinite(space.low) & np.isfinite(space.high)
    low, high = np.where(bounded, space.low, -1.0), np.where(bounded, space.high, 1.0)

    def read(action: Any) -> np.ndarray:
        share = (np.reshape(action, space.shape).clip(-1, 1) + 1) / 2
        found: np.ndarray = (low + share * (high - low)).clip(space.low, space.high).astype(space.dtype)
        return found

    return Actions(count, read, continuous=True)


def read_observations(name: str, space: Any, pixels: bool | None) -> Observation | None:
    """Return how observations of a space are seen: as pixels, as numbers, or (None) as they are best seen.

    None where pixels are asked for and only `render` of the environment has any. PippinError where nothing of an
    observation can be seen.
    """
    parts = _parts(space)
    images = [(path, part, layout) for path, part in parts if (layout := _image_layout(part))]
    smallest = [min(rows, columns) for _, _, (rows, columns, _) in images]
    if pixels is None:
        pixels = max(smallest, default=0) >= MIN_SCREEN or (len(parts) == 1 and min(smallest, default=9) < MIN_IMAGE)
    if pixels:
        return _image_of(name, parts, images) if images else None
    numbers = [(path, part) for path, part in parts if _is_numeric(part)]
    if not numbers:
        raise PippinError(f"{name} shows nothing that can be turned into numbers ({space}).", input=name)
    if images and sum(int(np.prod(part.shape or (1,))) for _, part in numbers) > MAX_NUMBERS:
        raise PippinError(f"{name} shows nothing but its screen; leave out --observation=state.", input=name)
    return Observation(False, _flattener(numbers), _left_out(parts, {path for path, _ in numbers}))


def _image_of(name: str, parts: list[tuple[tuple[Any, ...], Any]], images: list[Any]) -> Observation:
    path, part, (rows, columns, layout) = max(images, key=lambda one: one[2][0] * one[2][1])
    if min(rows, columns) < MIN_IMAGE:
        raise PippinError(
            f"{name} shows images of {rows} x {columns}; those smaller than {MIN_IMAGE} x {MIN_IMAGE} cannot be "
            "learned from as pixels: give --observation state to learn from their numbers.",
            input=name,
        )
    scale = 255.0 if part.dtype.kind == "f" and float(np.max(part.high)) <= 1 else 1.0

    def read(state: Any) -> np.ndarray:
        image = np.asarray(_at(state, path))
        image = np.moveaxis(image, 0, -1) if layout == "first" else image[..., None] if image.ndim == 2 else image
        image = image if image.dtype == np.uint8 else (image * scale).clip(0, 255).astype(np.uint8)
        return np.repeat(image, 3, 2) if image.shape[2] == 1 else image[:, :, :3]

    return Observation(True, read, _left_out(parts, {path}))


def _image_layout(space: Any) -> tuple[int, int, str] | None:
    """Return rows, columns and where channels stand ("first", "last" or "none"); None for what is no image."""
    shape = tuple(getattr(space, "shape", None) or ())
    bounded = space.dtype is not None and (
        space.dtype == np.uint8 or (space.dtype.kind == "f" and np.min(space.low) >= 0 and np.max(space.high) <= 255)
    )
    if not bounded or not hasattr(space, "low"):
        return None
    if len(shape) == 2 and space.dtype == np.uint8 and min(shape) >= MIN_SCREEN:
        return shape[0], shape[1], "none"
    if len(shape) == 3 and shape[2] in CHANNELS:
        return shape[0], shape[1], "last"
    if len(shape) == 3 and shape[0] in CHANNELS:
        return shape[1], shape[2], "first"
    return None


def _parts(space: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """Return the plain spaces within a Dict or Tuple, each with the keys that lead to it."""
    inner = getattr(space, "spaces", None)
    if isinstance(inner, Mapping):
        return [part for key, one in inner.items() for part in _parts(one, (*path, key))]
    if isinstance(inner, list | tuple):
        return [part for key, one in enumerate(inner) for part in _parts(one, (*path, key))]
    return [(path, space)]


def _is_numeric(space: Any) -> bool:
    from gymnasium import spaces

    return isinstance(space, spaces.Box | spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary)


def _flattener(parts: list[tuple[tuple[Any, ...], Any]]) -> Read:
    from gymnasium.spaces.utils import flatten

    def read(state: Any) -> np.ndarray:
        return np.concatenate([np.asarray(flatten(part, _at(state, path)), np.float32) for path, part in parts])

    return read


def _at(state: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        state = state[key]
    return state


def _left_out(parts: list[tuple[tuple[Any, ...], Any]], seen: set[tuple[Any, ...]]) -> tuple[str, ...]:
    names = [".".join(map(str, path)) or "the observation" for path, _ in parts if path not in seen]
    if not names:
        return ()
    return (f"Of what the environment shows, {', '.join(names)} is not seen: it is left out.",)
