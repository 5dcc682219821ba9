"""`check` finds a broken application, also where Python leaves assertions out."""

import json
import subprocess
import sys

import pytest

BROKEN = """
import json
from dataclasses import replace
from pippin.core import registry
from pippin.conformance import check, checks
from pippin.verbs.opening import open_context

tables = registry.get("tables")
broken = replace(tables, methods=replace(tables.methods, quick="none such"))
check.open_context = lambda name: open_context(broken)
check.CHECKS = (checks.its_facts_are_in_order, checks.bad_input_is_one_sentence)
print(json.dumps(check.check("tables").payload))
"""


@pytest.mark.parametrize("flags", [[], ["-O"]])
def test_broken_application_fails_with_and_without_assertions(flags: list[str]) -> None:
    done = subprocess.run([sys.executable, *flags, "-c", BROKEN], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert not found["passed"]
    assert found["promises"]["its facts are in order"]["detail"] == "its quick baseline is not among its baselines"
    assert found["promises"]["bad input is one sentence"]["kept"]
