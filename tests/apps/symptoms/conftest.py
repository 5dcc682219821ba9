"""The built-in model in a workspace of its own."""

from __future__ import annotations

import pytest

from pippin.apps.symptoms import application
from pippin.core.context import Context
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return open_context(application, Workspace(tmp_path_factory.mktemp("home")))
