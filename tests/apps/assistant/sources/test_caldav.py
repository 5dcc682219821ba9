"""A CalDAV server (Radicale) keeps what was agreed, and what others changed there is not overwritten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from pippin.apps.assistant.rehearsal import Stage
from pippin.apps.assistant.session import Session
from pippin.apps.assistant.sources.caldav import CalDav
from pippin.apps.assistant.sources.index import SourceIndex
from pippin.apps.assistant.sources.passwords import find_password
from pippin.core.errors import PippinError

EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:dentist\r\nDTSTAMP:20260101T000000Z\r\n"
    "SUMMARY:Dentist\r\nDTSTART;TZID=Europe/London:20260304T110000\r\nDTEND;TZID=Europe/London:20260304T114500\r\n"
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def calendar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a calendar with one event on a server of its own."""
    pytest.importorskip("httpx2")
    radicale = pytest.importorskip("radicale")
    from radicale import config

    settings = config.load()
    settings.update(
        {
            "storage": {"filesystem_folder": str(tmp_path / "radicale")},
            "auth": {"type": "none"},
            "rights": {"type": "authenticated"},
        },
        "test",
        privileged=True,
    )
    server = make_server("127.0.0.1", 0, radicale.Application(settings), handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    monkeypatch.setattr("pippin.apps.assistant.sources.caldav.find_password", lambda host, user: "secret")
    url = f"http://ada@127.0.0.1:{server.server_port}/ada/home/"
    client = CalDav(url)
    client._send("MKCALENDAR", client.url, expected=(201,))
    client.put(f"{client.url}dentist.ics", EVENT, "")
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def talk(calendar: str, stage: Callable[..., Stage], tmp_path: Path) -> Session:
    one = stage([]).session
    index = SourceIndex(tmp_path / "own")
    index.connect(calendar, one._clock())
    return Session(index, one._make, one.zone, clock=one._clock)


def on_server(calendar: str) -> str:
    client = CalDav(calendar)
    return "".join(event.text for event in client.fetch(client.url))


def test_the_server_keeps_what_was_agreed_and_nothing_before(talk: Session, calendar: str) -> None:
    assert "Dentist" in talk.say("what's on tomorrow?").reply
    talk.say("add a picnic on Sunday at 3")
    assert "picnic" not in on_server(calendar)
    assert talk.say("yes").acts[0].act == "done"
    assert "SUMMARY:picnic" in on_server(calendar)
    talk.say("move the dentist to 3 pm")
    assert "T110000" in on_server(calendar)
    talk.say("yes")
    assert "DTSTART;TZID=Europe/London:20260304T150000" in on_server(calendar)
    assert talk.say("undo").acts[0].act == "undone"
    assert "T110000" in on_server(calendar)
    talk.say("cancel the picnic")
    talk.say("yes")
    assert "picnic" not in on_server(calendar)
    assert talk.say("undo").acts[0].act == "undone"
    assert "picnic" in talk.say("what's on on Sunday?").reply
    assert "SUMMARY:picnic" in on_server(calendar)


def test_what_another_changed_there_is_not_overwritten(talk: Session, calendar: str) -> None:
    talk.say("move the dentist to 3 pm")
    client = CalDav(calendar)
    (event,) = client.fetch(client.url)
    client.put(event.href, EVENT.replace("T110000", "T090000").replace("T114500", "T094500"), event.etag)
    result = talk.say("yes")
    assert result.acts[0].act == "cannot"
    assert "changed on the server" in result.reply
    assert "T090000" in on_server(calendar)


def test_wrong_passwords_and_silent_servers_are_told(
    talk: Session, calendar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(PippinError, match="Leave the password out"):
        talk.index.connect(calendar.replace("ada@", "ada:secret@"), talk._clock())
    with pytest.raises(PippinError, match="not in the system's keyring"):
        find_password("calendar.example", "ada")
    talk.say("move the dentist to 3 pm")

    def fail(*given: Any, **more: Any) -> None:
        raise PippinError("the calendar at 127.0.0.1 cannot be reached (ConnectError); try again later.")

    monkeypatch.setattr(CalDav, "_send", fail)
    assert "cannot be reached" in talk.say("yes").reply
    assert "Dentist" in talk.say("what's on tomorrow?").reply


def test_forgetting_a_server_removes_its_copies(talk: Session, calendar: str) -> None:
    address = talk.index.sources()[0].address
    talk.index.forget(address)
    assert [path for path in talk.index.folder.rglob("*") if path.is_file() and b"Dentist" in path.read_bytes()] == []
    assert "Dentist" in on_server(calendar)
