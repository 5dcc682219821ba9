"""A class with a lesson over real sockets: nicknames, the board, pace, pictures, questions, and the end."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from live import TEACHER, Live, Visitor, board, join, live_class, read
from PIL import Image

import pippin

LESSON = str(Path(pippin.__file__).parent / "lessons" / "deep-learning")
APPLE = (Path(pippin.__file__).parent / "apps/recognize/sample/apple/rendered_1.png").read_bytes()
BROWSER = {"Accept": "text/html", "Sec-Fetch-Dest": "document"}


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    with live_class(lesson=LESSON, rate=1e6, burst=1e6) as opened:
        yield opened


def test_pupils_join_by_a_nickname_that_none_else_has(live: Live) -> None:
    ada = join(live, "Ada")
    other = live.visitor()
    assert read(other, "/v1/queue")["lesson"]["name"] is None
    for name in ("ADA", " ada ", "", "x" * 25, "=1+1", "@x", "a\x1bb", "a\u202eb"):
        assert other.post("/v1/class/join", {"name": name})[0] == 400, name
    for values in ({}, {"name": 3}, {"name": None}):
        assert other.post("/v1/class/join", values)[0] == 400
    assert other.post("/v1/class/join", {"name": "Bob  B."})[1]["name"] == "Bob B."
    assert ada.post("/v1/class/join", {"name": "Ada L."})[0] == 200  # a name may be changed
    assert [one["name"] for one in board(live.visitor(TEACHER))["pupils"]] == ["Bob B.", "Ada L."]


def test_the_board_tells_pages_and_tasks_of_the_lesson_and_nothing_else(live: Live) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada")
    read(ada, "/v1/learn/2")
    ada.post("/v1/learn/2", {"quiz": "ball-apple", "choice": "b"})
    ada.post("/v1/tables/predict", {"inputs": [{"sample": 0}]})
    for _ in range(4):
        files = {"input": ("apple.png", APPLE)}
        assert ada.send("/v1/recognize/teach", files, answer="something secret")[0] == 200
    told = board(teacher)
    (row,) = told["pupils"]
    assert (row["name"], row["page"], row["here"], row["xp"]) == ("Ada", 2, True, read(ada, "/v1/learn")["xp"])
    assert row["xp"] >= 1
    assert told["pages"][1]["here"] == 1
    everything = json.dumps([told, read(teacher, "/v1/teacher")])
    for hidden in ("secret", "predict", "127.0.0.1", "recognize teach"):
        assert hidden not in everything.replace(json.dumps([page["tasks"] for page in told["pages"]]), "")
    assert teacher.get("/v1/teacher/board.csv")[0] == 200
    assert live.visitor().get("/v1/teacher/board")[0] == 401
    assert ada.post("/v1/teacher/board/end", {"when": "now"})[0] == 401


def test_a_task_stalls_where_pupils_stay_longer_than_its_page_takes(live: Live) -> None:
    teacher, ada, bob = live.visitor(TEACHER), join(live, "Ada"), join(live, "Bob")
    from pippin.web.lesson import lesson_class

    now = time.time()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson_class.time, "time", lambda: now - 3600)
        read(ada, "/v1/learn/1")
    read(bob, "/v1/learn/1")
    read(ada, "/v1/queue")  # she is still here
    told = board(teacher)
    stalls = {task["id"]: task["stalled"] for page in told["pages"] for task in page["tasks"] if task["stalled"]}
    assert stalls == {"twenty-apples": 1}
    assert [one["stalled"] for one in told["pupils"]] == ["twenty-apples", None]


def test_the_class_waits_where_the_teacher_says(live: Live) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada")
    board(teacher, "pace", wait_at=3)
    assert read(ada, "/v1/queue")["lesson"]["wait_at"] == 3
    assert ada.get("/v1/learn/3")[0] == 200
    assert ada.get("/v1/learn/4")[0] == 409
    assert teacher.get("/v1/learn/4")[0] == 200
    board(teacher, "pace", wait_at=None)
    assert ada.get("/v1/learn/4")[0] == 200
    for bad in (0, 16, "3", True, 1.5):
        assert teacher.post("/v1/teacher/board/pace", {"wait_at": bad})[0] == 400


def test_hidden_names_leave_the_server_nowhere(live: Live) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada")
    ada.post("/v1/learn/1/queries", {"action": "ask", "text": "Why?"})
    assert "Ada" in json.dumps(board(teacher))
    board(teacher, "names", hide=True)
    for path in ("board", "board.csv", "queries", "queries.csv"):
        assert b"Ada" not in teacher.get(f"/v1/teacher/{path}")[1], path
    board(teacher, "names", hide=False)
    rows = list(csv.DictReader(io.StringIO(teacher.get("/v1/teacher/board.csv")[1].decode("utf-8-sig"))))
    assert (rows[0]["name"], rows[0]["twenty-apples"]) == ("Ada", "0")


def test_an_image_is_on_the_wall_only_after_the_teachers_click(live: Live, tmp_path: Path) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada")
    image = Image.new("RGB", (2000, 100), "red")
    image.getexif()[271] = "a camera"
    content = io.BytesIO()
    image.save(content, "jpeg", exif=image.getexif())
    status, told = ada.send("/v1/class/image", {"image": ("x.jpg", content.getvalue())})
    assert (status, told["offers"], told["shown"]) == (200, True, False)
    row = board(teacher)["pupils"][0]
    assert row["offers"]
    assert teacher.get("/v1/teacher/image")[0] == 404  # not yet
    board(teacher, "show", visitor=row["visitor"])
    status, shown = teacher.get("/v1/teacher/image")
    with Image.open(io.BytesIO(shown)) as found:
        assert (status, found.width, len(found.getexif())) == (200, 1600, 0)
    assert ada.get("/v1/teacher/image")[0] == 401
    assert read(ada, "/v1/queue")["lesson"]["shown"]
    ada.post("/v1/class/image", {"withdraw": True})
    assert teacher.get("/v1/teacher/image")[0] == 404
    assert teacher.post("/v1/teacher/board/show", {"visitor": row["visitor"]})[0] == 400
    assert teacher.post("/v1/teacher/board/show", {"visitor": "../../studio"})[0] == 400


@pytest.mark.parametrize("content", [b"", b"no image", b"<svg xmlns='http://www.w3.org/2000/svg'/>", APPLE[:100]])
def test_images_that_are_none_are_refused(live: Live, content: bytes) -> None:
    ada = join(live, "Ada")
    status, told = ada.send("/v1/class/image", {"image": ("x.png", content)})
    assert (status, "image" in told["error"]["message"]) == (400, True)
    assert ada.send("/v1/class/image", {"image": ("a.png", APPLE), "more": ("b.png", APPLE)})[0] in (200, 400)
    assert ada.post("/v1/class/image", {})[0] == 400
    assert live.visitor().post("/v1/class/image", {"withdraw": True})[0] == 400  # without a nickname


def test_questions_are_seen_by_others_once_the_teacher_lets_them(live: Live) -> None:
    teacher, ada, bob = live.visitor(TEACHER), join(live, "Ada"), join(live, "Bob")

    def queries(visitor: Visitor) -> Any:
        return read(visitor, "/v1/learn/2/queries")["queries"]

    def write(visitor: Visitor, **values: Any) -> int:
        return visitor.post("/v1/learn/2/queries", values)[0]

    assert write(ada, action="ask", text="<b>Why</b> a ball?") == 200
    assert [one["state"] for one in queries(ada)] == ["new"]
    assert queries(bob) == []
    assert write(bob, action="me-too", id=1) == 400  # he cannot know of it
    assert board(teacher)["queries_waiting"] == 1
    board(teacher, "judge", id=1, state="shown")
    assert [one["text"] for one in queries(bob)] == ["<b>Why</b> a ball?"]
    assert "Ada" not in json.dumps(queries(bob))
    assert write(bob, action="me-too", id=1) == 200
    assert write(bob, action="answer", id=1, text="It is round.") == 200
    assert write(bob, action="solve", id=1) == 400
    assert write(bob, action="remove", id=1) == 400
    assert queries(ada)[0]["answers"] == []
    board(teacher, "judge", id=1, state="shown", answer=1)
    board(teacher, "answer", id=1, text="=1+1 is what I say")
    assert [one["text"] for one in queries(ada)[0]["answers"]] == ["It is round.", "=1+1 is what I say"]
    assert (queries(ada)[0]["me_too"], queries(bob)[0]["i_too"]) == (1, True)
    assert write(ada, action="solve", id=1) == 200
    table = teacher.get("/v1/teacher/queries.csv")[1].decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["author"], row["kind"]) for row in rows] == [
        ("Ada", "question"),
        ("Bob", "answer"),
        ("teacher", "answer"),
    ]
    assert rows[2]["text"].startswith("'=")
    for values in ({}, {"action": "fly"}, {"action": "ask"}, {"action": "ask", "text": ""}, {"action": "me-too"},
                   {"action": "answer", "id": "1", "text": "x"}, {"action": "ask", "text": "x" * 9000}):  # fmt: skip
        assert write(ada, **values) == 400, values
    assert write(live.visitor(), action="ask", text="without a nickname") == 400
    for values in ({"id": 1, "state": "new"}, {"id": 9, "state": "shown"}, {"state": "shown"}):
        assert teacher.post("/v1/teacher/board/judge", values)[0] == 400
    assert teacher.post("/v1/teacher/board/fly", {})[0] == 404


def test_the_end_erases_images_names_and_models(live: Live, tmp_path: Path) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada-Anabel")
    assert ada.send("/v1/recognize/teach", {"input": ("apple.png", APPLE)}, answer="pippinapple")[0] == 200
    assert ada.send("/v1/class/image", {"image": ("apple.png", APPLE)})[0] == 200
    ada.post("/v1/learn/1/queries", {"action": "ask", "text": "A question by hand"})
    assert traces(tmp_path / "class")
    assert board(teacher, "end", when="tomorrow")["erase_at"] > time.time() + 80_000
    assert ada.get("/v1/learn/1")[0] == 200
    assert board(teacher, "end", when="never")["erase_at"] is None
    assert teacher.post("/v1/teacher/board/end", {"when": "soon"})[0] == 400
    assert board(teacher, "end", when="now")["ended"]
    assert ada.get("/v1/learn/1")[0] == 403
    assert live.stranger(**BROWSER).get("/")[0] == 401
    wait_for(lambda: board(teacher)["erase_at"] is None)
    assert traces(tmp_path / "class") == []
    assert board(teacher)["pupils"] == []
    teacher.post("/v1/teacher/door", {"open": True})
    assert join(live, "Ada-Anabel")  # a new class begins


def traces(home: Path) -> list[str]:
    """Return the files that hold a name, a word, a question or a picture of the class."""
    found = []
    for path in home.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if any(text in content for text in (b"Ada-Anabel", b"pippinapple", b"A question by hand", APPLE)):
                found.append(str(path))
    return found + [str(path) for path in home.rglob("offered.jpg")]


def wait_for(condition: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_a_killed_server_keeps_names_points_pace_and_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    with live_class(lesson=LESSON) as live:
        ada, teacher = join(live, "Ada"), live.visitor(TEACHER)
        ada.post("/v1/learn/2", {"quiz": "ball-apple", "choice": "b"})
        ada.post("/v1/learn/1/queries", {"action": "ask", "text": "Why?"})
        board(teacher, "pace", wait_at=5)
        before, cookies = board(teacher), dict(ada.cookies)
        state = {path: path.read_bytes() for path in (tmp_path / "class" / "studio").glob("class*.json")}
    assert state  # written at once, not when the server ends
    with live_class(lesson=LESSON) as live:
        again = live.browser(cookies)
        assert read(again, "/v1/queue")["lesson"]["name"] == "Ada"
        after = board(live.visitor(TEACHER))
        assert [(one["name"], one["xp"]) for one in after["pupils"]] == [
            (one["name"], one["xp"]) for one in before["pupils"]
        ]
        assert (after["wait_at"], after["queries_waiting"]) == (5, 1)
        assert read(again, "/v1/learn/1/queries")["queries"][0]["mine"]


def test_an_end_that_was_cut_short_goes_on_and_a_class_left_alone_ends_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    record = tmp_path / "class" / "studio" / "class.json"
    for change in ({"erase_at": time.time() - 1}, {"begun": time.time() - 2 * 86400}):
        with live_class(lesson=LESSON) as live:
            ada = join(live, "Ada-Anabel")
            assert ada.send("/v1/recognize/teach", {"input": ("apple.png", APPLE)}, answer="pippinapple")[0] == 200
        record.write_text(json.dumps({**json.loads(record.read_text()), **change}))
        if "begun" in change:
            for home in (tmp_path / "class" / "visitors").glob("*"):
                os.utime(home, (time.time() - 2 * 86400,) * 2)
        with live_class(lesson=LESSON):
            wait_for(lambda: not record.exists())
            assert traces(tmp_path / "class") == []


def test_without_a_lesson_there_is_no_class_board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    with live_class() as live:
        teacher, pupil = live.visitor(TEACHER), live.visitor()
        assert teacher.get("/v1/teacher/board")[0] == 404
        assert pupil.post("/v1/class/join", {"name": "Ada"})[0] == 404
        assert read(pupil, "/v1/queue")["lesson"] is None
        status, told = pupil.post("/v1/learn/1/queries", {"action": "ask", "text": "Mine alone"})
        assert (status, told["private"]) == (200, True)
        assert read(live.visitor(), "/v1/learn/1/queries")["queries"] == []


def test_certificate_sheet_and_slides_are_served_as_pages_that_load_nothing(live: Live) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada")
    ada.post("/v1/learn/2", {"quiz": "ball-apple", "choice": "b"})
    assert read(ada, "/v1/learn/certificate")["xp"] == 1
    for visitor, path in ((ada, "learn/certificate"), (teacher, "teacher/sheet"), (teacher, "teacher/slides")):
        status, content = visitor.get(f"/v1/{path}.html")
        assert (status, b"<h1>" in content) == (200, True)
        policy = visitor.answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert b"Ada" not in content
    assert ada.get("/v1/teacher/sheet.html")[0] == 401


def test_only_who_is_gone_is_forgotten_while_the_class_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pippin.web import app

    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    monkeypatch.setattr(app, "SUPERVISE_SECONDS", 0.05)
    with live_class(lesson=LESSON, rate=1e6, burst=1e6) as live:
        teacher, ada, bob = live.visitor(TEACHER), join(live, "Ada"), join(live, "Bob")
        for pupil in (ada, bob):
            assert pupil.post("/v1/learn/1/queries", {"action": "ask", "text": "Why?"})[0] == 200
        board(teacher, "answer", id=1, text="Because.")
        (gone,) = [one["visitor"] for one in board(teacher)["pupils"] if one["name"] == "Bob"]
        room = next(iter((tmp_path / "class" / "visitors").glob(gone)))
        with monkeypatch.context() as patch:
            patch.setattr("pippin.web.classroom.HERE_SECONDS", 0.0)  # no one is here, but Ada has a workspace
            room.rmdir()
            wait_for(lambda: len(board(teacher)["pupils"]) == 1)
        (query,) = read(teacher, "/v1/teacher/queries")["queries"]
        assert (query["author"], [one["author"] for one in query["answers"]]) == ("Ada", ["teacher"])


def test_what_takes_long_is_run_once_for_all_who_guessed(live: Live) -> None:
    teacher, ada = live.visitor(TEACHER), join(live, "Ada")

    def task() -> Any:
        (found,) = [block for block in read(ada, "/v1/learn/5")["blocks"] if block["kind"] == "task"]
        return found

    assert teacher.post("/v1/tables/evaluate", {})[0] == 200
    wait_for(lambda: not any(run["alive"] for run in teacher.post("/v1/tables/runs")[1]["payload"]["runs"]))
    assert (task()["state"], task()["shared"]) == ("open", "")  # first she guesses
    for quiz in ("plateau-cifar", "plateau-clothes"):
        ada.post("/v1/learn/5", {"quiz": quiz, "choice": "c"})
    assert task()["state"] == "done"
    assert "tables evaluate: accuracy 0." in task()["shared"]
    assert board(teacher)["pupils"][0]["done"] == ["both-sides"]


def test_browsers_of_a_class_get_their_files_and_tell_numbers_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pippin.web.lesson import browser_routes

    def write(lesson: Any, folder: Path, only: Any) -> tuple[dict[str, list[str]], list[str]]:
        assert "recognize" in only
        (folder / "files" / "recognize").mkdir(parents=True)
        (folder / "files" / "recognize" / "network.onnx").write_bytes(b"network")
        return {"recognize": ["explain", "teach"]}, []

    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    monkeypatch.setattr(browser_routes, "write_applications", write)
    taught = {"application": "recognize", "verb": "teach", "label": "apple", "outcomes": "u" * 20, "change": 1}
    with live_class(lesson=LESSON, rate=1e6, burst=1e6) as live:
        ada, teacher = join(live, "Ada"), live.visitor(TEACHER)
        assert read(ada, "/v1/learn/browser") == {
            "verbs": {"recognize": ["explain", "teach"]},
            "labels": ["Apfel", "apple"],
        }
        assert ada.get("/v1/learn/browser/recognize/network.onnx") == (200, b"network")
        for path in ("recognize/none.onnx", "recognize/..%2f..%2fclass.json", "faces/network.onnx"):
            assert ada.get(f"/v1/learn/browser/{path}")[0] == 404, path
        for wrong in (
            {"application": "faces"}, {"verb": "predict"}, {"label": "my cat"}, {"outcomes": "x"}, {"change": "1"},
            {"facts": {"word": "cat"}}, {"facts": {"n": 1e999}}, {"facts": [1]},
        ):  # fmt: skip
            assert ada.post("/v1/learn/browser", {**taught, **wrong})[0] == 400, wrong
        assert ada.post("/v1/learn/browser", taught)[0] == 200
        assert board(teacher)["pupils"][0]["done"] == ["twenty-apples", "first-correction", "five-corrections"]
        assert ada.post("/v1/learn/browser", {**taught, "label": "", "outcomes": "uuuuu", "change": 2})[0] == 200
        assert ada.post("/v1/learn/browser", {"application": "recognize", "takes_back": 1})[0] == 200
        assert board(teacher)["pupils"][0]["done"] == ["first-correction", "five-corrections"]
    with live_class() as live:  # without a lesson
        assert live.visitor().get("/v1/learn/browser")[0] == 404
