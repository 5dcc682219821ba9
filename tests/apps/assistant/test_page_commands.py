"""What the page calls: files that are sent are copied, connected and forgotten; and what a sentence can mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from pippin.apps.assistant import application, commands, page_commands
from pippin.core.context import Context
from pippin.core.errors import PippinError
from pippin.core.workspace import Workspace

CALENDAR = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTAMP:20250102T120000Z\nSUMMARY:Xylophone lesson\n"
    "DTSTART:20260310T180000\nDTEND:20260310T190000\nEND:VEVENT\nEND:VCALENDAR\n"
)


def test_a_sent_file_is_copied_and_forgotten_to_the_byte(tmp_path: Path, home: Path) -> None:
    context = Context(application, Workspace(), {})
    sent = tmp_path / "sent" / "mine.ics"
    sent.parent.mkdir()
    sent.write_text(CALENDAR)
    page_commands.connect_files(context, str(sent.parent))
    sent.unlink()  # what is sent goes once the request is answered
    (source,) = commands.sources(context).payload["sources"]
    assert source["holds"] == {"event": 1}
    assert Path(source["source"]).read_text() == CALENDAR
    commands.forget(context, str(source["number"]))
    assert [path for path in home.rglob("*") if path.is_file() and b"ylophone" in path.read_bytes()] == []


def test_what_holds_nothing_leaves_the_file_of_that_name_as_it_was(tmp_path: Path) -> None:
    context = Context(application, Workspace(), {})
    sent = tmp_path / "mine.ics"
    sent.write_text(CALENDAR)
    page_commands.connect_files(context, str(sent))
    sent.write_text("hello")
    with pytest.raises(PippinError, match=r"Nothing in mine\.ics"):
        page_commands.connect_files(context, str(sent))
    (source,) = commands.sources(context).payload["sources"]
    assert source["holds"] == {"event": 1}
    with pytest.raises(PippinError, match="Send a file"):
        page_commands.connect_files(context, str(tmp_path / "none"))


def test_each_intent_has_words_for_people() -> None:
    found = page_commands.intents(Context(application, Workspace(), {})).payload["intents"]
    assert "schedule.list" in {one["label"] for one in found}
    assert all(one["summary"] for one in found)


def test_reminders_ring_once_for_the_page(home: Path) -> None:
    context = Context(application, Workspace(), {})
    database = commands.open_session(context).index.database
    items = [{"text": "tea", "at": "2020-01-01T10:00:00+00:00"}, {"text": "later", "at": "2999-01-01T10:00:00+00:00"}]
    database.write("reminders", items)
    assert page_commands.due(context).payload == {"due": ["tea"]}
    assert page_commands.due(context).payload == {"due": []}
    assert database.read("reminders") == items[1:]
