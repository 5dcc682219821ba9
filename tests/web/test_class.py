"""A class over real sockets: who comes in, who cannot lock others out, and who gets which workspace."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import TEACHER, TOKEN, Live, live_class

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Dest": "document"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve an empty class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path_factory.mktemp("class")))
        with live_class() as opened:
            yield opened


@pytest.fixture(autouse=True)
def home(live: Live) -> None:
    """The class has its own workspace, which lasts as long as it does."""


def test_guessing_tokens_does_not_lock_others_out(live: Live) -> None:
    before = live.visitor()
    guesses = [live.stranger().get("/?token=wrong")[0] for _ in range(12)]
    assert guesses[0] == 401
    assert guesses[-1] == 429
    assert before.get("/v1/queue")[0] == 200
    assert live.visitor().get("/v1/queue")[0] == 200
    assert live.stranger(Authorization=f"Bearer {TOKEN}").get("/v1/queue")[0] == 200
    assert live.stranger().get("/v1/queue")[0] == 401


def test_a_stranger_who_asks_too_often_uses_up_nothing_of_visitors(home: None, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path))
        with live_class(rate=0.001, burst=5) as live:
            stranger = live.stranger()
            assert [stranger.get("/")[0] for _ in range(7)] == [401] * 5 + [429] * 2
            one, other = live.visitor(), live.visitor()
            assert [one.get("/v1/queue")[0] for _ in range(7)] == [200] * 4 + [429] * 3  # it came with one
            assert other.get("/v1/queue")[0] == 200


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "///evil.example", "//evil.example", "/%2f/x"])
def test_the_way_in_never_leads_to_another_host(live: Live, path: str) -> None:
    browser = live.stranger()
    status, _ = browser.get(f"{path}?token={TOKEN}&budget=5m")
    assert status == 303
    place = browser.answer.headers["location"]
    assert place.startswith("/")
    assert place[1] not in "/\\"
    assert place.endswith("?budget=5m")


@pytest.mark.parametrize("path", ["/", "/recognize", "/foo.bar", "/v1", "/teacher", "/x%22%3E%3Cscript%3E"])
@pytest.mark.parametrize("token", ["", "an-old-token"])
def test_people_without_the_token_get_a_page_with_a_field(live: Live, path: str, token: str) -> None:
    browser = live.stranger(**BROWSER)
    if token:
        browser.cookies["pippin-token"] = token
    status, content = browser.get(path)
    assert status in (401, 429)
    assert browser.answer.headers["content-type"].startswith("text/html")
    assert b'name="token"' in content
    assert b"<script" not in content
    assert "unsafe" not in browser.answer.headers["content-security-policy"]
    program = live.stranger()
    status, content = program.get(path)
    assert "message" in json.loads(content)["error"]


@pytest.mark.parametrize("path", ["/foo.bar", "/assets/none.js", "/v1/files/no/file.png"])
def test_an_unknown_address_is_a_page_with_a_way_home(live: Live, path: str) -> None:
    browser = live.browser(live.visitor().cookies, dict(BROWSER))
    status, content = browser.get(path)
    assert status in (400, 404)
    assert b'<a href="/">' in content


def test_made_up_visitors_are_none(live: Live, tmp_path_factory: pytest.TempPathFactory) -> None:
    known = live.visitor()
    before = len(list(tmp_path_factory.getbasetemp().glob("class0/visitors/*")))
    for number in range(30):
        name = f"{number:032x}"
        made_up = live.browser({"pippin-token": TOKEN, "pippin-visitor": name})
        assert made_up.post("/v1/recognize/teach", {"input": {"sample": 0}, "answer": "plum"})[0] == 403
        status, _ = live.browser({"pippin-token": TOKEN, "pippin-visitor": name}).get("/v1/recognize")
        assert status == 200
    forged = known.cookies["pippin-visitor"][:-1] + ("0" if known.cookies["pippin-visitor"][-1] != "0" else "1")
    assert live.browser({"pippin-token": TOKEN, "pippin-visitor": forged}).post("/v1/recognize/history")[0] == 403
    assert len(list(tmp_path_factory.getbasetemp().glob("class0/visitors/*"))) == before


def test_programs_of_an_address_share_a_workspace(live: Live, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = set(tmp_path_factory.getbasetemp().glob("class0/visitors/*"))
    for _ in range(3):
        program = live.stranger(Authorization=f"Bearer {TOKEN}", X_Pippin="1")
        assert program.post("/v1/recognize/teach", {"input": {"sample": 0}, "answer": "plum"})[0] == 200
        assert program.answer.headers["set-cookie"] is None
    assert len(set(tmp_path_factory.getbasetemp().glob("class0/visitors/*")) - before) == 1


HALVES = ["\ud800", "a\udfffb", "\udc80.png"]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(
    "values",
    [
        {"inputs": ["HALF"]},
        {"HALF": 1},
        {"model": "HALF"},
        {"inputs": [{"HALF": "HALF"}]},
        {"input": "x", "answer": "HALF"},
        {"run": "HALF"},
    ],
)
def test_half_a_character_is_refused_in_a_sentence(
    live: Live, half: str, values: dict[str, object], capfd: pytest.CaptureFixture[str]
) -> None:
    body = json.dumps(values).replace("HALF", json.dumps(half)[1:-1]).encode()
    visitor = live.visitor()
    for command in ("predict", "teach", "stop", "train"):
        status, content = visitor.ask("POST", f"/v1/recognize/{command}", body, Content_Type="application/json")
        assert status == 400
        assert json.loads(content)["error"]["message"]
    assert "Problem" not in capfd.readouterr().err


@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_anywhere_in_an_answer_can_be_sent(half: str) -> None:
    from pippin.web.responses import SafeJSONResponse

    assert json.loads(bytes(SafeJSONResponse({half: [half]}).body)) == {half: [half]}


def test_files_whose_names_are_no_text_are_answered(live: Live, capfd: pytest.CaptureFixture[str]) -> None:
    head = (
        b'--edge\r\nContent-Disposition: form-data; name="inputs"; filename="\xed\xa0\x80\xff.png"\r\n\r\nno image\r\n'
    )
    status, content = live.visitor().ask(
        "POST", "/v1/recognize/predict", head + b"--edge--\r\n", Content_Type="multipart/form-data; boundary=edge"
    )
    assert status == 400
    assert json.loads(content)["error"]["message"]
    assert "Problem" not in capfd.readouterr().err


def test_the_teachers_page_has_a_secret_of_its_own(live: Live) -> None:
    visitor = live.visitor()
    assert visitor.get("/teacher")[0] == 401
    assert visitor.get("/v1/teacher")[0] == 401
    assert visitor.post("/v1/teacher/door", {"open": False})[0] == 401
    assert visitor.get(f"/teacher?token={TOKEN}")[0] == 303
    assert visitor.get("/teacher")[0] == 401
    teacher = live.visitor(TEACHER)
    assert teacher.get("/teacher")[0] == 200
    assert teacher.get("/v1/recognize")[0] == 200


def test_the_teacher_sees_who_is_here_tells_all_and_closes_the_door(live: Live) -> None:
    teacher, pupil = live.visitor(TEACHER), live.visitor()
    pupil.post("/v1/recognize/teach", {"input": {"sample": 0}, "answer": "plum"})
    pupil.post("/v1/recognize/history")  # a page asks for it by itself
    number = json.loads(pupil.get("/v1/queue")[1])["visitor"]
    (row,) = [one for one in json.loads(teacher.get("/v1/teacher")[1])["visitors"] if one["number"] == number]
    assert row["here"]
    assert row["bytes"] > 0
    assert row["doing"] == "recognize teach"
    assert teacher.post("/v1/teacher/message", {"message": "Five <minutes> left"})[0] == 200
    assert json.loads(pupil.get("/v1/queue")[1])["message"] == "Five <minutes> left"
    assert teacher.post("/v1/teacher/door", {"open": False})[0] == 200
    try:
        newcomer = live.stranger(**BROWSER)
        newcomer.cookies["pippin-token"] = TOKEN
        assert newcomer.get("/")[0] == 403
        assert pupil.get("/v1/recognize")[0] == 200
        assert live.visitor(TEACHER).get("/v1/recognize")[0] == 200
    finally:
        teacher.post("/v1/teacher/door", {"open": True})
    assert newcomer.get("/")[0] == 200
    for bad in ({"message": 1}, {"message": "x" * 501}, {}):
        assert teacher.post("/v1/teacher/message", bad)[0] == 400
    assert teacher.post("/v1/teacher/door", {"open": "yes"})[0] == 400
    assert teacher.post("/v1/teacher/stop", {"visitor": "../..", "run": "x"})[0] == 400
    assert teacher.post("/v1/teacher/nothing")[0] == 404


def test_the_address_a_proxy_tells_is_believed_of_proxies_alone(home: None, tmp_path: Path) -> None:
    def locked_out(live: Live) -> bool:
        """Whether guesses said to come from one address count against another."""
        guessers = [live.stranger(X_Forwarded_For=f"192.0.2.{number}") for number in range(15)]
        statuses = {one.get("/?token=wrong", Host="class.example")[0] for one in guessers}
        return statuses != {401}

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path))
        with live_class(proxies=("127.0.0.1",)) as live:
            assert not locked_out(live)
            visitor = live.visitor()
            assert visitor.get("/v1/queue", Host="class.example")[0] == 200
        with live_class() as live:
            guesses = [live.stranger(X_Forwarded_For=f"192.0.2.{n}").get("/?token=wrong")[0] for n in range(12)]
            assert guesses[-1] == 429
            assert live.visitor().get("/v1/queue", Host="class.example")[0] == 421


def test_what_is_about_faces_is_closed_until_it_is_allowed(live: Live, tmp_path: Path) -> None:
    visitor = live.visitor()
    for path in ("/v1/lipread", "/v1/lipread/samples", "/v1/lipread/card"):
        assert visitor.get(path)[0] == 403
    status, answer = visitor.post("/v1/lipread/predict", {"inputs": [{"sample": 0}]})
    assert status == 403
    assert "closed here" in answer["error"]["message"]
    assert visitor.post("/v1/lipread/train")[0] == 403
    told = {line["name"]: line["closed"] for line in json.loads(visitor.get("/v1")[1])["applications"]}
    assert told["lipread"]
    assert told["recognize"] is None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path))
        for allowed in ("face", "lipread"):
            with live_class(allowed=frozenset({allowed})) as opened:
                assert opened.visitor().get("/v1/lipread")[0] == 200
        with live_class(allowed=frozenset({"voice", "upscale"})) as opened:
            assert opened.visitor().get("/v1/lipread")[0] == 403


def test_no_connection_is_left_when_the_class_ends(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPPIN_HOME", str(tmp_path))
        with live_class() as live:
            visitor = live.visitor()
            silent = live.socket()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        visitor.get("/v1/queue")
    silent.close()


def test_a_skill_that_a_visitor_writes_is_that_visitors_alone(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pippin.apps.assistant.skill_editor._interpreter", lambda context: None)  # learn nothing
    one, other = live.visitor(), live.visitor()
    skill = {"name": "wifi", "intent": "password", "sentences": "what is it\nthe password\nthe key", "reply": "Blue."}
    for wrong in (
        {"name": "../wifi"},
        {"name": 7},
        {"sentences": "a" * 10_001},
        {"reply": "b" * 10_000},
        {"code": "1"},
    ):
        status, told = one.post("/v1/assistant/add-skill", {**skill, **wrong})
        assert (status, told["error"]["message"].count("\n")) == (400, 0), told
    status, told = one.post("/v1/assistant/add-skill", skill)
    assert status == 200, told
    assert str(told["payload"]["skills"]).count("wifi") == 1
    assert other.post("/v1/assistant/intents")[1]["payload"]["skills"] == []
    assert other.post("/v1/assistant/remove-skill", {"name": "wifi"})[0] == 400
    assert one.post("/v1/assistant/remove-skill", {"name": "wifi"})[1]["payload"]["skills"] == []
