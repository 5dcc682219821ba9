"""Who may ask, from where, how often and how much."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

Open = Callable[..., TestClient]
SECRET = {"token": "a-long-secret"}


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8017", "localhost.evil.example", "192.168.1.5:8017", "", "[::2]", "0x7f.1"]
)
def test_a_name_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/v1", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost", "localhost:9", "127.0.0.1:8017", "[::1]:8017"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/v1", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://localhost:8017.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_requests_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/v1/recognize/models", json={}, headers=headers).status_code == 403


def test_a_form_of_another_site_is_refused(studio: Open) -> None:
    client = studio()
    del client.headers["X-Pippin"]
    assert client.post("/v1/recognize/models", json={}).status_code == 403
    assert client.post("/v1/recognize/models", json={}, headers={"Origin": "http://localhost:8017"}).status_code == 200


def test_another_sites_page_can_read_nothing(client: TestClient) -> None:
    answer = client.get("/v1", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert client.get("/v1", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_every_answer_carries_its_policy(client: TestClient) -> None:
    for path in ("/", "/v1", "/v1/nothing", "/nothing.png"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_without_the_token_nothing_is_told(studio: Open) -> None:
    client = studio(**SECRET)
    for path in ("/", "/v1", "/assets/x.js", "/v1/recognize"):
        assert client.get(path).status_code == 401
    assert client.post("/v1/recognize/models", json={}).status_code == 401
    assert client.get("/v1", headers={"Authorization": "Bearer a-wrong-secret"}).status_code == 401


def test_the_token_opens_by_header_and_by_address(studio: Open) -> None:
    client = studio(**SECRET)
    assert client.get("/v1", headers={"Authorization": "Bearer a-long-secret"}).status_code == 200
    answer = client.get("/recognize?token=a-long-secret", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/recognize"
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert client.get("/v1").status_code == 200


def test_the_token_is_not_to_be_guessed(studio: Open) -> None:
    client = studio(**SECRET)
    tried = [client.get("/v1", headers={"Authorization": f"Bearer wrong-{number}"}).status_code for number in range(30)]
    assert tried[0] == 401
    assert tried[-1] == 429


def test_more_requests_than_are_fair_are_refused(studio: Open) -> None:
    client = studio(rate=0.001, burst=5)
    answers = [client.get("/v1/nothing") for _ in range(8)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 3
    assert answers[-1].headers["retry-after"]


def test_more_than_is_allowed_is_refused(studio: Open) -> None:
    client = studio(largest=1000)
    files = [("inputs", ("a.png", b"x" * 5000, "image/png"))]
    assert client.post("/v1/recognize/predict", files=files).status_code == 413

    def endless():
        for _ in range(100):
            yield b"x" * 100

    answer = client.post("/v1/recognize/predict", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


def test_a_visitors_name_is_ours_to_give(studio: Open) -> None:
    client = studio(shared=True, **SECRET)
    client.cookies.set("pippin-token", "a-long-secret")
    for name in ("../../etc", "a" * 32, "a" * 32 + "." + "b" * 32):
        given = client.get("/v1", headers={"Cookie": f"pippin-token=a-long-secret; pippin-visitor={name}"})
        assert name not in given.headers["set-cookie"]
        refused = client.post(
            "/v1/recognize/models",
            json={},
            headers={"Cookie": f"pippin-token=a-long-secret; pippin-visitor={name}"},
        )
        assert refused.status_code == 403
