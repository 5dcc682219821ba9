"""What is given out: a wheel and a source archive, with the built pages in both."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from pippin.core import registry
from pippin.web.static_pages import STATIC

pytest.importorskip("hatchling", reason="building needs the extra dev")

ROOT = Path(__file__).parents[1]
PAGES = [path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file()]

pytestmark = pytest.mark.skipif(not PAGES, reason="the pages are not built")


def built(kind: str, folder: Path) -> Path:
    """The archive that the build backend makes of this repository."""
    code = f"import hatchling.build; print(hatchling.build.build_{kind}({str(folder)!r}))"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True, capture_output=True)
    (archive,) = folder.iterdir()
    return archive


def test_a_wheel_carries_the_pages_models_samples_and_programs(tmp_path: Path) -> None:
    with zipfile.ZipFile(built("wheel", tmp_path)) as wheel:
        names = set(wheel.namelist())
    assert {f"pippin/web/static/{page}" for page in PAGES} <= names
    assert "pippin/web/static/licences.txt" in names
    for name in registry._scanned():
        folder = ROOT / "src" / "pippin" / "apps" / name
        own = [path for part in ("model", "sample", "usage") for path in (folder / part).rglob("*") if path.is_file()]
        assert {path.relative_to(ROOT / "src").as_posix() for path in own if "__pycache__" not in path.parts} <= names
    assert not [name for name in names if name.startswith(("tests/", "studio/"))]
    assert not [name for name in names if "node_modules" in name]


def test_a_source_archive_carries_the_pages_and_what_builds_them(tmp_path: Path) -> None:
    with tarfile.open(built("sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"src/pippin/web/static/{page}" for page in PAGES} <= names
    assert {"Makefile", "constraints.txt", "studio/build_pages.py", "studio/package-lock.json"} <= names
    assert not [name for name in names if "node_modules" in name]
