"""The description of the service (OpenAPI 3.1), made from the same signatures as the commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pippin._version import __version__
from pippin.core import registry
from pippin.core.application import Application
from pippin.verbs.commands import Command, Parameter, commands, visible_settings
from pippin.verbs.describe import FILES

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message"],
            "properties": {
                "message": {"type": "string"},
                "input": {"type": ["string", "null"]},
                "code": {"enum": ["bad_input", "missing_model", "missing_extra", "unavailable"]},
            },
        }
    },
}
ANSWER = {
    "type": "object",
    "required": ["payload", "report", "files"],
    "properties": {
        "payload": {"type": "object", "description": "what the command line prints with --json"},
        "report": {"type": "object", "description": "how it is shown: title, summary, tables, figures, notes"},
        "files": {"type": "array", "items": {"type": "object"}},
    },
}
PROBLEMS = {
    "400": "bad input, told in one sentence",
    "401": "no token, or a wrong one",
    "403": "from another site",
    "404": "no such application",
    "413": "too large",
    "421": "a name that is not ours",
    "429": "too many requests",
    "503": "the database of corrections does not answer",
}
HEADER = {
    "name": "X-Pippin",
    "in": "header",
    "required": True,
    "schema": {"const": "1"},
    "description": "any value: tells that a program asks, and not the form of another site",
}


def description() -> dict[str, Any]:
    """Return every address, what it takes and what it answers."""
    paths: dict[str, Any] = {"/v1": {"get": _get("Every application, each in one line.")}}
    paths["/v1/erase"] = {"post": _erase()}
    paths["/v1/learn"] = {"get": _get("The pages of the lesson, and your points.")}
    for app in registry.all_applications():
        start = f"/v1/{app.name}"
        paths[start] = {"get": _get(f"Everything that {app.name} declares.")}
        paths[f"{start}/samples"] = {"get": _get("A few inputs to try.")}
        paths[f"{start}/api"] = {"get": _get("Lines for a terminal that ask for an answer.")}
        paths[f"{start}/card"] = {"get": _get("The card of the model in use.", "text/markdown")}
        for command in commands(app):
            paths[f"{start}/{command.name}"] = {"post": _post(app, command)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pippin", "version": __version__},
        "paths": paths,
        "components": {"schemas": {"Error": ERROR, "Answer": ANSWER}},
    }


def _get(summary: str, media_type: str = "application/json") -> dict[str, Any]:
    schema = {"type": "object"} if media_type == "application/json" else {"type": "string"}
    return {"summary": summary, "responses": {"200": _content("answered", schema, media_type), **_problems()}}


def _post(app: Application, command: Command) -> dict[str, Any]:
    values = _values(app, command)
    content: dict[str, Any] = {"application/json": {"schema": values}}
    if files := {p.name: _files(p) for p in command.parameters if p.reads and _sendable(app, p)}:
        form = {
            "type": "object",
            "properties": {"arguments": {"type": "string", "description": "the other values, as JSON"}, **files},
            "additionalProperties": False,
        }
        content["multipart/form-data"] = {"schema": form}
    answered = _content("answered", {"$ref": "#/components/schemas/Answer"})
    return {
        "summary": command.summary,
        "parameters": [HEADER],
        "requestBody": {"required": True, "content": content},
        "responses": {"200": answered, **_problems()},
    }


def _erase() -> dict[str, Any]:
    values = {"type": "object", "properties": {"yes": {"type": "boolean"}}, "additionalProperties": False}
    return {
        "summary": "Erase everything of yours, of all applications.",
        "parameters": [HEADER],
        "requestBody": {"required": True, "content": {"application/json": {"schema": values}}},
        "responses": {"200": _content("answered", {"$ref": "#/components/schemas/Answer"}), **_problems()},
    }


def _problems() -> dict[str, Any]:
    error = {"$ref": "#/components/schemas/Error"}
    return {status: _content(text, error) for status, text in PROBLEMS.items()}


def _content(text: str, schema: dict[str, Any], media_type: str = "application/json") -> dict[str, Any]:
    return {"description": text, "content": {media_type: {"schema": schema}}}


def _sendable(app: Application, parameter: Parameter) -> bool:
    return parameter.name != "answer" or bool(app.output.kind)


def _files(parameter: Parameter) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "format": "binary"}, "description": parameter.text}


def _values(app: Application, command: Command) -> dict[str, Any]:
    given = {parameter.name: _value(app, parameter) for parameter in command.parameters}
    if command.configurable:
        for name, setting in visible_settings(app, command.parameters).items():
            if not setting.local:
                choices = {"enum": [*setting.choices, None]} if setting.choices else {}
                given[name] = {**_plain(setting.type), **choices, "description": setting.help}
    required = [parameter.name for parameter in command.parameters if parameter.required]
    return {"type": "object", "properties": given, "required": required, "additionalProperties": False}


def _value(app: Application, parameter: Parameter) -> dict[str, Any]:
    if parameter.is_model_file:
        return {"type": "null", "description": f"{parameter.text}; sent as a file"}
    if parameter.name == "data":
        return {"type": ["string", "null"], "pattern": r"^\d{1,9}(-\d{1,9})?$", "description": "seeds, of a game only"}
    if parameter.reads and parameter.name == "answer" and not app.output.kind:
        return {"type": ["string", "number", "null"], "description": parameter.text}
    if parameter.reads:
        one = _input(app)
        schema = {"type": "array", "items": one, "maxItems": 1000} if parameter.many else one
        return {**schema, "description": parameter.text}
    if parameter.many:
        return {"type": "array", "items": _plain(parameter.type), "maxItems": 1000, "description": parameter.text}
    if parameter.repeated:
        several = {"type": ["array", "string", "null"], "items": {"type": "string"}, "maxItems": 1000}
        return {**several, "description": parameter.text}
    if parameter.writes:
        return {"type": ["string", "boolean", "null"], "description": "the name of a file to make, or true"}
    return {**_plain(parameter.type), "description": parameter.text}


def _input(app: Application) -> dict[str, Any]:
    sample = {
        "type": "object",
        "properties": {"sample": {"type": "integer"}},
        "required": ["sample"],
        "additionalProperties": False,
    }
    if app.input in FILES:
        return sample
    own = {"text": {"type": "string"}, "episode": {"type": ["integer", "string"]}, "record": {"type": "object"}}
    return {"anyOf": [own[app.input], sample]}


def _plain(kind: Any) -> dict[str, Any]:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", Path: "string"}
    return {"type": [names.get(kind, "string"), "null"]}
