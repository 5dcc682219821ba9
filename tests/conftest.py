"""What every test gets: a workspace of its own, one thread, and the miniature application where asked for."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Numerical libraries read this when they are imported, so it comes before them.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# `miniature` must be importable here and in worker processes, which inherit the path.
sys.path.insert(0, str(Path(__file__).parent))
# A shell that runs the tests in the background has Ctrl-C ignored in all they start, and some send it.
signal.signal(signal.SIGINT, signal.default_int_handler)
# A busy machine is no reason to fail.
settings.register_profile("pippin", deadline=None)
settings.load_profile("pippin")
# Folders of tests ("" is this one), those with long files first.
ORDER = ("", "web", "verbs", "lessons", "apps")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long files first: begun last, one would leave the processes beside it idle."""

    def rank(item: pytest.Item) -> int:
        parts = item.path.relative_to(Path(__file__).parent).parts
        folder = parts[0] if len(parts) > 1 else ""
        return ORDER.index(folder) if folder in ORDER else len(ORDER)

    items.sort(key=rank)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty workspace; models kept in memory by an earlier test are forgotten."""
    from pippin.core.loaded_models import _loaded

    _loaded.clear()
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PIPPIN_DATABASE", raising=False)
    monkeypatch.delenv("PIPPIN_DEBUG", raising=False)
    yield tmp_path / "home"
    _loaded.clear()


@pytest.fixture
def miniature(monkeypatch: pytest.MonkeyPatch) -> str:
    """The miniature application, registered as a plug-in would be; its name."""
    from pippin.core import registry

    monkeypatch.setattr(registry, "_plugins", lambda: {"miniature": "miniature:application"})
    return "miniature"


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data; tests that want it are marked `data`."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("PIPPIN_TEST_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}; set PIPPIN_TEST_DATA")
    return folder
