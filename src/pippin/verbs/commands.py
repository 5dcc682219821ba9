"""What can be asked of an application, with what each command takes; command line and HTTP are made from this."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.references import Ref
from pippin.verbs import VERBS
from pippin.verbs.activity import find_verb, log

if TYPE_CHECKING:
    from pippin.core.config import Setting
    from pippin.core.report.report import Report

HIDDEN = {"application", "context", "workspace", "progress"}
# Options of a verb that hide the setting of that name there: an application keeps it for its other verbs.
HIDING = {("export", "format")}
# These run code of this machine or reach others, so that they are never taken from the network: where a service works
# is told by PIPPIN_ENGINE.
LOCAL = {"method", "trust", "engine", "address", "ship"}
# A service answers in its own process: of a verb, what it does not take from the network.
LOCAL_OF = {"predict": {"workers"}, "pull": {"revision"}}
# These act in the name of this machine's user, so that no request asks for them.
LOCAL_VERBS = {"push"}
# These take minutes where the others take moments; `lasting` names those of an application's own.
LASTING = {"inspect", "compare", "curve", "tune", "evaluate"}


@dataclass(frozen=True)
class Parameter:
    """One thing a command takes: its type (Any for what the application reads), its default, and what it means."""

    name: str
    type: Any
    text: str
    default: Any
    required: bool
    many: bool = False
    positional: bool = False
    repeated: bool = False  # an option that may be given several times; its type is that of one value

    @property
    def reads(self) -> bool:
        """Whether it names something to read: an input, an answer, or data to learn from."""
        return self.type is Any or self.name == "data"

    @property
    def is_model_file(self) -> bool:
        """Whether it names a model that was written as files."""
        return self.type is Any and self.name == "path"

    @property
    def writes(self) -> bool:
        """Whether it names a file or folder to write to."""
        return self.type is Path


@dataclass(frozen=True)
class Command:
    """A verb, or an application's own command, bound to that application."""

    application: Application
    name: str
    function: Callable[..., Report]
    parameters: tuple[Parameter, ...]
    configurable: bool
    own: bool

    @property
    def summary(self) -> str:
        """The first line of its documentation."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def page(self) -> bool:
        """Whether only a page calls it."""
        return self.own and next(own.page for own in self.application.commands if own.name == self.name)

    @property
    def lasting(self) -> bool:
        """Whether it works for longer than a person waits."""
        if not self.own:
            return self.name in LASTING
        return next(own.background for own in self.application.commands if own.name == self.name)

    def __call__(self, values: Mapping[str, Any]) -> Report:
        """Run it with values by name."""
        named = dict(values)
        many = [named.pop(p.name, ()) for p in self.parameters if p.many]
        first = () if self.own else (self.application,)
        return self.function(*first, *(value for part in many for value in part), **named)


def commands(app: Application) -> Iterator[Command]:
    """Yield every verb the application has, and its own commands."""
    untaught = ("undo", "query") if "teach" in app.unsupported else ()  # they mean nothing then
    for name in VERBS:
        if name not in app.unsupported and name not in untaught and name not in LOCAL_VERBS:
            yield command(app, name.replace("_", "-"))
    for own in app.commands:
        yield command(app, own.name)


def command(app: Application, name: str) -> Command:
    """Return the verb or own command of that name; PippinError lists them."""
    own = {command.name: command for command in app.commands}
    verb = name.replace("-", "_")
    if name in own:
        function = bound(own[name].function.resolve(), app)
    elif verb in VERBS and verb not in LOCAL_VERBS and name == verb.replace("_", "-"):
        app.require_verb(verb)
        function = find_verb(verb)
    else:
        known = ", ".join([*(v.replace("_", "-") for v in VERBS if v not in LOCAL_VERBS), *own])
        raise PippinError(f"`{app.name}` has no command {name[:40]!r}; it has: {known}.", input=name[:40])
    parameters, configurable = read_signature(function)
    left_out = LOCAL | LOCAL_OF.get(verb, set())
    taken = tuple(parameter for parameter in parameters if parameter.name not in left_out)
    return Command(app, name, function, taken, configurable, name in own)


def read_signature(function: Callable[..., Report]) -> tuple[tuple[Parameter, ...], bool]:
    """Return a command's parameters, and whether it takes settings of the application, too."""
    found = [p for p in inspect.signature(function, eval_str=True).parameters.values() if p.name not in HIDDEN]
    keywords = [p.kind is p.VAR_KEYWORD for p in found]
    return tuple(_parameter(p) for p, keyword in zip(found, keywords, strict=True) if not keyword), any(keywords)


def visible_settings(app: Application, parameters: Sequence[Parameter]) -> dict[str, Setting]:
    """Return the settings of an application beside a command's own parameters, which hide those of the same name."""
    names = {parameter.name for parameter in parameters}
    return {name: setting for name, setting in app.config.settings().items() if name not in names}


def refuse_clashes(app: Application) -> None:
    """Raise PippinError where a command of its own bears a verb's name, or a setting that of an option of a verb."""
    for own in app.commands:
        if own.name.replace("-", "_") in VERBS:
            raise PippinError(f"`{app.name}` has a command {own.name!r}, which is a verb's name; rename it.")
    for verb, reference in VERBS.items():
        parameters, configurable = read_signature(Ref(reference).resolve())
        hidden = {name for other, name in HIDING if other == verb}
        both = {parameter.name for parameter in parameters} & app.defaults.keys() - hidden if configurable else set()
        if both:
            raise PippinError(f"`{app.name}` has a setting {min(both)!r}, which is an option of a verb; rename it.")


def bound(own: Callable[..., Report], app: Application) -> Callable[..., Report]:
    """Bind an application's own command to its context, its first argument, which is opened when it runs."""

    def function(*many: Any, **arguments: Any) -> Report:
        from pippin.verbs.opening import open_context

        # What stands before `*many` in the signature is given by position, too.
        leading = [arguments.pop(name) for name in ahead if name in arguments] if many else []
        context = open_context(app)
        report = own(context, *leading, *many, **arguments)
        return log(report, app, name, context.workspace) if is_logged else report

    name = own.__name__.replace("_", "-")
    is_logged = any(command.logged for command in app.commands if command.name == name)
    signature = inspect.signature(own)
    ahead = [
        name for name, parameter in signature.parameters.items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    hints = typing.get_type_hints(own, include_extras=True)
    parameters = [
        parameter.replace(annotation=hints[parameter.name]) for parameter in list(signature.parameters.values())[1:]
    ]
    function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    function.__doc__ = own.__doc__
    return function


def _kind(annotation: Any) -> tuple[Any, str]:
    """Return type and meaning of `Annotated[type | None, meaning]`."""
    text = ""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, text = typing.get_args(annotation)[:2]
    if isinstance(annotation, types.UnionType):
        annotation = next(part for part in typing.get_args(annotation) if part is not types.NoneType)
    return annotation, text


def _one_of(annotation: Any) -> Any:
    """Return the type of one value of `tuple[type, ...]`, else None."""
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is tuple else None


def _parameter(parameter: inspect.Parameter) -> Parameter:
    found, text = _kind(parameter.annotation)
    many = parameter.kind is parameter.VAR_POSITIONAL
    required = parameter.default is parameter.empty and not many
    default = None if parameter.default is parameter.empty else parameter.default
    positional = many or parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    one = _one_of(found)
    return Parameter(parameter.name, one or found, text, default, required, many, positional, repeated=one is not None)
