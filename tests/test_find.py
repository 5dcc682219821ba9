"""A search for a term of the field finds its module: among git grep's first files, or by a page that names it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    "training loop": "src/pippin/learn/nn/training_loop.py",
    "rollout buffer": "src/pippin/learn/rl/rollouts.py",
    "CTC decoder": "src/pippin/apps/lipread/decoding/ctc.py",
    "beam search": "src/pippin/apps/lipread/decoding/ctc.py",
    "novelty threshold": "src/pippin/apps/recognize/pretrained/ridge_head.py",
    "upload limit": "src/pippin/web/server_settings.py",
    "conformance check": "src/pippin/conformance/checks.py",
    "near duplicate": "src/pippin/learn/vision/near_duplicates.py",
    "early stopping": "src/pippin/learn/nn/early_stopping.py",
    "data augmentation": "src/pippin/learn/vision/augmentation.py",
    "rate limit": "src/pippin/web/rate_limits.py",
    "calibration": "src/pippin/learn/metrics.py",
}
# An application has calibration of its own, and applications are printed before the toolbox.
ROOMS = {"calibration": "src/pippin/learn"}
# They name the module of each term; git grep prints paths in order, benchmarks and pages before modules.
PAGES = "docs/", "benchmarks/README.md"
MAP = "docs/architecture.md"
SHOWN = 3

pytestmark = pytest.mark.skipif(
    not shutil.which("git") or not (ROOT / ".git").exists(), reason="needs git and a clone: git grep searches its files"
)


def first_files(phrase: str, *folders: str) -> list[str]:
    """The first files that git grep prints for a phrase."""
    command = ["git", "-C", str(ROOT), "grep", "-il", phrase, "--", *folders]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return found.splitlines()[:SHOWN]


@pytest.mark.parametrize(("phrase", "module"), MODULES.items())
def test_code_is_found(phrase: str, module: str) -> None:
    assert module in first_files(phrase, ROOMS.get(phrase, "src"))


@pytest.mark.parametrize(("phrase", "module"), MODULES.items())
def test_everywhere_the_module_or_a_page_that_names_it_is_found(phrase: str, module: str) -> None:
    path = module.removeprefix("src/pippin/")
    names = {path, f"pippin.{path.removesuffix('.py').replace('/', '.')}"}
    first = first_files(phrase)
    pages = [
        name for name in first if name.startswith(PAGES) and any(one in (ROOT / name).read_text() for one in names)
    ]
    assert module in first or pages, first


@pytest.mark.parametrize(("phrase", "module"), MODULES.items())
def test_the_map_names_the_module_beside_the_term(phrase: str, module: str) -> None:
    rows = [line for line in (ROOT / MAP).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    beside = [row for row in rows if phrase.lower() in row.split("|")[1].lower()]
    assert len(beside) == 1
    assert f"`{module.removeprefix('src/pippin/')}`" in beside[0]
    assert (ROOT / module).is_file()
