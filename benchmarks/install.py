"""What a first `make demo` costs from nothing: wall time and the size of the environment."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from _results import Row, write

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run `make demo` in a fresh clone in a temporary folder, and write benchmarks/results/install.json."""
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "pippin"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        start = time.perf_counter()
        subprocess.run(["make", "demo", f"PIPPIN_HOME={folder}/home"], cwd=clone, check=True)
        seconds = time.perf_counter() - start
        venv = clone / ".venv"
        size = sum(path.lstat().st_size for path in venv.rglob("*") if path.is_file() and not path.is_symlink())
        shutil.rmtree(venv)
    rows = [
        Row("`make demo` in a fresh clone, wall time", seconds / 60, "minutes", aim="at most 3"),
        Row("its environment (base, `recognize` and `upscale`) on disk", size / 1e6, "MB", aim="at most 700"),
    ]
    write("install", "Installation", rows)


if __name__ == "__main__":
    main()
