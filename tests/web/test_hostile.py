"""Hostile requests and uploads: each is refused in one sentence, and nothing of this machine is read, run or told."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import pippin
from pippin.web.uploads import clean

IMAGE = next((Path(pippin.__file__).parent / "apps/recognize/sample/apple").glob("*.png")).read_bytes()
TRAVERSALS = (
    "../../../etc/passwd",
    "..\\..\\..\\windows\\win.ini",
    "/etc/passwd",
    "C:\\boot.ini",
    "....//....//etc/passwd",
    "a/../../b",
    ".",
    "..",
    "",
    "/",
    "\x00.png",
    "a\x00b.png",
    "con",
    "NUL.txt",
    ".bashrc",
    ".ssh/authorized_keys",
    "x" * 5000 + ".png",
    "é" * 3000,
    "\u202egnp.exe",
    "a\r\nSet-Cookie: x=1",
    "%2e%2e%2fetc",
    "~/.profile",
    "a|b;rm -rf *.png",
    "a" + "/b" * 500,
)


@pytest.mark.parametrize("name", TRAVERSALS, ids=range(len(TRAVERSALS)))
def test_no_name_leads_out_of_its_folder(name: str, tmp_path: Path) -> None:
    path = clean(name)
    assert not path.is_absolute()
    assert ".." not in path.parts
    assert len(path.parts) <= 4
    for part in path.parts:
        assert part
        assert not part.startswith(".")
        assert len(part.encode()) <= 121
        assert not set(part) & set('\x00\r\n\\:*?"<>|\u202e')
    target = tmp_path / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"")
    assert tmp_path.resolve() in target.resolve().parents


@pytest.mark.parametrize("name", ["../../evil.png", "/tmp/evil.png", "a\x00b.png", "..\\evil.png", ".hidden.png"])
def test_uploads_with_evil_names_stay_inside_and_are_removed(client: TestClient, name: str, tmp_path: Path) -> None:
    answer = client.post("/v1/recognize/predict", files=[("inputs", (name, IMAGE, "image/png"))])
    assert answer.status_code in (200, 400)
    assert not list(tmp_path.rglob("*evil*"))
    assert not Path("/tmp/evil.png").exists()


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is enormous."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def zipped() -> bytes:
    """A zip of ten million zeros under a name that leads upward."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil.png", b"\0" * 10_000_000)
    return file.getvalue()


UPLOADS: dict[str, bytes] = {
    "nothing": b"",
    "words": b"this is no picture",
    "html": b"<html><script>alert(1)</script></html>",
    "svg with script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "svg with entity": b'<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
    "cut off": IMAGE[:100],
    "damaged": IMAGE[:200] + b"\xff" * 300 + IMAGE[500:],
    "bomb 60000": bomb(60_000, 60_000),
    "bomb 2^31": bomb(2**31 - 1, 2**31 - 1),
    "no width": bomb(0, 0),
    "zip": zipped(),
    "pickle": b"\x80\x04\x95cos\nsystem\n",
    "elf": b"\x7fELF" + b"\0" * 2000,
    "gif of one byte": b"GIF89a" + b"\xff" * 6,
    "tiff that points at itself": b"II*\0\x08\0\0\0\x01\0" + b"\x08\0\0\0" * 6,
    "jpeg header alone": b"\xff\xd8\xff\xe0",
    "webp header alone": b"RIFF\xff\xff\xff\x7fWEBPVP8 ",
    "postscript": b"%!PS\n(/etc/passwd) (r) file",
}


@pytest.mark.parametrize("application", ["recognize", "upscale"])
@pytest.mark.parametrize("name", UPLOADS)
def test_hostile_images_are_refused_by_content(client: TestClient, application: str, name: str) -> None:
    files = [("inputs", ("picture.png", UPLOADS[name], "image/png"))]
    answer = client.post(f"/v1/{application}/predict", files=files)
    if answer.status_code == 200 and name in (
        "cut off",
        "damaged",
    ):  # what can be read of it may be used, if it says so
        assert "damaged" in answer.text
        return
    refused(answer)


def refused(answer: Any, *statuses: int) -> None:
    """One sentence, no server error, nothing of this machine in it."""
    assert answer.status_code in (statuses or (400,)), answer.text[:300]
    message = answer.json()["error"]["message"]
    assert message
    assert len(message) < 600
    for telling in ("/tmp", "/root", "/home/", "Traceback", "site-packages", "root:x"):
        assert telling not in answer.text


VALUES: dict[str, tuple[str, Any]] = {
    "a path as input": ("recognize/predict", {"inputs": ["/etc/passwd"]}),
    "a path as one input": ("recognize/explain", {"input": "/etc/passwd"}),
    "a handle as input": ("recognize/predict", {"inputs": [{"path": "/etc/passwd"}]}),
    "a path as data": ("recognize/evaluate", {"data": "/etc"}),
    "a path to learn from": ("recognize/train", {"data": "/etc"}),
    "code as features": ("recognize/compare", {"features": "/tmp/evil.py"}),
    "a module as environment": ("flappy/predict", {"inputs": [1], "env": "os:system"}),
    "a path as model": ("recognize/use", {"model": "../../../etc"}),
    "a root as model": ("recognize/rm", {"model": "/"}),
    "a dot as model": ("recognize/rm", {"model": "."}),
    "dots as model": ("recognize/rm", {"model": ".."}),
    "a path to go on from": ("recognize/train", {"from_": "/etc"}),
    "a path as run": ("recognize/stop", {"run": "../../x"}),
    "a run of another": ("recognize/stop", {"run": "flappy-20200101-000000-000000"}),
    "a path as name": ("recognize/save-as", {"name": "../../x"}),
    "a reserved name": ("recognize/save-as", {"name": "studio"}),
    "no name": ("recognize/save-as", {}),
    "an unknown value": ("recognize/predict", {"inputs": [{"sample": 0}], "workspace": "/etc"}),
    "a workspace": ("recognize/models", {"workspace": "/etc"}),
    "progress": ("recognize/train", {"progress": True}),
    "an application": ("recognize/models", {"application": "flappy"}),
    "a text for a number": ("recognize/query", {"inputs": [{"sample": 0}], "count": "many"}),
    "a truth for a number": ("recognize/query", {"inputs": [{"sample": 0}], "count": True}),
    "below zero": ("recognize/query", {"inputs": [{"sample": 0}], "count": -1}),
    "an endless number": ("recognize/compare", {"train_size": 10**30}),
    "a space of local settings": ("recognize/tune", {"space": ["features=a,b"]}),
    "too many trials": ("recognize/tune", {"space": ["width=1,2"], "trials": 10**9}),
    "a cluster of another's": ("recognize/tune", {"space": ["width=1,2"], "address": "10.0.0.1:6379"}),
    "an engine of another's": ("recognize/compare", {"engine": "ray"}),
    "a model sent in our name": ("recognize/push", {"repository": "a/b"}),
    "too many seeds": ("recognize/compare", {"seeds": 10**9}),
    "too many workers": ("recognize/compare", {"workers": 10_000}),
    "too many threads": ("recognize/evaluate", {"threads": 10**6}),
    "a list for a text": ("recognize/train", {"budget": ["1m"]}),
    "an object for a truth": ("recognize/train", {"use": {}}),
    "no budget": ("recognize/compare", {"budget": "forever"}),
    "a flag as budget": ("recognize/compare", {"budget": "--home=/etc"}),
    "no such sample": ("recognize/predict", {"inputs": [{"sample": 10**6}]}),
    "a sample below zero": ("recognize/predict", {"inputs": [{"sample": -1}]}),
    "a sample by name": ("recognize/predict", {"inputs": [{"sample": "../x"}]}),
    "no input": ("recognize/predict", {"inputs": []}),
    "too many inputs": ("flappy/predict", {"inputs": [1] * 5000}),
    "no seed": ("flappy/predict", {"inputs": ["one"]}),
    "a list as seed": ("flappy/predict", {"inputs": [[1]]}),
    "an enormous seed": ("flappy/predict", {"inputs": [10**400]}),
    "an answer of another kind": ("recognize/teach", {"input": {"sample": 0}, "answer": {"a": 1}}),
    "an empty answer": ("recognize/teach", {"input": {"sample": 0}, "answer": " "}),
    "an endless answer": ("recognize/teach", {"input": {"sample": 0}, "answer": "x" * 20_000}),
    "an answer by path": ("upscale/teach", {"input": {"sample": 0}, "answer": "/etc/passwd"}),
    "teaching a game": ("flappy/teach", {"input": 1, "answer": 2}),
    "an unknown command": ("recognize/system", {}),
    "a private command": ("recognize/__class__", {}),
    "a setting of another kind": ("upscale/predict", {"inputs": [{"sample": 0}], "scale": "2; rm"}),
    "a setting out of range": ("upscale/predict", {"inputs": [{"sample": 0}], "scale": 1000}),
    "a strength that is none": ("upscale/predict", {"inputs": [{"sample": 0}], "strength": 1e308}),
    "resuming nothing": ("recognize/train", {"resume": True, "run": "recognize-20200101-000000-000000"}),
    "a file to write by path": ("flappy/watch", {"out": "/etc/cron.d/x", "max_pipes": 0}),
    "a row that nests": ("tables/predict", {"inputs": [{"a": {"b": {"c": 1}}}]}),
}


@pytest.mark.parametrize("name", VALUES)
def test_hostile_values_are_refused(client: TestClient, name: str) -> None:
    address, values = VALUES[name]
    body = json.dumps(values)
    answer = client.post(f"/v1/{address}", content=body, headers={"Content-Type": "application/json"})
    refused(answer)


BODIES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "application/json"),
    "a list": (b"[1]", "application/json"),
    "a number": (b"7", "application/json"),
    "not a number": (b'{"count": NaN}', "application/json"),
    "deep": (b'{"inputs":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json"),
    "no UTF-8": (b'{"inputs": ["\xff\xfe"]}', "application/json"),
    "XML": (b"<x/>", "application/xml"),
    "a plain form": (b"inputs=1", "application/x-www-form-urlencoded"),
    "a form without end": (b"--x\r\nContent-Disposition: form-data; name=inputs", "multipart/form-data; boundary=x"),
    "a form without boundary": (b"xxxx", "multipart/form-data"),
    "a form of nothing": (b"", "multipart/form-data; boundary=x"),
    "a field of another name": (
        b'--x\r\nContent-Disposition: form-data; name="evil"\r\n\r\n1\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "a file for a path": (
        b'--x\r\nContent-Disposition: form-data; name="../a"; filename="a"\r\n\r\n1\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "a file for a setting": (
        b'--x\r\nContent-Disposition: form-data; name="features"; filename="a.py"\r\n\r\n1\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
    "arguments that are none": (
        b'--x\r\nContent-Disposition: form-data; name="arguments"\r\n\r\n[\r\n--x--\r\n',
        "multipart/form-data; boundary=x",
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_are_refused(client: TestClient, name: str) -> None:
    body, kind = BODIES[name]
    refused(client.post("/v1/recognize/predict", content=body, headers={"Content-Type": kind}))


def test_too_much_text_is_refused(client: TestClient) -> None:
    refused(client.post("/v1/recognize/predict", content=b" " * 2_000_000 + b"{}"), 400, 413)


PATHS = (
    "/v1/files/%2e%2e/%2e%2e/etc/passwd",
    "/v1/files/..%2f..%2fetc%2fpasswd",
    "/v1/files/a/..%5c..%5cx",
    "/v1/files/%00/a",
    "/v1/files//etc/passwd",
    "/v1/files/nothing/here",
    "/v1/recognize/card?model=../../x",
    "/v1/recognize/runs/..%2f..%2fx/events",
    "/v1/recognize/runs/nothing/events",
    "/v1/..%2f..%2fx",
    "/v1/nothing",
    "/v1/os.system",
    "/assets/..%2findex.html",
    "/assets/%2e%2e%2fguard.py",
    "/assets/.hidden",
    "/.env",
    "/v1/recognize/samples/x/y",
)


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_to_a_file_of_this_machine(client: TestClient, path: str) -> None:
    refused(client.get(path), 400, 404)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client: TestClient, method: str) -> None:
    refused(client.request(method, "/v1/recognize/predict"), 405)


def test_a_websocket_is_refused(client: TestClient) -> None:
    from starlette.websockets import WebSocketDisconnect

    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/recognize"):
        pass


def test_nothing_is_left_of_what_was_sent(studio: Callable[..., TestClient]) -> None:
    client = studio(rate=1e6, burst=1e6)
    folder = client.app.app.state.folder
    for name in ("words", "cut off", "zip"):
        client.post("/v1/recognize/predict", files=[("inputs", ("a.png", UPLOADS[name], "image/png"))])
    assert not list(folder.glob("ask-*"))
