"""Write uv.lock from constraints.txt: the same versions, with the hashes of all platforms' files; `make lock`.

uv prefers what a lock has. So the first lock is made in a folder of its own, where the versions of constraints.txt are
constraints; from it uv makes the one of this project, which has none and which `uv lock --check` accepts.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "src/pippin/_version.py")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def normalize(name: str) -> str:
    """Return a package's name as indexes compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_constraints() -> dict[str, str]:
    """Return the versions of constraints.txt by normalized name."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return {normalize(name): version for name, version in PINNED.findall(text)}


def read_lock() -> dict[str, set[str]]:
    """Return the versions of uv.lock by name: several, where platforms or Pythons differ."""
    found: dict[str, set[str]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        if "version" in package:
            found.setdefault(package["name"], set()).add(package["version"])
    return found


def differences() -> list[str]:
    """Return what is locked in other versions than constraints.txt has."""
    constraints = read_constraints()
    return [
        f"{name}: {constraints.get(name, 'nothing')} in constraints.txt, {', '.join(sorted(versions))} in uv.lock"
        for name, versions in read_lock().items()
        if name in constraints and constraints[name] not in versions
    ]


def main() -> None:
    """Write uv.lock, and end with an error where it differs from constraints.txt."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        sys.exit("uv is not installed; run `make setup`.")
    pins = [f"{name}=={version}" for name, version in read_constraints().items()]
    with tempfile.TemporaryDirectory() as folder:
        for name in NEEDED:
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, Path(folder) / name)
        project = Path(folder) / "pyproject.toml"
        text = project.read_text(encoding="utf-8")
        assert text.count("[tool.uv]\n") == 1
        constraints = f"[tool.uv]\nconstraint-dependencies = {json.dumps(pins)}\n"
        project.write_text(text.replace("[tool.uv]\n", constraints), encoding="utf-8")
        subprocess.run([uv, "lock", "--project", folder], check=True)
        shutil.copy(Path(folder) / "uv.lock", ROOT / "uv.lock")
    subprocess.run([uv, "lock", "--project", str(ROOT)], check=True)
    if found := differences():
        sys.exit("uv.lock differs from constraints.txt:\n" + "\n".join(found))


if __name__ == "__main__":
    main()
