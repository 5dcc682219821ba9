"""Commands as they are typed in a shell, for advice in messages."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from pippin.core.application import Application
from pippin.core.inputs import LONGEST_NAME, Input, row_name
from pippin.core.report.formatting import sanitize


def write_option(name: str, value: Any) -> str:
    """Write a setting as it is typed: `--width 32`, or `--hflip` and `--no-hflip`."""
    flag = name.replace("_", "-")
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    value = int(value) if isinstance(value, float) and value.is_integer() else value
    return f"--{flag} {shlex.quote(str(value))}"


def quote_word(name: str) -> str:
    """Quote an input's name as one word of a shell command.

    It is INPUT where the name has no such form.
    """
    if name != sanitize(name) or "`" in name:
        return "INPUT"
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def write_input(item: Input) -> str:
    """Return an input as one word of a shell command.

    A row given as a value becomes its JSON, if that is short.
    """
    if item.kind == "record":
        text = item.read().decode()
        if item.name == row_name(text):
            return quote_word(text) if len(text) <= LONGEST_NAME else "INPUT"
    if item.kind == "text" and len(item.name) < len(text := item.read().decode()) and text.startswith(item.name):
        return "INPUT"  # the name is only how it begins
    return quote_word(item.name)


def write_command(application: Application, verb: str, data: str | None, settings: Mapping[str, Any]) -> str:
    """Return the shell command of a verb on `data`.

    It names the settings that differ from the application's defaults.
    """
    given = [
        write_option(name, value) for name, value in settings.items() if value != application.defaults.get(name, value)
    ]
    return " ".join(["pippin", application.name, verb, *([quote_word(data)] if data else []), *given])
