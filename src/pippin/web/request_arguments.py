"""Values and files of a request as arguments of a command: checked, with no way to a path of this machine."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.inputs import KINDS, Input
from pippin.verbs.commands import Command, Parameter, visible_settings
from pippin.verbs.describe import FILES, sample
from pippin.web.uploads import ParsedRequest, clean

MODEL = re.compile(r"[A-Za-z0-9][\w.-]{0,150}")
SEEDS = re.compile(r"\d{1,9}(-\d{1,9})?")
MAX_LENGTH = 10_000  # characters of a text
MOST = 1_000  # inputs given as values
LARGEST = 10_000  # of a whole number that says how many
_PATHLIKE = re.compile(r"^[/~\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|[\x00-\x08\x0e-\x1f\ud800-\udfff]")


def arguments(command: Command, sent: ParsedRequest, out: Path, *, paths: bool = False) -> dict[str, Any]:
    """Return the arguments to call `command` with; files it writes go into the folder `out`.

    With `paths` an application's own command may read a folder of this machine, given as {"path": PATH}.
    """
    app = command.application
    known = {parameter.name: parameter for parameter in command.parameters}
    visible = visible_settings(app, command.parameters) if command.configurable else {}
    settings = {name: one for name, one in visible.items() if not one.local}
    for name in {**sent.values, **sent.files}:
        if name not in known and name not in settings:
            has = ", ".join([*known, *sorted(settings)]) or "none"
            raise PippinError(f"`{app.name} {command.name}` takes no {name[:40]!r}; it takes: {has}.", input=name[:40])
    given = {}
    for name, parameter in known.items():
        value = _argument(app, command, parameter, sent, out, paths)
        if value is not None:
            given[name] = value
        elif parameter.required:
            raise PippinError(f"`{app.name} {command.name}` needs {name}: {parameter.text}.", input=name)
    for name in settings.keys() & sent.values.keys():
        if sent.values[name] is not None:
            given[name] = plain(name, settings[name].type, sent.values[name])
    app.read_settings({name: given[name] for name in settings.keys() & given.keys()})  # before anything begins
    return given


def _argument(
    app: Application, command: Command, parameter: Parameter, sent: ParsedRequest, out: Path, paths: bool
) -> Any:
    value = sent.values.get(parameter.name)
    if command.own and parameter.reads and isinstance(value, dict) and value.keys() == {"path"}:
        return _local_path(value["path"], paths)
    if parameter.reads:
        files = sent.files.get(parameter.name, [])
        return _read(app, command, parameter, value, files, sent.folders.get(parameter.name))
    if parameter.writes:
        return _written(app, parameter, value, out)
    if value is None:
        return None
    if parameter.name in ("model", "from_", "run"):
        if not isinstance(value, str) or not MODEL.fullmatch(value):
            raise PippinError(f"{parameter.name} names one of your models or trainings.", input=str(value)[:80])
        return value
    if parameter.many or parameter.repeated:
        values = value if isinstance(value, list) else [value]
        if len(values) > MOST:
            raise PippinError(f"These are {len(values)} values; give at most {MOST} at once.", input=parameter.name)
        return [plain(parameter.name, parameter.type, one) for one in values] or None
    found = plain(parameter.name, parameter.type, value)
    if parameter.type is int and parameter.name not in ("seed", "correction"):
        most = os.cpu_count() or 1 if parameter.name in ("workers", "threads") else LARGEST
        if not -LARGEST <= found <= most:
            raise PippinError(f"{parameter.name} is at most {most:,} here.", input=found)
    return found


def _local_path(value: Any, paths: bool) -> str:
    """Return a path of this machine, where those who ask sit at it."""
    if not paths:
        raise PippinError("A path of this machine means nothing here; send the files themselves.", input="path")
    if not isinstance(value, str) or not value or len(value) > MAX_LENGTH or "\0" in value:
        raise PippinError("A path is a text, such as /home/me/Pictures.", input=str(value)[:80])
    return os.path.expanduser(value)


def _written(app: Application, parameter: Parameter, value: Any, out: Path) -> Path | None:
    """Return a path for files: asked for, or where the command would choose one of its own beside what it reads."""
    wanted = parameter.required or parameter.default is not None or (app.output.kind and parameter.name == "out")
    if isinstance(value, str) and value:
        return out / clean(value).name
    if value not in (None, True, False, ""):
        raise PippinError(f"{parameter.name} is the name of a file, or true.", input=parameter.name)
    return out if value is True or wanted else None


def _read(
    app: Application, command: Command, parameter: Parameter, value: Any, files: list[Path], folder: Path | None
) -> Any:
    if parameter.is_model_file:
        return _model_file(value, files, folder)
    if parameter.name == "data":
        return _data(app, value, files, folder)
    if parameter.name == "answer" and not app.output.kind:
        if files:
            raise PippinError("An answer must be a label here, not a file.", input="answer")
        return None if value is None else _answer(value)
    if command.own and folder is not None:
        return str(files[0] if app.input == "record" and len(files) == 1 else folder)
    kind = app.output.kind if parameter.name == "answer" else app.input
    values = value if isinstance(value, list) else [] if value is None else [value]
    if len(values) > MOST:
        raise PippinError(f"These are {len(values)} inputs; give at most {MOST} at once.", input=parameter.name)
    found = [_file(kind, path) for path in files] + [_value(app, kind, one) for one in values]
    if parameter.many:
        return found or None
    if len(found) > 1 and parameter.name == "input" and command.name == "teach":
        return found
    if len(found) > 1:
        raise PippinError(f"{parameter.name} is one input, not {len(found)}.", input=parameter.name)
    return found[0] if found else None


def _model_file(value: Any, files: list[Path], folder: Path | None) -> str | None:
    """Return the model that was sent along: a zip file, or the files of its folder."""
    if value is not None:
        raise PippinError("Send the model itself as a zip file; names of files mean nothing here.", input="path")
    return str(files[0] if len(files) == 1 else folder) if files else None


def _data(app: Application, value: Any, files: list[Path], folder: Path | None) -> str | None:
    """Return the data that were sent along: one file, or a folder of them; of a game also a range of seeds."""
    if files and folder is not None:
        return str(files[0] if len(files) == 1 and files[0].parent == folder else folder)
    if value is None:
        return None
    if app.input == "episode" and isinstance(value, str) and SEEDS.fullmatch(value):
        return value
    raise PippinError("data is sent as files; without them the built-in sample is taken.", input="data")


def _file(kind: str, path: Path) -> Any:
    """Return a handle that goes by the file's own name; a file of rows is read by its path."""
    if kind not in FILES:
        return str(path)
    handle = KINDS[kind].of(path)
    return KINDS[kind](path=path, name=path.name, media_type=handle.media_type)


def _value(app: Application, kind: str, value: Any) -> Input:
    if isinstance(value, dict) and value.keys() == {"sample"}:
        if not isinstance(value["sample"], int) or isinstance(value["sample"], bool):
            raise PippinError("A sample goes by its number.", input="sample")
        return sample(app, value["sample"])
    if kind in FILES:
        raise PippinError(f"Send the {kind} itself as a file; names of files mean nothing here.", input=str(value)[:80])
    if kind == "record" and not isinstance(value, dict):
        raise PippinError("A row is an object: values by their names.", input=str(value)[:80])
    if (kind in ("text", "episode") and not isinstance(value, str | int)) or isinstance(value, bool):
        raise PippinError(f"This is no {kind}: {json.dumps(value)[:80]}.", input=str(value)[:80])
    if len(json.dumps(value)) > MAX_LENGTH * 10:
        raise PippinError("This input is too long.", input=kind)
    return KINDS[kind].of(value)


def _answer(value: Any) -> Any:
    if isinstance(value, str | int | float) and not isinstance(value, bool) and len(str(value)) <= MAX_LENGTH:
        return value
    raise PippinError("An answer is a text or a number.", input=str(value)[:80])


def plain(name: str, kind: Any, value: Any) -> Any:
    """Return a value of the type a command wants, or one sentence on what it should be."""
    fine = {
        bool: isinstance(value, bool),
        int: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53,
        float: isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300,
        str: isinstance(value, str) and len(value) <= MAX_LENGTH and not _PATHLIKE.search(value),
    }
    if not fine.get(kind, False):
        what = {bool: "true or false", int: "a whole number", float: "a number", str: "a text, and no path"}
        raise PippinError(f"{name} must be {what.get(kind, 'something else')}.", input=str(value)[:80])
    return float(value) if kind is float else value
