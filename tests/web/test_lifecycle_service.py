"""Models and corrections over HTTP: imported, exported, deleted one by one, erased; and lines that can be run."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import pippin
from pippin.core import registry
from pippin.core.locks import lock
from pippin.core.report.report import Report
from pippin.core.run_record import ALIVE, RunRecord
from pippin.verbs.runs import record_report

TOKEN = "a-long-secret"


@pytest.fixture
def trained(client: TestClient, home: Path) -> str:
    """The miniature application with a model in use."""
    pippin.train("miniature", epochs=1, progress=False)
    return "/v1/miniature"


def asked(client: TestClient, address: str, **values: Any) -> dict[str, Any]:
    """The payload of an answer."""
    answer = client.post(address, json=values)
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["payload"])


def exported(client: TestClient, address: str) -> bytes:
    """The model in use as a zip file, fetched."""
    (file,) = client.post(f"{address}/export", json={"archive": True}).json()["files"]
    return client.get(file["url"]).content


def test_one_correction_is_deleted_by_its_number(client: TestClient, trained: str, home: Path) -> None:
    for word in ("unmistakable", "other"):
        asked(client, f"{trained}/teach", input=word, answer="late")
    first = asked(client, f"{trained}/history")["taught"][0]
    assert asked(client, f"{trained}/undo", correction=first["id"])["rows"] == 1
    history = asked(client, f"{trained}/history")["taught"]
    assert [one["input"] for one in history] == [None, "other"]
    assert not [path for path in home.rglob("*") if path.is_file() and b"unmistakable" in path.read_bytes()]
    answer = client.post(f"{trained}/undo", json={"correction": 10**12})
    assert answer.status_code == 400
    assert "has no correction" in answer.json()["error"]["message"]


def test_a_model_goes_out_and_comes_back_in(client: TestClient, trained: str, home: Path) -> None:
    content = exported(client, trained)
    id = asked(client, f"{trained}/models")["models"][0]["id"]
    asked(client, f"{trained}/erase", yes=True)
    assert asked(client, f"{trained}/models")["models"] == []
    sent = {"path": ("model.zip", content, "application/zip")}
    answer = client.post(f"{trained}/pull", files=sent, data={"arguments": "{}"})
    assert answer.json()["payload"]["artifact"] == id, answer.text
    assert asked(client, f"{trained}/use", model=id)["artifact"] == id


def test_what_is_sent_as_a_model_is_checked_and_no_path_is_taken(
    client: TestClient, trained: str, home: Path, tmp_path: Path
) -> None:
    content = exported(client, trained)
    (tmp_path / "model.zip").write_bytes(content)
    answers = [
        client.post(f"{trained}/pull", json={"path": str(tmp_path / "model.zip")}),
        client.post(f"{trained}/pull", json={}),
        client.post(f"{trained}/pull", files={"path": ("m.zip", content[:-30], "application/zip")}),
        client.post(f"{trained}/pull", files={"path": ("m.zip", content)}, data={"arguments": '{"trust": true}'}),
        client.post("/v1/tables/pull", files={"path": ("m.zip", content)}),
    ]
    messages = [answer.json()["error"]["message"] for answer in answers]
    assert [answer.status_code for answer in answers] == [400] * 5
    assert "names of files mean nothing" in messages[0]
    assert "needs path" in messages[1]
    assert messages[2] == "m.zip is not a whole zip file; give a model's folder or zip file."
    assert "takes no 'trust'" in messages[3]
    assert messages[4] == "m.zip is a model of 'miniature' ('miniature'), not of 'tables'."
    assert len(list((home / "artifacts").iterdir())) == 1


def test_erasing_everything_asks_first_and_takes_what_was_made_for_you_too(
    client: TestClient, trained: str, home: Path
) -> None:
    asked(client, f"{trained}/teach", input="unmistakable", answer="late")
    files = client.post(f"{trained}/export", json={}).json()["files"]
    assert asked(client, "/v1/erase")["erased"] is False
    assert client.get(files[0]["url"]).status_code == 200
    for wrong in ({"yes": "true"}, {"yes": True, "more": 1}):
        assert client.post("/v1/erase", json=wrong).status_code == 400
    assert asked(client, "/v1/erase", yes=True)["erased"] is True
    assert client.get(files[0]["url"]).status_code == 400
    assert not [path for path in home.rglob("*") if path.is_file() and b"unmistakable" in path.read_bytes()]


def test_a_run_is_deleted_once_it_has_ended_with_what_was_shown_of_it(client: TestClient, home: Path) -> None:
    folder = home / "runs" / "tables-20200101-000000-000000"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "figure.txt").write_bytes(b"unmistakable")
    record_report(folder, Report(title="tables: unmistakable"))
    answer = client.post("/v1/tables/runs", json={"run": folder.name, "out": True}).json()
    (file,) = answer["files"]
    assert client.get(file["url"]).content == b"unmistakable"
    RunRecord(folder).update(state="running")
    with lock(folder / ALIVE):
        refused = client.post("/v1/tables/delete-run", json={"run": folder.name})
    assert refused.status_code == 400
    assert "is running; stop it first" in refused.json()["error"]["message"]
    RunRecord(folder).update(state="finished")
    assert asked(client, "/v1/tables/delete-run", run=folder.name)["deleted"] == folder.name
    assert client.get(file["url"]).status_code == 400
    assert not [path for path in home.rglob("*") if path.is_file() and b"unmistakable" in path.read_bytes()]
    assert client.post("/v1/tables/delete-run", json={"run": folder.name}).status_code == 400


def test_a_visitor_erases_what_is_theirs_alone(studio: Callable[..., TestClient], home: Path) -> None:
    client = studio(shared=True, token=TOKEN, rate=1e6, burst=1e6)
    visitors = []
    for word in ("unmistakable-one", "unmistakable-two"):
        client.cookies.clear()
        client.get("/", params={"token": TOKEN})
        client.get("/v1")
        visitors.append(dict(client.cookies))
        with_model(home / "visitors" / client.cookies["pippin-visitor"].partition(".")[0])
        asked(client, "/v1/miniature/teach", input=word, answer="late")
    client.cookies.clear()
    client.cookies.update(visitors[0])
    asked(client, "/v1/erase", yes=True)
    left = [path for path in home.rglob("*") if path.is_file() and b"unmistakable" in path.read_bytes()]
    assert left
    assert {path.relative_to(home).parts[1] for path in left} == {visitors[1]["pippin-visitor"].partition(".")[0]}


def with_model(home: Path) -> None:
    """Give a workspace a trained model."""
    pippin.train("miniature", epochs=1, progress=False, workspace=pippin.Workspace(home))


def served_class(home: Path, *words: str) -> tuple[subprocess.Popen[str], str]:
    """A studio for a class in a process of its own, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--port", str(port), *words]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PIPPIN_HOME": str(home)})
    assert process.stderr is not None
    for line in process.stderr:
        if re.search(r"https?://\S+", line):
            scheme = "https" if "https://" in line else "http"
            return process, f"{scheme}://127.0.0.1:{port}"
    raise AssertionError("the studio ended before it told its address")


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("words", [(), ("--host", "0.0.0.0", "--token", TOKEN, "--https")])
def test_the_lines_that_the_page_shows_can_be_run(words: tuple[str, ...], tmp_path: Path, monkeypatch: Any) -> None:
    import ssl

    if words:
        pytest.importorskip("cryptography")
    process, address = served_class(tmp_path / "home", *words)
    try:
        cookies = urllib.request.HTTPCookieProcessor()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        opener = urllib.request.build_opener(cookies, urllib.request.HTTPSHandler(context=context))
        if words:
            opener.open(f"{address}/?token={TOKEN}").read()
        for name in ("recognize", "tables") if words else registry.names():
            lines = json.load(opener.open(f"{address}/v1/{name}/api"))
            assert (TOKEN in lines["sample"]) == bool(words)
            commands = [lines["sample"]]
            if name == "recognize":
                sample = registry.get(name).load_data(None, {"features": ""}).test[0].input
                (tmp_path / lines["file"]).write_bytes(sample.read())
                commands.append(lines["own"])
            for command in commands:
                done = subprocess.run(
                    command, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
                )
                answered = json.loads(done.stdout)
                if "error" in answered:  # nothing is wrong with the line: there is no model yet
                    assert name == "tables", answered
                    assert "has no model" in answered["error"]["message"]
                else:
                    assert answered["payload"]["results"][0]["error"] is None
        if words:  # the line works in the visitor's own workspace, not in a fresh one
            visitors = {path.name for path in (tmp_path / "home" / "visitors").glob("*")}
            assert visitors <= {str(cookie.value).partition(".")[0] for cookie in cookies.cookiejar}
    finally:
        process.terminate()
        process.communicate(timeout=60)
