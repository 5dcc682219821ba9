"""An application's own command reads a folder of this machine only where those who ask sit at it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient


@pytest.fixture
def album(tmp_path: Path) -> Path:
    (tmp_path / "album").mkdir()
    Image.new("RGB", (64, 48), (90, 120, 60)).save(tmp_path / "album" / "grass.jpg")
    return tmp_path / "album"


def scan(studio: TestClient, folder: Any) -> Any:
    return studio.post("/v1/faces/scan", json={"folder": folder, "consent": True})


def test_a_folder_of_this_machine_is_scanned_where_it_lies(client: TestClient, album: Path) -> None:
    found = scan(client, {"path": str(album)})
    assert found.status_code == 200
    assert found.json()["payload"]["photographs"] == 1
    assert client.post("/v1/faces/stored", json={}).json()["payload"]["folders"][0]["folder"] == str(album)


@pytest.mark.parametrize("path", ["", 7, "a\0b", None])
def test_what_is_no_path_is_refused(client: TestClient, path: Any) -> None:
    assert scan(client, {"path": path}).status_code == 400


def test_visitors_name_no_path(studio: Callable[..., TestClient], album: Path) -> None:
    shared = studio(shared=True, token="secret", allowed=frozenset({"face"}))
    found = shared.post(
        "/v1/faces/scan",
        json={"folder": {"path": str(album)}, "consent": True},
        headers={"Authorization": "Bearer secret"},
    )
    assert found.status_code == 400
    assert "send the files" in found.json()["error"]["message"]


def test_sent_photographs_are_kept_beside_the_album(client: TestClient, album: Path, home: Path) -> None:
    files = [("folder", ("holiday/grass.jpg", (album / "grass.jpg").read_bytes(), "image/jpeg"))]
    found = client.post("/v1/faces/scan", files=files, data={"arguments": json.dumps({"consent": True})})
    assert found.status_code == 200, found.text
    assert found.json()["payload"]["photographs"] == 1
    assert [path.name for path in (home / "store" / "faces" / "photographs").rglob("*.jpg")] == ["grass.jpg"]
