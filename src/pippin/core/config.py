"""Settings of an application: a frozen dataclass, each field annotated with its type, choices and help."""

from __future__ import annotations

import math
import os
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, Self

from pippin.core.errors import PippinError

INFERENCE = "inference"  # a setting that says how a model is used and measured, not how it was trained
LOCAL = "local"  # a setting that names a file of this machine or runs code: never taken from the network
_SETTINGS: dict[type[Config], Mapping[str, Setting]] = {}
TEXTS = (str, int, float, os.PathLike)  # what is a text when it is written out
KINDS = {int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True, eq=False, repr=False)
class Setting:
    """One setting: `type` is bool, int, float or str; `choices` are all values of one that has few."""

    name: str
    type: type
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    inference: bool = False
    local: bool = False

    def read(self, value: Any) -> Any:
        """Return a value in the type of the setting; PippinError for one that is none, or not among the choices."""
        try:
            found = _convert(value, self.type)
        except (TypeError, ValueError, ArithmeticError) as problem:
            large = self.type is int and isinstance(problem, OverflowError)
            raise self._refusal(value, " of at most 15 digits" if large else "") from problem
        if self.choices and found not in self.choices:
            raise self._refusal(value)
        return found

    def _refusal(self, value: Any, more: str = "") -> PippinError:
        allowed = f"one of {', '.join(self.choices)}" if self.choices else KINDS.get(self.type, "text")
        written = _abbreviate(value)
        named = value[:80] if isinstance(value, str) else written
        return PippinError(f"--{self.name.replace('_', '-')} must be {allowed}{more}, not {written}.", input=named)


@dataclass(frozen=True, eq=False, repr=False)
class Config:
    """Base of the settings of an application; by itself, none.

    A field is `name: Annotated[TYPE, "help", INFERENCE, LOCAL] = default`, the markers where they hold.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Settings by purpose: "tiny" for the quickest training, "demo" for the quickest look."""
    OLD_NAMES: ClassVar[Mapping[str, str]] = {}
    """Name of today by the name that models of earlier versions have stored."""
    OLD_VALUES: ClassVar[Mapping[str, Mapping[Any, Any]]] = {}
    """By setting, the value of today by the value that models of earlier versions have stored."""

    @classmethod
    def settings(cls) -> Mapping[str, Setting]:
        """Return the settings by name, in order."""
        if cls not in _SETTINGS:
            hints = typing.get_type_hints(cls, include_extras=True)
            _SETTINGS[cls] = {one.name: _setting(one.name, hints[one.name], one.default) for one in fields(cls)}
        return _SETTINGS[cls]

    @classmethod
    def rename(cls, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings that any version `stored` under the names, and with the values, of today."""
        named = {cls.OLD_NAMES.get(name, name): value for name, value in stored.items()}
        for name, values in cls.OLD_VALUES.items():
            if isinstance(named.get(name), str):
                named[name] = values.get(named[name], named[name])
        return named

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Make the settings from values by name; None is the default.

        What other versions stored beside them does not count.
        """
        values, known = cls.rename(values), cls.settings().items()
        return cls(**{name: one.read(values[name]) for name, one in known if values.get(name) is not None})

    @classmethod
    def check_given(cls, given: Mapping[str, Any]) -> None:
        """Raise PippinError where settings that a user gave contradict each other."""

    def to_dict(self) -> dict[str, Any]:
        """Return the values by name."""
        return asdict(self)


def _setting(name: str, hint: Any, default: Any) -> Setting:
    kind, *notes = typing.get_args(hint)
    choices = tuple(typing.get_args(kind)) if typing.get_origin(kind) is Literal else ()
    text = next(note for note in notes if note not in (INFERENCE, LOCAL))
    return Setting(name, str if choices else kind, default, text, choices, INFERENCE in notes, LOCAL in notes)


def _convert(value: Any, kind: type) -> Any:
    """Return a value as `kind`; TypeError, ValueError or ArithmeticError where that would change it."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # of NumPy or PyTorch
        value = value.item()
    if kind is bool:
        if not isinstance(value, int) or value not in (0, 1):
            raise TypeError
        return bool(value)
    if isinstance(value, bool | bytes | bytearray) or (kind is str and not isinstance(value, TEXTS)):
        raise TypeError
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError
    found = kind(value)
    if kind is float and not math.isfinite(found):
        raise ValueError
    if kind is int and not isinstance(value, str) and found != value:
        raise ValueError
    if kind is int and abs(found) >= 10**15:
        raise OverflowError
    return found


def _abbreviate(value: Any) -> str:
    """Return how a value is written, in at most 80 characters."""
    try:
        text = repr(value)
    except ValueError:  # an integer of thousands of digits
        return "so large a number"
    return text if len(text) <= 80 else f"{text[:77]}..."
