"""One network in several frameworks: outputs and losses agree, gradients by hand are those by differences."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from pippin.apps.recognize.frameworks import side_by_side
from pippin.apps.recognize.frameworks.side_by_side import RATE, frameworks, make_network, run_numpy
from pippin.core.errors import PippinError
from pippin.verbs.opening import open_context


def test_pytorch_gives_what_numpy_gives() -> None:
    pytest.importorskip("torch")
    told = frameworks(open_context("recognize"), steps=20).payload
    assert "PyTorch" in told["frameworks"]
    assert told["differences"]["PyTorch"] < 1e-4
    losses = {name: one["loss"] for name, one in told["results"].items()}
    assert losses["PyTorch"] == pytest.approx(losses["NumPy"], rel=1e-4)


def test_the_step_by_hand_goes_down_the_slope() -> None:
    network = {name: np.asarray(value, "float64") for name, value in make_network(1).items()}
    network["labels"] = network["labels"].astype(int)
    first, second = run_numpy(network, 2)["losses"]
    # The loss falls by rate times the squared gradient, to first order; the gradient by finite differences.
    squares = 0.0
    for name in ("b1", "b2"):
        for at in range(len(network[name])):
            moved = {**network, name: network[name].copy()}
            moved[name][at] += 1e-5
            squares += ((run_numpy(moved, 1)["losses"][0] - first) / 1e-5) ** 2
    assert first - second > RATE * squares > 0


@pytest.mark.parametrize("steps", [0, -1, 10_001])
def test_steps_that_are_none_are_refused(steps: int) -> None:
    with pytest.raises(PippinError, match="steps"):
        frameworks(open_context("recognize"), steps=steps)


def test_what_is_missing_is_named_and_what_is_broken_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(side_by_side, "find_spec", lambda package: None)
    report = frameworks(open_context("recognize"), steps=5)
    assert report.payload["frameworks"] == []
    assert [note.split()[0] for note in report.notes] == ["PyTorch", "TensorFlow"]
    (tmp_path / "tensorflow.py").write_text("raise ImportError('a library is missing')\n")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{':'.join(path for path in sys.path if path)}")
    monkeypatch.setattr(side_by_side, "find_spec", lambda package: package == "tensorflow" or None)
    with pytest.raises(PippinError, match="TensorFlow is installed and does not run: ImportError: a library"):
        frameworks(open_context("recognize"), steps=5)
