"""The laws of import: looking at Pippin loads nothing heavy, and the public names are what they say."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from graphlib import TopologicalSorter

import pytest

import pippin
from pippin import verbs
from pippin.conformance.checks import HEAVY
from pippin.core.application import Application
from pippin.core.references import Ref

LOOKING = """
import json, sys
import pippin
from pippin import cli
from pippin.core import registry
list(registry.all_applications())
after_import = sorted(sys.modules)
sys.argv = ["pippin", "--help"]
cli.main()
print(json.dumps([after_import, sorted(sys.modules)]))
"""


def test_help_and_looking_at_applications_load_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LOOKING], capture_output=True, text=True, check=True)
    help_text, _, loaded = done.stdout.rstrip().rpartition("\n")
    assert help_text.startswith("Usage: ")
    for modules in json.loads(loaded):
        heavy = {name.partition(".")[0] for name in modules} & set(HEAVY)
        assert not heavy


def test_public_names_are_sorted_and_all_there() -> None:
    assert pippin.__all__ == sorted(pippin.__all__)
    assert set(verbs.VERBS) | {"PippinError", "Workspace", "__version__", "load"} == set(pippin.__all__)
    assert all(getattr(pippin, name) is not None for name in pippin.__all__)


def test_every_verb_and_command_is_where_it_is_said_to_be() -> None:
    for reference in (*verbs.VERBS.values(), *(reference for reference, _ in verbs.OWN.values())):
        function = Ref(reference).resolve()
        assert function.__doc__, reference


def test_no_module_imports_itself_by_way_of_others() -> None:
    grimp = pytest.importorskip("grimp", reason="the import graph needs the extra dev")
    graph = grimp.build_graph("pippin", exclude_type_checking_imports=True, cache_dir=None)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imported) > 300
    TopologicalSorter(imported).prepare()  # CycleError names the circle


def test_an_application_has_at_most_sixteen_fields_each_with_a_line() -> None:
    tree = ast.parse(inspect.getsource(Application))
    body = tree.body[0].body  # type: ignore[attr-defined]
    named = [index for index, node in enumerate(body) if isinstance(node, ast.AnnAssign)]
    assert 0 < len(named) <= 16
    for index in named:
        line = body[index + 1]
        assert isinstance(line, ast.Expr)
        assert isinstance(line.value, ast.Constant)
