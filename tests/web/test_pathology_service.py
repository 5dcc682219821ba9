"""`pathology` over HTTP: images, DICOM, zip files, slides with annotations, scores; and files that are refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import NAME, NUMBER, write_dicom
from starlette.testclient import TestClient

import pippin
from pippin.apps.pathology.commands.sample import write_slides
from pippin.apps.pathology.data import load
from pippin.apps.pathology.rendering.tissue import CROWDED, SPARSE

pytest.importorskip("openslide", reason="slides need the extra pathology")
pytest.importorskip("pydicom", reason="DICOM needs the extra pathology")

URL = "/v1/pathology"
NOTICE = "For research and education; not a medical device, not for diagnosis or treatment."


def sent(client: TestClient, verb: str, files: list[tuple[str, bytes]], field: str, **values: Any) -> Any:
    """The answer to a request with files."""
    parts = [(field, (name, content)) for name, content in files]
    return client.post(f"{URL}/{verb}", files=parts, data={"arguments": json.dumps(values)})


def doubt_of(result: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one["doubt"] for one in result["evidence"] if isinstance(one, dict)]
    return dict(found)


def test_an_image_comes_with_its_set_and_the_coverage_measured(client: TestClient) -> None:
    images = [(f"{number}.png", example.input.read()) for number, example in enumerate(load(None).test[:6])]
    answer = sent(client, "predict", images, "inputs")
    assert answer.status_code == 200, answer.text
    results = answer.json()["payload"]["results"]
    assert [one["input"] for one in results] == [name for name, _ in images]
    known = [one for one in results if one["known"]]
    assert known
    for result in known:
        doubt = doubt_of(result)
        assert doubt["set"][0] == result["answer"]
        assert doubt["notice"] == NOTICE
        assert doubt["measured"]["n"] == sum(one["n"] for one in doubt["measured"]["by_label"].values())
        assert set(doubt["measured"]["by_label"]) == {"malignant", "normal or benign"}


def test_dicom_and_a_zip_of_it_are_answered_without_their_names(client: TestClient, tmp_path: Path, home: Path) -> None:
    pixels = np.array(np.frombuffer(np.random.default_rng(0).bytes(1600), np.uint8).reshape(40, 40))
    dicom = write_dicom(tmp_path / "scan.dcm", pixels).read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/scan", dicom)
    for name, content in (("scan.dcm", dicom), ("scans.zip", packed.getvalue())):
        answer = sent(client, "predict", [(name, content)], "inputs")
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["payload"]["results"]) == 1
        assert NAME.split("^")[1] not in answer.text
        assert NUMBER not in answer.text
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert not [path for path in kept if b"Franklin" in path.read_bytes()]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("film.dcm", "frames", "holds 3 frames"),
        ("empty.dcm", "empty", "without pixels"),
        ("cut.dcm", "cut", "damaged"),
        ("none.png", "none", "none.png"),
    ],
)
def test_what_is_no_single_image_is_refused_in_a_sentence(
    client: TestClient, tmp_path: Path, name: str, content: str, told: str
) -> None:
    levels, tags = np.zeros((20, 20), np.uint8), dict[str, Any]()
    if content == "frames":
        levels, tags = np.zeros((3, 20, 20), np.uint8), {"NumberOfFrames": 3}
    path = write_dicom(tmp_path / "a.dcm", None if content == "empty" else levels, **tags)
    data = {"cut": path.read_bytes()[:-200], "none": b"no image"}.get(content, path.read_bytes())
    answer = sent(client, "predict", [(name, data)], "inputs")
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert told in message
    assert NUMBER not in message
    assert str(tmp_path) not in message


def test_the_model_is_scored_with_intervals(client: TestClient) -> None:
    answer = client.post(f"{URL}/evaluate", json={"threads": 1})
    assert answer.status_code == 200, answer.text
    scores = answer.json()["payload"]["scores"]
    assert set(scores) == {"auc", "accuracy", "ece", "coverage", "set_size", "abstained_accuracy"}
    assert all(one["low"] <= one["value"] <= one["high"] for one in scores.values())
    titles = [figure["title"] for figure in answer.json()["report"]["figures"]]
    assert "Abstention curve" in titles


def test_a_slide_is_answered_with_its_annotations(client: TestClient, tmp_path: Path) -> None:
    slides = write_slides(tmp_path / "slides", count=3, columns=6, rows=5)
    files = [(path.name, path.read_bytes()) for path in (slides[0], slides[0].with_suffix(".geojson"))]
    refused = sent(client, "slide", files, "slide")
    assert refused.status_code == 400
    assert "no tiles of slides" in refused.json()["error"]["message"]
    damaged = sent(client, "slide", [("cut.tiff", files[0][1][:3000])], "slide")
    assert "cut.tiff" in damaged.json()["error"]["message"]  # of two faults, the file's first
    pippin.train(
        "pathology", str(slides[0].parent), organ="drawn", network="imagenet", side=64, threads=1, progress=False
    )
    answer = sent(client, "slide", files, "slide", organ="drawn", every=2)
    assert answer.status_code == 200, answer.text
    payload = answer.json()["payload"]
    assert payload["auc"]["low"] <= payload["auc"]["value"] <= payload["auc"]["high"]
    assert payload["looked_at"] < len(payload["tiles"])
    assert payload["labels"] == sorted([CROWDED, SPARSE])
    assert answer.json()["report"]["figures"][0]["before"]
    assert str(tmp_path) not in answer.text
