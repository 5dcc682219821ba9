"""The command line, generated from the signatures of verbs and of applications' own commands; no logic of its own."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from pippin._version import __version__
from pippin.core import registry
from pippin.core.application import Application
from pippin.core.config import Setting
from pippin.core.errors import PippinError, reason
from pippin.core.references import Ref
from pippin.verbs import OWN, VERBS
from pippin.verbs.activity import find_verb
from pippin.verbs.commands import Parameter, bound, read_signature, visible_settings

if TYPE_CHECKING:
    from pippin.core.report.report import Report

SWITCHES = ("--json", "--log", "--no-log")  # of every command, without a value
RENAMED = {"ask": "query"}  # verbs of earlier versions


class Pippin(click.Group):
    """The top: applications by name, then commands of Pippin's own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*registry.names(), *OWN]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in OWN:
            return _command(Ref(OWN[cmd_name][0]).resolve(), cmd_name)
        return Verbs(registry.get(cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if ahead := _ahead(args):
            first, *rest = args[ahead:] or ["list"]
            args = [first, *args[:ahead], *rest]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List both kinds of commands without making them, which would load what they need."""
        with formatter.section("Applications"):
            formatter.write_dl([(app.name, app.summary) for app in registry.all_applications()])
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in OWN.items()])


class Verbs(click.Group):
    """The verbs of one application and its own commands; anything else is an input to predict."""

    def __init__(self, app: Application) -> None:
        super().__init__(app.name, help=app.summary, no_args_is_help=True)
        self.app = app
        self.verbs = {name.replace("_", "-"): name for name in VERBS}
        self.own = {command.name: command for command in app.commands}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.verbs, *self.own]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self.own:
            own = self.own[cmd_name]
            command = _command(bound(own.function.resolve(), self.app), cmd_name, self.app)
            command.hidden = own.page  # it runs, but the help leaves it out
            return command
        if cmd_name in self.verbs:
            return _command(find_verb(self.verbs[cmd_name]), cmd_name, self.app)
        return None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ahead = _ahead(args)
        if args[ahead:] and args[ahead] in self.list_commands(ctx):
            args = [args[ahead], *args[:ahead], *args[ahead + 1 :]]
        elif args and args[0] not in ("--help", "-h"):
            self._refuse_misspelt("".join(args[ahead : ahead + 1]), self.list_commands(ctx))
            args = ["predict", *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelt(self, word: str, commands: Sequence[str]) -> None:
        """Refuse an argument that is no file but nearly a command: its arguments are not meant as inputs."""
        import difflib

        near = [RENAMED[word]] if word in RENAMED else difflib.get_close_matches(word, commands, 1, 0.75)
        if near and self.app.input in ("image", "audio", "video") and not os.path.lexists(word):
            raise PippinError(f"{word!r} is neither a file nor a command; did you mean {near[0]}?", input=word)


def _ahead(args: Sequence[str]) -> int:
    """Return how many arguments stand ahead of a command that are options of every command: they go behind it."""
    count = 0
    while count < len(args) and args[count].partition("=")[0] in (*SWITCHES, "--html", "--home"):
        count += 1 if args[count] in SWITCHES or "=" in args[count] else 2
    return min(count, len(args))


def _command(function: Callable[..., Report], name: str, app: Application | None = None) -> click.Command:
    """Make a command of a function; a verb takes `app` as its first argument, an own command is bound to it already."""
    parameters, configurable = read_signature(function)
    verb = app is not None and "application" in inspect.signature(function).parameters
    options = [item for parameter in parameters for item in _options(parameter)]
    options += [_setting(one) for one in visible_settings(app, parameters).values()] if app and configurable else []

    def callback(**values: Any) -> None:
        as_json, html = values.pop("json"), values.pop("html")
        values.pop("home"), values.pop("log")
        named = values.pop("named_data", None)
        if named is not None and values["data"] is not None:
            raise click.UsageError("Give the data once: as DATA or with --data.")
        values = {**values, **({"data": named} if named is not None else {})}
        many = [item for parameter in parameters if parameter.many for item in values.pop(parameter.name)]
        given = {key: value for key, value in values.items() if value is not None}
        report = function(*([app] if verb else []), *many, **given)
        if html:
            from pippin.core.files import write_bytes

            write_bytes(Path(html), report.to_html().encode())
        click.echo(report.to_json() if as_json else report.show().rstrip("\n"))
        if html and not as_json:
            click.echo(f"Report: {html}")
        if report.payload.get("passed") is False:
            sys.exit(1)

    return click.Command(
        name,
        params=[*options, *_common()],
        callback=callback,
        help=inspect.getdoc(function) or "",
        context_settings={"help_option_names": ["--help", "-h"]},
    )


def _options(parameter: Parameter) -> Iterator[click.Parameter]:
    kind = {Any: str, Path: Path}.get(parameter.type, parameter.type)
    if parameter.many:
        yield click.Argument([parameter.name], nargs=-1, type=kind, metavar=f"{parameter.name.upper().rstrip('S')}...")
    elif parameter.positional:
        yield click.Argument([parameter.name], required=parameter.required, type=kind)
        if parameter.name == "data":
            yield click.Option(["--data", "named_data"], type=kind, help=f"the same as DATA: {parameter.text}")
    elif parameter.repeated:
        text = f"{parameter.text}; may be given several times"
        yield click.Option(
            [f"--{parameter.name.replace('_', '-')}", parameter.name], type=kind, multiple=True, help=text
        )
    else:
        yield _option(parameter.name, kind, parameter.default, parameter.text, stays=kind is bool)


def _setting(setting: Setting) -> click.Parameter:
    """Make an option of a setting; not given is no value: a model keeps what it was trained with."""
    choices = "|".join(setting.choices) or None
    return _option(setting.name, setting.type, setting.default, setting.help, stays=False, both=True, metavar=choices)


def _option(
    name: str, kind: Any, default: Any, text: str, *, stays: bool, both: bool = False, metavar: str | None = None
) -> click.Parameter:
    """Make an option; `stays` hands its default on, `both` gives every flag its opposite."""
    flag = f"--{name.strip('_').replace('_', '-')}"
    if kind is bool:
        flags = f"{flag}/--no-{flag[2:]}" if both or default is not False else flag
        return click.Option([flags, name], is_flag=True, default=default if stays else None, help=text)
    shown = f"{default:g}" if isinstance(default, float) else default
    text += f" (default: {shown})" if default not in (None, "") else ""
    return click.Option([flag, name], type=kind, default=None, help=text, metavar=metavar)


def _common() -> list[click.Parameter]:
    return [
        click.Option(["--json"], is_flag=True, help="print exactly one JSON object"),
        click.Option(["--html"], metavar="FILE", help="also write the report as a page with images"),
        click.Option(
            ["--home"],
            metavar="DIR",
            expose_value=True,
            is_eager=True,
            callback=_set_home,
            help="your workspace, instead of PIPPIN_HOME",
        ),
        click.Option(
            ["--log/--no-log"],
            is_eager=True,
            default=None,
            callback=_set_log,
            help="whether the log of activity records that you did this; PIPPIN_LOG=0 is --no-log for good",
        ),
    ]


def _set_home(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value:
        os.environ["PIPPIN_HOME"] = str(Path(value).expanduser().absolute())
    return value


def _set_log(context: click.Context, parameter: click.Parameter, value: bool | None) -> bool | None:
    if value is not None:
        os.environ["PIPPIN_LOG"] = str(int(value))
    return value


@click.group(cls=Pippin, invoke_without_command=True, context_settings={"help_option_names": ["--help", "-h"]})
@click.version_option(__version__, prog_name="pippin")
@click.pass_context
def top(context: click.Context) -> None:
    """Deep learning you can teach, use and correct on your own machine."""
    if context.invoked_subcommand is None:
        click.echo(Ref(OWN["list"][0])().show().rstrip("\n"))


def main() -> None:
    """Run the command line; a problem the user can correct is one sentence and exit code 2, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as it is where the caller closed it
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a console that lacks a letter shows "?"
    # numpy's products are small here: shared out to threads they take longer, many times so on a busy machine.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        top(standalone_mode=False)
    except PippinError as problem:
        _fail(problem.message, problem.input, kind=problem.code)
    except click.NoSuchOption as problem:
        files = [word for word in sys.argv[1:] if word.startswith("-") and os.path.lexists(word)]
        hint = f" For the file {files[0]} write ./{files[0]}" if files else ""
        _fail(f"{problem.format_message()}{hint}", files[0] if files else None)
    except click.exceptions.NoArgsIsHelpError as problem:
        click.echo(problem.format_message())
    except click.ClickException as problem:
        message = problem.format_message()
        if "extra argument" in message:  # most often a pattern that the shell has already spelt out
            message += "; to give many files, name their folder or quote a pattern: '*.jpg'."
        _fail(message, None, problem.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
    except BrokenPipeError:
        os._exit(0)
    except OSError as problem:
        _fail(f"Cannot use {problem.filename or 'the output'}: {reason(problem)}.", problem.filename)
    except Exception as problem:
        if os.environ.get("PIPPIN_DEBUG"):
            raise
        _fail(
            f"Something went wrong inside Pippin ({type(problem).__name__}: {problem}); PIPPIN_DEBUG=1 shows where.",
            None,
            1,
        )


def _fail(message: str, input: object, code: int = 2, kind: str = "bad_input") -> NoReturn:
    from pippin.core.report.formatting import sanitize
    from pippin.core.report.report import Report

    with suppress(OSError):  # where nothing can be written, the exit code must tell
        if "--json" in sys.argv:
            named = None if input is None else str(input)
            click.echo(Report("", payload={"error": {"message": message, "input": named, "code": kind}}).to_json())
        else:
            click.echo(f"pippin: {sanitize(message)}", err=True)
    sys.exit(code)
