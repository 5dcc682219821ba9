"""`pippin serve` as a whole: lessons, models that come into use, a full queue, leaving, the guard, the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from serving import Server, serving

from pippin.core import registry
from pippin.core.inputs import Image
from pippin.verbs import describe

SIDE = 224


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two images of room in its queue."""
    with serving("recognize", "--queue", "2", home=tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture
def photo() -> bytes:
    """One image of the sample."""
    item = describe.sample(registry.get("recognize"), 0)
    assert isinstance(item, Image)
    return item.read()


def infer(server: Server, count: int = 1) -> tuple[int, dict[str, str], Any]:
    """Ask the exported graph for noise."""
    pixels = np.random.default_rng(3).uniform(0, 255, (count, 3, SIDE, SIDE)).astype("<f4").tobytes()
    info = {"name": "pixels", "datatype": "FP32", "shape": [count, 3, SIDE, SIDE], "parameters": {}}
    info["parameters"] = {"binary_data_size": len(pixels)}
    text = json.dumps({"inputs": [info]}).encode()
    headers = {"Inference_Header_Content_Length": str(len(text))}
    status, found, body = server.ask("POST", "/v2/models/recognize/infer", text + pixels, **headers)
    return status, found, json.loads(body)


def test_a_lesson_counts_in_both_ways_to_ask_and_is_taken_back(server: Server, photo: bytes) -> None:
    files = {"inputs": ("photo.png", photo)}
    status, before = server.send("/v1/recognize/predict", files)
    assert status == 200
    assert before["payload"]["results"][0]["answer"] in registry.get("recognize").load_data(None, {}).labels
    assert before["report"]["title"]
    _, _, first = infer(server)
    status, taught = server.send("/v1/recognize/teach", {"input": ("photo.png", photo)}, answer="my own")
    assert status == 200, taught
    assert taught["payload"]["taught"][0]["answer"] == "my own"
    assert server.send("/v1/recognize/predict", files)[1]["payload"]["results"][0]["answer"] == "my own"
    described = server.wait("/v2/models/recognize", lambda found: "my own" in found["parameters"]["labels"])
    assert "taught-1" in described["versions"][0]
    status, _, answer = infer(server)
    assert (status, answer["model_version"]) == (200, described["versions"][0])
    assert answer["outputs"][0]["shape"] == [1, len(described["parameters"]["labels"])]
    status, undone = server.post("/v1/recognize/undo", {})
    assert (status, undone["payload"]["rows"]) == (200, 0)
    server.wait("/v2/models/recognize", lambda found: "my own" not in found["parameters"]["labels"])
    assert infer(server)[2] == first
    assert not [path for path in server.home.rglob("*.onnx") if "backbone" not in str(path)]  # no export stays


def test_a_model_that_comes_into_use_is_served_and_no_request_is_lost(server: Server, tmp_path: Path) -> None:
    folder, before = tmp_path / "archive", server.get("/v2/models/recognize")[1]
    run(server, "recognize", "teach", str(write_photo(tmp_path)), "new label")
    run(server, "recognize", "export", str(folder), "--archive")
    run(server, "recognize", "undo")
    other = run(server, "recognize", "pull", str(next(folder.glob("*.zip"))))["artifact"]
    run(server, "recognize", "use", "builtin")
    server.wait("/v2/models/recognize", lambda found: found == before)
    statuses: list[int] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            statuses.append(infer(server)[0])

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        run(server, "recognize", "use", other)
        described = server.wait("/v2/models/recognize", lambda found: found["versions"] == [other])
        run(server, "recognize", "use", "builtin")
        server.wait("/v2/models/recognize", lambda found: found == before)
    finally:
        ended.set()
        asking.join(60)
    assert described["parameters"]["artifact"] == other
    assert "new label" in described["parameters"]["labels"]
    assert set(statuses) == {200}


def write_photo(folder: Path) -> Path:
    path = folder / "photo.png"
    path.write_bytes(describe.sample(registry.get("recognize"), 1).read())
    return path


def run(server: Server, *words: str) -> dict[str, Any]:
    """Run a command in the server's workspace."""
    environment = {**os.environ, "PIPPIN_HOME": str(server.home), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pippin", *words, "--json"], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_full_queue_says_when_to_come_again(server: Server) -> None:
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda _: infer(server), range(48)))
    refused = [(headers, body) for status, headers, body in answers if status == 503]
    assert {status for status, _, _ in answers} == {200, 503}
    for headers, body in refused:
        assert int(headers["retry-after"]) >= 1
        assert "come again in a moment" in body["error"]
    good = [body["outputs"] for status, _, body in answers if status == 200]
    assert good.count(good[0]) == len(good)


def test_an_input_that_cannot_be_used_is_one_sentence(server: Server) -> None:
    status, answer = server.send("/v1/recognize/predict", {"inputs": ("broken.png", b"no image")})
    assert status == 400
    assert "\n" not in answer["error"]["message"]
    status, answer = server.post("/v1/recognize/predict", {"inputs": ["/etc/passwd"]})
    assert status == 400
    status, answer = server.post("/v1/recognize/teach", {"input": {"sample": 0}})
    assert (status, answer["error"]["code"]) == (400, "bad_input")


def test_asked_to_leave_it_finishes_what_it_has_begun(tmp_path: Path) -> None:
    with serving("recognize", home=tmp_path) as server:
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(infer, server, 8) for _ in range(4)]
            while server.ask("GET", "/metrics")[2].find(b"pippin_requests_in_progress 4.0") < 0:
                assert not all(answer.done() for answer in answers)
            began = time.monotonic()
            assert server.end() == 0
            assert time.monotonic() - began < 10
            assert [answer.result()[0] for answer in answers] == [200] * 4
        assert server.log[-1]["event"] == "end"
        with pytest.raises(ConnectionError):
            server.get("/v2")
    left = [path for path in (tmp_path / "serve").rglob("*") if path.is_file() and "lock" not in path.name]
    assert left == []


def test_with_a_token_it_answers_those_who_bring_it(tmp_path: Path) -> None:
    words = ("tables", "--host", "0.0.0.0", "--token", "a-long-secret")
    with serving(*words, home=tmp_path) as server:
        status, answer = server.get("/v2")
        assert status == 401
        assert answer == {"error": "Pippin asks for its token here: send the header Authorization: Bearer TOKEN."}
        assert server.ask("GET", "/metrics")[0] == 401
        assert server.post("/v1/tables/predict", {"inputs": [{"sample": 0}]})[0] == 401
        assert server.get("/v2", Authorization="Bearer wrong-secret")[0] == 401
        assert server.ask("GET", "/v2/health/ready")[0] == 200  # a container asks about itself
        server.headers = {"Authorization": "Bearer a-long-secret", "Host": "pippin.internal:8018"}
        assert server.get("/v2")[1]["name"] == "pippin"
        assert server.post("/v1/tables/predict", {"inputs": [{"sample": 0}]})[0] == 200
        assert "set-cookie" not in server.ask("GET", "/v2?token=a-long-secret")[1]
        assert "a-long-secret" not in json.dumps(server.log)


REFUSED = {
    (): "Name what to serve: pippin serve APP...; there are: ",
    ("recognise",): "There is no application 'recognise'; did you mean recognize?",
    ("tables", "--host", "0.0.0.0"): "--host 0.0.0.0 lets others in; give them a secret: --token new makes one.",
    ("tables", "--token", "short"): "fewer than 8 letters",
    ("tables", "--replicas", "0"): "--replicas must be from 1 to 64, not 0.",
    ("tables", "--queue", "-1"): "--queue must be from 0 to 100000, not -1.",
    ("tables", "--max-body", "0"): "--max-body must be from 1 to 4096, not 0.",
    ("tables", "--port", "99999"): "99999 is no port",
    ("faces", "--host", "0.0.0.0", "--token", "new"): "--allow faces serves it to them",
    ("tables", "--allow", "noses"): "--allow must name a kind or an application",
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_command_that_cannot_be_is_one_sentence(
    words: tuple[str, ...], home: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pippin import cli

    monkeypatch.setattr(sys, "argv", ["pippin", "serve", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    told = capfd.readouterr().err
    assert REFUSED[words] in told
    assert told.count("\n") == 1


def test_a_port_that_is_taken_is_one_sentence(home: Path, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from pippin import cli

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(sys, "argv", ["pippin", "serve", "tables", "--port", str(taken.getsockname()[1])])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert ended.value.code == 2
    assert "--port takes another" in capfd.readouterr().err
