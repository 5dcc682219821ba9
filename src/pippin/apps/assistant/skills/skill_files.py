"""Skill folders: the format of `skill.toml`, read into frozen records.

A skill is a folder NAME with `skill.toml` and, where it does more than reply with a text, `skill.py`::

    summary = "reads and changes your calendar"    # one clause, for people
    names = ["events"]                             # whose names speak for it: events, dishes, products,
                                                   # courses, stops, airports

    [[intent]]                                     # one table for each thing that can be asked
    name = "create"                                # its label is NAME.create
    summary = "adds an event"
    confirm = true                                 # whether it acts only after a yes (default: false)
    required = ["event"]                           # slots without which it asks, in this order (default: none)
    prompts = { event = "What is it called?" }     # the question for each required slot
    examples = [                                   # at least one; ten or more are advised; a slot is [words](slot)
      "add [dinner with Ada](event) [on Friday at 7](when)",
    ]
    reply = "It is in the kitchen drawer."         # what it answers, where the skill has no code

`skill.py` holds one function, `answer(request, world) -> Response` (`dialogue/requests.py`); a skill whose intents all
have a `reply` needs none. Slots in examples teach the slot tagger; a skill takes them as hints. Names of folders,
intents and slots are lower-case words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError

FILE = "skill.toml"
MAX_EXAMPLES = 2000
MAX_CHARACTERS = 300
SLOT = re.compile(r"\[([^\[\]]+)\]\(([a-z][a-z_]*)\)")
NAME = re.compile(r"[a-z][a-z0-9_]*")
BUILTIN = Path(__file__).parent


@dataclass(frozen=True)
class Span:
    """A slot in an example: `text[start:end]` fills it."""

    slot: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """One sentence without marks, and where its slots are."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Intent:
    """One thing a skill can be asked for."""

    skill: str
    name: str
    examples: tuple[Example, ...]
    summary: str = ""
    confirm: bool = False
    required: tuple[str, ...] = ()
    prompts: Mapping[str, str] = field(default_factory=dict)
    reply: str = ""

    @property
    def label(self) -> str:
        """What an interpreter calls it: "schedule.list"."""
        return f"{self.skill}.{self.name}"


@dataclass(frozen=True)
class Skill:
    """A folder of intents."""

    name: str
    summary: str
    intents: tuple[Intent, ...]
    folder: Path
    names: tuple[str, ...] = ()


def parse_example(marked: str) -> Example:
    """Return an example without its marks.

    "[dinner](event) with [Ada](person)" becomes "dinner with Ada" and two spans.
    """
    text, spans, end = "", [], 0
    for match in SLOT.finditer(marked):
        text += marked[end : match.start()]
        spans.append(Span(match[2], len(text), len(text) + len(match[1])))
        text += match[1]
        end = match.end()
    return Example(text + marked[end:], tuple(spans))


def load_skill(folder: Path) -> Skill:
    """Read the skill in `folder`; PippinError names what is wrong with its file."""
    path = folder / FILE
    if not NAME.fullmatch(folder.name):
        raise PippinError(f"A skill's folder is named by a lower-case word, not {folder.name!r}.", input=folder)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise PippinError(f"{folder} holds no {FILE} that can be read.", input=path) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise PippinError(f"{path} is not valid TOML: {problem}.", input=path) from problem
    tables = content.get("intent")
    if not isinstance(tables, list) or not tables:
        raise PippinError(f"{path} has no [[intent]]; add one with a name and examples.", input=path)
    intents = tuple(_read_intent(folder.name, table, path) for table in tables)
    names = [intent.name for intent in intents]
    if len(set(names)) < len(names):
        raise PippinError(f"{path} has two intents of one name; give each its own.", input=path)
    return Skill(folder.name, str(content.get("summary", "")), intents, folder, _read_strings(content, "names", path))


def _read_intent(skill: str, table: Any, path: Path) -> Intent:
    name = table.get("name") if isinstance(table, dict) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise PippinError(f"An intent in {path} needs a name that is a lower-case word, not {name!r}.", input=path)
    examples = _read_strings(table, "examples", path)
    required = _read_strings(table, "required", path)
    if not examples:
        raise PippinError(f"{name} in {path} has no examples; write at least one.", input=path)
    if len(examples) > MAX_EXAMPLES or any(len(example) > MAX_CHARACTERS for example in examples):
        raise PippinError(
            f"{name} in {path} may have up to {MAX_EXAMPLES} examples of up to {MAX_CHARACTERS} characters.", input=path
        )
    prompts = {str(slot): str(text) for slot, text in dict(table.get("prompts", {})).items()}
    return Intent(
        skill,
        name,
        tuple(map(parse_example, examples)),
        str(table.get("summary", "")),
        table.get("confirm") is True,
        required,
        prompts,
        str(table.get("reply", "")),
    )


def _read_strings(table: Mapping[str, Any], key: str, path: Path) -> tuple[str, ...]:
    values = table.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
        raise PippinError(f"{key} in {path} must be a list of texts.", input=path)
    return tuple(values)


def skill_folders(folder: Path) -> list[Path]:
    """Return the skill folders in `folder`, by name."""
    return sorted(path.parent for path in folder.glob(f"*/{FILE}"))


def load_skills(folders: Iterable[Path] = ()) -> tuple[Skill, ...]:
    """Return the built-in skills and those in `folders`, where one of the same name takes the place of a built-in."""
    paths = {path.name: path for folder in (BUILTIN, *folders) for path in skill_folders(folder)}
    return tuple(load_skill(paths[name]) for name in sorted(paths))
