"""Skills ready to answer: the built-in ones, and a user's own folders, read again as soon as a file changes."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pippin.apps.assistant.dialogue.requests import NEW, Request, Response, cannot
from pippin.apps.assistant.dialogue.world import ActiveSkill, World
from pippin.apps.assistant.skills.skill_files import BUILTIN, FILE, Intent, Skill, load_skill, skill_folders
from pippin.core.errors import PippinError

CODE = "skill.py"


def load_active(own: Path | None = None) -> tuple[ActiveSkill, ...]:
    """Return the built-in skills and those in the folder `own`; one of the same name takes a built-in's place."""
    folders = {path.name: path for path in skill_folders(BUILTIN)}
    if own is not None and own.is_dir():
        folders.update({path.name: path for path in skill_folders(own)})
    return tuple(_load(folders[name], _stamps(folders[name])) for name in sorted(folders))


def _stamps(folder: Path) -> tuple[int, ...]:
    return tuple((folder / name).stat().st_mtime_ns if (folder / name).exists() else 0 for name in (FILE, CODE))


@lru_cache(maxsize=64)
def _load(folder: Path, stamps: tuple[int, ...]) -> ActiveSkill:
    skill = load_skill(folder)
    if folder.parent == BUILTIN:
        module = importlib.import_module(f"pippin.apps.assistant.skills.{folder.name}.skill")
        return ActiveSkill(skill, module.answer)
    return ActiveSkill(skill, partial(_answer_safely, skill.name, load_answers(skill)))


def load_answers(skill: Skill) -> Callable[[Request, World], Response | None]:
    """Return what answers for a user's skill: its function, or its replies where it has no code."""
    if answers_by_reply(skill):
        return partial(_reply, {intent.name: intent for intent in skill.intents})
    return load_function(skill.folder)


def answers_by_reply(skill: Skill) -> bool:
    """Return whether a skill only replies with texts, and has no code."""
    return all(intent.reply for intent in skill.intents) and not (skill.folder / CODE).exists()


def _reply(intents: Mapping[str, Intent], request: Request, world: World) -> Response | None:
    if request.mode != NEW:
        return None  # nothing goes on from a text: "and tomorrow?" asks for something else
    intent = intents[request.intent]
    return Response(reply=intent.reply, items=({"name": intent.summary or intent.name.replace("_", " ")},))


def load_function(folder: Path) -> Callable[[Request, World], Response | None]:
    """Return the function of a skill folder; PippinError where its `skill.py` cannot be run."""
    path = folder / CODE
    spec = importlib.util.spec_from_file_location(f"pippin_skill_{folder.name}", path)
    if spec is None or spec.loader is None or not path.exists():
        raise PippinError(f"{folder} has no {CODE}; write one with a function answer(request, world).", input=path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        raise PippinError(f"{path} cannot be run: {type(problem).__name__}: {problem}.", input=path) from problem
    function: Any = getattr(module, "answer", None)
    if not callable(function):
        raise PippinError(f"{path} has no function answer(request, world).", input=path)
    return function


def _answer_safely(
    name: str, function: Callable[[Request, World], Response | None], request: Request, world: World
) -> Response | None:
    """Call a user's function; an error of its own is told, and ends no talk."""
    try:
        response = function(request, world)
    except Exception as problem:
        if os.environ.get("PIPPIN_DEBUG"):
            raise
        return cannot(f"The skill {name} failed: {type(problem).__name__}: {str(problem)[:120]}.")
    if response is not None and not isinstance(response, Response):
        return cannot(f"The skill {name} returned {type(response).__name__}, not a Response.")
    return response


def skills_of(active: tuple[ActiveSkill, ...]) -> tuple[Skill, ...]:
    """Return the skills alone."""
    return tuple(item.skill for item in active)
