"""Functions in a user's own Python file, loaded by name; every failure is one sentence."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pippin.core.errors import PippinError


def load_function(file: str, name: str, what: str) -> Callable[..., Any]:
    """Return the function `name` of a Python file; PippinError says what it should be (`what`) where there is none."""
    path = Path(file)
    if not path.is_file():
        raise PippinError(f"There is no file {file}; give a Python file with {what}.", input=file)
    module_name = f"pippin_user_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise PippinError(f"{file} is no Python file; its name must end in .py.", input=file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # classes of the file look their own module up
    try:
        spec.loader.exec_module(module)
    except Exception as problem:  # the file is the user's own program: anything may go wrong in it
        told = f"{type(problem).__name__}: {problem}"
        raise PippinError(f"{file} cannot be run ({told}); correct it.", input=file) from problem
    found = getattr(module, name, None)
    if not callable(found):
        raise PippinError(f"{file} has no function {name}; write {what}.", input=file)
    function: Callable[..., Any] = found
    return function


def split_reference(reference: str) -> tuple[str, str]:
    """Return file and function of "FILE.py:function"; PippinError where it is written otherwise."""
    file, _, name = reference.rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise PippinError(f"{reference!r} names no function; write FILE.py:function.", input=reference)
    return file, name
