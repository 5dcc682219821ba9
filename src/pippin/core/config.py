"""Settings of an application: a frozen dataclass, each field annotated with its type, choices and help."""

from __future__ import annotations

import math
import typing
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal, Self

from pippin.core.errors import PippinError

INFERENCE = "inference"  # a setting that says how a model is used and measured, not how it was trained
LOCAL = "local"  # a setting that names a file of this machine or runs code: never taken from the network
_SETTINGS: dict[type[Config], Mapping[str, Setting]] = {}
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
        if self.choices:
            if str(value) not in self.choices:
                raise self._refusal(value, f"one of {', '.join(self.choices)}")
            return str(value)
        try:
            return _convert(value, self.type)
        except (TypeError, ValueError, OverflowError) as problem:
            raise self._refusal(value, KINDS.get(self.type, "text")) from problem

    def _refusal(self, value: Any, allowed: str) -> PippinError:
        return PippinError(f"--{self.name.replace('_', '-')} must be {allowed}, not {value!r}.", input=value)


@dataclass(frozen=True, eq=False, repr=False)
class Config:
    """Base of the settings of an application; by itself, none.

    A field is `name: Annotated[TYPE, "help", INFERENCE, LOCAL] = default`, the markers where they hold.
    """

    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Settings by purpose: "tiny" for the quickest training, "demo" for the quickest look."""

    @classmethod
    def settings(cls) -> Mapping[str, Setting]:
        """Return the settings by name, in order."""
        if cls not in _SETTINGS:
            hints = typing.get_type_hints(cls, include_extras=True)
            _SETTINGS[cls] = {one.name: _setting(one.name, hints[one.name], one.default) for one in fields(cls)}
        return _SETTINGS[cls]

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Make the settings from values by name; what other versions stored beside them does not count."""
        return cls(**{name: one.read(values[name]) for name, one in cls.settings().items() if name in values})

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
    if value is None or (kind is bool) != isinstance(value, bool):
        raise TypeError
    if kind is float and not math.isfinite(float(value)):
        raise ValueError
    if kind is int and isinstance(value, float) and not value.is_integer():
        raise ValueError
    return kind(value)
