"""The context a verb works in, from what its caller names."""

from __future__ import annotations

from functools import partial

from pippin.core import registry
from pippin.core.application import Application
from pippin.core.context import Context
from pippin.core.workspace import Workspace
from pippin.verbs import VERBS
from pippin.verbs.activity import run_verb


def open_context(application: str | Application, workspace: Workspace | None = None) -> Context:
    """Return the context of an application, by its name or itself, in a workspace: by default the user's."""
    app = registry.get(application) if isinstance(application, str) else application
    return Context(app, workspace or Workspace(), {name: partial(run_verb, name) for name in VERBS})
