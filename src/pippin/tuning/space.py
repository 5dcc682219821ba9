"""The space of settings to search: what each may be, as a user writes it, and trials drawn from it by a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pippin.core.application import Application
from pippin.core.config import Setting
from pippin.core.errors import PippinError

MAX_VALUES = 1000  # listed for one setting
MAX_DRAWS = 200  # for one trial, before its settings are taken to contradict each other always
FORM = "write NAME=16,24,32 or NAME=0.1..0.5 or NAME=log:1e-3..3e-2"
SWITCH = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True)
class Dimension:
    """A setting with its values: those listed, or all between two numbers, even or even in their logarithms."""

    setting: Setting
    values: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_log: bool = False

    def draw(self, rng: random.Random) -> Any:
        """Return one value at random."""
        if self.values:
            return rng.choice(self.values)
        if self.is_log:
            value = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        elif self.setting.type is int:
            return rng.randint(int(self.low), int(self.high))
        else:
            value = rng.uniform(self.low, self.high)
        value = min(max(value, self.low), self.high)
        return round(value) if self.setting.type is int else float(f"{value:.4g}")

    @property
    def listed(self) -> tuple[Any, ...]:
        """All values, where they are few; else none."""
        if self.values or self.setting.type is not int or self.high - self.low >= MAX_VALUES:
            return self.values
        return tuple(range(int(self.low), int(self.high) + 1))


def read_space(app: Application, texts: Sequence[str], given: Mapping[str, Any]) -> list[Dimension]:
    """Read dimensions as a user writes them; PippinError for one that cannot be searched, or is `given` already."""
    parts = [part for text in texts for part in text.split()]
    if not parts:
        raise PippinError(f"Say with --space what to search: {FORM}. {_offer(app)}")
    found: dict[str, Dimension] = {}
    for part in parts:
        dimension = _dimension(app, part)
        name = dimension.setting.name
        if name in found:
            raise PippinError(f"--space names {name} twice; give its values at once.", input=part)
        if given.get(name) is not None:
            raise PippinError(f"{name} is searched by --space, so --{_flag(name)} fixes nothing; give one.", input=part)
        found[name] = dimension
    return list(found.values())


def draw_trials(app: Application, space: Sequence[Dimension], count: int, seed: int) -> list[dict[str, Any]]:
    """Return the settings of `count` different trials, or of all where there are no more; PippinError for none.

    Settings that contradict each other (see `Config.check_given`) are left out.
    """
    rng = random.Random(f"tune {seed}")
    listed = [dimension.listed for dimension in space]
    if all(listed) and math.prod(map(len, listed)) <= max(count, MAX_VALUES):
        everything = [_named(space, values) for values in product(*listed)]
        rng.shuffle(everything)
        return _possible(app, iter(everything), count)
    drawn = (_named(space, [dimension.draw(rng) for dimension in space]) for _ in range(MAX_DRAWS * count))
    return _possible(app, drawn, count)


def _possible(app: Application, drawn: Iterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return the first `count` different settings that do not contradict each other."""
    found: list[dict[str, Any]] = []
    problem: PippinError | None = None
    while len(found) < count and (settings := next(drawn, None)) is not None:
        try:
            read = app.read_settings(settings)
        except PippinError as refused:
            problem = refused
            continue
        if read not in found:
            found.append(read)
    if not found and problem is not None:
        raise problem
    return found


def _named(space: Sequence[Dimension], values: Sequence[Any]) -> dict[str, Any]:
    return {dimension.setting.name: value for dimension, value in zip(space, values, strict=True)}


def _dimension(app: Application, text: str) -> Dimension:
    name, equals, values = text.partition("=")
    name = name.strip("-").replace("-", "_")
    setting = app.config.settings().get(name)
    if not equals or not values:
        raise PippinError(f"--space {text[:80]!r} has no values; {FORM}.", input=text[:80])
    if setting is None or setting.local:
        raise PippinError(f"{app.name} has no setting {name[:40]!r} to search. {_offer(app)}", input=text[:80])
    if not _is_searchable(setting):
        raise PippinError(f"{name} is free text, which cannot be searched. {_offer(app)}", input=text[:80])
    if ".." in values:
        return _range(setting, values, text)
    read = tuple(dict.fromkeys(_read(setting, value) for value in values.split(",") if value))
    if not 1 <= len(read) <= MAX_VALUES:
        raise PippinError(f"--space {text[:80]!r} lists {len(read)} values; give 1 to {MAX_VALUES}.", input=text[:80])
    return Dimension(setting, read)


def _range(setting: Setting, values: str, text: str) -> Dimension:
    """Read "LOW..HIGH" or "log:LOW..HIGH"."""
    is_log = values.startswith("log:")
    low_text, _, high_text = values.removeprefix("log:").partition("..")
    if setting.type not in (int, float) or setting.choices:
        raise PippinError(f"{setting.name} is no number; list its values: {setting.name}=A,B.", input=text[:80])
    low, high = (_bound(setting, one) for one in (low_text, high_text))
    if not low < high:
        raise PippinError(f"--space {text[:80]!r} must go from a lower number to a higher one.", input=text[:80])
    if is_log and low <= 0:
        raise PippinError(f"--space {text[:80]!r} must begin above 0 for its logarithm.", input=text[:80])
    return Dimension(setting, (), low, high, is_log)


def _bound(setting: Setting, text: str) -> float:
    """Read a bound of a range; 1e3 is also a whole number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if setting.type is int and math.isfinite(value) and value == int(value):
        text = str(int(value))
    return float(setting.read(text))


def _read(setting: Setting, text: str) -> Any:
    if setting.type is bool:
        return setting.read(SWITCH.get(text.lower(), text))
    return setting.read(text)


def _is_searchable(setting: Setting) -> bool:
    return setting.type in (int, float, bool) or bool(setting.choices)


def _offer(app: Application) -> str:
    """Return what may be searched, as a sentence."""
    names = [one.name for one in app.config.settings().values() if _is_searchable(one) and not one.local]
    return f"It may be: {', '.join(names)}." if names else f"{app.name} has no settings of numbers or choices."


def _flag(name: str) -> str:
    return name.replace("_", "-")
