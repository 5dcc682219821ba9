"""What an application declares, as plain values: what a page needs to offer it to a person."""

from __future__ import annotations

import base64
import json
import threading
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.data import Dataset, Metric
from pippin.core.errors import PippinError
from pippin.core.inputs import Input
from pippin.core.terms import GROUPS, Term, default_label
from pippin.core.workspace import Workspace
from pippin.verbs.commands import Command, Parameter, commands
from pippin.verbs.doctor import missing_libraries

SAMPLES = 12
MAX_OF_KIND = 20  # inputs of one label that are tried together
FILES = ("image", "audio", "video")
_choosing: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
TYPES = {str: "text", int: "whole number", float: "number", bool: "yes or no", Path: "path"}


def line(app: Application, space: Workspace) -> dict[str, Any]:
    """Describe an application in one line.

    `ready` is true where it has a model to predict with.
    """
    return {
        "name": app.name,
        "action": app.page.action or default_label(app.name),
        "group": app.home_group,
        "ready": bool(app.builtins) or _model(app, space) is not None,
        "summary": app.summary,
        "input": app.input,
        "answer": app.output.noun,
        "output": app.output.kind,
        "amount": app.data.amount,
        "saved": app.model.folder is not None,
        "teach": "teach" not in app.unsupported,
    }


def everything(space: Workspace) -> dict[str, Any]:
    """Describe all applications in one line each, with import errors."""
    return {
        "applications": [line(app, space) for app in registry.all_applications()],
        "groups": list(GROUPS),
        "import_errors": list(registry.import_errors().values()),
    }


def facts(app: Application, space: Workspace) -> dict[str, Any]:
    """Describe an application in full; the metric is that of the model in use."""
    model = _model(app, space)
    app = app.with_metric(Metric(**model["metric"]) if model and model["metric"] else None)
    return {
        **line(app, space),
        "kind": "file" if app.input in FILES else app.input,
        "metric": app.scoring.metric,
        "metrics": _metrics(app),
        "lower_is_better": app.scoring.lower_is_better,
        "unit": app.data.unit,
        "deep": list(app.methods.deep),
        "baselines": list(app.methods.classical),
        "networks": list(app.methods.networks),
        "on_request": list(app.methods.on_request),
        "needs": dict(app.methods.needs),
        "quick_baseline": app.methods.quick,
        "measuring": list(app.inference_settings),
        "without": dict(app.unsupported),
        "commands": [_command(command) for command in commands(app)],
        "settings": [_setting(app, name) for name in app.defaults if name not in app.local_settings],
        "model": model,
        "lessons": _lessons(app, space),
        "missing": _missing(),
    }


def card(app: Application, space: Workspace, model: str | None = None) -> str:
    """Return the card of the model in use, or of the one named, as Markdown."""
    from pippin.core.model_card import card as written

    return written(Context(app, space).artifact(model).facts)


def samples(app: Application) -> list[dict[str, Any]]:
    """Return a few inputs of the built-in sample to try.

    Each has a name, and an image where there is one, else its value.
    """
    return _chosen(app).shown


def kinds(app: Application) -> dict[str, int]:
    """Return the labels of which the built-in sample holds several images to teach, with their number."""
    return {label: len(numbers) for label, numbers in _chosen(app).kinds.items()}


def samples_of(app: Application, kind: str) -> list[dict[str, Any]]:
    """Return all inputs of one of the `kinds`, as `samples` does."""
    found = _chosen(app)
    if kind not in found.kinds:
        has = ", ".join(found.kinds) or "none"
        raise PippinError(f"The sample has no kind {kind[:40]!r}; it has: {has}.", input=kind[:40])
    return [
        {"sample": number, "name": item.name, "truth": kind, **_look(app, item)}
        for number, item in ((number, found.inputs[number]) for number in found.kinds[kind])
    ]


def sample(app: Application, number: int) -> Input:
    """Return one of the `samples` as an input."""
    found = _chosen(app).inputs
    if not 0 <= number < len(found):
        raise PippinError(f"There is no sample {number}; there are {len(found)}.", input=number)
    return found[number]


@dataclass(frozen=True)
class Chosen:
    """The inputs to try, and how they are shown."""

    inputs: list[Input]
    shown: list[dict[str, Any]]
    kinds: dict[str, list[int]]  # indices of inputs, by label


def _chosen(app: Application) -> Chosen:
    with _choosing[app.reference]:  # a class may open a page at once: one makes the sample, the others wait for it
        return _describe_reference(app.reference)


@lru_cache(maxsize=32)
def _describe_reference(reference: str) -> Chosen:
    """Spread over the part that the built-in models were not trained on, each under its bare name."""
    app = registry.resolve(reference)
    data = app.load_data(None, app.preset("demo"))
    examples = data.test or data.train
    picked = examples[:: max(1, len(examples) // SAMPLES)][:SAMPLES]
    inputs = [replace(one.input, name=_bare(one.input)) for one in picked]
    shown = [
        {"sample": number, "name": item.name, "truth": _plain(one.answer), **_look(app, item)}
        for number, (item, one) in enumerate(zip(inputs, picked, strict=True))
    ]
    found: dict[str, list[int]] = {}
    for label, items in _by_label(app, data).items():
        found[label] = list(range(len(inputs), len(inputs) + len(items)))
        inputs += items
    return Chosen(inputs, shown, found)


def _by_label(app: Application, data: Dataset) -> dict[str, list[Input]]:
    """Return the images of each label, where there are several to teach."""
    found: defaultdict[str, list[Input]] = defaultdict(list)
    if app.input == "image" and "teach" not in app.unsupported and app.data.thumbnail is not None:
        for one in (*data.train, *data.val, *data.test):
            if isinstance(one.answer, str) and len(found[one.answer]) < MAX_OF_KIND:
                found[one.answer].append(replace(one.input, name=_bare(one.input)))
    return {label: items for label, items in sorted(found.items()) if len(items) > 1}


def _bare(item: Input) -> str:
    return item.path.name if item.path else item.name.replace("/", "-")


def _look(app: Application, item: Input) -> dict[str, Any]:
    if app.input in FILES:
        if app.data.thumbnail is None:
            return {}
        return {"thumbnail": f"data:image/png;base64,{base64.b64encode(app.data.thumbnail(item)).decode()}"}
    text = item.read().decode("utf-8", "replace")
    return {"value": json.loads(text) if app.input == "record" else text}


def _plain(truth: Any) -> Any:
    return truth if isinstance(truth, str | int | float) else None


def _command(command: Command) -> dict[str, Any]:
    return {
        "name": command.name,
        "summary": command.summary,
        **asdict(_term(command)),
        "page": command.page,
        "own": command.own,
        "lasting": command.lasting,
        "configurable": command.configurable,
        "parameters": [_parameter(parameter) for parameter in command.parameters],
    }


def _metrics(app: Application) -> dict[str, dict[str, str]]:
    """Return name and meaning of each metric; own commands have terms, too."""
    own = {command.name for command in app.commands}
    return {name: asdict(term) for name, term in app.page.terms.items() if name not in own}


def _term(command: Command) -> Term:
    """Return a command's name and description on a page."""
    named = command.application.page.terms.get(command.name) if command.own else None
    return named or Term(default_label(command.name), command.summary)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    default = parameter.default
    return {
        "name": parameter.name,
        "type": "reads" if parameter.reads else TYPES.get(parameter.type, "text"),
        "text": parameter.text,
        "default": str(default) if isinstance(default, Path) else None if parameter.repeated else default,
        "required": parameter.required,
        "many": parameter.many,
    }


def _setting(app: Application, name: str) -> dict[str, Any]:
    default = app.defaults[name]
    return {
        "name": name,
        "type": TYPES.get(type(default), "text"),
        "default": default,
        "text": app.config.settings()[name].help,
        "measuring": name in app.inference_settings,
        "answering": name in app.inference_settings or app.model.variant is not None,
    }


def _model(app: Application, space: Workspace) -> dict[str, Any] | None:
    try:
        found = Context(app, space).artifact()
    except PippinError:
        return None
    keys = ("variant", "data", "scores", "metric", "refit", "scored_on", "baseline", "created", "config")
    return {"id": found.id, "builtin": found.folder in app.builtins, **{key: found.facts.get(key) for key in keys}}


def _missing() -> dict[str, Any] | None:
    """Return the packages that training lacks in this installation, and the command that installs them."""
    libraries = missing_libraries("train")
    if not libraries:
        return None
    is_clone = (Path(__file__).parents[3] / "Makefile").is_file()
    command = "make setup EXTRAS=train" if is_clone else "pip install 'pippin[train]'"
    return {"libraries": libraries, "command": command, "clone": is_clone}


def _lessons(app: Application, space: Workspace) -> int:
    context = Context(app, space)
    try:
        return len(context.rows(context.artifact()))
    except PippinError:
        return 0
