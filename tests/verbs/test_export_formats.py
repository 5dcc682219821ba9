"""`export --format` and `predict --runtime`: the same answers elsewhere, written whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pippin
from pippin.core.errors import PippinError
from pippin.learn.keras_graph import client, exporting
from pippin.learn.keras_graph.client import has_tensorflow
from pippin.learn.keras_graph.parity import Difference, compare_outputs

needs_tensorflow = pytest.mark.skipif(not has_tensorflow(), reason="TensorFlow is not installed: pippin[tensorflow]")
SAMPLE = Path(pippin.__file__).parent / "apps" / "recognize" / "sample"
FILES = {"keras": "model.keras", "tensorflow": "saved_model/saved_model.pb", "litert": "model.tflite"}


@needs_tensorflow
@pytest.mark.parametrize("format", FILES)
def test_an_exported_model_runs_without_pippin(format: str, tmp_path: Path) -> None:
    if format == "litert":
        pytest.importorskip("ai_edge_litert")
    payload = pippin.export("symptoms", tmp_path / "out", format=format).payload
    names = {Path(file["path"]).relative_to(tmp_path / "out").as_posix() for file in payload["files"]}
    assert {FILES[format], "networks.json", "example.py", "example.npz", "README.md", "model.json"} <= names
    assert payload["parity"]["largest_difference"] <= 1e-4
    facts = json.loads((tmp_path / "out" / "networks.json").read_text())
    assert facts["networks"][0]["inputs"][0]["name"] == "features"
    assert json.loads((tmp_path / "out" / "model.json").read_text())["networks"] == "networks.json"
    assert "largest difference" in (tmp_path / "out" / "README.md").read_text()
    program = (tmp_path / "out" / "example.py").read_text()
    assert "pippin" not in program.lower().replace("nothing of pippin", "")
    assert sum(bool(line.strip()) for line in program.splitlines()) <= 14
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow"}
    environment = {**{key: value for key, value in os.environ.items() if key != "PYTHONPATH"}, **quiet}
    done = subprocess.run(
        [sys.executable, "-P", "example.py"],
        cwd=tmp_path / "out",
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if "differs from ONNX Runtime" in line]
    assert float(line.split()[-1]) < 1e-4


@needs_tensorflow
def test_images_go_in_as_nhwc_and_the_files_say_so(tmp_path: Path) -> None:
    pippin.export("upscale", tmp_path / "out", format="keras")
    networks = json.loads((tmp_path / "out" / "networks.json").read_text())["networks"]
    assert [one["file"] for one in networks] == ["model.keras", "estimator.keras", "clean.keras"]
    (image,) = (one for one in networks[0]["inputs"] if one["name"] == "picture")
    assert image["layout"] == "NHWC"
    assert image["shape"] == [1, None, None, 3]


@needs_tensorflow
def test_a_format_that_differs_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "measure", lambda *rest: Difference(0.5, "none"))
    with pytest.raises(PippinError, match=r"none.onnx as .keras file differs .* by 5.0e-01 at its output none"):
        pippin.export("symptoms", tmp_path / "out", format="keras")
    assert list(tmp_path.iterdir()) == []


@needs_tensorflow
def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*rest: Any) -> Difference:
        raise KeyboardInterrupt

    monkeypatch.setattr(exporting, "measure", interrupt)
    with pytest.raises(KeyboardInterrupt):
        pippin.export("symptoms", tmp_path / "out", format="keras")
    assert list(tmp_path.iterdir()) == []


@needs_tensorflow
def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(PippinError, match="is not empty; name a new folder"):
        pippin.export("symptoms", tmp_path, format="litert")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@needs_tensorflow
def test_predictions_are_the_same_in_tensorflow() -> None:
    files = sorted(map(str, SAMPLE.glob("*/rendered_1.png")))[:4]
    ours, theirs = (pippin.predict("recognize", *files, runtime=name).payload for name in ("tensorflow", "onnx"))
    assert ours["runtime"] == "tensorflow"
    assert ours["network_runs"] >= len(files)
    for one, other in zip(ours["results"], theirs["results"], strict=True):
        assert (one["answer"], one["known"]) == (other["answer"], other["known"])
        assert one["confidence"] == pytest.approx(other["confidence"], abs=1e-4)


def test_an_unknown_format_or_runtime_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PippinError, match="'onxx' is no format; choose onnx, keras, tensorflow, litert"):
        pippin.export("symptoms", tmp_path / "out", format="onxx")
    with pytest.raises(PippinError, match="'tf' is no runtime; choose onnx or tensorflow"):
        pippin.predict("recognize", str(next(SAMPLE.glob("*/*.png"))), runtime="tf")


def test_without_tensorflow_one_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "find_spec", lambda name: None)
    told = r"needs TensorFlow: run `pip install 'pippin\[tensorflow\]'`"
    for call in (
        lambda: pippin.export("symptoms", tmp_path / "out", format="keras"),
        lambda: pippin.predict("recognize", str(next(SAMPLE.glob("*/*.png"))), runtime="tensorflow"),
        lambda: pippin.train("recognize", from_scratch=True, framework="tensorflow"),
        lambda: pippin.compare("recognize", from_scratch=True, frameworks=True),
    ):
        with pytest.raises(PippinError, match=told):
            call()
    assert not (tmp_path / "out").exists()


def test_a_keras_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "find_spec", lambda name: object())
    monkeypatch.setattr(client, "_version", lambda package: "2.15.0")
    with pytest.raises(PippinError, match=r"needs Keras 3.10 or later, not 2.15.0"):
        pippin.export("symptoms", tmp_path / "out", format="keras")


def test_the_difference_is_relative_where_outputs_are_large() -> None:
    wanted = {"small": np.array([0.5, 1.0]), "large": np.array([1000.0, np.nan])}
    ours = {"small": np.array([0.5, 1.001]), "large": np.array([1000.5, np.nan])}
    assert compare_outputs(ours, wanted) == Difference(pytest.approx(0.001), "small")
    assert compare_outputs({**ours, "small": np.zeros(3)}, wanted).value == float("inf")
    assert compare_outputs({**ours, "large": np.array([np.nan, 0.0])}, wanted).value == float("inf")
