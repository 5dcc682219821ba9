"""Models and workspaces written by earlier code answer as they did then.

`python tests/test_stored_models.py` records the answers of the built-in models again; labels are compared exactly,
numbers to 1e-5, since ONNX Runtime differs between processors.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import pippin
from pippin.core import registry
from pippin.core.application import Application
from pippin.core.artifact import read_artifact

STORED = Path(__file__).with_name("stored")
ANSWERS = STORED / "answers.json"
INPUTS = 2  # of each sample's test part
TOLERANCE = 1e-5
PIXELS = 1  # levels that pixels may differ
STILLS = ("image/jpeg", "image/png")


def summarize(app: Application, folder: Path) -> list[dict[str, Any]]:
    """Return what a built-in model answers to the first inputs of the sample, as JSON values."""
    artifact = read_artifact(folder)
    learner = app.make_learner({**artifact.facts["config"], **app.config.PRESETS.get("demo", {})})
    learner.load(artifact.part("model"))
    inputs = [example.input for example in app.load_data(None, app.preset("demo")).test[:INPUTS]]
    values = [
        {
            "answer": prediction.answer,
            "confidence": prediction.confidence,
            "known": prediction.known,
            "alternatives": [list(one) for one in prediction.alternatives],
            "pixels": [sample_pixels(file.read()) for file in prediction.files if file.media_type in STILLS],
        }
        for prediction in learner.predict(inputs)
    ]
    return list(json.loads(json.dumps(values, default=float)))


def sample_pixels(content: bytes) -> list[Any]:
    """Return an image's size and every 997th of its bytes."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    return [*image.size, *image.tobytes()[::997]]


def assert_close(found: Any, recorded: Any, where: str) -> None:
    """Hold two JSON values to be the same, numbers to TOLERANCE and pixels to PIXELS."""
    if isinstance(recorded, dict):
        assert found.keys() == recorded.keys(), where
        for key, value in recorded.items():
            assert_close(found[key], value, f"{where}.{key}")
    elif isinstance(recorded, list):
        assert len(found) == len(recorded), where
        for position, (one, other) in enumerate(zip(found, recorded, strict=True)):
            assert_close(one, other, f"{where}[{position}]")
    elif isinstance(recorded, float):
        assert found == pytest.approx(recorded, rel=TOLERANCE, abs=TOLERANCE), where
    elif ".pixels[" in where:
        assert abs(found - recorded) <= PIXELS, where
    else:
        assert found == recorded, where


BUILT_IN = {
    f"{app.name}/{folder.name}": (app, folder) for app in registry.all_applications() for folder in app.builtins
}


def test_every_built_in_model_is_recorded() -> None:
    assert set(BUILT_IN) == set(json.loads(ANSWERS.read_text()))


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_model_answers_as_recorded(name: str) -> None:
    assert_close(summarize(*BUILT_IN[name]), json.loads(ANSWERS.read_text())[name], name)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    zipfile.ZipFile(STORED / "workspace.zip").extractall(tmp_path)
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["tables", "stall"])
def test_stored_workspace_keeps_its_model_and_correction(workspace: Path, name: str) -> None:
    results = pippin.predict(name, STORED / "rows.csv").payload["results"]
    assert [result["answer"] for result in results] == ["orange", "ball", "ball"]
    assert results[0]["confidence"] == pytest.approx(0.9361497163772583, abs=TOLERANCE)
    assert "third.csv:1" in results[2]["evidence"][0]


def test_stored_correction_can_be_undone(workspace: Path) -> None:
    pippin.undo("tables")
    results = pippin.predict("tables", STORED / "rows.csv").payload["results"]
    assert [result["answer"] for result in results] == ["orange", "ball", "apple"]


if __name__ == "__main__":
    answers = {name: summarize(*model) for name, model in BUILT_IN.items()}
    ANSWERS.write_text(json.dumps(answers, separators=(",", ":")) + "\n")
