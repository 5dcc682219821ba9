"""Lessons that mean harm, full disks and killed servers: refused in a sentence, and progress stays."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from live import TEACHER, TOKEN, Live, board, join, live_class, read

from pippin.core import files
from pippin.core.errors import PippinError
from pippin.web.command import studio

FRONT = '+++\ntitle = "{title}"\nminutes = 3\npath = true\n+++\n'
QUIZ = '```quiz\nid = "q"\nquestion = "{text}"\nchoices = ["a & b", "c"]\nanswer = "a"\nxp = 1\n```\n'


def write(folder: Path, text: str, title: str = "A page") -> str:
    folder.mkdir(exist_ok=True)
    (folder / "01-page.md").write_text(FRONT.format(title=title) + text, encoding="utf-8")
    return str(folder)


HOSTILE = {
    "a script": "<script>alert(1)</script>\n",
    "a handler": "<img src=x onerror=alert(1)>\n",
    "a link that runs": "[here](javascript:alert(1))\n",
    "an image from elsewhere": "![x](//evil.example/x.png)\n",
    "no end": "```task\n",
    "a verb that is none": '```task\nid = "t"\ntext = "x"\nverb = 3\nxp = 1\n```\n',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_studio_opens_with_a_hostile_lesson(name: str, tmp_path: Path) -> None:
    with pytest.raises(PippinError, match=r"01-page\.md, line \d+"):
        studio(lesson=write(tmp_path / "own", HOSTILE[name]), port=0, browser=False)


@pytest.mark.parametrize("lesson", ["../deep-learning", "/etc", "nothing", ""])
def test_no_studio_opens_with_a_folder_that_is_no_lesson(lesson: str) -> None:
    with pytest.raises(PippinError):
        studio(lesson=lesson, port=0, browser=False)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    own = tmp_path / "own"
    write(own, "words\n")
    (own / "de").symlink_to("/etc")
    (own / "fr").mkdir()
    (own / "fr" / "01-page.md").symlink_to("/etc/hostname")
    from pippin.lessons.reading import read_lesson

    assert read_lesson(str(own)).languages == ("en", "fr")
    with pytest.raises(PippinError, match="no plain file"):
        read_lesson(str(own), "fr")


def test_what_a_lesson_says_stays_text_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    nasty = "A `<script>alert(1)</script>` & more"
    own = write(tmp_path / "own", QUIZ.format(text=nasty) + f"\n```slide\n## {nasty}\n```\n", title="<i>nasty</i>")
    with live_class(lesson=own) as live:
        teacher, ada = live.visitor(TEACHER), join(live, "<b>Ada</b>")
        assert ada.post("/v1/learn/1", {"quiz": "q", "choice": "a"})[1]["xp"] == 1
        for visitor, path in ((ada, "learn/certificate.html"), (teacher, "teacher/slides.html")):
            html = re.sub(rb"<script>.*?</script>\n</body>", b"", visitor.get(f"/v1/{path}")[1], flags=re.DOTALL)
            assert b"<script" not in html
            assert b"<i>" not in html
            assert b"&lt;i&gt;nasty" in html
        assert teacher.get("/v1/teacher/sheet.html")[0] == 400  # this lesson has none
        assert board(teacher)["pupils"][0]["name"] == "<b>Ada</b>"  # as JSON; pages show it as text
        write(Path(own), "<script>alert(1)</script>\n")  # changed while the class is there
        status, content = ada.get("/v1/learn/1")
        assert (status, "01-page.md, line 6" in json.loads(content)["error"]["message"]) == (400, True)
        write(Path(own), QUIZ.format(text="mended"))
        assert read(ada, "/v1/learn/1")["xp"] == 1


def test_a_full_disk_is_told_and_forgets_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPPIN_HOME", str(tmp_path / "class"))
    own = write(tmp_path / "own", QUIZ.format(text="Which?"))
    with live_class(lesson=own) as live:
        ada, teacher = join(live, "Ada"), live.visitor(TEACHER)
        ada.post("/v1/learn/1/queries", {"action": "ask", "text": "Why?"})

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(files.os, "fsync", full)
            for visitor, path, values in (
                (ada, "class/join", {"name": "Bea"}),
                (ada, "learn/1/queries", {"action": "ask", "text": "And why?"}),
                (teacher, "teacher/board/pace", {"wait_at": 1}),
            ):
                status, told = visitor.post(f"/v1/{path}", values)
                assert (status, "the disk is full" in told["error"]["message"]) == (400, True), told
                assert str(tmp_path) not in json.dumps(told)
        assert [one["name"] for one in board(teacher)["pupils"]] == ["Ada"]
        assert board(teacher)["wait_at"] is None
        assert [one["text"] for one in read(ada, "/v1/learn/1/queries")["queries"]] == ["Why?"]


@contextmanager
def process(home: Path, lesson: str, end: int = signal.SIGKILL) -> Iterator[tuple[Live, list[str]]]:
    """A studio in a process of its own, and what it printed last; it is killed at the end without a warning."""
    printed: list[str] = []
    command = [sys.executable, "-m", "pippin", "studio", "--no-browser", "--host", "0.0.0.0", "--port", "0"]
    started = subprocess.Popen(
        [*command, "--token", TOKEN, "--teacher", TEACHER, "--lesson", lesson],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PIPPIN_HOME": str(home)},
    )
    assert started.stderr is not None
    try:
        found = re.search(r":(\d+)/learn\?", started.stderr.readline())
        assert found
        with ExitStack() as sockets:
            yield Live(int(found[1]), sockets), printed
    finally:
        started.send_signal(end)
        printed.append(started.communicate(timeout=120)[1])


def test_a_server_killed_by_force_keeps_points_names_and_questions(tmp_path: Path) -> None:
    lesson = write(tmp_path / "own", QUIZ.format(text="Which?"))
    with process(tmp_path / "class", lesson) as (live, _):
        ada = join(live, "Ada")
        assert ada.post("/v1/learn/1", {"quiz": "q", "choice": "a"})[1]["xp"] == 1
        assert ada.post("/v1/learn/1/queries", {"action": "ask", "text": "Why?"})[0] == 200
        cookies = dict(ada.cookies)
    with process(tmp_path / "class", lesson, signal.SIGINT) as (live, printed):
        again = live.browser(cookies)
        assert read(again, "/v1/learn")["xp"] == 1
        assert read(again, "/v1/queue")["lesson"]["name"] == "Ada"
        assert [one["text"] for one in read(again, "/v1/learn/1/queries")["queries"]] == ["Why?"]
        assert [one["xp"] for one in board(live.visitor(TEACHER))["pupils"]] == [1]
    assert "The class was not ended" in printed[0]
