"""Every verb over HTTP answers as the command line does, and files come and go as they should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import pippin
from pippin.cli import main
from pippin.core import registry
from pippin.core.files import write_json
from pippin.core.workspace import Workspace
from pippin.verbs.commands import commands
from pippin.web.static_pages import STATIC

IMAGE = next((Path(pippin.__file__).parent / "apps/recognize/sample/apple").glob("*.png"))


@pytest.fixture
def trained(miniature: str) -> str:
    """The miniature application with a model."""
    pippin.train(miniature, epochs=3, threads=1)
    return miniature


def test_all_applications_are_told_in_a_line(client: TestClient) -> None:
    told = client.get("/v1").json()["applications"]
    assert {"miniature", "recognize"} <= {one["name"] for one in told}
    assert told[0].keys() >= {"summary", "input", "answer"}


def test_an_application_tells_what_it_takes_and_what_it_lacks(client: TestClient) -> None:
    facts = client.get("/v1/flappy").json()
    assert "teach" in facts["without"]
    assert "teach" not in [command["name"] for command in facts["commands"]]
    assert "env" not in [setting["name"] for setting in facts["settings"]]
    train = next(command for command in facts["commands"] if command["name"] == "train")
    assert {"name": "budget", "type": "text"}.items() <= train["parameters"][1].items()


def test_a_verb_answers_what_the_command_line_prints(
    client: TestClient, trained: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = client.post(f"/v1/{trained}/predict", json={"inputs": ["abba", "zoo"]}).json()
    monkeypatch.setattr("sys.argv", ["pippin", trained, "predict", "abba", "zoo", "--json"])
    main()
    printed = json.loads(capsys.readouterr().out)
    assert {**answered["payload"], "seconds": 0} == {**printed, "seconds": 0}
    assert answered["report"]["tables"][0]["columns"][:2] == ["input", "answer"]


def test_a_request_is_logged_once_and_what_pages_ask_for_by_themselves_is_not(client: TestClient, trained: str) -> None:
    before = len(Workspace().activity.entries())
    assert client.post(f"/v1/{trained}/predict", json={"inputs": ["abba"]}).status_code == 200
    assert client.post(f"/v1/{trained}/models", json={}).status_code == 200
    assert [one.verb for one in Workspace().activity.entries()[before:]] == ["predict"]


def test_who_asks_for_little_gets_the_table_of_answers_without_the_list(client: TestClient, tmp_path: Path) -> None:
    rows = b"weight_g,colour\n170,orange\n140,red\n20,\n"
    answer = client.post(
        "/v1/tables/predict",
        data={"arguments": json.dumps({"out": "answers.csv"})},
        files={"inputs": ("rows.csv", rows)},
        headers={"Prefer": "return=minimal"},
    ).json()
    assert answer["payload"]["results"] == []
    assert answer["payload"]["answered"] == 3
    saved = client.get(answer["files"][0]["url"]).text.splitlines()
    assert saved[0] == "weight_g,colour,answer,probability,interval_low,interval_high,problem"
    assert len(saved) == 4


def test_one_row_of_a_file_is_taught_by_its_values(client: TestClient) -> None:
    taught = client.post("/v1/tables/teach", json={"input": {"weight_g": "170", "colour": None}, "answer": "lemon"})
    assert taught.json()["payload"]["rows"] == 1
    assert taught.json()["payload"]["taught"][0]["now"]["answer"] == "lemon"
    found = client.post("/v1/tables/predict", files={"inputs": ("rows.csv", b"colour,weight_g\n,170\nred,9\n")}).json()[
        "payload"
    ]
    assert [one["answer"] == "lemon" for one in found["results"]] == [True, False]


def test_teaching_counts_at_once_and_undo_takes_it_back(client: TestClient, trained: str) -> None:
    ask = {"inputs": ["wxyz"]}
    before = client.post(f"/v1/{trained}/predict", json=ask).json()["payload"]["results"][0]["answer"]
    taught = client.post(f"/v1/{trained}/teach", json={"input": "wxyz", "answer": "early"}).json()
    assert taught["payload"]["taught"][0]["now"]["answer"] == "early"
    assert client.post(f"/v1/{trained}/predict", json=ask).json()["payload"]["results"][0]["answer"] == "early"
    client.post(f"/v1/{trained}/undo", json={})
    assert client.post(f"/v1/{trained}/predict", json=ask).json()["payload"]["results"][0]["answer"] == before


def test_a_image_is_sent_answered_and_gone(client: TestClient, tmp_path: Path) -> None:
    files = [("inputs", ("folder/../../my apple.png", IMAGE.read_bytes(), "image/png"))]
    answered = client.post("/v1/recognize/predict", files=files).json()
    (result,) = answered["payload"]["results"]
    assert result["input"] == "my apple.png"
    assert result["alternatives"]
    assert "tmp" not in json.dumps(answered["payload"])


def test_a_image_that_is_none_is_told_in_one_sentence(client: TestClient) -> None:
    answer = client.post("/v1/recognize/predict", files=[("inputs", ("a.png", b"no picture", "image/png"))])
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert "a.png" in message
    assert "/" not in message


def test_answers_that_are_files_can_be_fetched(client: TestClient) -> None:
    answered = client.post("/v1/upscale/predict", json={"inputs": [{"sample": 0}], "preset": "tiny"}).json()
    if "error" in answered:  # no tiny model comes along
        answered = client.post("/v1/upscale/predict", json={"inputs": [{"sample": 0}]}).json()
    (made,) = answered["files"]
    fetched = client.get(made["url"])
    assert fetched.status_code == 200
    assert fetched.content.startswith(b"\x89PNG")
    assert "sandbox" in fetched.headers["content-security-policy"]


def test_explain_shows_figures(client: TestClient, trained: str) -> None:
    answered = client.post(f"/v1/{trained}/explain", json={"input": "abba"}).json()
    assert answered["report"]["figures"][0]["image"].startswith("data:image/svg+xml;base64,")


def test_export_gives_files(client: TestClient, trained: str) -> None:
    made = client.post(f"/v1/{trained}/export", json={}).json()["files"]
    assert sorted(file["name"] for file in made) == ["card.md", "letters.json"]
    (letters,) = (file for file in made if file["name"] == "letters.json")
    assert client.get(letters["url"]).json()["config"]["labels"]


def test_own_commands_take_their_own_arguments(client: TestClient, trained: str) -> None:
    answered = client.post(f"/v1/{trained}/spell-out", json={"word": "apple", "times": 2, "loud": True}).json()
    assert answered["payload"]["letters"] == ["A-P-P-L-E", "A-P-P-L-E"]


def test_an_own_command_about_rows_gets_the_file_that_was_sent(client: TestClient) -> None:
    sent = {"file": ("fruit.csv", "code,weight,kind\n" + "007,1,a\n008,2,b\n008,1,b\n" * 20)}
    answered = client.post("/v1/tables/columns", files=sent, data={"arguments": json.dumps({"label": "kind"})})
    assert answered.status_code == 200, answered.text
    assert [one["role"] for one in answered.json()["payload"]["columns"]] == ["left out", "feature", "label"]
    assert answered.json()["payload"]["classes"] == ["a", "b"]


def test_lasting_commands_run_apart(client: TestClient) -> None:
    answered = client.post("/v1/recognize/evaluate", json={"threads": 1})
    assert answered.status_code == 200, answered.text
    assert "accuracy" in answered.json()["payload"]["scores"]


def test_samples_cards_and_descriptions(client: TestClient) -> None:
    samples = client.get("/v1/recognize/samples").json()["samples"]
    assert samples[0]["thumbnail"].startswith("data:image/png;base64,")
    assert client.get("/v1/tables/samples").json()["samples"][0]["value"]
    assert client.get("/v1/recognize/samples").json()["kinds"]["apple"] == 5
    assert len(client.get("/v1/recognize/samples?kind=apple").json()["samples"]) == 5
    assert client.get("/v1/recognize/samples?kind=plum").status_code == 400
    assert "# recognize" in client.get("/v1/recognize/card").text
    paths = client.get("/v1/openapi.json").json()["paths"]
    for app in registry.all_applications():
        for command in commands(app):
            assert f"/v1/{app.name}/{command.name}" in paths


def test_models_saved_under_a_name_have_their_page(client: TestClient, trained: str) -> None:
    assert client.post(f"/v1/{trained}/save-as", json={"name": "words"}).status_code == 200
    assert client.get("/v1/words").json()["saved"]
    assert client.post("/v1/words/predict", json={"inputs": ["abba"]}).status_code == 200


def test_only_a_worker_may_compile_webassembly(client: TestClient) -> None:
    policies = {
        path.name: client.get(f"/assets/{path.name}").headers["content-security-policy"]
        for path in (STATIC / "assets").glob("*.js")
    }
    allowed = {name for name, policy in policies.items() if "wasm-unsafe-eval" in policy}
    assert allowed == {name for name in policies if ".worker-" in name} != set()
    assert "unsafe" not in client.get("/").headers["content-security-policy"]


def test_pages_are_served_whole_and_assets_for_ever(client: TestClient) -> None:
    page = client.get("/recognize/train")
    assert page.headers["content-type"].startswith("text/html")
    script = page.text.partition('src="/assets/')[2].partition('"')[0]
    asset = client.get(f"/assets/{script}")
    assert asset.headers["content-type"].startswith("text/javascript")
    assert "immutable" in asset.headers["cache-control"]
    assert client.get("/assets/nothing.js").status_code == 404


def test_visitors_teach_models_of_their_own(studio, trained: str, home: Path) -> None:
    rules = {"shared": True, "token": "a-long-secret", "names": frozenset({"localhost"})}
    service = studio(**rules)
    visitors = []
    for answer in ("early", "late"):
        service.cookies.clear()
        assert service.get("/v1?token=a-long-secret").status_code == 200
        visitors.append(service.cookies["pippin-visitor"])
        service.post("/v1/recognize/teach", json={"input": {"sample": 0}, "answer": answer}).raise_for_status()
    for visitor, answer in zip(visitors, ("early", "late"), strict=True):
        service.cookies.clear()
        service.cookies.set("pippin-visitor", visitor)
        service.cookies.set("pippin-token", "a-long-secret")
        (row,) = service.post("/v1/recognize/history", json={}).json()["payload"]["taught"]
        assert row["answer"] == answer
        assert (home / "visitors" / visitor.partition(".")[0] / "feedback.sqlite").exists()


def test_what_nobody_foresaw_is_a_number(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*given: object) -> None:
        raise RuntimeError("secret of /home/me")

    monkeypatch.setattr("pippin.verbs.describe.facts", fail)
    answer = client.get("/v1/recognize")
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert "secret" not in answer.text
    assert error["id"] in capsys.readouterr().err


def test_files_are_tidied_when_their_time_is_over(tmp_path: Path) -> None:
    import os

    from pippin.web.downloads import LIFETIME, DownloadStore

    kept = DownloadStore(tmp_path)
    old, young = kept.folder(), kept.folder()
    write_json(old / "a.json", 1)
    os.utime(old, (0, os.stat(old).st_mtime - LIFETIME - 1))
    kept.tidy()
    assert not old.exists()
    assert young.exists()
