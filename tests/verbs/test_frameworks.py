"""`train --framework` and `compare --frameworks`: applications that learn in both, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.learn.keras_graph.client import has_tensorflow

needs_tensorflow = pytest.mark.skipif(not has_tensorflow(), reason="TensorFlow is not installed: pippin[tensorflow]")
TINY = {"width": 16, "blocks": 1, "members": 2}


@needs_tensorflow
def test_tables_learn_in_tensorflow() -> None:
    trained = pippin.train("tables", framework="tensorflow", epochs=4, threads=1, refit=False, **TINY).payload
    lines = [json.loads(line) for line in (Path(trained["run"]) / "log.jsonl").read_text().splitlines()]
    losses = [line["held_out_loss"] for line in lines if "held_out_loss" in line]
    assert losses[-1] < losses[0]
    card = (Path(trained["run"]).parents[1] / "artifacts" / trained["artifact"] / "README.md").read_text()
    assert "--framework tensorflow" in card
    assert '"keras"' in card
    assert trained["scores"]["accuracy"]["value"] > 0.5


@needs_tensorflow
def test_both_frameworks_are_compared() -> None:
    payload = pippin.compare("tables", frameworks=True, seeds=2, budget="2s", **TINY).payload
    assert set(payload["frameworks"]) == {"pytorch", "tensorflow"}
    for one in payload["frameworks"].values():
        assert len(one["per_seed"]) == 2
        assert one["step_seconds"] > 0
        assert one["peak_bytes"] > 1e7
        assert one["bytes"] > 0
    assert set(payload["runtimes"]) == {"onnx", "tensorflow"}
    assert payload["runtimes"]["tensorflow"]["difference"] < 1e-4


def test_what_learns_in_pytorch_only_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PippinError, match="`flappy` learns in PyTorch only; leave out --framework"):
        pippin.train("flappy", framework="tensorflow")
    with pytest.raises(PippinError, match="`flappy` learns in PyTorch only"):
        pippin.compare("flappy", frameworks=True)
    with pytest.raises(PippinError, match="'jax' is no framework; choose pytorch or tensorflow"):
        pippin.train("tables", framework="jax")


@needs_tensorflow
def test_the_pretrained_network_is_fitted_by_no_framework() -> None:
    with pytest.raises(PippinError, match="add --from-scratch to learn in TensorFlow"):
        pippin.train("recognize", framework="tensorflow")
