"""Long commands are runs: they go on without their page, are listed with their report, stop and continue."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browser_fixtures import served
from starlette.testclient import TestClient

from pippin import engines
from pippin.core.run_record import ALIVE, RESULT, Request, RunRecord
from pippin.core.workspace import Workspace
from pippin.engines import wait_for_workers
from pippin.verbs import run_states

LATER = {"Prefer": "respond-async"}
QUICK = {"methods": "linear", "threads": 1}


def listed(client: TestClient) -> list[dict[str, Any]]:
    """The runs of `tables`."""
    return list(client.post("/v1/tables/runs", json={}).json()["payload"]["runs"])


def until(client: TestClient, run: str, wanted: Callable[[dict[str, Any]], bool], seconds: float = 400) -> Any:
    """The run, once it is as wanted."""
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


def begin_run(client: TestClient, verb: str, **given: Any) -> str:
    """Start a command as a run; returns its name."""
    answer = client.post(f"/v1/tables/{verb}", json={**QUICK, **given}, headers=LATER)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    return str(answer.json()["payload"]["run"])


def test_settings_are_searched_by_a_run(client: TestClient) -> None:
    given = {"trials": 2, "threads": 1, "budget": "2s", "members": 2}
    for space in (["width=8,12", "blocks=1"], "width=8,12 blocks=1"):  # as programs send it, and as a page does
        answer = client.post("/v1/tables/tune", json={**given, "space": space})
        assert answer.status_code == 200, answer.text
        payload = answer.json()["payload"]
        assert {trial["settings"]["width"] for trial in payload["trials"]} == {8, 12}
        assert set(payload["best"]["settings"]) == {"width", "blocks"}
    assert payload["remembered"] == 2
    assert {run["verb"] for run in listed(client)} == {"tune"}


def test_a_comparison_is_a_run_whose_report_is_found_again(
    client: TestClient, studio: Callable[..., TestClient], home: Path
) -> None:
    run = begin_run(client, "compare")
    request = json.loads((home / "runs" / run / "request.json").read_text())
    assert (request["verb"], request["arguments"]) == ("compare", QUICK)
    with client.stream("GET", f"/v1/tables/runs/{run}/events") as stream:
        events = "".join(stream.iter_text())
    assert events.rstrip().endswith("event: end\ndata: {}")
    found = until(client, run, ended)
    assert (found["verb"], found["state"], found["report"]) == ("compare", "finished", True)
    other = studio(rate=1e6, burst=1e6)  # a studio that began nothing
    answered = other.post("/v1/tables/runs", json={"run": run, "out": True}).json()
    assert answered["payload"]["methods"]["linear"]["cpu_seconds"] >= 0
    assert answered["report"]["tables"][0]["rows"][0][0]["text"] == "linear"
    assert len(answered["report"]["figures"]) == 2
    listing = other.post("/v1/tables/runs", json={}).json()["report"]["tables"][0]["rows"]
    assert listing[0][1]["text"] == "compare"


def test_who_waits_gets_the_answer_itself_and_what_was_sent_goes(client: TestClient, home: Path) -> None:
    lines = ["weight,label"]
    for weight in (number * 37 % 101 for number in range(60)):
        lines.append(f"{weight},{'apple' if weight > 50 else 'lime'}")
    sent = [("data", ("fruit.csv", "\n".join(lines).encode(), "text/csv"))]
    answer = client.post("/v1/tables/inspect", files=sent, data={"arguments": "{}"})
    assert answer.status_code == 200, answer.text
    assert "fruit.csv" in answer.text
    assert str(home) not in answer.text
    (run,) = (home / "runs").glob("*/")
    assert RunRecord(run).read()["state"] == "finished"
    wait_for_workers(60)  # what was sent goes after the run is recorded as finished
    assert not (run / "sent").exists()


def test_what_cannot_be_begun_leaves_nothing_behind(client: TestClient, home: Path) -> None:
    sent = [("data", ("fruit.csv", b"a,b\n1,2\n", "text/csv"))]
    refused = client.post("/v1/tables/compare", files=sent, data={"arguments": json.dumps({"seeds": "x"})})
    assert refused.status_code == 400
    assert not list((home / "runs").glob("*"))


def test_a_command_that_fails_says_why(client: TestClient) -> None:
    sent = [("data", ("fruit.csv", b"nothing", "text/csv"))]
    answer = client.post("/v1/tables/compare", files=sent, data={"arguments": "{}"})
    assert answer.status_code == 400
    assert "fruit.csv" in answer.json()["error"]["message"]
    failed = listed(client)[0]
    assert (failed["state"], failed["resumable"]) == ("failed", False)
    assert "fruit.csv" in failed["problem"]
    assert "/" not in failed["problem"]
    shown = client.post("/v1/tables/runs", json={"run": failed["run"]})
    assert shown.status_code == 400
    assert "has no report; it is failed" in shown.json()["error"]["message"]


def test_what_learns_waits_its_turn_and_what_measures_does_not(client: TestClient, home: Path) -> None:
    with Workspace(home).lock("train"):
        waits = begin_run(client, "compare")
        until(client, waits, lambda one: one["state"] == "waiting")
        answer = client.post("/v1/recognize/evaluate", json={"threads": 1})
        assert "accuracy" in answer.json()["payload"]["scores"]
        assert client.post("/v1/tables/stop", json={"run": waits}).status_code == 200
        assert until(client, waits, ended)["state"] == "cancelled"


def test_a_curve_is_stopped_with_its_processes_and_continues_where_it_was(client: TestClient, home: Path) -> None:
    # The network takes long enough to be stopped in the middle.
    run = begin_run(client, "curve", methods="network", train_sizes="20,40,80", seeds=2, workers=2, width=16, blocks=1)
    log = home / "runs" / run / "log.jsonl"
    until(client, run, lambda one: (log.exists() and '"done": 1,' in log.read_text()) or ended(one))
    group = RunRecord(home / "runs" / run).read()["pid"]
    client.post("/v1/tables/stop", json={"run": run})
    stopped = until(client, run, ended)
    if stopped["state"] == "finished":
        pytest.skip("it was done before it could be stopped")
    assert (stopped["state"], stopped["resumable"]) == ("stopped", True)
    if os.name == "posix":
        gone = time.monotonic() + 240
        while time.monotonic() < gone:
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                break
            time.sleep(0.1)
        else:
            raise AssertionError("processes of the curve live on")
    assert client.post(f"/v1/tables/runs/{run}/resume").status_code == 200
    found = until(client, run, ended)
    assert found["state"] == "finished", found
    answered = client.post("/v1/tables/runs", json={"run": run}).json()
    assert answered["payload"]["remembered"] > 0
    assert client.post(f"/v1/tables/runs/{run}/resume").status_code == 400


@pytest.mark.skipif(os.name != "posix", reason="processes are killed as POSIX does it")
def test_a_killed_command_is_seen_to_be_and_a_studio_that_dies_ends_nothing(tmp_path: Path) -> None:
    def post(address: str, path: str, values: dict[str, Any], **headers: str) -> Any:
        body = json.dumps(values).encode()
        sent = {"X-Pippin": "1", "Content-Type": "application/json", **headers}
        with urllib.request.urlopen(urllib.request.Request(f"{address}v1/tables/{path}", body, sent)) as answer:
            return json.load(answer)["payload"]

    def run_of(address: str, name: str, wanted: Callable[[Any], bool]) -> Any:
        end = time.monotonic() + 400
        while time.monotonic() < end:
            found = next(one for one in post(address, "runs", {})["runs"] if one["run"] == name)
            if wanted(found):
                return found
            time.sleep(0.2)
        raise AssertionError(found)

    home = tmp_path / "home"
    with served(home) as first:
        lasting = post(first, "compare", QUICK, **LATER)["run"]
        cut_off = post(first, "compare", {**QUICK, "methods": "network", "seeds": 500}, **LATER)["run"]
    # That studio has ended; the second command is too long to end by itself.
    with served(home) as second:
        run_of(second, cut_off, lambda one: one["state"] == "running")
        os.kill(RunRecord(home / "runs" / cut_off).read()["pid"], signal.SIGKILL)
        killed = run_of(second, cut_off, ended)
        assert (killed["state"], killed["resumable"]) == ("interrupted", True)
        # One waits for the other's turn, so the one that lasts may have begun only now.
        assert run_of(second, lasting, ended)["state"] == "finished"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the process table as Linux shows it")
def test_no_process_is_left_as_a_zombie(client: TestClient, home: Path) -> None:
    run = begin_run(client, "compare")
    until(client, run, ended)
    engines.wait_for_workers(60)
    pid = RunRecord(home / "runs" / run).read()["pid"]
    assert not Path(f"/proc/{pid}").exists()


def test_runs_of_an_earlier_version_are_listed(client: TestClient, home: Path) -> None:
    def earlier(number: int, **files: Any) -> str:
        folder = home / "runs" / f"tables-20200101-00000{number}-000000"
        folder.mkdir(parents=True)
        for name, content in {"job": {"data": None, "artifact": None}, **files}.items():
            (folder / f"{name}.json").write_text(json.dumps(content))
        return folder.name

    earlier(1, made={"artifact": "tables-default-00000000"}, status={"state": "finished", "seconds": 3})
    earlier(2, status={"state": "running", "seconds": 3})
    earlier(3)
    states = {one["run"][-8]: (one["state"], one["artifact"]) for one in listed(client)}
    assert [one["state"] for one in listed(client)] == ["failed", "interrupted", "finished"], states
    assert listed(client)[2]["artifact"] == "tables-default-00000000"
    assert "earlier version" in listed(client)[0]["problem"]


def test_a_run_nobody_can_read_is_no_traceback(client: TestClient, home: Path) -> None:
    folder = home / "runs" / "tables-20200101-000000-000000"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text("[]")
    (folder / "request.json").write_text('{"verb": 3}')
    assert listed(client)[0]["state"] == "failed"
    RunRecord(folder).update(state="finished", verb="compare")
    (folder / RESULT).write_text("{")
    shown = client.post("/v1/tables/runs", json={"run": folder.name})
    assert shown.status_code == 400


def test_a_run_that_ends_while_it_is_looked_at_is_not_taken_for_one_cut_off(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / "runs" / "tables-20200101-000000-000000"
    folder.mkdir(parents=True)
    RunRecord(folder).update(state="running", verb="train", learned=True)

    def end(*given: Any) -> bool:
        RunRecord(folder).update(state="finished")
        return False

    monkeypatch.setattr(run_states, "_alive", end)
    assert run_states.state(folder).state == "finished"


def test_several_runs_are_followed_by_one_connection(client: TestClient, home: Path) -> None:
    names = [f"tables-20200101-000000-00000{number}" for number in range(3)]
    for name in names[:2]:
        (home / "runs" / name).mkdir(parents=True)
        RunRecord(home / "runs" / name).update(state="finished", verb="evaluate")
        (home / "runs" / name / "log.jsonl").write_text('{"step": 1}\n')
    with client.stream("GET", "/v1/tables/runs/events", params={"run": names}) as stream:
        events = "".join(stream.iter_text()).strip().split("\n\n")
    found = [(event.split("\n")[0][7:], json.loads(event.split("data: ")[1])) for event in events]
    assert [(event, data["run"]) for event, data in found if event == "end"] == [
        ("end", name) for name in (names[2], names[1], names[0])
    ]
    assert {data["run"]: data["data"] for event, data in found if event == "log"} == {
        name: [{"step": 1}] for name in names[:2]
    }
    assert {data["data"]["state"] for event, data in found if event == "state"} == {"finished"}


def test_a_worker_tells_what_is_wrong_with_its_request(home: Path) -> None:
    folder = home / "runs" / "tables-20200101-000000-000000"
    folder.mkdir(parents=True)

    def work() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pippin.worker", str(folder)]
        return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PIPPIN_HOME": str(home)})

    assert (work().returncode, (folder / ALIVE).exists()) == (2, False)
    Request("tables", "train", {"device": "abacus"}, begun=time.time()).write(folder)
    done = work()
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    record = RunRecord(folder).read()
    assert (record["state"], "abacus" in record["problem"]) == ("failed", True)


def test_costs_are_told_before_anything_starts(client: TestClient) -> None:
    def cost(verb: str, **given: Any) -> dict[str, Any]:
        answer = client.post(f"/v1/tables/cost/{verb}", json=given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    assert cost("train", budget="5m")["seconds"] == 300
    assert cost("train", budget="5m")["limits"] == "time"
    assert cost("train", epochs=3)["seconds"] is None
    assert "3 passes over the data" in cost("train", epochs=3)["text"]
    curve = cost("curve", methods="linear, network", train_sizes="10,100", seeds=2)
    assert curve["trainings"] == 8
    assert "8 trainings: 2 methods, 2 sizes, 2 seeds" in curve["text"]
    assert "No single training takes more than 15m of CPU time" in curve["text"]
    run = begin_run(client, "compare")
    measured = until(client, run, ended)
    assert measured["state"] == "finished"
    told = cost("compare", methods="linear", seeds=4)
    assert told["seconds"] is not None
    assert "4 trainings" in told["text"]
    assert "from how long it took here before" in told["text"]
    assert client.post("/v1/tables/cost/train", json={"budget": "soon"}).status_code == 400
    assert not [one for one in listed(client) if one["verb"] != "compare"]
