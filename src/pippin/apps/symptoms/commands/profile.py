"""Age, sex and past illnesses: asked once, kept only where the user says so."""

from __future__ import annotations

from pathlib import Path

from pippin.apps.symptoms.chat.state import ChatState, read_state
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.files import write_json

NAME = "profile.json"


def _path(context: Context) -> Path:
    return context.workspace.store(context.name) / NAME


def load_profile(context: Context) -> ChatState:
    """Return what was kept, an empty state where nothing was."""
    path = _path(context)
    if not path.exists():
        return ChatState()
    try:
        return read_state(path.read_text("utf-8"))
    except (PippinError, OSError, UnicodeDecodeError):  # a damaged file is no reason to refuse a chat
        return ChatState()


def keep_profile(context: Context, state: ChatState) -> None:
    """Keep age, sex and past illnesses of a chat, and nothing else."""
    structure = load_structure()
    history = {
        code: options
        for code, options in state.answers.items()
        if structure.questions[structure.index[code]].is_history
    }
    write_json(_path(context), ChatState(history, state.age, state.sex).to_json())


def forget_profile(context: Context) -> None:
    """Delete what was kept."""
    _path(context).unlink(missing_ok=True)
