"""Write docs/reference/*.md from commands, signatures and the service's description: `make reference`."""

from __future__ import annotations

import inspect
import json
import os
import re
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

import pippin
from pippin import cli
from pippin.web import openapi

FOLDER = Path(__file__).parent / "reference"
WIDTH = 90  # letters in a line of help or code
ESTIMATORS = ("Classifier", "Regressor")
RULE = "*Written by `make reference`; a test fails when it is out of date.*"
# HTTP: addresses that no command is behind. OpenAPI has those with a fixed form; these belong to runs.
RUNS: dict[str, tuple[str, list[str]]] = {
    "GET /v1/APPLICATION/runs/RUN/events": ("The progress of a run, as server-sent events.", []),
    "POST /v1/APPLICATION/runs/RUN/resume": ("Go on with a run that was stopped or interrupted.", []),
    "POST /v1/APPLICATION/cost/VERB": ("What a verb with these values costs.", []),
    "GET /v1/learn/PAGE": ("A page of the lesson, with what of it is done.", []),
    "POST /v1/learn/PAGE": ("Answer a question of the page.", ["quiz", "choice"]),
    "GET /v1/learn/browser": ("What a class's browsers compute by themselves, by application.", []),
    "GET /v1/learn/browser/APPLICATION/FILE": ("A file that they compute with.", []),
    "POST /v1/learn/browser": (
        "What was done in a browser of a class, as numbers, or the number of a change that is taken back.",
        ["application", "verb", "facts", "label", "outcomes", "change", "takes_back"],
    ),
    "GET /v1/queue": ("Your place in the queue, with an estimate.", []),
}

COMMAND_LINE = """# Command line

{rule}

`pippin APPLICATION INPUT...` answers inputs; `pippin APPLICATION VERB` does the rest; a few commands need no
application. A verb also takes the [settings of its application](applications.md).

Every command has `--json` (print exactly one JSON object), `--html FILE` (also write the report as a page with images),
`--home DIR` (your workspace, instead of `PIPPIN_HOME`) and `--no-log` (leave it out of the log of activity).
Exit codes: 0, 1 where a check fails, 2 for bad input.
"""
APPLICATIONS = """# Settings of the applications

{rule}

Settings are options of `train` and of the verbs that use a model; a setting that says how a model was made is fixed
with it. Below them stand the commands that only this application has.
"""
PYTHON = """# Python

{rule}

```python
import pippin

pippin.train("recognize", "photos/", budget="5m")
report = pippin.predict("recognize", "new.jpg")
print(report.payload["results"][0]["answer"])
```

Every verb is a function whose first argument is the application, by name. It returns a `Report` that shows itself in a
notebook ([an example](../recognize.ipynb)); `report.payload` is what the command line prints with `--json`. Settings of
the application are keyword arguments. What a user can correct is a `PippinError`: one sentence that names the input.

Inputs are paths, bytes, PIL images, NumPy arrays or torch tensors of images, data frames, mappings and arrays of rows:
[what is read](../reading.md). With a model in memory: `model = pippin.load("recognize")`, then
`model.predict_proba(images)`.
"""
HTTP = """# HTTP

{rule}

`pippin studio` answers at `http://localhost:8017`. `GET /v1/openapi.json` describes every address with the schema of
its values (OpenAPI 3.1); this page is a summary of it. `GET /v1/APPLICATION/api` has lines for a terminal that ask this
very service.

```bash
curl -H 'X-Pippin: 1' -F inputs=@apple.jpg http://localhost:8017/v1/recognize/predict
```

- **Header.** A `POST` carries `X-Pippin: 1`, so that no form of another site can send it. With a token:
  `Authorization: Bearer TOKEN`.
- **Values** come as JSON, or as a form: files under their names, the other values as JSON in the field `arguments`.
- **Response.** `payload` is what the command line prints with `--json`, `report` how it is shown, `files` what it made.
- **Long commands** (`train`, `evaluate`, `compare`, `curve`, `tune`, `inspect`): with `Prefer: respond-async` the
  response comes at once and names the run ([the studio](../studio.md#alone)).
- **Errors** are `{{"error": {{"message", "input"}}}}`. The status 429 comes with too many
  requests, 413 with too large a one.
"""

Options = dict[tuple[str, str], str]
Addresses = dict[str, tuple[str, list[str]]]


def pages() -> dict[str, str]:
    """Return the text of each page by its file name."""
    applications = list(_applications())
    return {
        "command-line.md": _command_line(applications),
        "applications.md": _per_application(applications),
        "python.md": _python(),
        "http.md": _http(),
    }


def _applications() -> Iterator[click.Group]:
    context = click.Context(cli.top)
    for name in cli.top.list_commands(context):
        command = cli.top.get_command(context, name)
        if isinstance(command, click.Group):
            yield command


def _commands(group: click.Group) -> dict[str, click.Command]:
    """The commands of an application, those only a page calls left out."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command and not command.hidden}


def _options(command: click.Command) -> Options:
    """Each parameter that has a help line: its names and help, and that help as it is shown."""
    context = click.Context(command)
    lines = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record and record[1]:  # an argument has no words of its own
            lines[record[0], record[1]] = record[1]
    return lines


def _common_verbs(applications: list[click.Group]) -> dict[str, Options]:
    """The verbs that all applications have, with the options that a verb has in all of them."""
    commands = [_commands(group) for group in applications]
    names = [name for name in commands[0] if all(name in other for other in commands)]
    common = {}
    for name in names:
        options = [_options(other[name]) for other in commands]
        common[name] = {key: text for key, text in options[0].items() if all(key in other for other in options)}
    return common


def _command_line(applications: list[click.Group]) -> str:
    context = click.Context(cli.top)
    first = _commands(applications[0])
    verbs = _common_verbs(applications)
    lines = [
        COMMAND_LINE.format(rule=RULE),
        "```text",
        *_trimmed(_help(cli.top, "pippin")),
        "```",
        "",
        "## Commands",
        "",
    ]
    for name in cli.top.list_commands(context):
        command = cli.top.get_command(context, name)
        if command and not isinstance(command, click.Group):
            lines += _section(f"pippin {name}", command, _options(command))
    lines += ["## Verbs", ""]
    for name, options in verbs.items():
        lines += _section(f"pippin APPLICATION {name}", first[name], options)
    return "\n".join(lines).rstrip() + "\n"


def _per_application(applications: list[click.Group]) -> str:
    verbs = _common_verbs(applications)
    lines = [APPLICATIONS.format(rule=RULE)]
    for group in applications:
        commands = _commands(group)
        lines += [f"## {group.name}", "", f"{_sentence(group.help or '')}", ""]
        common = {key for options in verbs.values() for key in options}
        settings = {key: text for name in verbs for key, text in _options(commands[name]).items() if key not in common}
        lines += _table("setting", settings)
        for name, command in commands.items():
            if name not in verbs and name not in _verb_names():
                lines += _section(f"pippin {group.name} {name}", command, _options(command))
    return "\n".join(lines).rstrip() + "\n"


def _verb_names() -> set[str]:
    """Verbs of the package, those too that one of the applications lacks."""
    return {name.replace("_", "-") for name in pippin.__all__ if name[0].islower()}


def _section(title: str, command: click.Command, options: Options) -> list[str]:
    common = {"--json", "--html FILE", "--home DIR"}
    shown = {key: text for key, text in options.items() if key[0] not in common and "--help" not in key[0]}
    usage = " ".join([title, *_arguments(command)])
    text = _escaped(inspect.cleandoc(command.help or ""))
    return [f"### {title}", "", f"`{usage}`", "", text, "", *_table("option", shown)]


def _arguments(command: click.Command) -> list[str]:
    context = click.Context(command)
    return [parameter.make_metavar(context) for parameter in command.params if isinstance(parameter, click.Argument)]


def _table(what: str, options: Mapping[tuple[str, str], str]) -> list[str]:
    if not options:
        return []
    rows = [f"| `{names.replace('|', chr(92) + '|')}` | {_escaped(text)} |" for (names, _), text in options.items()]
    return [f"| {what} | meaning |", "|---|---|", *rows, ""]


def _help(command: click.Command, name: str) -> str:
    return command.get_help(
        click.Context(
            command, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH, help_option_names=["--help", "-h"]
        )
    )


def _trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]


def _escaped(text: str) -> str:
    """Text as Markdown shows it: no sign of it means anything."""
    return re.sub(r"([<>|*_\[\]])", r"\\\1", text)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _python() -> str:
    lines = [PYTHON.format(rule=RULE)]
    for name in pippin.__all__:
        value = getattr(pippin, name)
        if callable(value) and not name.startswith("__"):
            lines += _callable(f"pippin.{name}", value)
    import pippin.apps.tables as tables

    lines += ["## Estimators", ""]
    for name in ESTIMATORS:
        lines += _callable(f"pippin.apps.tables.{name}", getattr(tables, name), "###")
    return "\n".join(lines).rstrip() + "\n"


def _callable(name: str, value: Any, level: str = "##") -> list[str]:
    signature = inspect.signature(value)
    hints = typing.get_type_hints(value if inspect.isfunction(value) else value.__init__, include_extras=True)
    words, rows = [], []
    for parameter in signature.parameters.values():
        star = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in words and not any(w.startswith("*") for w in words):
            words.append("*")
        value_given = json.dumps(parameter.default) if isinstance(parameter.default, str) else repr(parameter.default)
        default = "" if parameter.default is parameter.empty else f"={value_given}"
        words.append(f"{star}{parameter.name}{default}")
        hint = hints.get(parameter.name, Any)
        if typing.get_origin(hint) is typing.Annotated:
            kind, meaning = _type(typing.get_args(hint)[0]), hint.__metadata__[0]
            rows.append(f"| `{parameter.name}` | {_escaped(kind)} | {_escaped(meaning)} |")
    text = _escaped(inspect.getdoc(value) or "")
    table = ["| parameter | type | meaning |", "|---|---|---|", *rows, ""] if rows else []
    line = f"{name}({', '.join(words)})"
    shown = [line] if len(line) <= WIDTH else [f"{name}(", *(f"    {word}," for word in words), ")"]
    return [f"{level} {name}", "", "```python", *shown, "```", "", text, "", *table]


def _type(hint: Any) -> str:
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", hint.__name__ if inspect.isclass(hint) else str(hint))


def _http() -> str:
    description = openapi.description()
    paths = description["paths"]
    groups = sorted({path.split("/")[2] for path, by in paths.items() if path.count("/") == 2 and "get" in by})
    statuses = [f"| {status} | {text} |" for status, text in openapi.PROBLEMS.items()]
    lines = [HTTP.format(rule=RULE), "| status | meaning |", "|---|---|", *statuses, ""]
    common, own = _split(paths, groups)
    lines += _addresses("Addresses of every application", {**common, **RUNS})
    lines += ["Verbs that use a model also take [its settings](applications.md), except those that name files.", ""]
    for group in groups:
        lines += _addresses(group, own[group])
    return "\n".join(lines).rstrip() + "\n"


def _addresses(title: str, rows: Mapping[str, tuple[str, list[str]]]) -> list[str]:
    """A heading and a table: what each address does, and the names of its values."""
    lines = [f"## {title}", "", "| address | what it does | values |", "|---|---|---|"]
    for address, (text, names) in rows.items():
        lines.append(f"| `{address}` | {_escaped(text)} | {', '.join(f'`{name}`' for name in names)} |")
    return [*lines, ""] if rows else []


def _split(paths: dict[str, Any], groups: list[str]) -> tuple[Addresses, dict[str, Addresses]]:
    """Addresses that all applications have, with the values all have; and those of one application."""
    common: Addresses = {}
    own: dict[str, Addresses] = {group: {} for group in groups}
    for path, by in paths.items():
        method, operation = next(iter(by.items()))
        parts = path.split("/")
        name, names = parts[-1], _values(by)
        twins = [twin for group in groups if (twin := paths.get(f"/v1/{group}/{name}"))]
        if len(parts) == 3 and name in groups:
            common.setdefault(f"{method.upper()} /v1/APPLICATION", ("Everything that it declares.", []))
        elif len(parts) == 4 and (name.replace("-", "_") in pippin.__all__ or len(twins) == len(groups)):
            shared = [one for one in names if all(one in _values(twin) for twin in twins)]
            common.setdefault(f"{method.upper()} /v1/APPLICATION/{name}", (operation["summary"], shared))
        elif len(parts) == 4:
            own[parts[2]][f"{method.upper()} {path}"] = (operation["summary"], names)
        else:
            common[f"{method.upper()} {path}"] = (operation["summary"], names)
    return common, own


def _values(by: dict[str, Any]) -> list[str]:
    """The names of the values that a POST takes; files carry theirs."""
    content = by.get("post", {}).get("requestBody", {}).get("content", {})
    return list(content.get("application/json", {}).get("schema", {}).get("properties", {}))


def main() -> None:
    """Write the pages."""
    os.environ.pop("COLUMNS", None)
    for name, text in pages().items():
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(f"written: docs/reference/{name}")


if __name__ == "__main__":
    main()
