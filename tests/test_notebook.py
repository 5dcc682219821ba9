"""The example notebook runs from top to bottom, and its reports show themselves."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "recognize.ipynb"


@pytest.mark.filterwarnings("ignore")  # of the kernel's own libraries
def test_the_example_notebook_runs_and_shows_its_reports() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert len(shown) == 6
    assert "now in use" in shown[4]
    assert "<img" in shown[5]


def test_the_notebook_is_committed_without_output() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
