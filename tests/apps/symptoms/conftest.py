"""The built-in model in a workspace of its own, and patients that are easy to tell."""

from __future__ import annotations

import pytest

from pippin.apps.symptoms import application
from pippin.apps.symptoms.knowledge.structure import load_structure
from pippin.apps.symptoms.patients.patient import Patient
from pippin.core.context import Context
from pippin.core.workspace import Workspace
from pippin.verbs.opening import open_context


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    return open_context(application, Workspace(tmp_path_factory.mktemp("home")))


def whole(condition: str, *codes: str, complaint: str = "E_91") -> Patient:
    """Return a whole patient with a yes to each code."""
    index = load_structure().index
    answers = {index[code]: (1,) for code in codes}
    return Patient(answers, 40, "F", condition, index[complaint], is_whole=True)
