"""Begins a skill folder: a `skill.toml` with sentences to replace, and a `skill.py` that answers."""

from __future__ import annotations

from pathlib import Path

from pippin.apps.assistant.skills.skill_files import NAME
from pippin.core.errors import PippinError
from pippin.core.files import write_bytes

TOML = """summary = "what your skill does, in one clause"

[[intent]]
name = "greet"
summary = "greets a person"
examples = [
  "greet [Ada](person)",
  "say hello to [Tom](person)",
  "give my regards to [Ines](person)",
  "wave at [Omar](person)",
  "tell [Kofi](person) I said hi",
  "send a greeting to [Mara](person)",
  "salute [Noor](person)",
  "say good morning to [Leo](person)",
  "bid [Jonas](person) welcome",
  "a warm welcome for [Priya](person)",
]
"""
CODE = '''"""What the skill answers; pippin.apps.assistant.dialogue.requests describes `request` and `Response`."""

from pippin.apps.assistant.dialogue.requests import Response


def answer(request, world):
    """Answer a request."""
    person = request.hints.get("person", "you")
    return Response(reply=f"Hello, {person}!", items=({"name": person},))
'''


def begin_skill(folder: Path) -> None:
    """Write the two files of a new skill into `folder`."""
    if not NAME.fullmatch(folder.name):
        raise PippinError(f"A skill's folder is named by a lower-case word, not {folder.name!r}.", input=folder)
    write_bytes(folder / "skill.toml", TOML.encode())
    write_bytes(folder / "skill.py", CODE.encode())
