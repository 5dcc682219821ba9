"""Data that is given in Python: a frame is learned from, and an application of paths alone says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace

ROWS = [{"zip": f"0{n % 3}0", "weight": n + 0.5, "label": ["apple", "plum"][n % 2]} for n in range(40)]


def test_rows_in_python_are_learned_as_their_file(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    found = [
        pippin.inspect("tables", data, check_labels=False).payload["data"]["fingerprint"]
        for data in (ROWS, pandas.DataFrame(ROWS))
    ]
    assert found[0] == found[1]
    assert len(list((Workspace().home / "data").iterdir())) == 1, "the same values are kept once"
    trained = pippin.train("tables", ROWS, label="label", epochs=1, width=8, members=2).payload
    assert trained["labels"] == ["apple", "plum"]
    assert pippin.evaluate("tables").payload["scores"] == trained["scores"]


def test_an_application_of_paths_refuses_values(miniature: str) -> None:
    with pytest.raises(PippinError, match="not from a list; give its path"):
        pippin.train(miniature, ["abba"])
