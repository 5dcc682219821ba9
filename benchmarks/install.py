"""What `make demo` and `make studio` cost in fresh clones, the package cache warm: wall time and size on disk."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from _results import Row, write

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Run both in fresh clones in a temporary folder, and write benchmarks/results/install.json."""
    with tempfile.TemporaryDirectory() as folder:
        demo_seconds, demo_bytes = measure_demo(Path(folder) / "demo")
        studio_seconds, studio_bytes = measure_studio(Path(folder) / "studio")
    rows = [
        Row("`make demo` in a fresh clone, wall time", demo_seconds / 60, "minutes", aim="at most 3"),
        Row("its environment (base, `recognize` and `upscale`) on disk", demo_bytes / 1e6, "MB", aim="at most 700"),
        Row("`make studio` in a fresh clone to a home page", studio_seconds, "s", aim="at most 90"),
        Row("its environment and the built pages on disk", studio_bytes / 1e6, "MB", aim="at most 800"),
    ]
    write("install", "Installation", rows)


def cloned(folder: Path) -> Path:
    """A fresh clone of this repository."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


def measure_demo(folder: Path) -> tuple[float, int]:
    """Seconds that `make demo` takes in a fresh clone, and the bytes of its environment."""
    clone = cloned(folder)
    start = time.perf_counter()
    subprocess.run(["make", "demo", f"PIPPIN_HOME={folder}-home"], cwd=clone, check=True)
    return time.perf_counter() - start, size(clone / ".venv")


def measure_studio(folder: Path) -> tuple[float, int]:
    """Seconds until `make studio` in a fresh clone gives its home page, and the bytes of environment and pages."""
    clone = cloned(folder)
    start = time.perf_counter()
    with subprocess.Popen(
        ["make", "studio", "ARGS=--no-browser --port 0"],
        cwd=clone,
        env={**os.environ, "PIPPIN_HOME": f"{folder}-home"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            sys.stderr.write(line)
            if found := re.search(r"http://[\d.:a-z]+/", line):
                with urllib.request.urlopen(found[0]) as page:
                    assert b"<script" in page.read()
                break
        else:
            raise SystemExit("`make studio` ended before it served a page.")
        seconds = time.perf_counter() - start
        os.killpg(process.pid, signal.SIGTERM)
    assert not (clone / "studio" / "node_modules").exists(), "Node was left behind"
    return seconds, size(clone / ".venv") + size(clone / "src" / "pippin" / "web" / "static")


def size(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    main()
