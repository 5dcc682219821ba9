"""Trainings from the page: in processes of their own, watched, stopped, gone on with, and outliving the studio."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from pippin.core.run_record import Request
from pippin.core.workspace import Workspace
from pippin.engines import background

QUICK = {"width": 16, "blocks": 1, "threads": 1}


def listed(client: TestClient) -> list[dict[str, Any]]:
    """The trainings as the page shows them."""
    return client.post("/v1/tables/runs", json={}).json()["payload"]["runs"]


def until(
    client: TestClient, run: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 400
) -> dict[str, Any]:
    """The training, once it is as wanted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = next(one for one in listed(client) if one["run"] == run)
        if wanted(found):
            return found
        time.sleep(0.2)
    raise AssertionError(found)


def ended(run: dict[str, Any]) -> bool:
    """Whether nothing works on it any more."""
    return not run["alive"]


def test_a_training_is_begun_watched_and_put_into_use(client: TestClient, home: Path) -> None:
    sent = [("data", ("fruit.csv", rows(), "text/csv"))]
    arguments = {"arguments": json.dumps({**QUICK, "epochs": 2})}
    begun = client.post("/v1/tables/train", files=sent, data=arguments)
    assert begun.status_code == 200, begun.text
    run = begun.json()["payload"]["run"]
    with client.stream("GET", f"/v1/tables/runs/{run}/events") as stream:
        events = "".join(stream.iter_text())
    assert events.rstrip().endswith("event: end\ndata: {}")
    assert '"step"' in events
    found = until(client, run, ended)
    assert found["state"] == "finished", found
    assert found["scores"]["accuracy"]["value"] > 0
    assert client.get("/v1/tables").json()["model"]["id"] == found["artifact"]
    assert "fruit.csv" in (home / "runs" / run / "job.json").read_text()
    assert list((home / "data").rglob("fruit.csv"))


def rows() -> bytes:
    """A table that can be learned."""
    lines = ["weight,colour,label"]
    for number in range(90):
        weight, odd = number * 37 % 101, number % 7 == 0
        lines.append(f"{weight},{'red' if number % 3 else 'green'},{'apple' if (weight > 50) ^ odd else 'lime'}")
    return "\n".join(lines).encode()


@pytest.mark.parametrize("with_data", [False, True])
def test_a_setting_that_cannot_be_begins_no_run(client: TestClient, home: Path, with_data: bool) -> None:
    table = [("data", ("fruit.csv", b"weight,label\n1,a\n2,b\n", "text/csv"))]
    form = {"files": table, "data": {"arguments": '{"width": -1}'}}
    answer = client.post("/v1/tables/train", **(form if with_data else {"json": {"width": -1}}))
    assert answer.status_code == 400
    assert "--width must be from 1" in answer.json()["error"]["message"]
    assert not list((home / "runs").glob("*"))
    assert not list((home / "data").glob("*"))


def test_a_training_is_stopped_and_gone_on_with_by_another_studio(
    client: TestClient, studio: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = client.post("/v1/tables/train", json={**QUICK, "budget": "5m"}).json()["payload"]["run"]
    until(client, run, lambda one: one["state"] == "running")
    # Another studio, or this one restarted, knows only the folder of the process.
    monkeypatch.setattr(background, "_workers", {})
    other = studio(rate=1e6, burst=1e6)
    assert other.post("/v1/tables/stop", json={"run": run}).status_code == 200
    stopped = until(other, run, ended)
    assert stopped["state"] == "stopped", stopped
    assert stopped["resumable"]
    resumed = other.post("/v1/tables/train", json={"resume": True, "run": run})
    assert resumed.status_code == 200, resumed.text
    until(other, run, lambda one: one["state"] == "running")
    other.post("/v1/tables/stop", json={"run": run})
    assert until(other, run, ended)["state"] == "stopped"
    assert other.post("/v1/tables/stop", json={"run": run}).status_code == 400


def test_a_second_training_waits_and_teaching_does_not(client: TestClient, home: Path) -> None:
    with Workspace(home).lock("train"):
        run = client.post("/v1/tables/train", json={**QUICK, "epochs": 1}).json()["payload"]["run"]
        until(client, run, lambda one: one["state"] == "waiting" and (home / "runs" / run / "job.json").exists())
        taught = client.post("/v1/recognize/teach", json={"input": {"sample": 0}, "answer": "egg"})
        assert taught.status_code == 200
        assert next(one for one in listed(client) if one["run"] == run)["state"] == "waiting"
    assert until(client, run, ended)["state"] == "finished"


def test_a_training_that_waits_is_cancelled_at_once(client: TestClient, home: Path) -> None:
    with Workspace(home).lock("train"):
        run = client.post("/v1/tables/train", json={**QUICK, "epochs": 1}).json()["payload"]["run"]
        until(client, run, lambda one: one["state"] == "waiting")
        assert client.post("/v1/tables/stop", json={"run": run}).status_code == 200
        cancelled = until(client, run, ended)
    assert (cancelled["state"], cancelled["problem"]) == ("cancelled", None)
    assert not cancelled["resumable"]


def test_a_stopped_training_that_waits_to_go_on_is_stopped_again_when_cancelled(client: TestClient, home: Path) -> None:
    run = client.post("/v1/tables/train", json={**QUICK, "budget": "5m"}).json()["payload"]["run"]
    until(client, run, lambda one: one["state"] == "running")
    client.post("/v1/tables/stop", json={"run": run})
    assert until(client, run, ended)["state"] == "stopped"
    with Workspace(home).lock("train"):
        client.post("/v1/tables/train", json={"resume": True, "run": run})
        until(client, run, lambda one: one["state"] == "waiting")
        client.post("/v1/tables/stop", json={"run": run})
        cancelled = until(client, run, ended)
    assert cancelled["state"] == "stopped"
    assert cancelled["resumable"]


def test_a_studio_killed_as_it_began_a_training_leaves_nothing_that_breaks(client: TestClient, home: Path) -> None:
    folder = home / "runs" / "tables-20200101-000000-000000"
    folder.mkdir(parents=True)
    Request("tables", "train", begun=time.time()).write(folder)
    assert listed(client)[0]["state"] == "starting"
    Request("tables", "train", begun=time.time() - 1000).write(folder)
    assert listed(client)[0]["state"] == "failed"


def test_a_training_that_cannot_be_says_why(client: TestClient) -> None:
    sent = [("data", ("fruit.csv", b"nothing", "text/csv"))]
    run = client.post("/v1/tables/train", files=sent, data={"arguments": "{}"}).json()["payload"]["run"]
    failed = until(client, run, ended)
    assert failed["state"] == "failed"
    assert "fruit.csv" in failed["problem"]
    assert "/" not in failed["problem"]


def test_a_training_that_was_killed_is_seen_to_be(client: TestClient, home: Path) -> None:
    import os
    import signal

    run = client.post("/v1/tables/train", json={**QUICK, "budget": "5m"}).json()["payload"]["run"]
    until(client, run, lambda one: one["state"] == "running")
    pid = json.loads((home / "runs" / run / "run.json").read_text())["pid"]
    os.kill(pid, signal.SIGKILL)
    killed = until(client, run, ended)
    assert killed["state"] == "interrupted"
    assert killed["resumable"]
