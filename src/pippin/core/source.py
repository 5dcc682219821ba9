"""What a user's Python file defines, read without running it."""

from __future__ import annotations

import ast
from pathlib import Path

from pippin.core.errors import PippinError, reason


def require_definition(path: Path, name: str) -> None:
    """Raise PippinError where a Python file cannot be parsed or nothing in it binds `name`."""
    try:
        tree = ast.parse(path.read_bytes())
    except OSError as problem:
        raise PippinError(f"Cannot read {path}: {reason(problem)}; check the path.", input=path) from problem
    except (SyntaxError, ValueError) as problem:
        raise PippinError(f"{path} is not valid Python ({problem}); correct it.", input=path) from problem
    bound = {name for node in ast.walk(tree) for name in _bound(node)}
    if name not in bound and "*" not in bound:
        functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        there = f"it has {', '.join(functions[:5])}" if functions else "it has none"
        raise PippinError(f"{path} has no function {name!r}; {there}.", input=path)


def _bound(node: ast.AST) -> list[str]:
    """Return the names that a statement gives a value."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    return [node.asname or node.name] if isinstance(node, ast.alias) else []
