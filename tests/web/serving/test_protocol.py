"""The Open Inference Protocol by a client that is not ours, and what bad requests get."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnxruntime
import pytest
import tritonclient.http as triton
from serving import Server, serving

import pippin
from pippin._version import __version__

SIDE = 224


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server of two applications."""
    with serving("recognize", "tables", home=tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.fixture
def client(server: Server) -> Iterator[triton.InferenceServerClient]:
    """Triton's client."""
    made = triton.InferenceServerClient(f"127.0.0.1:{server.port}", network_timeout=300, connection_timeout=300)
    yield made
    made.close()


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Two images of noise."""
    return np.random.default_rng(0).uniform(0, 255, (2, 3, SIDE, SIDE)).astype(np.float32)


@pytest.fixture(scope="module")
def expected(pixels: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """What ONNX Runtime computes from the file that `export` writes."""
    folder = tmp_path_factory.mktemp("exported")
    pippin.export("recognize", folder)
    graph = onnxruntime.InferenceSession(str(folder / "recognize.onnx"))
    return graph.run(["probabilities", "novelty"], {"pixels": pixels})


def tensor(name: str, array: np.ndarray, *, binary: bool = True) -> triton.InferInput:
    made = triton.InferInput(name, array.shape, {"float32": "FP32", "float64": "FP64"}[str(array.dtype)])
    made.set_data_from_numpy(array, binary_data=binary)
    return made


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
def test_a_client_of_triton_gets_what_the_exported_graph_computes(
    client: triton.InferenceServerClient,
    pixels: np.ndarray,
    expected: list[np.ndarray],
    binary_in: bool,
    binary_out: bool,
) -> None:
    outputs = [triton.InferRequestedOutput(name, binary_data=binary_out) for name in ("novelty", "probabilities")]
    answer = client.infer(
        "recognize", [tensor("pixels", pixels, binary=binary_in)], outputs=outputs, request_id="seven"
    )
    assert answer.get_response()["id"] == "seven"
    assert [output["name"] for output in answer.get_response()["outputs"]] == ["novelty", "probabilities"]
    np.testing.assert_allclose(answer.as_numpy("probabilities"), expected[0], atol=1e-5)
    np.testing.assert_allclose(answer.as_numpy("novelty"), expected[1], atol=1e-4)


def test_outputs_may_be_left_to_the_server(
    client: triton.InferenceServerClient, pixels: np.ndarray, expected: list[np.ndarray]
) -> None:
    answer = client.infer("recognize", [tensor("pixels", pixels[:1])])
    np.testing.assert_allclose(answer.as_numpy("probabilities"), expected[0][:1], atol=1e-5)


def test_metadata_and_health_by_a_client_of_triton(client: triton.InferenceServerClient) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("recognize")
    assert not client.is_model_ready("nonsense")
    assert client.get_server_metadata()["name"] == "pippin"
    assert client.get_server_metadata()["version"] == __version__
    model = client.get_model_metadata("recognize")
    assert model["inputs"] == [{"name": "pixels", "datatype": "FP32", "shape": [-1, 3, SIDE, SIDE]}]
    assert [output["name"] for output in model["outputs"]] == ["probabilities", "novelty"]
    assert "apple" in model["parameters"]["labels"]
    assert "ms an input" in model["parameters"]["batching"]
    assert client.get_model_metadata("recognize", model["versions"][0]) == model


def test_errors_reach_a_client_of_triton_as_sentences(client: triton.InferenceServerClient, pixels: np.ndarray) -> None:
    with pytest.raises(triton.InferenceServerException, match="no input 'pixelz'; it takes: pixels") as caught:
        client.infer("recognize", [tensor("pixelz", pixels)])
    assert caught.value.status() == "400"
    with pytest.raises(
        triton.InferenceServerException, match="There is no model 'nonsense'; there are: recognize"
    ) as c:
        client.infer("nonsense", [tensor("pixels", pixels)])
    assert c.value.status() == "404"
    with pytest.raises(triton.InferenceServerException, match="is FP32, not FP64"):
        client.infer("recognize", [tensor("pixels", pixels.astype(np.float64))])
    with pytest.raises(triton.InferenceServerException, match="version of recognize in use is recognize-default"):
        client.infer("recognize", [tensor("pixels", pixels)], model_version="1")
    with pytest.raises(triton.InferenceServerException, match="compressed bodies are not taken") as caught:
        client.infer("recognize", [tensor("pixels", pixels)], request_compression_algorithm="gzip")
    assert caught.value.status() == "415"
    with pytest.raises(triton.InferenceServerException, match="deadline of this request has passed") as caught:
        client.infer("recognize", [tensor("pixels", pixels)], timeout=1000)  # microseconds
    assert caught.value.status() == "504"


def request(**changes: Any) -> dict[str, Any]:
    """A request for `tables` that is right but for the changes of its one input."""
    info = {"name": "columns", "datatype": "FP32", "shape": [1, 367], "data": [0.0] * 367}
    return {"inputs": [{name: value for name, value in {**info, **changes}.items() if value is not None}]}


BAD = {
    "no JSON": (b"{", "not valid JSON"),
    "no object": (b"[]", "not a JSON object"),
    "deep": (b"[" * 100_000, "not valid JSON"),
    "no inputs": ({}, 'no "inputs"'),
    "inputs of another type": ({"inputs": ["columns"]}, 'no "inputs"'),
    "no name": (request(name=None), "no input 'None'; it takes: columns"),
    "wrong name": (request(name="rows"), "no input 'rows'; it takes: columns"),
    "missing": ({"inputs": []}, "input 'columns' is missing"),
    "twice": ({"inputs": [*request()["inputs"], *request()["inputs"]]}, "there twice"),
    "wrong type": (request(datatype="INT64"), "is FP32, not INT64"),
    "no shape": (request(shape=None), r"no shape, .* takes \[-1, 367\]"),
    "wrong shape": (request(shape=[1, 366]), r"shape \[1, 366\]; the model takes \[-1, 367\]"),
    "nothing in it": (request(shape=[0, 367], data=[]), r"shape \[0, 367\]"),
    "negative": (request(shape=[-1, 367]), r"shape \[-1, 367\]"),
    "too few dimensions": (request(shape=[367]), r"shape \[367\]"),
    "a shape of texts": (request(shape=["1", 367]), "no shape"),
    "huge": (request(shape=[10**30, 367]), "takes 367000000000000000000000000000000 numbers, not 367"),
    "wrong length": (request(data=[0.0] * 366), "takes 367 numbers, not 366"),
    "no data": (request(data=None), 'no "data"'),
    "texts": (request(data=["0"] * 367), "must be numbers"),
    "true": (request(data=[True] * 367), "must be numbers"),
    "null": (request(data=[None] * 367), "must be numbers"),
    "ragged": (request(data=[[0.0] * 366, [0.0]]), "lists of different lengths"),
    "NaN": (json.dumps(request(data=[float("nan")] * 367)).encode(), "holds NaN; tensors take finite numbers"),
    "infinity": (request(data=[1e39] * 367), "holds NaN or infinity"),
    "shared memory": (request(parameters={"shared_memory_region": "x"}), "shared memory"),
    "parameters of another type": (request(parameters=[]), "no object"),
    "wrong output": ({**request(), "outputs": [{"name": "label"}]}, "no output 'label'; it has: "),
    "classification": (
        {**request(), "outputs": [{"name": "logits", "parameters": {"classification": 3}}]},
        "tensor only",
    ),
    "id": ({**request(), "id": 7}, '"id" of a request'),
    "timeout": ({**request(), "parameters": {"timeout": -1}}, "microseconds"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_request_is_one_sentence(server: Server, case: str) -> None:
    body, message = BAD[case]
    status, answer = server.post("/v2/models/tables/infer", body)
    assert status == 400
    check_sentence(answer, message)


def check_sentence(answer: Any, message: str) -> None:
    import re

    assert set(answer) == {"error"}
    assert re.search(message, answer["error"]), answer
    assert "\n" not in answer["error"]
    assert len(answer["error"]) < 300


BINARY = {
    "NaN": (struct.pack("<367f", *[float("nan")] * 367), 1468, None, "NaN or infinity"),
    "too short": (b"\0" * 1464, 1468, None, "says 1468 bytes of binary data, but 1464 are left"),
    "too long": (b"\0" * 1472, 1468, None, "4 bytes that belong to no input"),
    "wrong size": (b"\0" * 1464, 1464, None, "takes 1468 bytes, not 1464"),
    "negative size": (b"\0" * 1468, -1, None, "takes 1468 bytes, not -1"),
    "no number": (b"\0" * 1468, 1468, "x", "Inference-Header-Content-Length must be a number"),
    "beyond the body": (b"\0" * 1468, 1468, "99999", "Inference-Header-Content-Length must be a number"),
    "negative length": (b"\0" * 1468, 1468, "-5", "Inference-Header-Content-Length must be a number"),
}


@pytest.mark.parametrize("case", BINARY)
def test_bad_binary_data_are_one_sentence(server: Server, case: str) -> None:
    data, size, length, message = BINARY[case]
    text = json.dumps(request(data=None, parameters={"binary_data_size": size})).encode()
    headers = {"Inference_Header_Content_Length": length or str(len(text))}
    status, _, answer = server.ask("POST", "/v2/models/tables/infer", text + data, **headers)
    assert status == 400
    check_sentence(json.loads(answer), message)


def test_a_body_that_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(
            b"POST /v2/models/tables/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\n\r\n"
        )
        status, answer = read_answer(connection)
    assert status == 413
    check_sentence(answer, "more than Pippin takes at once")


def test_who_sends_too_much_still_reads_why(server: Server) -> None:
    piece = b"\0" * 2**20
    for head in (b"Content-Length: 104857600", b"Transfer-Encoding: chunked"):
        with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
            connection.sendall(b"POST /v2/models/tables/infer HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
            for _ in range(100):
                framed = b"100000\r\n" + piece + b"\r\n" if b"chunked" in head else piece
                connection.sendall(framed)
            status, answer = read_answer(connection)
        assert status == 413
        check_sentence(answer, "more than Pippin takes at once")


def test_a_body_that_comes_too_slowly_is_refused_in_a_sentence(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(b"POST /v2/models/tables/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{")
        status, answer = read_answer(connection)
    assert status == 408
    check_sentence(answer, "came too slowly")


def read_answer(connection: socket.socket) -> tuple[int, Any]:
    """Read one answer whose length is told."""
    file = connection.makefile("rb")
    status = int(file.readline().split()[1])
    headers = {}
    while line := file.readline().strip():
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    return status, json.loads(file.read(int(headers[b"content-length"])))


@pytest.mark.parametrize("deadline", ["soon", "-1", "0", "nan", "1e9", ""])
def test_a_deadline_that_is_none_is_refused(server: Server, deadline: str) -> None:
    status, answer = server.post("/v2/models/tables/infer", request(), X_Pippin_Deadline=deadline)
    assert status == 400
    check_sentence(answer, "X-Pippin-Deadline is a number of seconds")


def test_a_deadline_that_is_kept_changes_nothing_and_one_that_passes_is_told(
    server: Server, pixels: np.ndarray
) -> None:
    plain = server.post("/v2/models/tables/infer", request())
    assert plain == server.post("/v2/models/tables/infer", request(), X_Pippin_Deadline="60")
    assert plain[0] == 200
    many = {"name": "pixels", "datatype": "FP32", "shape": [2, 3, SIDE, SIDE], "data": pixels.ravel().tolist()}
    status, answer = server.post("/v2/models/recognize/infer", {"inputs": [many]}, X_Pippin_Deadline="0.01")
    assert status == 504
    check_sentence(answer, "deadline of this request has passed")
    status, answer = server.post("/v1/tables/predict", {"inputs": [{"sample": 0}]}, X_Pippin_Deadline="0.000001")
    assert status == 504
    assert "deadline" in answer["error"]["message"]


def test_addresses_that_are_not_there(server: Server) -> None:
    for path in ("/", "/v1", "/v1/recognize", "/v2/models", "/openapi.json", "/docs"):
        assert server.ask("GET", path)[0] in (404, 405), path
    for path in ("/v1/recognize/train", "/v1/recognize/erase", "/v1/upscale/predict", "/v1/erase"):
        assert server.ask("POST", path, b"{}", Content_Type="application/json")[0] in (404, 405), path


def test_another_site_gets_nothing(server: Server) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec_Fetch_Site": "cross-site"}):
        status, answer = server.post("/v2/models/tables/infer", request(), **headers)
        assert status == 403
        check_sentence(answer, "another site")
    status, answer = server.get("/v2", Host="elsewhere.example")
    assert status == 421
    check_sentence(answer, "does not answer to this address")


def test_metrics_count_what_was_asked(server: Server) -> None:
    def counts() -> dict[str, float]:
        status, _, text = server.ask("GET", "/metrics")
        assert status == 200
        lines = [line.rpartition(" ") for line in text.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    before = counts()
    for _ in range(3):
        assert server.post("/v2/models/tables/infer", request())[0] == 200
    assert server.post("/v2/models/tables/infer", request(name="rows"))[0] == 400
    after = counts()

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('pippin_requests_total{application="tables",command="infer",status="200"}') == 3
    assert grown('pippin_errors_total{application="tables",command="infer",status="400"}') == 1
    for stage in ("read", "wait", "run", "write"):
        assert grown(f'pippin_stage_seconds_count{{application="tables",stage="{stage}"}}') == 3
    assert grown('pippin_batch_size_sum{application="tables"}') == 3
    assert after["pippin_queue_length"] == 0
    assert any(name.startswith('pippin_model_info{application="tables",model="tables-') for name in after)


def test_the_log_is_json_without_contents(server: Server) -> None:
    mark = "zebra-mark"
    values = {**request(), "id": mark}
    assert server.post("/v2/models/tables/infer", values)[0] == 200
    assert server.post(f"/v2/models/{mark}/infer", values)[0] == 404
    assert server.post("/v1/tables/predict", {"inputs": [{mark: mark}]})[0] in (200, 400)
    server.wait("/v2", lambda _: server.log[-1]["event"] == "request")
    assert mark not in server.log_file.read_text()
    lines = [line for line in server.log if line.get("command") == "infer" and line["status"] == 200]
    assert {"time", "application", "model", "status", "seconds", "run_seconds", "batch", "replica"} <= lines[0].keys()
