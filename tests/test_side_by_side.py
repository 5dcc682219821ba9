"""The page on both frameworks is true: its programs are the files, and print what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pippin.learn.keras_graph.client import has_tensorflow

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "how-to" / "pytorch-and-tensorflow.md"
NETWORKS = ("network_pytorch.py", "network_keras.py")


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_a_program_of_the_page_prints_what_it_says(framework: str) -> None:
    if framework == "tensorflow" and not has_tensorflow():
        pytest.skip("TensorFlow is not installed: pippin[tensorflow]")
    path, text = DOCS / "examples" / f"side_by_side_{framework}.py", PAGE.read_text(encoding="utf-8")
    assert f"```python\n{path.read_text(encoding='utf-8')}```" in text
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}
    done = subprocess.run(
        [sys.executable, str(path)], env={**os.environ, **quiet}, capture_output=True, text=True, check=True
    )
    assert f"```text\n{done.stdout}```" in text


@pytest.mark.parametrize("name", NETWORKS)
def test_the_networks_of_the_page_are_the_files(name: str) -> None:
    path = DOCS / "examples" / name
    assert f"```python\n{path.read_text(encoding='utf-8')}```" in PAGE.read_text(encoding="utf-8")
