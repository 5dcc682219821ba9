"""`new`: an application of your own, begun from a small complete one that already works."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pippin.core import registry
from pippin.core.errors import PippinError
from pippin.core.files import new_folder, write_bytes
from pippin.core.report.cells import Table
from pippin.core.report.report import Report
from pippin.verbs import OWN

TEMPLATE = Path(__file__).parents[1] / "template"
MINIMAL = Path(__file__).parents[1] / "template_minimal"
PLACEHOLDER = "seedling"
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def new(
    name: Annotated[str, "what to call it: lower-case letters, digits and underscores"],
    *,
    folder: Annotated[Path, "where to put its folder"] = Path("."),
    minimal: Annotated[bool, "one file: data and a scikit-learn learner, nothing else"] = False,
) -> Report:
    """Create an application of your own from a template.

    The template is a small package that trains, predicts and takes corrections; with --minimal it is one file that
    trains and predicts.
    """
    _refuse(name)
    target = Path(folder) / name
    if target.exists():
        raise PippinError(f"{target} exists already; choose another name or --folder.", input=target)
    template = MINIMAL if minimal else TEMPLATE
    files = sorted(path for path in template.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    places = [Path(str(path.relative_to(template)).replace(PLACEHOLDER, name)) for path in files]
    with new_folder(target) as fresh:
        for path, inner in zip(files, places, strict=True):
            write_bytes(fresh / inner, path.read_text(encoding="utf-8").replace(PLACEHOLDER, name).encode())
    return Report(
        title=f"{name}: begun in {target}",
        summary=f"It works already, on {'irises' if minimal else 'handwritten digits'}; put your own in their place.",
        tables=(Table(("file", "what it is"), tuple((str(inner), _meaning(target / inner)) for inner in places)),),
        payload={
            "application": name,
            "folder": str(target),
            "files": [str(target / inner) for inner in places],
        },
        next=f"pip install -e {target}, then pippin {name} train",
    )


def _refuse(name: str) -> None:
    """Refuse what could not be a package of its own, or would hide something else."""
    if not NAME.fullmatch(name):
        message = f"{name!r} cannot be the name of a package: use lower-case letters, digits and underscores"
        raise PippinError(f"{message}, a letter first, 40 at most.", input=name)
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise PippinError(f"{name!r} is a word of Python's own; choose another name.", input=name)
    if name in registry.names() or name in OWN or name in registry.ADDRESSES:
        raise PippinError(f"Pippin has a {name!r} already; choose another name.", input=name)
    if name in (*sys.stdlib_module_names, PLACEHOLDER, "tests") or find_spec(name) is not None:
        raise PippinError(f"{name!r} would hide a package of that name; choose another name.", input=name)


def _meaning(path: Path) -> str:
    """Return the first line of a module's docstring, or of a README."""
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.strip('"# ') if path.suffix in (".py", ".md") else "how it is installed, and found by Pippin"
