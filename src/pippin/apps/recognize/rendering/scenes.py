"""What the rendered sample shows: for each label five scenes, each a place and the things in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pippin.apps.recognize.rendering import places
from pippin.apps.recognize.rendering.balls import (
    basketball,
    billiard_ball,
    football,
    rugby_ball,
    tennis_ball,
    volleyball,
)
from pippin.apps.recognize.rendering.fruit import apple, banana, banana_shadow, orange, orange_half
from pippin.apps.recognize.rendering.light import Array, Rng, at

Thing = Callable[[Array, Rng], None]
Scene = tuple[Callable[[Rng], Array], Sequence[Thing]]

# Skins of apples: main colour, colour of the streaks, colour of the hollow.
_RED, _DARK, _PINK = (
    ("b5121b", "d9523a", "b9a04a"),
    ("8f0d18", "b8352a", "8d7a3a"),
    ("b51a28", "e88a52", "b9a04a"),
)
_WHITE, _BLACK, _GREEN, _BLUE, _YELLOW, _CRIMSON = "f4f4f2", "141414", "1d7a3a", "1f4fa3", "f5c518", "c8202f"
_LEATHER = "d9692b"


def _put(painter: Callable[..., None], *facts: Any) -> Thing:
    return lambda canvas, rng: painter(canvas, rng, *facts)


SCENES: dict[str, Sequence[Scene]] = {
    "apple": (
        (places.studio, [_put(apple, at(0, -0.1, 0.72, 28, 0, 4), _RED)]),
        (places.table, [_put(apple, at(0.05, -0.12, 0.66, 22, 0, -8), _DARK, False)]),
        (
            places.grey,
            [
                _put(apple, at(0.42, 0.08, 0.5, 25, 0, -10), _PINK, False),
                _put(apple, at(-0.28, -0.15, 0.66, 30, 0, 8), _RED, False),
            ],
        ),
        (places.studio, [_put(apple, at(0, -0.06, 0.76, 36, 30, -6), _PINK, False)]),
        (places.grass, [_put(apple, at(-0.05, -0.15, 0.64, 26, 0, 6), _RED)]),
    ),
    "orange": (
        (places.studio, [_put(orange, at(0, -0.05, 0.78, 35, 0, 20))]),
        (
            places.table,
            [
                _put(orange, at(-0.25, 0.05, 0.55, 40, 0, 10), True),
                _put(orange_half, at(0.38, -0.32, 0.45)),
            ],
        ),
        (
            places.studio,
            [_put(orange, at(-0.3, 0.08, 0.58, 30, 0, -30)), _put(orange_half, at(0.32, -0.22, 0.56))],
        ),
        (places.grey, [_put(orange, at(0.02, -0.08, 0.7, 45, 0, -12), True)]),
        (
            places.plain("e8edf0"),
            [
                _put(orange, at(0.44, 0.16, 0.5, -20, 0, 40)),
                _put(orange, at(-0.3, -0.16, 0.62, 50, 0, 20), True),
            ],
        ),
    ),
    "banana": (
        (places.studio, [banana_shadow, _put(banana, 0, 0, 4, 0.1)]),
        (places.plain("7cc8bf"), [banana_shadow, _put(banana, 0.02, -0.05, -14)]),
        (
            places.table,
            [
                banana_shadow,
                _put(banana, 0.06, 0.2, 6),
                _put(banana, 0, -0.02, 0, 0.3),
                _put(banana, -0.04, -0.26, -7),
            ],
        ),
        (places.studio, [banana_shadow, _put(banana, 0.04, 0.12, 16, 0), _put(banana, 0, -0.12, 6, 0.1)]),
        (places.plain("f2c500"), [_put(banana, 0, 0, 72, 0.15)]),
    ),
    "tennis_ball": (
        (places.studio, [_put(tennis_ball, at(0, 0, 0.78, 20, 30, 10))]),
        (places.clay, [_put(tennis_ball, at(-0.1, -0.25, 0.45, 60, 10, 40))]),
        (places.grass, [_put(tennis_ball, at(0.1, -0.2, 0.55, -30, 70))]),
        (
            places.plain("2f5d8c"),
            [
                _put(tennis_ball, at(-0.42, 0.1, 0.42, 10, 80, 20)),
                _put(tennis_ball, at(0.45, 0.08, 0.42, 50, -20, 70)),
                _put(tennis_ball, at(0.02, -0.32, 0.46, -20, 20, -30)),
            ],
        ),
        (places.grey, [_put(tennis_ball, at(0.05, -0.1, 0.66, 80, 40, -20))]),
    ),
    "basketball": (
        (places.studio, [_put(basketball, at(0, 0, 0.8, 15, 25, 12), _LEATHER)]),
        (places.court, [_put(basketball, at(0, -0.12, 0.62, 20, -35, -15), "c9561f")]),
        (places.grey, [_put(basketball, at(0.05, -0.05, 0.7, -10, 50, 30), "b5532a")]),
        (places.dark, [_put(basketball, at(0, 0, 0.8, 5, 15, 40), "d0602a")]),
        (places.court, [_put(basketball, at(-0.2, -0.2, 0.5, 30, 20, 5), _LEATHER)]),
    ),
    "football": (
        (places.studio, [_put(football, at(0, 0, 0.8, 10, 5, 8), _WHITE, _BLACK)]),
        (places.grass, [_put(football, at(0, -0.15, 0.62, 30, 20), _WHITE, _BLACK)]),
        (places.studio, [_put(football, at(0.02, -0.04, 0.74, -20, 40, 15), _WHITE, "1b2f6b")]),
        (places.grass, [_put(football, at(0.2, -0.25, 0.45, 50, -10, 30), _WHITE, _BLACK)]),
        (places.grey, [_put(football, at(0, -0.05, 0.7, 5, 60, -20), _WHITE, _BLACK)]),
    ),
    "volleyball": (
        (places.studio, [_put(volleyball, at(0, 0, 0.8, 25, 35, 10), "f2f2ee", "f2f2ee", "f2f2ee")]),
        (places.beach, [_put(volleyball, at(-0.05, -0.15, 0.6, 30, 40, -10), _YELLOW, _BLUE, _YELLOW)]),
        (places.studio, [_put(volleyball, at(0, -0.02, 0.76, 35, -30, 20), _WHITE, _BLUE, _YELLOW)]),
        (places.court, [_put(volleyball, at(0.05, -0.12, 0.62, 20, 50, 5), _WHITE, _BLUE, _YELLOW)]),
        (places.grey, [_put(volleyball, at(0, -0.05, 0.7, 40, 30, -25), _WHITE, _CRIMSON, _GREEN)]),
    ),
    "rugby_ball": (
        (places.studio, [_put(rugby_ball, at(0, 0, 0.88, 10, 10, 24), _WHITE, "17408f", _CRIMSON)]),
        (places.grass, [_put(rugby_ball, at(0, -0.12, 0.8, 20, -15, -12), _WHITE, _GREEN, _BLACK)]),
        (places.studio, [_put(rugby_ball, at(0, 0, 0.88, -15, 20, 32), _WHITE, _CRIMSON, "20304f")]),
        (places.grey, [_put(rugby_ball, at(0, -0.02, 0.84, 12, -20, -25), _WHITE, _BLACK, "2a8f4a")]),
        (places.grass, [_put(rugby_ball, at(0.05, -0.1, 0.72, 5, 25, 24), _WHITE, "1f6fb5", _YELLOW)]),
    ),
    "billiard_ball": (
        (places.studio, [_put(billiard_ball, at(0, 0, 0.78, -12, 12, -8), _BLACK, "8")]),
        (
            places.cloth,
            [
                _put(billiard_ball, at(0.5, 0.3, 0.25, -20, 30), _YELLOW, "1"),
                _put(billiard_ball, at(-0.5, 0.2, 0.27, 10, -20, 10), _CRIMSON, "3"),
                _put(billiard_ball, at(0.1, -0.35, 0.32), "f6f1e2"),
            ],
        ),
        (places.studio, [_put(billiard_ball, at(0, -0.02, 0.74, -10, -15, 6), _CRIMSON, "3")]),
        (
            places.cloth,
            [
                _put(billiard_ball, at(-0.32, 0.22, 0.3, -15, 20, 5), _BLUE, "7", True),
                _put(billiard_ball, at(0.32, 0.22, 0.3, -10, -25), _CRIMSON, "3"),
                _put(billiard_ball, at(0, -0.26, 0.32, -12, 8), _BLACK, "8"),
            ],
        ),
        (
            places.dark,
            [
                _put(billiard_ball, at(-0.42, 0.05, 0.4, -10, 25), _GREEN, "6"),
                _put(billiard_ball, at(0.44, -0.08, 0.42, -15, -20, 8), _YELLOW, "1", True),
            ],
        ),
    ),
}
